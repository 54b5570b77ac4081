// Encoded pictures → bitmaps, off the main thread, by the shortest way that the browser has.

import type { Picture } from "./binary";

export async function bitmapOf(picture: Picture): Promise<ImageBitmap> {
  // A blob goes to the browser's own process and back; a decoder takes the bytes from here. Pages that
  // are not served safely, and Safari, have none.
  if (typeof ImageDecoder === "undefined") return createImageBitmap(picture.blob);
  const decoder = new ImageDecoder({ data: picture.bytes, type: picture.mediaType });
  try {
    const { image } = await decoder.decode();
    try {
      return await createImageBitmap(image);
    } finally {
      image.close();
    }
  } finally {
    decoder.close();
  }
}
