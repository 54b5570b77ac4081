/** Which points are shown as pictures: those that stand for what is round them, and leave each other in sight. */

import { type PointGrid, rankOf, representatives } from "../lib/point_grid";

export interface Room {
  /** What is in sight, with a picture's width more on each side. */
  readonly box: readonly [number, number, number, number];
  /** Side of a picture in units of the square. */
  readonly side: number;
}

/** Pictures drawn at once. */
const MOST = 300;
/** Share of a picture's side that its neighbour must be away. */
const APART = 0.9;

/** Points that get a picture, for a share of pictures over 0: at 1 wherever they fit, below only where they hide few points. */
export function standing(
  grid: PointGrid,
  xy: Float32Array,
  { box, side }: Room,
  share: number,
  wanted: (i: number) => boolean,
): number[] {
  const most = share >= 1 ? Infinity : 4 ** (8 * share) / 48;
  // Bins of half a picture, so that a group whose first is too near to another's has a second.
  const bins = representatives(grid, xy, box, side / 2, wanted);
  const order = bins.filter(({ count }) => count <= most).map(({ point }) => point);
  return apart(
    order.sort((a, b) => rankOf(a) - rankOf(b)),
    xy,
    APART * side,
  );
}

/** Of points in order those that are `reach` away, across or up, from all that were taken before. */
function apart(order: readonly number[], xy: Float32Array, reach: number): number[] {
  const taken = new Map<string, number[]>();
  const kept: number[] = [];
  const at = (i: number) => [xy[2 * i] as number, xy[2 * i + 1] as number] as const;
  const cell = (value: number) => Math.floor(value / reach);
  const near = (x: number, y: number): number[] =>
    [-1, 0, 1].flatMap((dx) =>
      [-1, 0, 1].flatMap((dy) => taken.get(`${cell(x) + dx} ${cell(y) + dy}`) ?? []),
    );
  for (const i of order) {
    const [x, y] = at(i);
    const hides = (j: number) => Math.abs(at(j)[0] - x) < reach && Math.abs(at(j)[1] - y) < reach;
    if (near(x, y).some(hides)) continue;
    const key = `${cell(x)} ${cell(y)}`;
    taken.set(key, [...(taken.get(key) ?? []), i]);
    if (kept.push(i) >= MOST) break;
  }
  return kept;
}
