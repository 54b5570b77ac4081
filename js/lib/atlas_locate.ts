// Where images fall on the atlas: those of the atlas, and one that a person drops in.

import type { AtlasCalls, PathAnswer } from "./atlas_calls";
import { quietly } from "./quietly";
import type { Status } from "./status";

/** Sides of a dropped image in pixels: networks look at less, and messages to the kernel are limited. */
const LARGEST = 640;

export function locator(parts: {
  calls: AtlasCalls;
  status: Status;
  signal: AbortSignal;
  live: boolean;
}) {
  const { calls, status, signal, live } = parts;
  const known = new Map<string, PathAnswer>();
  const pictures = new WeakMap<File, Promise<string>>();

  async function one(layer: string, image: number): Promise<PathAnswer | null> {
    const key = `${layer}/${image}`;
    const there = known.get(key);
    if (there) return there;
    const found = live
      ? ((await status.run((options) => calls.locate(layer, image, options), { signal })) ?? null)
      : await quietly(status, calls.locate(layer, image, { signal }));
    if (found) known.set(key, found);
    return found;
  }

  async function dropped(layer: string, file: File): Promise<PathAnswer | null> {
    const picture = pictures.get(file) ?? shrunk(file);
    pictures.set(file, picture);
    let data: string;
    try {
      data = await picture;
    } catch {
      status.error(`${file.name} is no picture that this browser can read.`);
      return null;
    }
    const found = await status.run((options) => calls.locateDropped(layer, data, options), {
      signal,
    });
    return found ? { ...found, name: file.name } : null;
  }

  return {
    /** Where an image of the atlas, by its number, or one that was dropped in falls on a layer's atlas. */
    of: (layer: string, image: number | File): Promise<PathAnswer | null> =>
      typeof image === "number" ? one(layer, image) : dropped(layer, image),
  };
}

/** The picture as the address of its data, no larger than a message may be. */
async function shrunk(file: File): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const factor = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * factor));
  canvas.height = Math.max(1, Math.round(bitmap.height * factor));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.toDataURL("image/png");
}
