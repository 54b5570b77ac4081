/** Pictures in words: what was reached, and what real images reach. */

import type { Excited, Made } from "../lib/feature_calls";
import { readable } from "../lib/feature_target";
import { count, duration, number } from "../lib/format";

/** `reached 14.2 = 1.31 × the most your images reach`: means over all places of a map, on both sides. */
export function reachedWords(reached: number, images: Excited | null): string {
  if (!Number.isFinite(reached)) return "";
  const said = `reached ${number(reached)}`;
  if (!images) return said;
  const { maximum, seen, total } = images;
  const most = seen < total ? `the most of ${seen} of your images` : "the most your images reach";
  if (reached > 0 && maximum > 0)
    return `${said} = ${number(reached / maximum)} × ${most} (${number(maximum)})`;
  return `${said}; ${most}: ${number(maximum)}`;
}

/** The same in a few letters, for a tile: `1.31×`. */
export function timesWords(reached: number | undefined, maximum: number | undefined): string {
  if (reached === undefined || !Number.isFinite(reached)) return "";
  if (maximum === undefined || maximum <= 0 || reached <= 0) return number(reached);
  return `${number(reached / maximum, 2)}×`;
}

export function madeWords({ title, steps, seconds, notes }: Made): string {
  const made = `${readable(title)} · ${count(steps, "step")} in ${duration(seconds)}`;
  return [made, ...notes].join(" · ");
}
