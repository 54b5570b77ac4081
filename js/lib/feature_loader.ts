// What the feature visualisation loads and runs, when, and what it says when something is missing.

import type { FeatureStage } from "../views/feature_stage";
import type { FeatureCalls, Frame, How } from "./feature_calls";
import type { FeatureChoice } from "./feature_choice";
import { quietly } from "./quietly";
import { latest, type Rpc } from "./rpc";
import { debounce } from "./schedule";
import type { Status } from "./status";

/** Up to this many images are searched without being asked; beyond, Run searches them. */
const SEARCH_UNASKED = 64;
/** Milliseconds without a change before anything is asked. */
const CALM = 80;

export function featureLoader(
  parts: {
    rpc: Rpc;
    calls: FeatureCalls;
    status: Status;
    signal: AbortSignal;
    images: number;
    choice: () => FeatureChoice;
    choose: (change: Partial<FeatureChoice>) => void;
    /** Python must know the choices before it is asked to make pictures of them. */
    save: () => void;
  },
  stage: () => FeatureStage,
) {
  const { rpc, calls, status, signal, choice } = parts;
  const live = rpc.state() !== "static";
  let running: AbortController | null = null;
  let searching = new AbortController();
  let searched = "";

  const look = latest(async () => {
    const { target } = choice();
    const shown = await quietly(status, calls.look(target), refresh);
    if (!shown || signal.aborted || choice().target !== target || running) return;
    if (shown.parts.length > 0) stage().parts(shown.parts);
    else {
      stage().stale();
      if (choice().auto && live) void run("new");
    }
  });

  async function search(): Promise<void> {
    const { target } = choice();
    if (parts.images === 0 || searched === target) return;
    searching.abort();
    searching = new AbortController();
    const mine = AbortSignal.any([signal, searching.signal]);
    const show = (rows: Parameters<FeatureStage["rows"]>[0]): void => {
      if (!mine.aborted && choice().target === target) stage().rows(rows);
    };
    searched = target;
    const ask = (options: object) => calls.examples(target, show, { ...options, signal: mine });
    // The bar belongs to the run where there is one.
    const rows =
      live && !running
        ? await status.run((options) => ask({ ...options }), { signal: mine, retried: show })
        : await quietly(status, ask({}));
    if (rows) show(rows);
    else if (searched === target) searched = "";
  }

  async function run(how: How): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    parts.save();
    const { target } = choice();
    stage().busy(true);
    const show = (frame: Frame): void => {
      if (running === own && choice().target === target) stage().frame(frame);
    };
    void search();
    const shown = await status.run(
      (options) => {
        options.stop?.addEventListener("abort", () => own.abort(), { once: true });
        return calls.develop(target, how, show, { ...options, stop: own.signal });
      },
      { signal },
    );
    if (running !== own || signal.aborted) return;
    running = null;
    stage().busy(false);
    if (choice().target !== target) refresh();
    else if (shown) stage().parts(shown.parts);
    else void look();
  }

  const refresh = debounce(
    () => {
      void look();
      if (!live || parts.images <= SEARCH_UNASKED) void search();
    },
    CALM,
    signal,
  );

  return {
    async thumbnails(start: number, stop: number) {
      // A page without a kernel holds all of them in one answer.
      const [from, to] = live ? [start, stop] : [0, parts.images];
      const got = await quietly(status, calls.thumbnails(from, to), refresh);
      if (got) stage().thumbnails(got.items);
    },
    /** A target as text: Python reads it first, and says what is wrong with it. */
    async ask(target: string) {
      if (!live) return parts.choose({ target });
      const read = await status.run((options) => calls.check(target, options), { signal });
      if (read) parts.choose({ target: read.target });
    },
    /** Something else is wanted, or made otherwise. */
    refresh,
    run: (how: How) => void run(how),
    stop: () => running?.abort(),
    running: () => running !== null,
  };
}

export type FeatureLoader = ReturnType<typeof featureLoader>;
