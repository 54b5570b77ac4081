// What the attribution widget loads, when, and what it says when something is missing.

import type { Asked, AttributionStage } from "../views/attribution_stage";
import type { InputImage } from "../views/inputs";
import {
  attributionCalls,
  type Curves,
  type Sanity,
  type Traced,
  type Wanted,
} from "./attribution_calls";
import { type About, type Choice, neighbours, wantedMaps } from "./attribution_choice";
import type { Target } from "./protocol";
import { quietly } from "./quietly";
import { type CallOptions, latest, type Rpc } from "./rpc";
import { debounce } from "./schedule";
import type { Status } from "./status";

export interface Loader {
  thumbnails(start: number, stop: number): void;
  /** Load what the choice asks for. */
  refresh(): void;
  /** Trace the position that is pointed at, or with null the chosen one. */
  point(position: readonly [number, number] | null): void;
  /** Classes are offered in a list: one of them is likely to be chosen. */
  offered(targets: readonly Target[]): void;
  faithful(): void;
  sane(): void;
}

/** Milliseconds before a bar of progress is worth showing. */
const SOON = 250;
/** Milliseconds without a change before what is likely to come next is prepared. */
const CALM = 400;
/** Milliseconds without a key before the classes offered are foreseen. */
const OFFERED = 120;

export function attributionLoader(
  parts: {
    rpc: Rpc;
    status: Status;
    signal: AbortSignal;
    about: About & { readonly images: readonly string[] };
    choice: () => Choice;
  },
  stage: () => AttributionStage,
): Loader {
  const { rpc, status, signal, about, choice } = parts;
  const calls = attributionCalls(rpc);
  const live = rpc.state() !== "static";
  const inputs = new Map<number, InputImage>();
  const checked = new Map<string, Asked>();
  const traces = new Map<string, Traced>();
  let preparing = new AbortController();
  let shownInput = -1;

  /** Most answers come at once: a bar that flashes up would only disturb. */
  function calmly(options: CallOptions): CallOptions {
    const start = performance.now();
    return {
      ...options,
      onProgress(progress) {
        if (performance.now() - start > SOON || progress.note) options.onProgress?.(progress);
      },
    };
  }

  async function inputOf(image: number): Promise<InputImage | null> {
    const known = inputs.get(image);
    if (known) return known;
    const got = await quietly(status, calls.input(image), refresh);
    if (got) inputs.set(image, got);
    return got;
  }

  const load = latest(async () => {
    const now = choice();
    preparing.abort();
    const coming = inputOf(now.image);
    // One map is known without the likely classes; several and differences are made of them.
    const plain = now.mode === "large" || (now.mode === "multiples" && now.along !== "classes");
    const guesses = plain
      ? (inputs.get(now.image)?.predictions ?? [])
      : ((await coming)?.predictions ?? []);
    const wanted = wantedMaps(now, about, guesses);
    const known = calls.known(now.image, wanted);
    if (!known) stage().busy(true);
    const found =
      known ??
      (await status.run((options) => calls.maps(now.image, wanted, calmly(options)), {
        signal,
        retried: refresh,
      }));
    stage().busy(false);
    const input = await coming;
    if (signal.aborted) return;
    if (input && shownInput !== now.image) {
      shownInput = now.image;
      await stage().input(input);
    }
    stage().maps(found ?? []);
    stage().asked(checked.get(keyOf(now)) ?? null);
    point(null);
    if (live && found) prepare();
  });

  const prepare = debounce(
    () => {
      const now = choice();
      const [wanted] = wantedMaps({ ...now, mode: "large" }, about, []);
      if (!wanted) return;
      preparing = new AbortController();
      // What was not prepared is computed when it is asked for.
      void calls
        .prepare(now.image, wanted, { signal: AbortSignal.any([signal, preparing.signal]) })
        .catch(() => undefined);
    },
    CALM,
    signal,
  );

  const offered = debounce(
    (targets: readonly Target[]) => {
      const now = choice();
      const [wanted] = wantedMaps({ ...now, mode: "large" }, about, []);
      if (!wanted || !live || targets.length === 0) return;
      preparing.abort();
      preparing = new AbortController();
      void calls
        .foresee(now.image, wanted, targets, {
          signal: AbortSignal.any([signal, preparing.signal]),
        })
        .catch(() => undefined);
    },
    OFFERED,
    signal,
  );

  function refresh(): void {
    void load();
  }

  // ---- positions ----
  let pointed: readonly [number, number] | null = null;

  const traceNow = debounce(() => void tracing(), 60, signal);

  const tracing = latest(async () => {
    const now = choice();
    const position = pointed ?? now.position;
    const { earlier, later } = neighbours(now, about);
    if (!now.trace || !position || (!earlier && !later)) {
      stage().trace({ position, traced: null, busy: false });
      return;
    }
    const place = { layer: now.layer, position, earlier, later };
    const key = JSON.stringify([now.image, place]);
    const known = traces.get(key);
    if (known) {
      stage().trace({ position, traced: known, busy: false });
      return;
    }
    preparing.abort();
    stage().trace({ position, traced: null, busy: true });
    const preview = (traced: Traced) => stage().trace({ position, traced, busy: true });
    const traced = await quietly(status, calls.between(now.image, place, preview, { signal }));
    if (signal.aborted) return;
    if (traced) traces.set(key, traced);
    stage().trace({ position, traced, busy: false });
  });

  function point(position: readonly [number, number] | null): void {
    pointed = position;
    traceNow();
  }

  // ---- checks ----
  function keyOf(now: Choice): string {
    return JSON.stringify([now.image, wantedMaps({ ...now, mode: "large" }, about, [])[0]]);
  }

  async function check<K extends "curves" | "sanity">(
    kind: K,
    ask: (
      image: number,
      wanted: Wanted,
      show: (value: Asked[K]) => void,
      options: CallOptions,
    ) => Promise<NonNullable<Asked[K]>>,
  ): Promise<void> {
    const now = choice();
    const key = keyOf(now);
    const [wanted] = wantedMaps({ ...now, mode: "large" }, about, []);
    if (!wanted) return;
    const show = (value: Asked[K], missing = ""): void => {
      const before = checked.get(key) ?? {
        curves: null,
        sanity: null,
        missing: { curves: "", sanity: "" },
      };
      const next = { ...before, [kind]: value, missing: { ...before.missing, [kind]: missing } };
      checked.set(key, next);
      if (keyOf(choice()) === key) stage().asked(next);
    };
    preparing.abort();
    if (!live) {
      const answer = await quietly(status, ask(now.image, wanted, show, { signal }));
      show(answer, answer ? "" : "not in this page");
      return;
    }
    const answer = await status.run((options) => ask(now.image, wanted, show, options), {
      signal,
      retried: (value) => show(value),
    });
    if (answer) show(answer);
  }

  return {
    async thumbnails(start, stop) {
      // A page without a kernel holds all of them in one answer.
      const [from, to] = live ? [start, stop] : [0, about.images.length];
      const got = await quietly(status, calls.thumbnails(from, to), refresh);
      if (got) stage().thumbnails(got.items);
    },
    refresh,
    point,
    offered,
    faithful: () =>
      void check<"curves">(
        "curves",
        (image, wanted, show, options): Promise<Curves> =>
          calls.faithfulness(image, wanted, show, options),
      ),
    sane: () =>
      void check<"sanity">(
        "sanity",
        (image, wanted, _show, options): Promise<Sanity> => calls.sanity(image, wanted, options),
      ),
  };
}
