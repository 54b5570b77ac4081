// A kernel that never was, for the feature visualisation: pictures that come when they are asked for.

import type { FeatureVisTraits } from "../lib/protocol";
import { type FakeModel, fakeModel, pack } from "./fake_model";
import { LAYERS, paintPicture, SIDE } from "./fake_network";

export const CLASSES = ["tabby", "tiger cat", "Egyptian cat", "lynx", "espresso"];

type Answers = Record<string, (params: Record<string, unknown>, id: string) => unknown>;

function floats(values: number[], shape = [values.length]) {
  return { data: Float32Array.from(values), shape };
}

/** What a part of a target is when it is finished. */
export function made(picture: object, title: string, reached: number) {
  const curve = floats([0.5, 3, reached]);
  return { title, picture, reached, steps: 3, seconds: 0.4, curve, notes: [] };
}

export async function fakeFeature(
  state: Partial<FeatureVisTraits> = {},
  changed: Answers = {},
): Promise<FakeModel<FeatureVisTraits> & { picture: object }> {
  const { bytes, mediaType, width, height } = await paintPicture(0, SIDE);
  const picture = { bytes, mediaType, width, height };
  const patch = (image: number, value: number) => ({
    image,
    name: `picture ${image}`,
    value,
    position: [1, 2],
    picture,
  });
  const model = fakeModel<FeatureVisTraits>(
    {
      target: "blocks.1:7",
      layer: "blocks.1",
      unit: 7,
      steps: 192,
      size: 160,
      transforms: "standard",
      decorrelate: true,
      param: "fourier",
      rate: null,
      smooth: 0,
      alpha: false,
      seed: 0,
      negative: true,
      diverse: 2,
      diversity: 0.5,
      between: 3,
      auto: false,
      image: 0,
      sort: "image",
      height: 760,
      _layers: LAYERS,
      _images: [{ name: "picture 0" }, { name: "picture 1" }],
      _classes: CLASSES,
      _objectives: ["stripes"],
      _made: 0,
      ...state,
    },
    {
      thumbnails: () => ({ items: [] }),
      check: ({ target }) => {
        if (String(target).includes("blocs")) throw new Error("layers: no layer 'blocs'");
        return { target, between: false };
      },
      look: ({ target }) => ({ target, parts: [] }),
      develop: ({ target }) => ({
        target,
        parts: [
          { part: "main", pictures: [made(picture, String(target), 14.2)], unfinished: false },
          { part: "negative", pictures: [made(picture, `-${target}`, 3.5)], unfinished: false },
          {
            part: "diverse",
            pictures: [12.5, 11.5].map((value) => made(picture, String(target), value)),
            unfinished: false,
          },
        ],
      }),
      examples: ({ target }) => ({
        rows: [
          { title: target, maximum: 10, seen: 2, total: 2, items: [patch(1, 21), patch(0, 19)] },
          { title: `-${target}`, maximum: 2, seen: 2, total: 2, items: [patch(0, 4)] },
        ],
      }),
      gallery: ({ layer, count, make }) => ({
        order: layer === "blocks.1" ? [9, 7, 3, 11, 0] : [2, 1, 0],
        tiles: [9, 7, 3].slice(0, Number(count)).map((unit) => ({
          unit,
          maximum: 2,
          patch: picture,
          ...(make ? { picture, reached: unit } : {}),
        })),
      }),
      ...changed,
    },
  );
  return Object.assign(model, { picture });
}

/** A picture under way, as Python sends it. */
export function frame(model: FakeModel<FeatureVisTraits> & { picture: object }, step: number) {
  const scores = Array.from({ length: step }, (_, i) => i);
  return pack({
    part: "main",
    step,
    steps: 192,
    left: 4,
    pictures: [model.picture],
    curves: floats(scores, [1, step]),
    reached: floats([step > 10 ? 12 : Number.NaN]),
  });
}
