/** What the dream widget asks Python, and the few rules that both sides share. */

import type { NdArray, Picture } from "./binary";
import type { DeepDreamTraits, DreamChoices } from "./protocol";

export interface Original {
  readonly image: number;
  readonly picture: Picture;
  readonly width: number;
  readonly height: number;
}

export interface Dreamt extends Omit<Original, "image"> {
  readonly number: number;
  readonly scores: NdArray<Float32Array<ArrayBuffer>>;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** One step of a dream under way; pictures of a film have no numbers. */
export interface Live {
  readonly picture: Picture;
  readonly film?: boolean;
  readonly octave?: number;
  readonly octaves?: number;
  readonly step?: number;
  readonly steps?: number;
  readonly score?: number;
}

export const KNOBS = [
  "image",
  "target",
  "octaves",
  "octave_scale",
  "steps",
  "rate",
  "jitter",
  "guide",
  "tile",
  "clip",
  "seed",
] as const satisfies readonly (keyof DreamChoices)[];

/** google/deepdream's own, as in featurevis/dreams/options.py. */
export const RECIPE = { octaves: 4, octave_scale: 1.4, steps: 10, rate: 1.5, jitter: 32 } as const;

const SMALLEST = 16; // as in featurevis/dreams/dream.py

export function choicesOf(get: <K extends keyof DeepDreamTraits>(key: K) => DeepDreamTraits[K]) {
  return Object.fromEntries(KNOBS.map((key) => [key, get(key)])) as unknown as DreamChoices;
}

export function sameChoices(one: DreamChoices, other: DreamChoices): boolean {
  return KNOBS.every((key) => one[key] === other[key]);
}

/** The sizes of a dream, from small to the image's own, each height and width. */
export function octaveSizes(
  [height, width]: readonly [number, number],
  { octaves, octave_scale }: DreamChoices,
): (readonly [number, number])[] {
  const sizes: (readonly [number, number])[] = [[height, width]];
  for (let turn = 1; turn < octaves; turn++) {
    const scale = octave_scale ** turn;
    const size = [Math.round(height / scale), Math.round(width / scale)] as const;
    if (Math.min(...size) < SMALLEST) break;
    sizes.push(size);
  }
  return sizes.reverse();
}

export interface Unit {
  readonly layer: string;
  /** Null for the whole layer. */
  readonly channel: number | null;
}

/** The layer and channel that a target names; null for anything longer. */
export function unitOf(target: string, layers: ReadonlySet<string>): Unit | null {
  const text = target.trim();
  if (layers.has(text)) return { layer: text, channel: null };
  const found = /^(.+):(\d+)$/.exec(text);
  const layer = found?.[1] ?? "";
  return layers.has(layer) ? { layer, channel: Number(found?.[2]) } : null;
}

export function targetOf({ layer, channel }: Unit): string {
  return channel === null ? layer : `${layer}:${channel}`;
}
