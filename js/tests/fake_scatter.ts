// A kernel that never was, for the scatter: blobs of points with labels, values and small pictures.

import type { ManifoldScatterTraits, MapInfo } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";

export const CLASSES = ["ant", "bee", "cow", "dog", "elk"];
const CELL = 48;

export const MAPS: MapInfo[] = ["stem", "middle", "deep"].map((name, i) => ({
  name,
  method: "umap",
  neighbours: 15,
  min_dist: 0.1,
  perplexity: 30,
  trustworthiness: 0.91 + 0.02 * i,
  error: 0.01,
  words: `trustworthiness 0.9${1 + 2 * i} ± 0.01`,
}));

/** Point i belongs to class i % 5; classes lie on a circle, tighter with depth. */
export function blobs(count: number, depth: number): Float32Array {
  const xy = new Float32Array(2 * count);
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 48271) >>> 0) % 2147483647;
    return state / 2147483647;
  };
  const width = [3, 1.6, 0.8][depth] ?? 1;
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * (i % CLASSES.length)) / CLASSES.length;
    const [r, a] = [Math.sqrt(-2 * Math.log(random() + 1e-9)), 2 * Math.PI * random()];
    xy[2 * i] = 10 + 4 * Math.cos(angle) + width * r * Math.cos(a);
    xy[2 * i + 1] = 5 + 4 * Math.sin(angle) + width * r * Math.sin(a);
  }
  return xy;
}

export async function paintSheet(points: readonly number[]): Promise<object> {
  const columns = Math.max(1, Math.min(8, points.length));
  const rows = Math.max(1, Math.ceil(points.length / columns));
  const canvas = new OffscreenCanvas(columns * CELL, rows * CELL);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  points.forEach((point, k) => {
    const [x, y] = [(k % columns) * CELL, Math.floor(k / columns) * CELL];
    context.fillStyle = `hsl(${72 * (point % 5)} 60% 50%)`;
    context.fillRect(x, y, CELL, CELL);
    context.fillStyle = "white";
    context.font = "16px sans-serif";
    context.fillText(String(point), x + 4, y + 28);
  });
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const { width, height } = canvas;
  return {
    points: { data: Int32Array.from(points), shape: [points.length] },
    picture: { bytes, mediaType: "image/png", width, height },
    columns,
    cell: CELL,
    sizes: { data: new Int32Array(2 * points.length).fill(CELL), shape: [points.length, 2] },
  };
}

type Answer = (params: Record<string, unknown>, id: string) => unknown;

export function fakeScatter(
  state: Partial<ManifoldScatterTraits> = {},
  changed: Record<string, Answer> = {},
): FakeModel<ManifoldScatterTraits> {
  const count = state._count ?? 600;
  const label = {
    kind: "category",
    codes: {
      data: Uint16Array.from({ length: count }, (_, i) => (i % 50 === 7 ? 5 : i % 5)),
      shape: [count],
    },
    names: CLASSES,
    counts: CLASSES.map((_, k) => count / 5 - (k === 2 ? Math.ceil((count - 7) / 50) : 0)),
  };
  const size = {
    kind: "value",
    values: {
      data: Float32Array.from({ length: count }, (_, i) => (i === 3 ? Number.NaN : i)),
      shape: [count],
    },
    low: 0,
    high: count - 1,
  };
  return fakeModel<ManifoldScatterTraits>(
    {
      layer: "deep",
      color: "label",
      isolated: [],
      selection: [],
      point: null,
      near: 5,
      pictures: 0.5,
      height: 640,
      _title: "",
      _maps: MAPS,
      _columns: [
        { name: "label", kind: "category", ready: true, of_map: false },
        { name: "size", kind: "value", ready: true, of_map: false },
      ],
      _units: ["stem", "deep"],
      _count: count,
      _images: true,
      _landed: null,
      _version: 0,
      ...state,
    },
    {
      positions: ({ layer }) => ({
        xy: {
          data: blobs(
            count,
            MAPS.findIndex(({ name }) => name === layer),
          ),
          shape: [count, 2],
        },
      }),
      column: ({ name }) => (name === "label" ? label : size),
      sprites: ({ points }) => paintSheet(points as number[]),
      names: () => ({ names: null, positions: null }),
      card: ({ point }) => ({ name: `picture ${point}`, rows: [["prediction", "bee 90 %"]] }),
      near_points: ({ point, count: k }) => ({
        points: {
          data: Int32Array.from({ length: Number(k) }, (_, i) => Number(point) + 5 * (i + 1)),
          shape: [Number(k)],
        },
        distances: {
          data: Float32Array.from({ length: Number(k) }, (_, i) => 0.1 * i),
          shape: [Number(k)],
        },
      }),
      landed: () => paintSheet([0, 1]),
      targets: () => ({ targets: [] }),
      ...changed,
    },
  );
}
