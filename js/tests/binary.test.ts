import { expect, test } from "vitest";
import { decode, type NdArray, type Picture, toArray } from "../lib/binary";

/** A DataView at `offset` into a larger message, as JupyterLab gives them. */
function within(bytes: Uint8Array, offset: number): DataView {
  const message = new Uint8Array(offset + bytes.length + 5).fill(255);
  message.set(bytes, offset);
  return new DataView(message.buffer, offset, bytes.length);
}

const floats = Float32Array.from([1.5, -2, 3e5, 0, Number.NaN, 7]);
const raw = new Uint8Array(floats.buffer);

test.each([0, 1, 2, 3, 4, 8])("floats arrive from any offset (%i)", (offset) => {
  const array = toArray(within(raw, offset), "float32", [2, 3]);
  expect([...array.data]).toEqual([...floats]);
  expect(array.shape).toEqual([2, 3]);
});

test("aligned buffers are shared, not copied", () => {
  const view = within(raw, 8);
  expect(toArray(view, "float32", [6]).data.buffer).toBe(view.buffer);
});

test("array buffers and byte arrays are read too", () => {
  expect([...toArray(floats.buffer, "float32", [6]).data]).toEqual([...floats]);
  expect([...toArray(raw.subarray(4, 8), "float32", [1]).data]).toEqual([-2]);
});

test("arrays and pictures are put back wherever they stand", async () => {
  const value = {
    maps: [{ $buffer: 1, dtype: "uint16", shape: [1, 3] }],
    picture: { $buffer: 0, mediaType: "image/webp", width: 30, height: 20 },
    name: "conv1",
    none: null,
  };
  const got = decode(value, [
    within(Uint8Array.of(82, 73, 70, 70), 3),
    within(new Uint8Array(Uint16Array.of(1, 258, 65535).buffer), 5),
  ]) as { maps: NdArray[]; picture: Picture; name: string; none: null };
  expect([...(got.maps[0]?.data ?? [])]).toEqual([1, 258, 65535]);
  expect(got.picture).toMatchObject({ width: 30, height: 20 });
  expect(got.picture.blob.type).toBe("image/webp");
  expect(await got.picture.blob.text()).toBe("RIFF");
  expect(got).toMatchObject({ name: "conv1", none: null });
});

test("numbers that JSON cannot write come back", () => {
  const value = [{ $float: "NaN" }, { $float: "Infinity" }, { $float: "-Infinity" }];
  expect(decode(value, [])).toEqual([Number.NaN, Infinity, -Infinity]);
});

test("a user's own key that looks like a tag stays a key", () => {
  const value = {
    $map: [
      ["$buffer", 0],
      ["x", { $float: "NaN" }],
    ],
  };
  expect(decode(value, [])).toEqual({ $buffer: 0, x: Number.NaN });
});

test.each([
  [{ $buffer: 2, dtype: "uint8", shape: [1] }, /buffer 2 is missing/],
  [{ $buffer: 0, dtype: "uint8", shape: [9] }, /24 bytes are not uint8 \[9\]/],
  [{ $buffer: 0, dtype: "complex64", shape: [3] }, /unknown dtype complex64/],
])("a message that does not fit together is refused: %o", (value, words) => {
  expect(() => decode(value, [raw])).toThrow(words);
});
