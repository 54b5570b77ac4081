// What the layer browser loads, when, and what it says when something is missing.

import type { Loaded } from "../views/large";
import type { Stage } from "../views/stage_contract";
import { integer } from "./format";
import { layerCalls, type Top } from "./layer_calls";
import type { Model } from "./model";
import type { LayerBrowserTraits, LayerInfo } from "./protocol";
import { quietly } from "./quietly";
import { latest, type Rpc } from "./rpc";
import { debounce } from "./schedule";
import type { Status } from "./status";

/** Up to this many images are searched without being asked; beyond, a button starts it. */
const SEARCH_UNASKED = 64;

export interface LoaderParts {
  model: Model<LayerBrowserTraits>;
  rpc: Rpc;
  status: Status;
  signal: AbortSignal;
  /** A layer's maps are on the stage now. */
  onLayer(layer: LayerInfo): void;
  onCurves(curves: Record<string, Float32Array>): void;
}

export interface Loader {
  thumbnails(start: number, stop: number): void;
  inputs(): void;
  maps(): void;
  unit(): void;
  /** Look for what excites the chosen unit most. */
  search(): void;
}

/** Load for `stage()` what the model's traits ask for. The newest request wins. */
export function layerLoader(parts: LoaderParts, stage: () => Stage): Loader {
  const { model, rpc, status, signal } = parts;
  const calls = layerCalls(rpc);
  const layers = new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const count = model.get("_images").length;
  const unsearched = `your ${integer(count)} images have not been searched for it yet`;
  const tops = new Map<string, Top>();
  let loaded: Loaded | null = null;
  let job = new AbortController();

  /** What failed once usually failed for the image and for its maps. */
  function again(): void {
    void inputs();
    void maps();
  }

  function shown(): number[] {
    const second = model.get("compare");
    return second === null ? [model.get("image")] : [model.get("image"), second];
  }

  const inputs = latest(async () => {
    const images = await quietly(status, Promise.all(shown().map(calls.input)), again);
    // What failed is asked for again by Retry; another failure after that would only confuse.
    if (!images || signal.aborted) return;
    await stage().inputs(images);
    const curves = await quietly(status, calls.summary(model.get("image")), again);
    if (curves) parts.onCurves(curves);
  });

  const maps = latest(async () => {
    const layer = layers.get(model.get("layer"));
    if (!layer) return;
    const images = shown();
    stage().busy(true);
    const stacks = await status.run(
      (options) => Promise.all(images.map((image) => calls.maps(image, layer.name, options))),
      { signal, retried: again },
    );
    stage().busy(false);
    if (!stacks || signal.aborted) return;
    loaded = { layer, stacks };
    stage().layer(loaded);
    parts.onLayer(layer);
    unit();
  });

  const unit = debounce(
    () => {
      const chosen = model.get("unit");
      if (chosen === null || !loaded || chosen >= (loaded.stacks[0]?.shape[0] ?? 0)) return;
      void full(loaded, chosen);
      showTop(chosen);
    },
    120,
    signal,
  );

  async function full({ layer, stacks }: Loaded, unit: number): Promise<void> {
    const [, height = 1, width = 1] = stacks[0]?.shape ?? [];
    if (height * width === 1) return; // the mosaic has all there is
    const images = shown();
    const ask = images.map((image) => calls.channel(image, layer.name, unit));
    const got = await quietly(status, Promise.all(ask), again);
    if (!got?.[0] || signal.aborted) return;
    const maps = got.map(({ map }) => map);
    stage().full({ layer: layer.name, unit, maps, bins: got[0].bins, of: stacks });
  }

  const keyOf = (unit: number): string => JSON.stringify([model.get("layer"), unit]);

  function showTop(unit: number): void {
    const known = tops.get(keyOf(unit));
    const unasked = rpc.state() === "static" || count <= SEARCH_UNASKED;
    if (!known && unasked) void search();
    else stage().top(known ?? null, known ? partly(known) : unsearched, !known);
  }

  async function search(): Promise<void> {
    const [layer, unit] = [model.get("layer"), model.get("unit")];
    if (unit === null) return;
    job.abort();
    job = new AbortController();
    const mine = AbortSignal.any([signal, job.signal]);
    const still = rpc.state() === "static";
    stage().top(null, "looking through your images…", false);
    const found = still
      ? await quietly(status, calls.top(layer, unit, { signal: mine }))
      : await status.run((options) => calls.top(layer, unit, options), {
          signal: mine,
          retried: () => showTop(unit),
        });
    if (mine.aborted) return;
    if (found && found.seen >= found.total) tops.set(JSON.stringify([layer, unit]), found);
    const word = found ? partly(found) : still ? "What excites it most is not in this page." : "";
    stage().top(found ?? null, word, !still && (!found || found.seen < found.total));
  }

  async function thumbnails(start: number, stop: number): Promise<void> {
    // A page without a kernel holds all of them in one answer.
    const [from, to] = rpc.state() === "static" ? [0, count] : [start, stop];
    const got = await quietly(status, calls.thumbnails(from, to), () => {
      again();
      void thumbnails(start, stop);
    });
    if (got) stage().thumbnails(got.items);
  }

  return {
    thumbnails: (start, stop) => void thumbnails(start, stop),
    inputs: () => void inputs(),
    maps: () => void maps(),
    unit,
    search: () => void search(),
  };
}

function partly({ seen, total }: Top): string {
  return seen < total ? `from ${integer(seen)} of ${integer(total)} images` : "";
}
