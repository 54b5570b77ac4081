import { expect, test } from "vitest";
import {
  fromTransform,
  parseView,
  toPlane,
  toScreen,
  toTransform,
  viewText,
} from "../lib/atlas_camera";
import { beside, cellAt, type Level, levelFor, opacities, share } from "../lib/atlas_level";
import { interpolateZoom } from "../lib/flight";
import { fileOf } from "../lib/static_host";
import { thinned } from "../views/atlas_labels";

const SIZE = { width: 700, height: 400 };
const CAMERA = { x: 0.3, y: 0.7, zoom: 5 };

function grid(side: number, cells: readonly number[], more: Partial<Level> = {}): Level {
  const at = new Int32Array(side * side).fill(-1);
  cells.forEach((cell, i) => {
    at[cell] = i;
  });
  const floats = new Float32Array(cells.length);
  return {
    ...{
      side,
      count: cells.length,
      cells: Int32Array.from(cells),
      at,
      top: 1,
      total: cells.length * 10,
    },
    ...{ counts: new Int32Array(cells.length).fill(10), classes: new Int32Array(cells.length) },
    ...{
      values: floats,
      cosines: floats,
      reached: floats,
      spreads: floats,
      icons: new Uint8Array(cells.length),
    },
    ...{ tile: 8, size: 64 },
    ...more,
  };
}

test("a camera goes to d3's transform and back, and so do places", () => {
  const [k, x, y] = toTransform(CAMERA, SIZE);
  const back = fromTransform(k, x, y, SIZE);
  expect(back.x).toBeCloseTo(0.3);
  expect(back.y).toBeCloseTo(0.7);
  const [left, top] = toScreen(CAMERA, SIZE, [0.35, 0.6]);
  const [u, v] = toPlane(CAMERA, SIZE, left, top);
  expect([u, v].map((each) => Number(each.toFixed(6)))).toEqual([0.35, 0.6]);
});

test("a view is text, and text is a view", () => {
  const text = viewText("block&5", { x: 0.12346, y: 0.5, zoom: 8 });
  expect(text).toBe("layer=block%265&at=0.1235,0.5&zoom=8");
  expect(parseView(`#${text}`)).toEqual({
    layer: "block&5",
    camera: { x: 0.1235, y: 0.5, zoom: 8 },
  });
  expect(parseView("at=1&zoom=2")).toBeNull();
  expect(parseView("at=0.1,0.2&zoom=0.5")).toBeNull();
});

test.each([
  [
    [0.2, 0.3, 1],
    [0.8, 0.4, 0.05],
  ],
  [
    [0.5, 0.5, 1],
    [0.5, 0.5, 0.1],
  ],
] as const)("a flight begins and ends where it should: %o → %o", (from, to) => {
  const way = interpolateZoom(from, to);
  way(0).forEach((value, i) => void expect(value).toBeCloseTo(from[i] ?? 0, 6));
  way(1).forEach((value, i) => void expect(value).toBeCloseTo(to[i] ?? 0, 6));
  expect(way.duration).toBeGreaterThan(0);
});

test("a flight across goes out before it goes in", () => {
  const way = interpolateZoom([0.1, 0.1, 0.02], [0.9, 0.9, 0.02]);
  expect(way(0.5)[2]).toBeGreaterThan(0.5);
  expect(way(0.5)[0]).toBeCloseTo(0.5);
});

test("the grid follows the zoom, and does not flicker at the border", () => {
  expect(levelFor([20, 40, 80], 600, null)).toBe(20);
  expect(levelFor([20, 40, 80], 1200, null)).toBe(40);
  expect(levelFor([20, 40, 80], 1150, 40)).toBe(40);
  expect(levelFor([20, 40, 80], 1150, 20)).toBe(20);
  expect(levelFor([20, 40, 80], 9e9, 20)).toBe(80);
});

test("an icon's area goes with its samples, up to the whole cell", () => {
  const level = grid(4, [0, 1, 2], { counts: Int32Array.from([5, 20, 80]), total: 320 });
  expect([0, 1, 2].map((i) => share(level, i, 1))).toEqual([0.5, 1, 1]);
  expect(share(level, 0, 4)).toBe(1);
});

test("cells are half-open, and outside there is none", () => {
  const level = grid(4, [5]);
  expect(cellAt(level, 0.25, 0.25)).toBe(0);
  expect(cellAt(level, 0.499, 0.499)).toBe(0);
  expect(cellAt(level, 0.5, 0.3)).toBe(-1);
  expect(cellAt(level, -0.1, 0.3)).toBe(-1);
});

test("an arrow goes straight on where it can, else to the nearest of that side", () => {
  const level = grid(4, [0, 2, 7, 12]);
  expect(level.cells[beside(level, 0, 1, 0)]).toBe(2);
  expect(level.cells[beside(level, 0, 0, 1)]).toBe(12);
  expect(level.cells[beside(level, 2, 1, 0)]).toBe(7);
  expect(beside(level, 0, -1, 0)).toBe(0);
});

test("what speaks for a class is opaque, what speaks against it just visible", () => {
  const found = [...opacities(Float32Array.from([4, 1, -4]), "positive", 4)];
  expect(found.map((each) => Number(each.toFixed(3)))).toEqual([1, 0.535, 0.07]);
  expect(opacities(Float32Array.from([4, -4]), "negative", 4)[1]).toBeCloseTo(1);
});

test("labels never crowd, and stay when the grid is moved over", () => {
  const cells = Array.from({ length: 1600 }, (_, i) => i);
  const classes = Int32Array.from(cells, (i) => (i * 7) % 31);
  const counts = Int32Array.from(cells, (i) => (i * 37) % 101);
  const names = Array.from({ length: 31 }, (_, i) => `class number ${i}, other names`);
  const level = grid(40, cells, { classes, counts });
  const labels = thinned(level, 30, names);
  expect(labels.length).toBeGreaterThan(20);
  for (const a of labels)
    for (const b of labels) {
      if (a === b) continue;
      const dx = Math.abs((a.cell % 40) - (b.cell % 40)) * 30;
      const dy = Math.abs(Math.floor(a.cell / 40) - Math.floor(b.cell / 40)) * 30;
      expect(dx >= 118 || dy >= 17).toBe(true);
    }
  expect(labels[0]?.text).toMatch(/^class number \d+$/);
});

test("a site's files have names that differ on every file system", () => {
  expect(fileOf("tile", { row: 0, layer: "Conv_1" })).toBe("tile/~43onv~5f1_0.bin");
  expect(fileOf("level", { side: 20, layer: "ä/b" })).toBe("level/~e4~2fb_20.bin");
});
