// What is chosen in the feature visualisation. Python's side is src/convscope/widgets/feature_vis.py.

import type { FeatureVisTraits } from "./protocol";

/** What is made. */
export const WANTED = ["target", "layer", "unit"] as const;
/** How it is made: pictures made otherwise are other pictures. */
export const SETTINGS = [
  "steps",
  "size",
  "transforms",
  "decorrelate",
  "param",
  "rate",
  "smooth",
  "alpha",
  "seed",
  "negative",
  "diverse",
  "diversity",
  "between",
] as const;
const LOOKS = ["auto", "image", "sort"] as const;
export const CHOICES = [...WANTED, ...SETTINGS, ...LOOKS] as const;

export type FeatureChoice = Pick<FeatureVisTraits, (typeof CHOICES)[number]>;

/** What does not change while the widget lives. */
export interface AboutFeatures {
  /** Channels of each layer that has maps. */
  readonly channels: ReadonlyMap<string, number>;
  readonly classes: readonly string[];
  readonly objectives: readonly string[];
  readonly images: readonly string[];
  /** There is a kernel. */
  readonly live: boolean;
}
