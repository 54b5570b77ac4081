// What colours mean on the map: columns as codes and a palette, so that another choice is a small table and not a million values.

import type { NdArray } from "./binary";
import { type ColorMap, type Domain, indexOf, lut } from "./colormap";

export interface CategoryColumn {
  readonly kind: "category";
  /** One a point; `names.length` stands for a missing value. */
  readonly codes: NdArray;
  readonly names: readonly string[];
  readonly counts: readonly number[];
}

export interface ValueColumn {
  readonly kind: "value";
  /** One a point; NaN where missing. */
  readonly values: NdArray;
  readonly low: number;
  readonly high: number;
}

export type Column = CategoryColumn | ValueColumn;

type Rgba = readonly [r: number, g: number, b: number, a: number];

/**
 * Ten colours that differ for colour-blind eyes too and stand out from white and from near-black (at least 2 : 1 each; found by
 * search over Machado's simulations, which keeps them 0.12 apart in OKLab at worst). As in src/convscope/plots/manifold.py.
 */
export const CLASS_COLOURS = [
  "#5481f4",
  "#f79503",
  "#9211bf",
  "#92b589",
  "#c01709",
  "#0cc2ff",
  "#a37c8a",
  "#ff312c",
  "#0e3cff",
  "#a93782",
] as const;

/** What has no colour of its own: missing values, classes after the tenth. */
const REST = "#8d929b";
const FAINT = 0.16;
/** Code of a missing number: after the 256 of the table. */
const NO_NUMBER = 256;

export function hexRgba(hex: string, alpha = 1): Rgba {
  const at = (k: number) => Number.parseInt(hex.slice(k, k + 2), 16) / 255;
  return [at(1), at(3), at(5), alpha];
}

/** Codes of a column, the same object for the same column: the map compares them by it. */
export function codesOf(column: Column | null, count: number, map: ColorMap): Uint16Array {
  if (!column) return new Uint16Array(count);
  if (column.kind === "category") {
    const { data } = column.codes;
    return data instanceof Uint16Array ? data : Uint16Array.from(data);
  }
  const domain = domainOf(column, map);
  return Uint16Array.from(column.values.data, (value) =>
    Number.isFinite(value) ? indexOf(value, domain) : NO_NUMBER,
  );
}

/** The scale's ends. Its darkest colours would be lost on dark ground, its lightest on light: they stand for no value. */
export function domainOf({ low, high }: ValueColumn, map: ColorMap): Domain {
  const range = high - low || 1;
  if (map === "magma") return [low - 0.3 * range, high];
  if (map !== "diverging") return [low, high + 0.1 * range];
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return [-reach, reach];
}

/** The categories that have a colour: the ten largest, or those that are isolated. */
export function coloured(
  column: CategoryColumn,
  isolated: ReadonlySet<string>,
): Map<number, string> {
  const all = column.names.map((_, code) => code);
  const few = all.length <= CLASS_COLOURS.length;
  const size = (code: number) => column.counts[code] ?? 0;
  const order = few ? all : [...all].sort((a, b) => size(b) - size(a));
  const first = order.slice(0, CLASS_COLOURS.length);
  // One that is looked at has a colour, whatever its size.
  const more = order.filter(
    (code) => isolated.has(column.names[code] ?? "") && !first.includes(code),
  );
  const chosen = [...first.slice(0, Math.max(0, CLASS_COLOURS.length - more.length)), ...more];
  return new Map(
    chosen
      .slice(-CLASS_COLOURS.length)
      .map((code, k) => [code, CLASS_COLOURS[k % CLASS_COLOURS.length] as string]),
  );
}

/** What each code looks like, and which are set aside. */
export function paletteOf(
  column: Column | null,
  map: ColorMap,
  isolated: ReadonlySet<string>,
): { palette: Rgba[]; hidden: Set<number> } {
  if (!column) return { palette: [hexRgba(CLASS_COLOURS[0])], hidden: new Set() };
  if (column.kind === "value") {
    const palette = Array.from(
      lut(map),
      (packed): Rgba => [
        (packed & 255) / 255,
        ((packed >>> 8) & 255) / 255,
        ((packed >>> 16) & 255) / 255,
        1,
      ],
    );
    return { palette: [...palette, hexRgba(REST, 0.5)], hidden: new Set() };
  }
  const colours = coloured(column, isolated);
  const hidden = new Set<number>();
  const palette = Array.from({ length: column.names.length + 1 }, (_, code): Rgba => {
    const aside = isolated.size > 0 && !isolated.has(nameOf(column, code));
    if (aside) hidden.add(code);
    return hexRgba(aside ? REST : (colours.get(code) ?? REST), aside ? FAINT : 1);
  });
  return { palette, hidden };
}

export const MISSING = "missing";

export function nameOf(column: CategoryColumn, code: number): string {
  return column.names[code] ?? MISSING;
}

/** How many points have each code, the missing ones last. */
export function totals({ codes, counts }: CategoryColumn): number[] {
  return [...counts, counts.reduce((left, n) => left - n, codes.data.length)];
}

/** How many of some points have each code, the missing ones last. */
export function countsOf(column: CategoryColumn, points: readonly number[]): number[] {
  const counts = new Array<number>(column.names.length + 1).fill(0);
  const { data } = column.codes;
  for (const i of points) {
    const code = data[i] as number;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}
