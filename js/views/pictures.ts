/** Encoded pictures as addresses and bitmaps that are freed when nobody shows them any more. */

import type { Picture } from "../lib/binary";

export interface PictureUrls {
  of(picture: Picture): string;
  /** Free one address. */
  drop(url: string): void;
  clear(): void;
}

/** Object URLs that end with the signal at the latest. */
export function pictureUrls(signal: AbortSignal): PictureUrls {
  const live = new Set<string>();
  const clear = (): void => {
    for (const url of live) URL.revokeObjectURL(url);
    live.clear();
  };
  signal.addEventListener("abort", clear, { once: true });
  return {
    of(picture) {
      const url = URL.createObjectURL(picture.blob);
      live.add(url);
      return url;
    },
    drop(url) {
      URL.revokeObjectURL(url);
      live.delete(url);
    },
    clear,
  };
}

/** One place for a bitmap: a new one closes the old one, and the signal closes the last. */
export function bitmapSlot(signal: AbortSignal): {
  set(picture: Picture | null): Promise<ImageBitmap | null>;
} {
  let current: ImageBitmap | null = null;
  let asked = 0;
  const close = (): void => {
    current?.close();
    current = null;
  };
  signal.addEventListener("abort", close, { once: true });
  return {
    async set(picture) {
      const turn = ++asked;
      const next = picture ? await createImageBitmap(picture.blob) : null;
      if (turn !== asked || signal.aborted) {
        next?.close();
        return current;
      }
      close();
      current = next;
      return next;
    },
  };
}
