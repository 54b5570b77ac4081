// A dream widget's model: an image of 60 × 40, a network of three layers, dreams made of grey.

import type { DeepDreamTraits, DreamInfo } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";

export const CHOICES = {
  image: 0,
  target: "deep",
  octaves: 3,
  octave_scale: 1.5,
  steps: 4,
  rate: 1.5,
  jitter: 8,
  guide: null,
  tile: 512,
  clip: true,
  seed: 0,
} as const;

/** A picture of one colour as Python sends it. */
export async function colour(css: string, width = 60, height = 40) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.fillStyle = css;
  context.fillRect(0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { bytes, mediaType: "image/png", width, height };
}

export function dreamInfo(number: number, change: Partial<DreamInfo> = {}): DreamInfo {
  const base = { number, choices: { ...CHOICES }, after: null, step: 12, steps: 12 };
  return { ...base, complete: true, ...change };
}

export function fakeDream(
  change: Partial<DeepDreamTraits> = {},
  answers: Parameters<typeof fakeModel>[1] = {},
): FakeModel<DeepDreamTraits> {
  const layer = (name: string, shape: number[] | null) => ({
    name,
    kind: "Conv2d",
    shape,
    parameters: 10,
    rf: null,
    depth: 0,
    leaf: true,
    used: true,
    calls: 1,
    shared: null,
    grid: "",
    capturable: shape !== null,
  });
  return fakeModel<DeepDreamTraits>(
    {
      ...CHOICES,
      shown: null,
      wipe: 0.5,
      _layers: [layer("stem", [6, 20, 30]), layer("deep", [8, 10, 15]), layer("odd", null)],
      _images: [{ name: "meadow" }],
      _dreams: [],
      _guides: [{ name: "sea" }, { name: "sky" }],
      _films: ["gif"],
      _size: [40, 60],
      ...change,
    },
    {
      // The second image is upright and green.
      original: async ({ image }) =>
        image === 1
          ? { image, picture: await colour("rgb(0 200 0)", 30, 50), width: 30, height: 50 }
          : { image, picture: await colour("rgb(200 0 0)"), width: 60, height: 40 },
      thumbnails: async ({ start, stop }) => ({
        items: await Promise.all(
          Array.from({ length: Math.min(Number(stop), 2) - Number(start) }, async (_, i) => ({
            index: Number(start) + i,
            name: "",
            picture: await colour("rgb(200 0 0)", 12, 8),
          })),
        ),
      }),
      dreamt: async ({ number }) => ({
        number,
        picture: await colour("rgb(0 0 200)"),
        width: 60,
        height: 40,
        scores: { data: Float32Array.from({ length: 12 }, (_, i) => 2 + i), shape: [12] },
        seconds: 3,
        notes: [],
      }),
      thumbnail: async ({ number }) => ({ number, picture: await colour("rgb(0 0 200)", 12, 8) }),
      guide_picture: async ({ index }) => ({ index, picture: await colour("rgb(9 9 9)", 12, 8) }),
      ...answers,
    },
  );
}
