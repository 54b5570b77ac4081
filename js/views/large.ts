/** What the panel of one channel shows, from the layer's maps and what has come of the channel itself. */

import { type ColorMap, type Domain, domainFor } from "../lib/colormap";
import type { LayerInfo } from "../lib/protocol";
import {
  type Bins,
  binned,
  type ChannelMap,
  channelCount,
  channelMap,
  type Maps,
} from "./channels";
import type { DetailContent } from "./detail";
import type { InputImage } from "./inputs";
import type { Scene } from "./scene";
import { channelWords } from "./words";

/** The maps of one layer, for the first image and, when comparing, the second. */
export interface Loaded {
  readonly layer: LayerInfo;
  readonly stacks: readonly Maps[];
}

/** A channel in full size, for each image. */
export interface Full {
  readonly layer: string;
  readonly unit: number;
  readonly maps: readonly ChannelMap[];
  readonly bins: Bins;
  /** The maps of the layer that it belongs to. */
  readonly of: readonly Maps[];
}

/** The images on the stage, decoded. */
export interface Seen {
  readonly images: readonly InputImage[];
  readonly bitmaps: readonly (ImageBitmap | null)[];
}

/** A layer whose channels are single numbers, with no places. */
export function isVector({ stacks }: Loaded): boolean {
  const maps = stacks[0];
  return !!maps && maps.shape[1] * maps.shape[2] === 1;
}

/** The panel's content: the full maps where they have come, until then those of the mosaic. */
export function largeContent(
  loaded: Loaded,
  scene: Scene,
  unit: number,
  full: Full | null,
  seen: Seen,
  position: readonly [number, number] | null,
): DetailContent {
  const { layer, stacks } = loaded;
  const maps = stacks[0] as Maps;
  const exact = full && full.unit === unit && full.of === stacks ? full : null;
  const own = exact?.maps ?? stacks.map((stack) => channelMap(stack, unit));
  return {
    title: `channel ${unit} of ${channelCount(maps)}`,
    note: scene.dead[unit] ? "dead: zero everywhere in this image" : channelWords(maps, unit),
    sides: own.map((map, i) => ({
      map: isVector(loaded) ? null : map,
      image: seen.bitmaps[i] ?? null,
      size: [seen.images[i]?.height ?? map.height, seen.images[i]?.width ?? map.width],
      name: seen.images[i]?.name ?? "",
    })),
    field: layer.rf,
    position,
    colour: scene.colour,
    domain: detailDomain(scene, unit, own),
    bins: isVector(loaded) ? null : (exact?.bins ?? binned(own[0] as ChannelMap)),
  };
}

/** The bar's domain, widened where the full map goes beyond what averaging left in the mosaic. */
function detailDomain(
  { colour, shared, paint }: Scene,
  unit: number,
  maps: readonly ChannelMap[],
): Domain {
  let [lo, hi] = shared ?? paint.domain(unit);
  for (const { data } of maps) {
    for (const value of data) {
      if (value < lo) lo = value;
      if (value > hi) hi = value;
    }
  }
  return domainFor(colour as ColorMap, lo, hi);
}
