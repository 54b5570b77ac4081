import { expect, test, vi } from "vitest";
import { pictureOf } from "../lib/binary";
import { bitmapOf } from "../lib/bitmap";
import { context2d } from "../views/surface";

/** A picture of 3 × 2 pixels, a see-through one in the upper right corner. */
async function painted() {
  const canvas = new OffscreenCanvas(3, 2);
  const context = context2d(canvas);
  context.fillStyle = "rgb(200, 40, 80)";
  context.fillRect(0, 0, 2, 2);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return pictureOf(new Uint8Array(await blob.arrayBuffer()), "image/png", 3, 2);
}

function pixels(bitmap: ImageBitmap): number[][] {
  const context = context2d(new OffscreenCanvas(bitmap.width, bitmap.height));
  context.drawImage(bitmap, 0, 0);
  return [0, 2].map((x) => [...context.getImageData(x, 0, 1, 1).data]);
}

test("a picture is the same bitmap with and without the browser's decoder", async () => {
  const picture = await painted();
  const decoded = await bitmapOf(picture);
  vi.stubGlobal("ImageDecoder", undefined);
  const plain = await bitmapOf(picture);
  vi.unstubAllGlobals();
  for (const bitmap of [decoded, plain]) {
    expect([bitmap.width, bitmap.height]).toEqual([3, 2]);
    expect(pixels(bitmap)).toEqual([
      [200, 40, 80, 255],
      [0, 0, 0, 0],
    ]);
  }
});

test("bytes that are no picture are refused", async () => {
  const broken = pictureOf(new Uint8Array([1, 2, 3]), "image/png", 3, 2);
  await expect(bitmapOf(broken)).rejects.toThrow();
});
