// What the attribution widget asks Python, typed. The Python side is src/convscope/widgets/_attribution_calls.py.

import type { ChannelMap } from "../views/channels";
import type { NdArray } from "./binary";
import { type LayerCalls, layerCalls } from "./layer_calls";
import type { Target } from "./protocol";
import type { CallOptions, Rpc } from "./rpc";

type Floats = NdArray<Float32Array<ArrayBuffer>>;

/** One map of one image: which method, what is looked for, in which layer ("input" for the image itself). */
export type Wanted = readonly [method: string, target: Target, layer: string];

export interface FoundMap {
  readonly map: ChannelMap;
  readonly layer: string;
  readonly method: string;
  /** The target in words, and its class, −1 where it is none. */
  readonly name: string;
  readonly index: number;
  /** The network's raw output for it. */
  readonly score: number;
}

/** Why there is no map, in a sentence. */
export interface Unfound {
  readonly error: string;
}

export interface Curves {
  readonly fractions: Float32Array;
  readonly deletion: Float32Array;
  readonly insertion: Float32Array;
  readonly deletion_area: number;
  readonly insertion_area: number;
  readonly kind: "probability" | "score";
  readonly name: string;
}

export interface Sanity {
  /** The map of a copy whose weights are shuffled. */
  readonly map: ChannelMap;
  /** Rank correlation of both maps, −1 to 1. */
  readonly similarity: number;
}

/** What a position was made from, and what it feeds; null where no layer was asked for. */
export interface Traced {
  readonly made_from: ChannelMap | null;
  readonly feeds: ChannelMap | null;
}

export interface Place {
  readonly layer: string;
  readonly position: readonly [number, number];
  readonly earlier: string;
  readonly later: string;
}

export interface AttributionCalls extends Pick<LayerCalls, "thumbnails" | "input"> {
  /** The maps at hand, or null where one is missing. */
  known(image: number, wanted: readonly Wanted[]): (FoundMap | Unfound)[] | null;
  maps(
    image: number,
    wanted: readonly Wanted[],
    options: CallOptions,
  ): Promise<(FoundMap | Unfound)[]>;
  prepare(image: number, wanted: Wanted, options: CallOptions): Promise<void>;
  /** Classes are offered in a list: Python may make their maps before one is chosen. */
  foresee(
    image: number,
    wanted: Wanted,
    targets: readonly Target[],
    options: CallOptions,
  ): Promise<void>;
  between(
    image: number,
    place: Place,
    preview: (traced: Traced) => void,
    options: CallOptions,
  ): Promise<Traced>;
  faithfulness(
    image: number,
    wanted: Wanted,
    preview: (curves: Curves) => void,
    options: CallOptions,
  ): Promise<Curves>;
  sanity(image: number, wanted: Wanted, options: CallOptions): Promise<Sanity>;
}

/** Maps that are kept at hand: those of layers are small, those of the input about 200 kB. */
const KEEP = 300;

export function attributionCalls(rpc: Rpc): AttributionCalls {
  const { thumbnails, input } = layerCalls(rpc);
  const kept = new Map<string, FoundMap | Unfound>();
  const keyOf = (image: number, wanted: Wanted): string => JSON.stringify([image, ...wanted]);

  async function ask(image: number, asked: readonly Wanted[], options: CallOptions): Promise<void> {
    const { items } = await rpc.call<{ items: (MapAnswer | Unfound)[] }>(
      "maps",
      { image, asked },
      options,
    );
    items.forEach((item, i) => {
      const wanted = asked[i];
      if (wanted)
        kept.set(keyOf(image, wanted), "error" in item ? item : { ...item, map: toMap(item.map) });
    });
  }

  function known(image: number, wanted: readonly Wanted[]): (FoundMap | Unfound)[] | null {
    const found = wanted.map((each) => kept.get(keyOf(image, each)));
    return found.every((each) => each !== undefined) ? found : null;
  }

  return {
    thumbnails,
    input,
    known,
    async maps(image, wanted, options) {
      const missing = wanted.filter((each) => !kept.has(keyOf(image, each)));
      if (rpc.state() !== "static") {
        if (missing.length > 0) await ask(image, missing, options);
      } else {
        // A page without a kernel holds each map by itself; those left out are said to be.
        await Promise.all(
          missing.map((each) =>
            ask(image, [each], options).catch((reason: Error) => {
              if (wanted.length === 1) throw reason;
              kept.set(keyOf(image, each), { error: "not in this page" });
            }),
          ),
        );
      }
      const found = known(image, wanted) ?? [];
      for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - KEEP))) kept.delete(old);
      return found;
    },
    prepare: (image, [method, target, layer], options) =>
      rpc.call("prepare", { image, method, target, layer }, options),
    foresee: (image, [method, , layer], targets, options) =>
      rpc.call("foresee", { image, method, targets, layer }, options),
    async between(image, place, preview, options) {
      const answer = await rpc.call<TracedAnswer>(
        "between",
        { image, ...place },
        { ...options, onPreview: (value) => preview(toTraced(value as TracedAnswer)) },
      );
      return toTraced(answer);
    },
    async faithfulness(image, [method, target, layer], preview, options) {
      const answer = await rpc.call<CurvesAnswer>(
        "faithfulness",
        { image, method, target, layer },
        { ...options, onPreview: (value) => preview(toCurves(value as CurvesAnswer)) },
      );
      return toCurves(answer);
    },
    async sanity(image, [method, target, layer], options) {
      const { map, similarity } = await rpc.call<{ map: Floats; similarity: number }>(
        "sanity",
        { image, method, target, layer },
        options,
      );
      return { map: toMap(map), similarity };
    },
  };
}

interface MapAnswer extends Omit<FoundMap, "map"> {
  map: Floats;
}

interface TracedAnswer {
  made_from: Floats | null;
  feeds: Floats | null;
}

interface CurvesAnswer extends Omit<Curves, "fractions" | "deletion" | "insertion"> {
  fractions: Floats;
  deletion: Floats;
  insertion: Floats;
}

function toMap({ data, shape: [height = 1, width = 1] }: Floats): ChannelMap {
  return { data, height, width };
}

function toTraced({ made_from, feeds }: TracedAnswer): Traced {
  return { made_from: made_from && toMap(made_from), feeds: feeds && toMap(feeds) };
}

function toCurves({ fractions, deletion, insertion, ...rest }: CurvesAnswer): Curves {
  return {
    ...rest,
    fractions: fractions.data,
    deletion: deletion.data,
    insertion: insertion.data,
  };
}
