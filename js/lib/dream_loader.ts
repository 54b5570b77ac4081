/** Dreams asked for, stopped, gone on with and fetched; the stage shows what comes. */

import type { Film } from "../views/dream_film";
import type { DreamStage } from "../views/dream_stage";
import type { NdArray, Picture } from "./binary";
import type { Dreamt, Live, Original } from "./dream_calls";
import type { Thumbnail } from "./layer_calls";
import { download, fileName } from "./picture";
import type { DreamChoices, DreamInfo } from "./protocol";
import { quietly } from "./quietly";
import { latest, type Rpc } from "./rpc";
import type { Status } from "./status";

const TYPES: Readonly<Record<string, string>> = { gif: "image/gif", mp4: "video/mp4" };

export function dreamLoader(
  with_: {
    readonly rpc: Rpc;
    readonly status: Status;
    readonly signal: AbortSignal;
    /** How many there are. */
    readonly images: number;
    choices(): DreamChoices;
    shown(): number | null;
    dreams(): readonly DreamInfo[];
  },
  stage: () => DreamStage,
) {
  const { rpc, status, signal } = with_;
  const thumbnails = new Map<number, number>(); // steps that the picture in the row shows
  let ending: AbortController | null = null;

  /** Run a job whose Stop keeps what there is; previews go to the stage. */
  async function job<T>(
    kind: "dream" | "film",
    ask: string,
    params: object,
  ): Promise<T | undefined> {
    const own = new AbortController();
    ending = own;
    stage().busy(kind);
    try {
      return await status.run<T>(
        (options) => {
          options.stop?.addEventListener("abort", () => own.abort(), { once: true });
          return rpc.call<T>(ask, { ...params }, { ...options, stop: own.signal });
        },
        { signal, onPreview: (value) => void stage().live(value as Live) },
      );
    } finally {
      if (ending === own) ending = null;
      if (!signal.aborted) stage().busy(null);
    }
  }

  const fetch = latest(async () => {
    const number = with_.shown();
    if (number === null || ending) return; // its own pictures come while it dreams
    const found = await quietly(status, rpc.call<Dreamt>("dreamt", { number }));
    if (found && !signal.aborted && with_.shown() === number) await stage().dreamt(found);
  });

  const original = latest(async () => {
    const { image } = with_.choices();
    const found = await quietly(status, rpc.call<Original>("original", { image }));
    if (!signal.aborted) await stage().original(found ?? null);
  });

  const fetchThumbnails = latest(async () => {
    for (const { number, step } of with_.dreams()) {
      if (thumbnails.get(number) === step || signal.aborted) continue;
      const small = await quietly(status, rpc.call<{ picture: Picture }>("thumbnail", { number }));
      if (!small) return;
      thumbnails.set(number, step);
      stage().row.fill(number, small.picture);
    }
  });

  return {
    original: () => void original(),
    /** Small pictures of the images; a page without a kernel holds all of them in one answer. */
    async strip(start: number, stop: number) {
      const [from, to] = rpc.state() === "static" ? [0, with_.images] : [start, stop];
      const asked = rpc.call<{ items: Thumbnail[] }>("thumbnails", { start: from, stop: to });
      const got = await quietly(status, asked);
      if (got && !signal.aborted) stage().thumbnails(got.items);
    },
    async guides() {
      const row = stage().guides;
      for (const index of row?.missing() ?? []) {
        if (index < 0) continue;
        const small = await quietly(
          status,
          rpc.call<{ picture: Picture }>("guide_picture", { index }),
        );
        if (!small || signal.aborted) return;
        row?.fill(index, small.picture);
      }
    },
    fetch: () => void fetch(),
    thumbnails: () => void fetchThumbnails(),
    async dream(after: number | null) {
      const params = { ...with_.choices(), after };
      const done = await job<{ number: number }>("dream", "develop", params);
      if (done && !signal.aborted) await fetch();
    },
    async film(film: Film) {
      const number = with_.shown();
      if (number === null) return;
      const made = await job<{ file: NdArray<Uint8Array<ArrayBuffer>>; kind: string }>(
        "film",
        "make_film",
        { number, ...film },
      );
      if (signal.aborted) return;
      if (made) {
        const blob = new Blob([made.file.data], { type: TYPES[made.kind] });
        download(blob, fileName(`dream ${number}`, made.kind));
      }
      await fetch();
    },
    stop: () => ending?.abort(),
    async save() {
      const number = with_.shown();
      if (number === null) return;
      // A page without a kernel holds the picture that it shows, and no larger one.
      const blob =
        rpc.state() === "static"
          ? await stage().png()
          : (await status.run((options) => rpc.call<Picture>("full_picture", { number }, options)))
              ?.blob;
      if (blob) download(blob, fileName(`dream ${number}`, "png"));
    },
  };
}
