// A kernel that never was: a small network with synthetic maps, answering as Python does.

import type {
  FilterGalleryTraits,
  FilterLayerInfo,
  LayerBrowserTraits,
  LayerInfo,
} from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";

export const SIDE = 96;

/** Layers of a small residual network, in the order of a tree. */
export const LAYERS: LayerInfo[] = [
  layer("stem", "Sequential", [24, 48, 48], 0, { stride: 2, size: 3 }),
  layer("stem.conv", "Conv2d", [24, 48, 48], 1, { stride: 2, size: 3, leaf: true }),
  layer("stem.relu", "ReLU6", [24, 48, 48], 1, { stride: 2, size: 3, leaf: true }),
  layer("blocks", "Sequential", [512, 6, 6], 0, { stride: 16, size: 75 }),
  layer("blocks.0", "Block", [40, 24, 24], 1, { stride: 4, size: 11 }),
  layer("blocks.0.conv", "Conv2d", [40, 24, 24], 2, { stride: 4, size: 11, leaf: true }),
  layer("blocks.0.act", "ReLU6", [40, 24, 24], 2, { stride: 4, size: 11, leaf: true }),
  layer("blocks.1", "Block", [128, 12, 12], 1, { stride: 8, size: 35 }),
  layer("blocks.1.conv", "Conv2d", [128, 12, 12], 2, { stride: 8, size: 35, leaf: true }),
  layer("blocks.1.act", "ReLU6", [128, 12, 12], 2, { stride: 8, size: 35, leaf: true }),
  {
    ...layer("blocks.1.spare", "Conv2d", null, 2, { stride: 0, size: 0, leaf: true }),
    used: false,
    capturable: false,
  },
  layer("blocks.2", "Block", [512, 6, 6], 1, { stride: 16, size: 75 }),
  {
    ...layer("blocks.2.conv", "Conv2d", [512, 6, 6], 2, { stride: 16, size: 75, leaf: true }),
    shared: "blocks.1.conv",
  },
  layer("blocks.2.act", "ReLU6", [512, 6, 6], 2, { stride: 16, size: 75, leaf: true }),
  {
    ...layer("attention", "Attention", [96, 6, 6], 0, { stride: 16, size: 75, leaf: true }),
    rf: null,
  },
  layer("pool", "AdaptiveAvgPool2d", [512, 1, 1], 0, { stride: 0, size: SIDE, leaf: true }),
  layer("head", "Linear", [1000], 0, { stride: 0, size: SIDE, leaf: true }),
];

export const FILTER_LAYERS: FilterLayerInfo[] = [
  { name: "stem.conv", kind: "Conv2d", shape: [24, 3, 5, 5], groups: 1 },
  { name: "blocks.0.conv", kind: "Conv2d", shape: [40, 24, 3, 3], groups: 1 },
  { name: "blocks.1.conv", kind: "Conv2d", shape: [128, 40, 3, 3], groups: 1 },
];

function layer(
  name: string,
  kind: string,
  shape: number[] | null,
  depth: number,
  { stride, size, leaf = false }: { stride: number; size: number; leaf?: boolean },
): LayerInfo {
  const whole = stride === 0;
  const start = (stride - 1) / 2;
  return {
    name,
    kind,
    shape,
    parameters: leaf && kind === "Conv2d" ? (shape?.[0] ?? 0) * 27 : 0,
    rf: shape
      ? { size: [size, size], stride: [stride, stride], start: [start, start], gated: false, whole }
      : null,
    depth,
    leaf,
    used: true,
    calls: 1,
    shared: null,
    grid: "",
    capturable: true,
  };
}

