/** What is computed from the feature maps of one layer: values, order, colour domains, silent channels. */

import type { Domain } from "../lib/colormap";

/** All maps of one layer for one image, quantised: `value = lo[c] + q / qmax * (hi[c] - lo[c])`. */
export interface Maps {
  /** Full size of the layer's output: channels, height, width. */
  readonly shape: readonly [number, number, number];
  /** Size of the maps in `data`; smaller than `shape` where the maps were averaged for showing. */
  readonly shown: readonly [number, number];
  readonly data: Uint8Array | Uint16Array;
  readonly lo: Float32Array;
  readonly hi: Float32Array;
  readonly mean: Float32Array;
  readonly max: Float32Array;
  readonly min: Float32Array;
  /** Share of exact zeros of each channel, 0 to 1. */
  readonly zeros: Float32Array;
  /** How many values are not finite; they are drawn as zero. */
  readonly invalid?: number;
}

export type Sort = "index" | "mean" | "max" | "sparsity" | "similarity";
export type Scale = "shared" | "channel";

export function channelCount(maps: Maps): number {
  return maps.shape[0];
}

function qmax(maps: Maps): number {
  return maps.data.BYTES_PER_ELEMENT === 1 ? 255 : 65535;
}

/** The value of one shown pixel. */
export function valueAt(maps: Maps, channel: number, y: number, x: number): number {
  const [h, w] = maps.shown;
  const q = maps.data[(channel * h + y) * w + x] ?? 0;
  const lo = maps.lo[channel] ?? 0;
  return lo + (q / qmax(maps)) * ((maps.hi[channel] ?? 0) - lo);
}

export interface Reading {
  readonly value: number;
  /** False where the maps were averaged for showing. */
  readonly exact: boolean;
}

/** The value of the unit at row `y` and column `x` of the full map, as far as the mosaic knows it. */
export function readUnit(maps: Maps, channel: number, y: number, x: number): Reading {
  const [, h, w] = maps.shape;
  const [shownH, shownW] = maps.shown;
  const value = valueAt(maps, channel, Math.floor((y * shownH) / h), Math.floor((x * shownW) / w));
  return { value, exact: h === shownH && w === shownW };
}

/** One channel's shown values, written into `out` (h * w long). */
export function readChannel(maps: Maps, channel: number, out: Float32Array): void {
  const start = channel * out.length;
  const lo = maps.lo[channel] ?? 0;
  const step = ((maps.hi[channel] ?? 0) - lo) / qmax(maps);
  for (let i = 0; i < out.length; i++) out[i] = lo + (maps.data[start + i] ?? 0) * step;
}

/** Whether any channel goes below zero: such data get a zero-centred map. */
export function isSigned(stacks: readonly Maps[]): boolean {
  return stacks.some((maps) => maps.lo.some((lo) => lo < 0));
}

/** Lowest and highest shown value: of one channel, or of all; over every picture that shares the bar. */
export function extent(stacks: readonly Maps[], channel: number | null): Domain {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const maps of stacks) {
    const from = channel ?? 0;
    const to = channel === null ? channelCount(maps) : channel + 1;
    for (let c = from; c < to; c++) {
      lo = Math.min(lo, maps.lo[c] ?? lo);
      hi = Math.max(hi, maps.hi[c] ?? hi);
    }
  }
  return lo <= hi ? [lo, hi] : [0, 0];
}

/** 1 for every channel that is zero everywhere in all the pictures shown. */
export function deadChannels(stacks: readonly Maps[]): Uint8Array {
  const dead = new Uint8Array(stacks[0] ? channelCount(stacks[0]) : 0).fill(1);
  for (const maps of stacks) {
    for (let c = 0; c < dead.length; c++) if (maps.max[c] !== 0 || maps.min[c] !== 0) dead[c] = 0;
  }
  return dead;
}

/** Channels in the order asked for; equal ones keep their number's order. */
export function sortChannels(maps: Maps, sort: Sort, anchor: number | null): Int32Array {
  const order = Int32Array.from({ length: channelCount(maps) }, (_, i) => i);
  if (sort === "index") return order;
  const key = sortKey(maps, sort, anchor);
  return order.sort((a, b) => (key[b] ?? 0) - (key[a] ?? 0) || a - b);
}

function sortKey(maps: Maps, sort: Sort, anchor: number | null): Float32Array {
  if (sort === "max") return maps.max;
  if (sort === "sparsity") return maps.zeros;
  if (sort === "similarity") return cosines(maps, anchor ?? strongest(maps));
  return maps.mean;
}

/** The channel with the largest mean. */
export function strongest(maps: Maps): number {
  return maps.mean.reduce((best, mean, c) => (mean > (maps.mean[best] ?? mean) ? c : best), 0);
}

/** Cosine between the maps of `anchor` and of every channel; a silent channel has none and gets −2, to stand last. */
export function cosines(maps: Maps, anchor: number): Float32Array {
  const [h, w] = maps.shown;
  const picked = new Float32Array(h * w);
  const other = new Float32Array(h * w);
  readChannel(maps, anchor, picked);
  const own = Math.sqrt(dot(picked, picked));
  return Float32Array.from({ length: channelCount(maps) }, (_, c) => {
    readChannel(maps, c, other);
    const size = own * Math.sqrt(dot(other, other));
    return size > 0 ? dot(picked, other) / size : -2;
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** One channel as a map of its own. */
export interface ChannelMap {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** A channel's map at its full size, as far as the mosaic knows it. */
export function channelMap(maps: Maps, channel: number): ChannelMap {
  const [, height, width] = maps.shape;
  const data = Float32Array.from(
    { length: height * width },
    (_, i) => readUnit(maps, channel, Math.floor(i / width), i % width).value,
  );
  return { data, height, width };
}

export interface Bins {
  readonly counts: ArrayLike<number>;
  /** One more than there are counts. */
  readonly edges: ArrayLike<number>;
}

/** Counts of values in equal bins from the smallest to the largest. */
export function binned({ data }: ChannelMap, bins = 32): Bins {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
  }
  const width = (hi - lo) / bins || 1;
  const counts = new Int32Array(bins);
  for (const value of data) {
    const bin = Math.min(bins - 1, Math.floor((value - lo) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, edges: Float32Array.from({ length: bins + 1 }, (_, i) => lo + i * width) };
}
