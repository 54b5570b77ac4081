// Sheets of tiles as they come from Python, decoded to what a canvas draws.

import type { NdArray, Picture } from "./binary";
import { bitmapOf } from "./bitmap";
import type { SheetAnswer } from "./preview_calls";

export interface Tiles {
  readonly answer: SheetAnswer;
  readonly pixels: ImageBitmap;
  readonly masks: ImageBitmap | null;
}

/** Decode a sheet, off the main thread where the browser can. */
export async function decodeSheet(answer: SheetAnswer): Promise<Tiles> {
  const [pixels, masks] = await Promise.all([
    bitmapFrom(answer.pixels),
    answer.masks ? bitmapOf(answer.masks) : null,
  ]);
  return { answer, pixels, masks };
}

export function closeTiles(tiles: Tiles | null): void {
  tiles?.pixels.close();
  tiles?.masks?.close();
}

function bitmapFrom(source: Picture | NdArray<Uint8Array<ArrayBuffer>>): Promise<ImageBitmap> {
  if ("blob" in source) return bitmapOf(source);
  const [height = 1, width = 1] = source.shape;
  const { data } = source;
  const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
  return createImageBitmap(new ImageData(pixels, width, height));
}
