// A kernel that never was, for the atlas viewer: cells whose colours say which they are.

import type { AtlasViewerTraits } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";

export const CLASSES = ["tabby, tabby cat", "lynx", "espresso", "cup", "window screen", "reef"];
export const SIDES = [4, 8, 16];
const TILE = 4;
const SIZE = 16;

/** Which cells of a grid hold samples: all but one diagonal. */
export function cellsOf(side: number): number[] {
  return Array.from({ length: side * side }, (_, i) => i).filter(
    (cell) => Math.floor(cell / side) !== cell % side,
  );
}

/** The colour of a cell's patch: red by row, green by column; inversions are blue as well. */
export function colourOf(side: number, cell: number, kind: string): [number, number, number] {
  const [row, column] = [Math.floor(cell / side), cell % side];
  const part = (value: number): number => Math.round((value / side) * 200) + 20;
  return [part(row), part(column), kind === "inversion" ? 220 : 20];
}

const ints = (values: number[], shape = [values.length]) => ({
  data: Int32Array.from(values),
  shape,
});
const floats = (values: number[], shape = [values.length]) => ({
  data: Float32Array.from(values),
  shape,
});

async function png(
  width: number,
  height: number,
  paint: (c: OffscreenCanvasRenderingContext2D) => void,
) {
  const canvas = new OffscreenCanvas(width, height);
  paint(canvas.getContext("2d") as OffscreenCanvasRenderingContext2D);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return { bytes: new Uint8Array(await blob.arrayBuffer()), mediaType: "image/png", width, height };
}

type Params = Record<string, unknown>;

function level({ side: asked }: Params) {
  const side = Number(asked);
  const cells = cellsOf(side);
  return {
    side,
    cells: ints(cells),
    // The middle columns are dense, the first one is sparse.
    counts: ints(cells.map((cell) => (cell % side === 0 ? 1 : 40))),
    classes: ints(
      cells.flatMap((cell) => [0, 1, 2, 3, 4].map((k) => (cell + k) % 6)),
      [cells.length, 5],
    ),
    values: floats(
      cells.flatMap(() => [0.5, 0.25, 0.125, 0.06, 0.03]),
      [cells.length, 5],
    ),
    cosines: floats(cells.map(() => 0.75)),
    reached: floats(cells.map((cell) => (cell % 2 ? 0.8 : Number.NaN))),
    spreads: floats(cells.map(() => 0.3)),
    icons: { data: Uint8Array.from(cells, () => 3), shape: [cells.length] },
    total: 20 * side * side,
    tile: TILE,
    size: SIZE,
  };
}

/** A bitmap file: encoding a PNG takes a busy machine long, and a test asks for many tiles. */
function bmp(side: number, colour: (x: number, y: number) => readonly [number, number, number]) {
  const bytes = new Uint8Array(54 + 4 * side * side);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, side, true);
  view.setInt32(22, -side, true); // the first row on top
  view.setUint16(26, 1, true);
  view.setUint16(28, 32, true);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [r, g, b] = colour(x, y);
      bytes.set([b, g, r, 255], 54 + 4 * (y * side + x));
    }
  return { bytes, mediaType: "image/bmp", width: side, height: side };
}

function tile({ side: asked, kind, row, column }: Params) {
  const side = Number(asked);
  const [top, left] = [Number(row) * TILE, Number(column) * TILE];
  return bmp(TILE * SIZE, (x, y) => {
    const cell = (top + Math.floor(y / SIZE)) * side + left + Math.floor(x / SIZE);
    return colourOf(side, cell, String(kind));
  });
}

async function cell({ side: asked, cell: number }: Params) {
  const side = Number(asked);
  const [row, column] = [Math.floor(Number(number) / side), Number(number) % side];
  return {
    count: 40,
    samples: ints([7, 3, 5]),
    images: ints([1, 0, 1]),
    names: ["cup.jpg", "cat.jpg", "cup.jpg"],
    xy: floats(
      [0.2, 0.5, 0.8].flatMap((at) => [(column + at) / side, (row + at) / side]),
      [3, 2],
    ),
    positions: ints([2, 3, 4, 5, 6, 7], [3, 2]),
    boxes: floats([0.1, 0.2, 0.5, 0.6, 0, 0, 1, 1, 0.5, 0.5, 1, 1], [3, 4]),
    patches: await png(60, 20, (context) => {
      context.fillStyle = "rgb(255, 120, 0)";
      context.fillRect(0, 0, 60, 20);
    }),
    why: "",
    units: ints([12, 4]),
    strengths: floats([3.5, 2]),
  };
}

const picture = () =>
  png(30, 20, (context) => {
    context.fillStyle = "rgb(0, 90, 160)";
    context.fillRect(0, 0, 30, 20);
  });

export function fakeAtlas(
  state: Partial<AtlasViewerTraits> = {},
  changed: Record<string, (params: Params, id: string) => unknown> = {},
): FakeModel<AtlasViewerTraits> {
  const info = (name: string) => ({
    name,
    detail: "32 × 8 × 8 · 320 samples of 2 images",
    sides: SIDES,
    kinds: ["patches" as const, "inversion" as const],
  });
  return fakeModel<AtlasViewerTraits>(
    {
      layer: "early",
      beside: [],
      view: "",
      level: null,
      cell: null,
      target: null,
      sign: "positive",
      blend: 0,
      density: 8,
      labels: true,
      image: null,
      unit: null,
      position: null,
      height: 560,
      _title: "Activation atlas of a net",
      _layers: [info("early"), info("late")],
      _classes: CLASSES,
      _images: [{ name: "cat.jpg" }, { name: "cup.jpg" }],
      _axes: [],
      _progress: {},
      _fresh: {},
      _can: ["images", "locate", "drop", "look"],
      ...state,
    },
    {
      level,
      tile,
      cell,
      heat: ({ side, target }) => ({
        values: {
          data: Int16Array.from(cellsOf(Number(side)), (at) => (at % 6 === target ? 1000 : -500)),
          shape: [cellsOf(Number(side)).length],
        },
        scale: 0.001,
      }),
      elsewhere: ({ others }) =>
        Object.fromEntries(
          (others as string[]).map((name) => [name, floats([0.1, 0.9, 0.5, 0.5], [2, 2])]),
        ),
      thumbnails: async ({ start, stop }) => ({
        items: await Promise.all(
          Array.from({ length: Number(stop) - Number(start) }, async (_, i) => ({
            index: Number(start) + i,
            name: "",
            picture: await picture(),
          })),
        ),
      }),
      picture,
      locate: async ({ image }) => ({
        xy: floats([0.1, 0.1, 0.4, 0.2, 0.6, 0.7, 0.9, 0.9], [4, 2]),
        rows: 2,
        columns: 2,
        picture: await picture(),
        name: image === 0 ? "cat.jpg" : "cup.jpg",
      }),
      locate_dropped: async () => ({
        xy: floats([0.3, 0.3], [1, 2]),
        rows: 1,
        columns: 1,
        picture: await picture(),
        name: "your image",
      }),
      look: () => null,
      ...changed,
    },
  );
}
