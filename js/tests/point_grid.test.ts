// Where points are, and which stand for others: against plain loops over all of them.

import { expect, test } from "vitest";
import {
  around,
  between,
  boxOf,
  frameOf,
  panned,
  reachOf,
  scaleOf,
  squared,
  toPlane,
  toScreen,
  whole,
  zoomed,
} from "../lib/plane";
import {
  type CategoryColumn,
  CLASS_COLOURS,
  codesOf,
  coloured,
  countsOf,
  paletteOf,
  totals,
  type ValueColumn,
} from "../lib/point_colours";
import { inPolygon, pointGrid, rankOf, representatives } from "../lib/point_grid";

const SIZE = { width: 640, height: 400 };

/** Points in clumps and alone, the same each time. */
function scattered(count: number): Float32Array {
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const random = rankOf(i + 17) / 2 ** 32;
    return i % 6 < 3 ? 0.6 * random * random - 0.3 : 2 * random - 1;
  });
}

const XY = scattered(3000);
const GRID = pointGrid(XY);
const all = Array.from({ length: 3000 }, (_, i) => i);
const x = (i: number) => XY[2 * i] as number;
const y = (i: number) => XY[2 * i + 1] as number;

test("data fill the square on one scale, and places go to the screen and back", () => {
  const xy = [10, 5, 30, 9, 20, 7];
  const frame = frameOf(xy);
  expect(frame).toEqual({ x: 20, y: 7, unit: 10 });
  expect(squared(xy, frame)).toEqual(Float32Array.of(-1, -0.2, 1, 0.2, 0, 0));
  const camera = { x: 0.2, y: -0.3, zoom: 3 };
  const [left, top] = toScreen(camera, SIZE, 0.25, -0.1);
  expect(toPlane(camera, SIZE, left, top)[0]).toBeCloseTo(0.25);
  expect(toPlane(camera, SIZE, left, top)[1]).toBeCloseTo(-0.1);
  expect(frameOf([])).toEqual({ x: 0, y: 0, unit: 1 });
});

test("all points are in sight with a margin, and the shape of the map fills the room", () => {
  const wide = Float32Array.of(-1, -0.2, 1, 0.2, 0, 0.1, 9, 9); // the last has no place yet
  const { width } = SIZE;
  expect(reachOf(wide)[1]).toBeCloseTo(0.2);
  const corner = toScreen(whole(SIZE, reachOf(wide)), SIZE, 1, 0.2);
  expect(corner[0]).toBeCloseTo(0.94 * width); // as wide as the room, and not as it is high
  const tall = toScreen(whole(SIZE, [0.3, 1]), SIZE, 0.3, 1);
  expect(tall[1]).toBeCloseTo(30); // of 400 pixels 6 % are less
  expect(toScreen(around([-0.1, 0, 0.1, 0.2], SIZE), SIZE, 0, 0.2)[1]).toBeGreaterThan(30);
  expect(whole(SIZE, reachOf(Float32Array.of(0, 0, 0, 0)))).toEqual(whole(SIZE));
  expect(boxOf([5, 6, -1, 2, 3, -4], [1, 2])).toEqual([-1, -4, 3, 2]);
});

test("a zoom keeps the place under the pointer, a drag follows it, and a flight arrives", () => {
  const start = whole(SIZE);
  const [px, py] = toPlane(start, SIZE, 100, 300);
  const closer = zoomed(start, SIZE, 4, 100, 300);
  expect(scaleOf(closer, SIZE)).toBeCloseTo(4 * scaleOf(start, SIZE));
  expect(toScreen(closer, SIZE, px, py)[0]).toBeCloseTo(100);
  expect(toScreen(closer, SIZE, px, py)[1]).toBeCloseTo(300);
  const moved = panned(closer, SIZE, 30, -20);
  expect(toScreen(moved, SIZE, px, py)[0]).toBeCloseTo(130);
  expect(toScreen(moved, SIZE, px, py)[1]).toBeCloseTo(280);
  const goal = around([0.1, 0.1, 0.3, 0.2], SIZE);
  expect(between(start, goal, 1).x).toBeCloseTo(goal.x);
  expect(between(start, goal, 1).zoom).toBeCloseTo(goal.zoom);
  expect(zoomed(start, SIZE, Number.NaN)).toEqual(start);
});

test("the nearest point within reach is the one that a loop finds", () => {
  for (const [px, py] of [
    [0, 0],
    [-0.9, 0.7],
    [0.31, -0.2],
    [0.99, 0.99],
  ] as const) {
    const far = (i: number) => Math.hypot(x(i) - px, y(i) - py);
    const best = all.reduce((a, b) => (far(b) < far(a) ? b : a));
    const found = GRID.nearest(px, py, 0.2);
    if (far(best) > 0.2) expect(found).toBe(-1);
    else expect(far(found)).toBeCloseTo(far(best));
  }
  const odd = GRID.nearest(0, 0, 0.5, (i) => i % 2 === 1);
  expect(odd % 2).toBe(1);
  expect(GRID.nearest(5, 5, 0.1)).toBe(-1);
});

