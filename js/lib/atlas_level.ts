// One grid of an atlas: which cells there are, what is known of each, how large its icon is, and which grid to show.

import type { NdArray } from "./binary";

type Ints = NdArray<Int32Array<ArrayBuffer>>;
type Floats = NdArray<Float32Array<ArrayBuffer>>;

/** A grid as Python tells it; as in src/convscope/widgets/_atlas_calls.py. */
export interface LevelAnswer {
  readonly side: number;
  /** Numbers of the cells that hold samples, row by row from the top. */
  readonly cells: Ints;
  readonly counts: Ints;
  /** The classes that most speak for, −1 for none, and their attribution; no columns without classes. */
  readonly classes: Ints;
  readonly values: Floats;
  /** How near the patch, and the inversion, come to the mean: cosines; NaN where there is none. */
  readonly cosines: Floats;
  readonly reached: Floats;
  /** How far samples lie from their mean; NaN where it is not known. */
  readonly spreads: Floats;
  /** 1: a patch is there, 2: an inversion, 3: both. */
  readonly icons: NdArray<Uint8Array<ArrayBuffer>>;
  readonly total: number;
  readonly tile: number;
  readonly size: number;
}

export interface Level {
  readonly side: number;
  readonly count: number;
  readonly cells: Int32Array;
  readonly counts: Int32Array;
  readonly top: number;
  readonly classes: Int32Array;
  readonly values: Float32Array;
  readonly cosines: Float32Array;
  readonly reached: Float32Array;
  readonly spreads: Float32Array;
  readonly icons: Uint8Array;
  readonly total: number;
  /** Icons a side of a tile, and pixels a side of an icon. */
  readonly tile: number;
  readonly size: number;
  /** The place of a cell's number in the lists above, −1 where there is no cell. */
  readonly at: Int32Array;
}

export const PATCH = 1;
export const INVERSION = 2;

export function toLevel(answer: LevelAnswer): Level {
  const { side, cells, counts, classes, values, cosines, reached, spreads, icons, ...rest } =
    answer;
  const at = new Int32Array(side * side).fill(-1);
  cells.data.forEach((cell, i) => {
    at[cell] = i;
  });
  return {
    ...rest,
    side,
    count: cells.data.length,
    cells: cells.data,
    counts: counts.data,
    top: classes.shape[1] ?? 0,
    classes: classes.data,
    values: values.data,
    cosines: cosines.data,
    reached: reached.data,
    spreads: spreads.data,
    icons: icons.data,
    at,
  };
}

/** Share of a cell's width that its icon takes: as many samples as a cell holds on average fill it. */
export function share({ counts, total, side }: Level, i: number, density: number): number {
  const even = total / (side * side);
  return Math.min(1, Math.max(0.14, Math.sqrt((density * (counts[i] ?? 0)) / even)));
}

/** The cell at a place of the unit square, −1 where there is none. */
export function cellAt(level: Level, x: number, y: number): number {
  const [column, row] = [Math.floor(x * level.side), Math.floor(y * level.side)];
  if (column < 0 || row < 0 || column >= level.side || row >= level.side) return -1;
  return level.at[row * level.side + column] ?? -1;
}

/** Row and column of the i-th cell. */
export function placeOf(level: Level, i: number): readonly [row: number, column: number] {
  const cell = level.cells[i] ?? 0;
  return [Math.floor(cell / level.side), cell % level.side];
}

/** Middle of the i-th cell in the unit square. */
export function middleOf(level: Level, i: number): readonly [x: number, y: number] {
  const [row, column] = placeOf(level, i);
  return [(column + 0.5) / level.side, (row + 0.5) / level.side];
}

/** Pixels of a cell from which its grid is fine enough to be read. */
const READABLE = 30;
/** A grid that is shown stays a little longer, so that nothing flickers at the border. */
const STAY = 1.15;

/** The finest grid whose cells are large enough where the whole atlas takes `width` pixels. */
export function levelFor(sides: readonly number[], width: number, shown: number | null): number {
  let found = sides[0] ?? 0;
  for (const side of sides) {
    const least = shown !== null && side <= shown ? READABLE / STAY : READABLE;
    if (width / side >= least) found = side;
  }
  return found;
}

/** Opacity of each cell on the map of a class: its share of the strongest, for or against. */
export function opacities(
  heat: Float32Array,
  sign: "positive" | "negative",
  strongest: number,
): Float32Array {
  const direction = sign === "positive" ? 1 : -1;
  // What is not meant stays just visible, so that one knows where one is.
  return heat.map((value) => 0.07 + 0.93 * Math.sqrt(Math.max(0, direction * value) / strongest));
}

/** The nearest cell in a direction, for the arrow keys: straight on where there is one, else the nearest of that half. */
export function beside(level: Level, from: number, dx: number, dy: number): number {
  const [row, column] = placeOf(level, from);
  let [best, least] = [from, Number.POSITIVE_INFINITY];
  for (let i = 0; i < level.count; i++) {
    const [r, c] = placeOf(level, i);
    const along = (c - column) * dx + (r - row) * dy;
    const across = Math.abs((c - column) * dy) + Math.abs((r - row) * dx);
    if (along <= 0 || across > along) continue;
    const away = along + 2.5 * across;
    if (away < least) [best, least] = [i, away];
  }
  return best;
}
