// A network that never was: its layers, pictures to show it, and the maps that it makes of them.

import type { LayerInfo } from "../lib/protocol";

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

/** An array as the codec sends it. */
export const array = (data: Float32Array | Uint16Array | Int32Array, shape = [data.length]) => ({
  data,
  shape,
});
