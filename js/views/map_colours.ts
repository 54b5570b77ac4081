/** Which colours maps of attribution get: one scale for all, or one for each. */

import { type ColorChoice, type ColorMap, type Domain, domainFor, resolve } from "../lib/colormap";
import type { ChannelMap } from "./channels";

export interface Colours {
  readonly colour: ColorMap;
  readonly domain: Domain;
}

/** Colours for each map. Where they share a scale, all get the same. */
export function coloursOf(
  maps: readonly ChannelMap[],
  about: { shared: boolean; colormap: ColorChoice; dark: boolean },
): Colours[] {
  const spans = maps.map(spanOf);
  const whole: Domain = [
    Math.min(...spans.map(([lo]) => lo)),
    Math.max(...spans.map(([, hi]) => hi)),
  ];
  return spans.map((own) => {
    const [lo, hi] = about.shared ? whole : own;
    const colour = resolve(about.colormap, { signed: lo < 0, dark: about.dark });
    return { colour, domain: domainFor(colour, lo, hi) };
  });
}

/** One map less another of the same size. */
export function lessOther(one: ChannelMap, other: ChannelMap): ChannelMap {
  return { ...one, data: one.data.map((value, i) => value - (other.data[i] ?? 0)) };
}

function spanOf({ data }: ChannelMap): Domain {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return lo <= hi ? [lo, hi] : [0, 0];
}
