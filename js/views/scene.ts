/** From data and choices to what is drawn: order, colours, domains. Parts that did not change stay the same objects. */

import {
  type ColorChoice,
  type ColorMap,
  type Domain,
  domainFor,
  lut,
  resolve,
} from "../lib/colormap";
import {
  deadChannels,
  extent,
  isSigned,
  type Maps,
  type Scale,
  type Sort,
  sortChannels,
} from "./channels";
import { mapSheet, type Paint, type Sheet } from "./sheet";

export interface SceneChoice {
  readonly sort: Sort;
  readonly scale: Scale;
  readonly colormap: ColorChoice;
  /** The channel that similarity is measured from; null for the strongest. */
  readonly anchor: number | null;
  readonly dark: boolean;
}

export interface Scene {
  readonly order: Int32Array;
  readonly dead: Uint8Array;
  readonly colour: ColorMap;
  readonly paint: Paint;
  readonly sheets: readonly Sheet[];
  /** The one domain of all channels, or null when each has its own. */
  readonly shared: Domain | null;
}

/** A function that makes scenes, and remembers the last one. */
export function sceneMaker(): (stacks: readonly Maps[], choice: SceneChoice) => Scene {
  const order = remember(([maps, sort, anchor]: readonly [Maps, Sort, number | null]) =>
    sortChannels(maps, sort, anchor),
  );
  const dead = remember(([...stacks]: readonly Maps[]) => deadChannels(stacks));
  const colours = remember(([scale, map, ...stacks]: readonly [Scale, ColorMap, ...Maps[]]) =>
    colouring(stacks, scale, map),
  );
  return (stacks, { sort, scale, colormap, anchor, dark }) => {
    const first = stacks[0];
    if (!first) throw new RangeError("a scene needs the maps of at least one image");
    const colour = resolve(colormap, { signed: isSigned(stacks), dark });
    return {
      order: order([first, sort, sort === "similarity" ? anchor : null]),
      dead: dead(stacks),
      colour,
      ...colours([scale, colour, ...stacks]),
    };
  };
}

function colouring(
  stacks: readonly Maps[],
  scale: Scale,
  map: ColorMap,
): Pick<Scene, "paint" | "sheets" | "shared"> {
  const shared = scale === "shared" ? domainFor(map, ...extent(stacks, null)) : null;
  const domain = (channel: number): Domain => shared ?? domainFor(map, ...extent(stacks, channel));
  const paint = { table: lut(map), domain };
  return { paint, sheets: stacks.map((maps) => mapSheet(maps, paint)), shared };
}

/** The last answer again while its arguments are the same. */
function remember<A extends readonly unknown[], R>(make: (args: A) => R): (args: A) => R {
  let last: { args: A; answer: R } | null = null;
  return (args) => {
    if (last && last.args.length === args.length && args.every((arg, i) => arg === last?.args[i]))
      return last.answer;
    last = { args, answer: make(args) };
    return last.answer;
  };
}