/** Numbers in 0 … 1 that depend on the seed alone. */
export function noise(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

/** An encoded picture as the codec sends it. */
export interface Encoded {
  bytes: Uint8Array;
  mediaType: string;
  width: number;
  height: number;
}

/** A picture of hills, a sun and a wall, different for each index. */
export async function paintPicture(
  index: number,
  side: number,
): Promise<Encoded & { grey: Float32Array }> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  const random = noise(index + 11);
  const hue = random() * 360;
  const sky = context.createLinearGradient(0, 0, 0, side);
  sky.addColorStop(0, `hsl(${hue} 45% 70%)`);
  sky.addColorStop(1, `hsl(${hue + 40} 50% 88%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, side, side);
  context.fillStyle = `hsl(${hue + 180} 80% 70%)`;
  context.beginPath();
  context.arc(side * random(), side * 0.3 * (1 + random()), side * (0.08 + 0.1 * random()), 0, 7);
  context.fill();
  for (let hill = 0; hill < 4; hill++) {
    context.fillStyle = `hsl(${hue + 90 + hill * 25} 35% ${45 - hill * 9}%)`;
    context.beginPath();
    context.moveTo(0, side);
    const [a, b, c] = [random() * 6, 2 + random() * 4, side * (0.5 + hill * 0.12)];
    for (let x = 0; x <= side; x += 2)
      context.lineTo(x, c + Math.sin(a + (b * x) / side) * side * 0.09);
    context.lineTo(side, side);
    context.fill();
  }
  context.fillStyle = "#3a2d28";
  for (let i = 0; i < 5; i++)
    context.fillRect(side * random(), side * (0.55 + 0.2 * random()), side * 0.02, side * 0.25);
  const { data } = context.getImageData(0, 0, side, side);
  const grey = Float32Array.from({ length: side * side }, (_, i) => (data[4 * i] as number) / 255);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.9 });
  return {
    bytes: new Uint8Array(await blob.arrayBuffer()),
    mediaType: blob.type,
    width: side,
    height: side,
    grey,
  };
}

/** Maps as a bank of random oriented edges and blobs would give them, one in twelve silent. */
export function synthesize(
  grey: Float32Array,
  [c, h, w]: [number, number, number],
  signed: boolean,
) {
  const values = new Float32Array(c * h * w);
  for (let k = 0; k < c; k++) {
    const random = noise(k * 7 + h);
    const [angle, bias, gain] = [random() * Math.PI, random() * 0.25, 2 + random() * 6];
    if (!signed && k % 12 === 5) continue;
    const [dy, dx] = [Math.sin(angle) * 0.03, Math.cos(angle) * 0.03];
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const at = (v: number, u: number): number => {
          const py = Math.min(SIDE - 1, Math.max(0, Math.round(v * SIDE)));
          const px = Math.min(SIDE - 1, Math.max(0, Math.round(u * SIDE)));
          return grey[py * SIDE + px] ?? 0;
        };
        const [v, u] = [(y + 0.5) / h, (x + 0.5) / w];
        const edge = at(v + dy, u + dx) - at(v - dy, u - dx);
        const value = gain * (edge + 0.4 * (at(v, u) - 0.5)) - (signed ? 0 : bias);
        values[(k * h + y) * w + x] = signed ? value : Math.min(6, Math.max(0, value));
      }
    }
  }
  return values;
}

/** Quantise as the Python side does, with each channel's own numbers. */
export function quantise(values: Float32Array, shape: [number, number, number]) {
  const [c, h, w] = shape;
  const n = h * w;
  const data = new Uint16Array(c * n);
  const stats = {
    lo: new Float32Array(c),
    hi: new Float32Array(c),
    mean: new Float32Array(c),
    zeros: new Float32Array(c),
  };
  for (let k = 0; k < c; k++) {
    const own = values.subarray(k * n, (k + 1) * n);
    const [lo, hi] = [Math.min(...own), Math.max(...own)];
    own.forEach((value, i) => {
      data[k * n + i] = hi > lo ? Math.round(((value - lo) / (hi - lo)) * 65535) : 0;
    });
    stats.lo[k] = lo;
    stats.hi[k] = hi;
    stats.mean[k] = own.reduce((a, b) => a + b, 0) / n;
    stats.zeros[k] = own.filter((value) => value === 0).length / n;
  }
  return { shape, shown: [h, w] as [number, number], data, min: stats.lo, max: stats.hi, ...stats };
}

const array = (data: Float32Array | Uint16Array | Int32Array, shape = [data.length]) => ({
  data,
  shape,
});
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

/** A FilterGallery's model: colour stripes in the first layer, random kernels in the others. */
export function fakeGallery(
  state: Partial<FilterGalleryTraits> = {},
): FakeModel<FilterGalleryTraits> {
  const kernelsOf = (name: unknown, unit: number): { weights: Float32Array; shape: number[] } => {
    const [, inputs, kh, kw] = FILTER_LAYERS.find((l) => l.name === name)?.shape ?? [1, 1, 1, 1];
    const random = noise(unit * 13 + inputs);
    const weights = Float32Array.from({ length: inputs * kh * kw }, () => random() - 0.5);
    for (let i = 0; i < inputs; i++) {
      const [angle, size] = [random() * Math.PI, random() ** 3 * 1.2];
      for (let y = 0; y < kh; y++)
        for (let x = 0; x < kw; x++) {
          const wave = Math.sin(
            1.6 * ((x - kw / 2) * Math.cos(angle) + (y - kh / 2) * Math.sin(angle)) + i,
          );
          weights[(i * kh + y) * kw + x] = unit === 7 ? 0 : size * (wave + 0.2 * (random() - 0.5));
        }
    }
    return { weights, shape: [inputs, kh, kw] };
  };
  const norm = (part: Float32Array) => Math.sqrt(part.reduce((sum, w) => sum + w * w, 0));
  return fakeModel<FilterGalleryTraits>(
    {
      layer: "stem.conv",
      unit: null,
      sort: "index",
      scale: "shared",
      colormap: "auto",
      height: 560,
      _title: "FilterGallery",
      _layers: FILTER_LAYERS,
      ...state,
    },
    {
      filters: ({ layer: name }) => {
        const shape = FILTER_LAYERS.find((l) => l.name === name)?.shape ?? [1, 1, 1, 1];
        const [out, inputs, kh, kw] = shape;
        const all = Array.from({ length: out }, (_, unit) => kernelsOf(name, unit).weights);
        const n = kh * kw;
        const norms = Float32Array.from({ length: out * inputs }, (_, i) =>
          norm(
            (all[Math.floor(i / inputs)] as Float32Array).subarray(
              (i % inputs) * n,
              ((i % inputs) + 1) * n,
            ),
          ),
        );
        const rgb = Float32Array.from(
          { length: out * n * 3 },
          (_, i) => all[Math.floor(i / (3 * n))]?.[(i % 3) * n + (Math.floor(i / 3) % n)] ?? 0,
        );
        return {
          shape,
          rgb: inputs === 3 ? array(rgb, [out, kh, kw, 3]) : null,
          out_norms: array(Float32Array.from(all, norm)),
          norms: array(norms, [out, inputs]),
          dead: array(Int32Array.of(7)),
        };
      },
      kernels: ({ layer: name, unit }) => {
        const { weights, shape } = kernelsOf(name, Number(unit));
        const n = (shape[1] ?? 1) * (shape[2] ?? 1);
        return {
          weights: array(weights, shape),
          norms: array(
            Float32Array.from({ length: shape[0] ?? 1 }, (_, i) =>
              norm(weights.subarray(i * n, (i + 1) * n)),
            ),
          ),
        };
      },
    },
  );
}
