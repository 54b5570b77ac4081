// A LayerBrowser's kernel that never was: the synthetic network, answering as Python does.

import type { LayerBrowserTraits } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";
import {
  array,
  type Encoded,
  LAYERS,
  paintPicture,
  quantise,
  SIDE,
  synthesize,
} from "./fake_network";

const PAINTED = 8;

/** A LayerBrowser's model with `images` pictures, over the synthetic network. */
export async function fakeBrowser(
  state: Partial<LayerBrowserTraits> = {},
  images = 8,
): Promise<FakeModel<LayerBrowserTraits>> {
  const pictures = await Promise.all(
    Array.from({ length: PAINTED }, (_, i) => paintPicture(i, SIDE)),
  );
  const pictureOf = (i: number) => pictures[i % PAINTED] as (typeof pictures)[number];
  const encoded = (i: number): Encoded => {
    const { bytes, mediaType, width, height } = pictureOf(i);
    return { bytes, mediaType, width, height };
  };
  const shapeOf = (name: string): [number, number, number] => {
    const [c = 1, h = 1, w = 1] = LAYERS.find((l) => l.name === name)?.shape ?? [];
    return [c, h, w];
  };
  const valuesOf = (image: number, name: string) =>
    synthesize(pictureOf(image).grey, shapeOf(name), /conv|head|attention/.test(name));
  const top = (image: number, value: number) => ({
    image,
    name: `picture ${image}`,
    value,
    position: [1, 2],
    box: [0, 0, 32, 32],
    picture: encoded(image),
  });

  return fakeModel<LayerBrowserTraits>(
    {
      layer: "blocks.1.act",
      image: 0,
      compare: null,
      unit: null,
      position: null,
      scale: "shared",
      sort: "index",
      colormap: "auto",
      opacity: 0.6,
      height: 640,
      _title: "LayerBrowser",
      _layers: LAYERS,
      _images: Array.from({ length: images }, (_, i) => ({ name: `picture ${i}` })),
      ...state,
    },
    {
      thumbnails: ({ start, stop }) => ({
        items: Array.from({ length: Number(stop) - Number(start) }, (_, k) => {
          const index = Number(start) + k;
          return { index, name: `picture ${index}`, picture: encoded(index) };
        }),
      }),
      input: ({ image }) => ({
        picture: encoded(Number(image)),
        width: SIDE,
        height: SIDE,
        name: `picture ${image}`,
        predictions: ["tabby", "tiger cat", "Egyptian cat", "lynx", "window screen"].map(
          (name, i) => ({ name, index: i, score: 0.62 / 2 ** i, kind: "probability" }),
        ),
      }),
      summary: ({ image }) => ({
        layers: Object.fromEntries(
          LAYERS.filter((l) => l.capturable).map((l, k) => [
            l.name,
            array(
              Float32Array.from(
                { length: 12 },
                (_, i) => ((i + 1) / 12) ** (1 + ((k + Number(image)) % 4)),
              ),
            ),
          ]),
        ),
      }),
      maps: ({ image, layer: name }) => {
        const shape = shapeOf(String(name));
        const q = quantise(valuesOf(Number(image), String(name)), shape);
        return {
          ...q,
          layer: name,
          data: array(q.data, shape),
          lo: array(q.lo),
          hi: array(q.hi),
          mean: array(q.mean),
          max: array(q.max),
          min: array(q.min),
          zeros: array(q.zeros),
        };
      },
      channel: ({ image, layer: name, unit }) => {
        const [, h, w] = shapeOf(String(name));
        const map = valuesOf(Number(image), String(name)).slice(
          Number(unit) * h * w,
          (Number(unit) + 1) * h * w,
        );
        const [lo, hi] = [Math.min(...map), Math.max(...map)];
        const counts = new Int32Array(32);
        map.forEach((value) => {
          const bin = Math.min(31, Math.floor((32 * (value - lo)) / (hi - lo || 1)));
          counts[bin] = (counts[bin] ?? 0) + 1;
        });
        return {
          map: array(map, [h, w]),
          counts: array(counts),
          edges: array(Float32Array.from({ length: 33 }, (_, i) => lo + (i * (hi - lo)) / 32)),
        };
      },
      top: () => ({
        seen: images,
        total: images,
        items: Array.from({ length: 9 }, (_, i) => top(i % images, 6 - i * 0.37)),
        images: Array.from({ length: 6 }, (_, i) => top((i + 2) % images, 1.9 - i * 0.21)),
      }),
    },
  );
}
