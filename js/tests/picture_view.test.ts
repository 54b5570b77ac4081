import { expect, test } from "vitest";
import { enlarged, moved, WHOLE } from "../lib/picture_view";

/** Where in the picture a place of the frame is. */
const seen = ({ x, y, zoom }: typeof WHOLE, left: number, top: number) => [
  x + (left - 0.5) / zoom,
  y + (top - 0.5) / zoom,
];

test("what is under the pointer stays there when one goes nearer and further", () => {
  const near = enlarged(WHOLE, 3, 10, [0.2, 0.9]);
  expect(near.zoom).toBe(3);
  expect(seen(near, 0.2, 0.9)).toEqual([expect.closeTo(0.2), expect.closeTo(0.9)]);
  const nearer = enlarged(near, 2, 10, [0.6, 0.3]);
  expect(seen(nearer, 0.6, 0.3)).toEqual(seen(near, 0.6, 0.3).map((at) => expect.closeTo(at)));
});

test("no nearer than the limit, and no further than the whole picture", () => {
  expect(enlarged(WHOLE, 99, 8).zoom).toBe(8);
  expect(enlarged(enlarged(WHOLE, 4, 8, [0, 1]), 0.01, 8)).toEqual(WHOLE);
});

test("the picture moves with the hand and fills the frame", () => {
  const near = enlarged(WHOLE, 4, 8);
  expect(moved(near, 0.4, -0.2)).toEqual({
    x: expect.closeTo(0.4),
    y: expect.closeTo(0.55),
    zoom: 4,
  });
  expect(moved(near, 9, -9)).toEqual({ x: 0.125, y: 0.875, zoom: 4 });
  expect(moved(WHOLE, 0.5, 0.5)).toEqual(WHOLE);
});
