// What the layer browser asks Python, typed. The Python side is src/convscope/widgets/layer_browser.py.

import type { Bins, ChannelMap, Maps } from "../views/channels";
import type { TopItem } from "../views/detail";
import type { InputImage } from "../views/inputs";
import type { NdArray, Picture } from "./binary";
import type { CallOptions, Rpc } from "./rpc";

interface MapsAnswer {
  layer: string;
  shape: [number, number, number];
  shown: [number, number];
  data: NdArray<Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>;
  lo: NdArray<Float32Array<ArrayBuffer>>;
  hi: NdArray<Float32Array<ArrayBuffer>>;
  mean: NdArray<Float32Array<ArrayBuffer>>;
  max: NdArray<Float32Array<ArrayBuffer>>;
  min: NdArray<Float32Array<ArrayBuffer>>;
  zeros: NdArray<Float32Array<ArrayBuffer>>;
  invalid?: number;
}

interface ChannelAnswer {
  map: NdArray<Float32Array<ArrayBuffer>>;
  counts: NdArray<Int32Array<ArrayBuffer>>;
  edges: NdArray<Float32Array<ArrayBuffer>>;
}

export interface Thumbnail {
  readonly index: number;
  readonly name: string;
  readonly picture: Picture;
}

/** What excites a unit most: patches, each of another place, and whole images by their mean. */
export interface Top {
  /** Images looked at, and all there are: fewer when it was stopped. */
  readonly seen: number;
  readonly total: number;
  readonly items: readonly TopItem[];
  readonly images: readonly TopItem[];
}

export interface LayerCalls {
  thumbnails(start: number, stop: number): Promise<{ items: Thumbnail[] }>;
  input(image: number): Promise<InputImage>;
  /** A small curve for each layer: its channels' means, sorted, 0 to 1. */
  summary(image: number): Promise<Record<string, Float32Array>>;
  maps(image: number, layer: string, options?: CallOptions): Promise<Maps>;
  channel(image: number, layer: string, unit: number): Promise<{ map: ChannelMap; bins: Bins }>;
  top(layer: string, unit: number, options: CallOptions): Promise<Top>;
}

/** Layers that are kept at hand, for going back and forth. */
const KEEP = 8;

export function layerCalls(rpc: Rpc): LayerCalls {
  const kept = new Map<string, Maps>();
  return {
    thumbnails: (start, stop) => rpc.call("thumbnails", { start, stop }),
    input: (image) => rpc.call("input", { image }),
    async summary(image) {
      const answer = await rpc.call<{ layers: Record<string, NdArray<Float32Array<ArrayBuffer>>> }>(
        "summary",
        { image },
      );
      return Object.fromEntries(
        Object.entries(answer.layers).map(([name, { data }]) => [name, data]),
      );
    },
    async maps(image, layer, options) {
      const key = JSON.stringify([image, layer]);
      const known = kept.get(key);
      kept.delete(key); // a Map remembers the order of insertion: the oldest goes first
      const maps = known ?? toMaps(await rpc.call<MapsAnswer>("maps", { image, layer }, options));
      kept.set(key, maps);
      for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - KEEP))) kept.delete(old);
      return maps;
    },
    async channel(image, layer, unit) {
      const { map, counts, edges } = await rpc.call<ChannelAnswer>("channel", {
        image,
        layer,
        unit,
      });
      const [height = 1, width = 1] = map.shape;
      return {
        map: { data: map.data, height, width },
        bins: { counts: counts.data, edges: edges.data },
      };
    },
    top: (layer, unit, options) => rpc.call("top", { layer, unit }, options),
  };
}

function toMaps({ shape, shown, data, lo, hi, mean, max, min, zeros, invalid }: MapsAnswer): Maps {
  return {
    shape,
    shown,
    data: data.data,
    lo: lo.data,
    hi: hi.data,
    mean: mean.data,
    max: max.data,
    min: min.data,
    zeros: zeros.data,
    invalid,
  };
}
