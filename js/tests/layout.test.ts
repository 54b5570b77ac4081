import { expect, test } from "vitest";
import { fillingSize, flow } from "../views/flow";
import { answers, hasChildren, parentOf, visibleRows } from "../views/outline";
import { axisOf, fieldBox, unitAt } from "../views/receptive";

const rf = (size: number, stride: number, start: number) => ({
  size: [size, size + 2] as [number, number],
  stride: [stride, stride] as [number, number],
  start: [start, start + 1] as [number, number],
  gated: false,
  whole: false,
});

test("tiles flow in rows and are found again where they stand", () => {
  const tiles = flow(11, 100, [20, 30], 5);
  expect([tiles.columns, tiles.rows, tiles.height]).toEqual([4, 3, 100]);
  for (let i = 0; i < 11; i++) {
    const { x, y } = tiles.place(i);
    expect(tiles.at(x + 19, y + 29)).toBe(i);
  }
  expect(tiles.at(22, 3)).toBeNull();
  expect(tiles.at(80, 80)).toBeNull();
});

test("only the rows that touch the window are drawn", () => {
  const tiles = flow(2048, 400, [36, 36], 4);
  expect(tiles.window(200, 100)).toEqual([50, 80]);
  expect(tiles.window(8100, 400)).toEqual([2020, 2048]);
});

test("tiles fill the box, within bounds", () => {
  const side = fillingSize(24, [400, 300], [20, 200]);
  expect(flow(24, 400, [side, side], 4).height).toBeLessThanOrEqual(300);
  expect(flow(24, 400, [side + 12, side + 12], 4).height).toBeGreaterThan(300);
  expect(fillingSize(5000, [400, 300], [20, 200])).toBe(20);
  expect(fillingSize(1, [400, 300], [20, 200])).toBe(200);
});

test("a receptive field is centred on its pixel and cut at the border", () => {
  // Size 5 around pixel 10 covers the pixels 8 to 12: 8 ≤ x < 13.
  expect(fieldBox(rf(5, 4, 2), 2, 3, [40, 60])).toEqual({ x: 12, y: 8, width: 7, height: 5 });
  expect(fieldBox(rf(5, 4, 2), 0, 0, [40, 60])).toEqual({ x: 0, y: 0, width: 7, height: 5 });
  expect(fieldBox(rf(5, 4, 2), 20, 0, [40, 60])).toBeNull();
  expect(fieldBox({ ...rf(5, 4, 2), whole: true }, 2, 3, [40, 60])).toEqual({
    x: 0,
    y: 0,
    width: 60,
    height: 40,
  });
});

test("a map lies over the image by its field's geometry, or stretched where there is none", () => {
  const known = axisOf(rf(5, 4, 1.5), 0, 10, 40);
  expect([0, 3.9, 4, 39].map((at) => unitAt(known, at))).toEqual([0, 0, 1, 9]);
  const stretched = axisOf(null, 1, 5, 60);
  expect([0, 13, 59].map((at) => unitAt(stretched, at))).toEqual([0, 1, 4]);
});

test("no unit is shown far from where any unit looks", () => {
  const inner = axisOf(rf(9, 2, 20), 0, 20, 80);
  expect(unitAt(inner, 5)).toBeNull();
  expect(unitAt(inner, 18)).toBe(0);
});

const ROWS = [
  { key: "stem", kind: "Sequential", depth: 0 },
  { key: "stem.conv", kind: "Conv2d", depth: 1 },
  { key: "blocks", kind: "Sequential", depth: 0 },
  { key: "blocks.0", kind: "Block", depth: 1 },
  { key: "blocks.0.conv", kind: "Conv2d", depth: 2 },
];

test("closed rows hide all that stands in them", () => {
  expect(visibleRows(ROWS, new Set(), { text: "", kind: "" })).toEqual([0, 1, 2, 3, 4]);
  expect(visibleRows(ROWS, new Set([2]), { text: "", kind: "" })).toEqual([0, 1, 2]);
});

test("a search keeps the rows found and the way to them, also in closed ones", () => {
  expect(visibleRows(ROWS, new Set([2]), { text: "0.conv", kind: "" })).toEqual([2, 3, 4]);
  expect(visibleRows(ROWS, new Set(), { text: "", kind: "Block" })).toEqual([2, 3]);
  expect(visibleRows(ROWS, new Set(), { text: "zzz", kind: "" })).toEqual([]);
});

test("rows know their parents and children", () => {
  expect(parentOf(ROWS, 4)).toBe(3);
  expect(parentOf(ROWS, 0)).toBeUndefined();
  expect([0, 1, 3].map((i) => hasChildren(ROWS, i))).toEqual([true, false, true]);
  expect(ROWS.map((row) => answers(row, { text: "conv2d", kind: "" }))).toEqual([
    false,
    true,
    false,
    false,
    true,
  ]);
});
