/** How large points are and how much of the ground each covers, by how many are in sight. */

import type { Size } from "../lib/plane";

export interface PointLook {
  /** Diameter in pixels. */
  readonly size: number;
  /** 0 to 1. */
  readonly opacity: number;
}

const LARGEST = 9;
const SMALLEST = 1.6;

/** Few points are large, so that a handful of groups does not look empty; of many each is a grain, and thin. */
export function pointLook(count: number, { width, height }: Size): PointLook {
  const size = Math.min(LARGEST, Math.max(SMALLEST, 130 / Math.sqrt(Math.max(1, count)) + 1.4));
  // Points may cover the room about twice; more of them get thinner.
  const cover = (1.6 * width * height) / (Math.max(1, count) * size * size);
  return { size, opacity: Math.min(0.85, Math.max(0.06, cover)) };
}
