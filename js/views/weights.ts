/** What is computed from the weights of a layer: order, reach, words. */

import { number } from "../lib/format";
import type { Spot } from "./mosaic";

/** The filters of one layer. */
export interface LayerFilters {
  readonly name: string;
  /** Filters, input channels, height, width. */
  readonly shape: readonly [number, number, number, number];
  /** (filters, height, width, 3) where the input is a colour image. */
  readonly rgb: Float32Array | null;
  readonly outNorms: Float32Array;
  /** (filters, inputs), null where that is too much to send. */
  readonly norms: Float32Array | null;
  readonly dead: ReadonlySet<number>;
}

/** The kernels of one filter: (inputs, height, width), with a norm each. */
export interface Kernels {
  readonly unit: number;
  readonly layer: string;
  readonly weights: Float32Array;
  readonly norms: Float32Array;
}

export function orderOf(layer: LayerFilters, sort: "index" | "norm"): Int32Array {
  return sort === "norm" ? descending(layer.outNorms) : numbered(layer.shape[0]);
}

export function numbered(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

/** Positions by falling value. */
export function descending(values: Float32Array): Int32Array {
  const order = Int32Array.from(values, (_, i) => i);
  return order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
}

export function reachBetween(values: Float32Array): [number, number] {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return [lo, hi];
}

/** The largest absolute weight of each of `n` filters. */
export function reachOf(weights: Float32Array, n: number): Float32Array {
  const each = weights.length / n;
  return Float32Array.from({ length: n }, (_, i) => {
    const [lo, hi] = reachBetween(weights.subarray(i * each, (i + 1) * each));
    return Math.max(-lo, hi);
  });
}

/** A place in a filter over colour: its three weights. */
export function colourWords(layer: LayerFilters, rgb: Float32Array, spot: Spot): string {
  const [, , kh, kw] = layer.shape;
  const at = 3 * ((spot.channel * kh + spot.y) * kw + spot.x);
  const [r = 0, g = 0, b = 0] = rgb.subarray(at, at + 3);
  const weights = `red ${number(r)}, green ${number(g)}, blue ${number(b)}`;
  const norm = number(layer.outNorms[spot.channel] ?? 0);
  return `filter ${spot.channel} · ${weights} at row ${spot.y}, column ${spot.x} · norm ${norm}`;
}

export function weightAt(
  { shape: [, , kh, kw] }: LayerFilters,
  kernels: Kernels,
  spot: Spot,
): number {
  return kernels.weights[(spot.channel * kh + spot.y) * kw + spot.x] ?? 0;
}

/** A place in one kernel: its weight. */
export function kernelWords(layer: LayerFilters, kernels: Kernels, spot: Spot): string {
  const [, , kh, kw] = layer.shape;
  const input = layer.rgb
    ? (["red", "green", "blue"][spot.channel] ?? "")
    : `input ${spot.channel}`;
  const place = kh * kw > 1 ? ` at row ${spot.y}, column ${spot.x}` : "";
  const weight = number(weightAt(layer, kernels, spot));
  const norm = number(kernels.norms[spot.channel] ?? 0);
  return `filter ${kernels.unit}, ${input} · weight ${weight}${place} · norm ${norm}`;
}
