import { expect, test } from "vitest";
import {
  binned,
  channelMap,
  cosines,
  deadChannels,
  extent,
  isSigned,
  type Maps,
  sortChannels,
  valueAt,
} from "../views/channels";
import { quantise } from "./fake_network";

/** Four channels of 2 × 3: rising, silent, twice the first, and its opposite. */
function fourChannels(): Maps {
  const first = [0, 1, 2, 3, 4, 5];
  const values = [first, [0, 0, 0, 0, 0, 0], first.map((v) => 2 * v), first.map((v) => -v)];
  return quantise(Float32Array.from(values.flat()), [4, 2, 3]);
}

test("a value is read back from its quantised form", () => {
  const maps = fourChannels();
  expect(valueAt(maps, 2, 1, 0)).toBeCloseTo(6, 3);
  expect(valueAt(maps, 3, 0, 2)).toBeCloseTo(-2, 3);
});

test("channels are ordered by what is asked for, equal ones by number", () => {
  const maps = fourChannels();
  expect([...sortChannels(maps, "index", null)]).toEqual([0, 1, 2, 3]);
  expect([...sortChannels(maps, "mean", null)]).toEqual([2, 0, 1, 3]);
  expect([...sortChannels(maps, "max", null)]).toEqual([2, 0, 1, 3]);
  expect([...sortChannels(maps, "sparsity", null)]).toEqual([1, 0, 2, 3]);
});

test("similarity is the cosine to the picked channel, and silent channels stand last", () => {
  const maps = fourChannels();
  const to = cosines(maps, 0);
  expect(to[2]).toBeCloseTo(1, 4);
  expect(to[3]).toBeCloseTo(-1, 4);
  expect([...sortChannels(maps, "similarity", 3)]).toEqual([3, 0, 2, 1]);
});

test("a channel is dead only when it is zero in every picture", () => {
  const other = quantise(
    Float32Array.from({ length: 24 }, (_, i) => (i === 8 ? 1 : 0)),
    [4, 2, 3],
  );
  expect([...deadChannels([fourChannels()])]).toEqual([0, 1, 0, 0]);
  expect([...deadChannels([fourChannels(), other])]).toEqual([0, 0, 0, 0]);
});

test("a scale spans one channel or all, over both pictures", () => {
  const maps = fourChannels();
  expect(extent([maps], 2)).toEqual([0, 10]);
  expect(extent([maps, maps], null)).toEqual([-5, 10]);
  expect(isSigned([maps])).toBe(true);
});

test("a histogram counts every unit once", () => {
  const { counts, edges } = binned(channelMap(fourChannels(), 0), 5);
  expect(Array.from(counts)).toEqual([1, 1, 1, 1, 2]);
  expect([edges[0], edges[5]]).toEqual([0, 5]);
});