test("a box and a lasso hold the points that lie in them", () => {
  const inBox = all.filter((i) => x(i) >= -0.2 && x(i) <= 0.4 && y(i) >= 0 && y(i) <= 0.9);
  const found: number[] = [];
  GRID.within(-0.2, 0, 0.4, 0.9, (i) => found.push(i));
  expect(found.sort((a, b) => a - b)).toEqual(inBox);
  // A triangle by its three half-planes.
  const corners = [-0.8, -0.6, 0.7, -0.5, 0.1, 0.9];
  const side = (i: number, k: number) => {
    const [ax, ay] = [corners[2 * k] as number, corners[2 * k + 1] as number];
    const n = (k + 1) % 3;
    const [bx, by] = [corners[2 * n] as number, corners[2 * n + 1] as number];
    return (bx - ax) * (y(i) - ay) - (by - ay) * (x(i) - ax);
  };
  const inside = all.filter((i) => side(i, 0) > 0 && side(i, 1) > 0 && side(i, 2) > 0);
  expect(inPolygon(GRID, XY, corners)).toEqual(inside);
  expect(inPolygon(GRID, XY, [0, 0, 1, 1])).toEqual([]);
});

test("points far away, as those that have no place yet, are in no box and no lasso", () => {
  const some = Float32Array.of(0, 0, 9, 9, 0.5, 0.5);
  const grid = pointGrid(some);
  const found: number[] = [];
  grid.within(-1, -1, 1, 1, (i) => found.push(i));
  expect(found.sort()).toEqual([0, 2]);
  expect(inPolygon(grid, some, [-1, -1, 1, -1, 1, 1, -1, 1])).toEqual([0, 2]);
});

test("one point stands for each bin, and still does when one zooms in on it", () => {
  const box = [-1, -1, 1, 1] as const;
  const coarse = representatives(GRID, XY, box, 0.5);
  expect(coarse.reduce((sum, { count }) => sum + count, 0)).toBe(3000);
  const bin = (i: number) => `${Math.floor(x(i) / 0.5)} ${Math.floor(y(i) / 0.5)}`;
  expect(new Set(coarse.map(({ point }) => bin(point))).size).toBe(coarse.length);
  expect(coarse.length).toBe(new Set(all.map(bin)).size);
  const fine = new Set(representatives(GRID, XY, box, 0.25).map(({ point }) => point));
  expect(coarse.every(({ point }) => fine.has(point))).toBe(true);
});

const LABELS: CategoryColumn = {
  kind: "category",
  codes: { data: Uint16Array.of(0, 1, 1, 2, 0, 1), shape: [6], dtype: "uint16" },
  names: ["ant", "bee"],
  counts: [2, 3],
};

test("classes have colours of their own, missing labels none, and isolating one sets the rest aside", () => {
  const { palette, hidden } = paletteOf(LABELS, "viridis", new Set(["bee"]));
  expect(palette.length).toBe(3);
  expect(palette.map(([, , , a]) => a === 1)).toEqual([false, true, false]);
  expect([...hidden]).toEqual([0, 2]);
  expect(codesOf(LABELS, 6, "viridis")).toBe(LABELS.codes.data);
  expect(totals(LABELS)).toEqual([2, 3, 1]);
  expect(countsOf(LABELS, [1, 3])).toEqual([0, 1, 1]);
});

test("of many classes the ten largest have a colour, and any that is isolated gets one", () => {
  const names = Array.from({ length: 30 }, (_, i) => `class ${i}`);
  const column: CategoryColumn = { ...LABELS, names, counts: names.map((_, i) => i) };
  const usual = coloured(column, new Set());
  expect([...usual.keys()].sort((a, b) => a - b)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  const one = coloured(column, new Set(["class 3"]));
  expect(one.has(3)).toBe(true);
  expect(new Set(one.values()).size).toBe(CLASS_COLOURS.length);
});

test("numbers take their place on the scale, and a missing one is grey", () => {
  const column: ValueColumn = {
    kind: "value",
    values: { data: Float32Array.of(0, 5, 10, Number.NaN), shape: [4], dtype: "float32" },
    low: 0,
    high: 10,
  };
  expect([...codesOf(column, 4, "viridis")]).toEqual([0, 116, 232, 256]);
  // On dark ground nothing is nearly black.
  expect([...codesOf(column, 4, "magma")]).toEqual([59, 157, 255, 256]);
  const signed = { ...column, low: -2, high: 10 };
  expect(codesOf(signed, 4, "diverging")[0]).toBe(128);
  expect(paletteOf(column, "viridis", new Set()).palette.length).toBe(257);
});

test("every class colour stands out from white and from near-black", () => {
  const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((k) => linear(Number.parseInt(hex.slice(k, k + 2), 16) / 255));
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  };
  for (const colour of CLASS_COLOURS) {
    expect(1.05 / (luminance(colour) + 0.05), colour).toBeGreaterThan(2);
    expect((luminance(colour) + 0.05) / (luminance("#14161a") + 0.05), colour).toBeGreaterThan(2);
  }
});
