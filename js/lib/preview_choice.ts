// What the augmentation preview shows, as its traits have it.

import type { Model } from "./model";
import { type Nodes, nodeAt, pathOf } from "./operations";
import type { AugmentPreviewTraits } from "./protocol";

type Traits = AugmentPreviewTraits;

/** What the pictures depend on, how they are looked at, and what the line of choices shows. */
export const PICTURES = ["operations", "seed", "samples", "mode", "image", "alone"] as const;
export const LOOKS = ["held", "wipe", "show_masks", "show_boxes"] as const;
export const CHOICES = ["mode", "image", "samples", "seed", "show_masks", "show_boxes"] as const;

/** Sides of tiles that are asked for, in pixels: few, so that a resized window asks seldom. */
const SIDES = [96, 128, 160, 192, 224, 288, 352, 448, 560] as const;
export const FIRST_SIDE = 224;

export function pick<K extends keyof Traits & string>(model: Model<Traits>, keys: readonly K[]) {
  return Object.fromEntries(keys.map((key) => [key, model.get(key)])) as Pick<Traits, K>;
}

/** The side of a tile that is sharp at so many CSS pixels. */
export function exactSide(pixels: number): number {
  return Math.ceil(pixels * Math.max(1, globalThis.devicePixelRatio || 1));
}

/** The side to ask for at rest. */
export function sideFor(exact: number): number {
  return SIDES.find((side) => side >= exact) ?? Math.max(...SIDES);
}

/** Where the operation shown alone is in another pipeline; null when it is not there any more. */
export function aloneIn(next: Nodes, before: Nodes, alone: number[] | null): number[] | null {
  const node = alone && nodeAt(before, alone);
  if (!node) return null;
  const moved = pathOf(next, node);
  if (moved) return [...moved];
  return nodeAt(next, alone)?.name === node.name ? alone : null; // its own parameters have changed
}
