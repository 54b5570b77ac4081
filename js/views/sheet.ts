/** Tiles in colour, each painted when it is first looked at, and the canvas that they are drawn from. */

import { type Domain, type Lut, paint } from "../lib/colormap";
import { type Maps, readChannel } from "./channels";
import { context2d } from "./surface";

export interface Sheet {
  /** Height and width of a tile in its own pixels. */
  readonly shown: readonly [number, number];
  /** The packed colours of one tile. */
  tile(i: number): Uint32Array;
}

/** A tile and the rectangle that it fills. */
export interface Placed {
  readonly sheet: Sheet;
  readonly tile: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of the canvas that tiles pass through, unless one tile alone is larger. */
const WIDTH = 1024;
const HEIGHT = 512;

/** Colours of one channel. */
export interface Paint {
  readonly table: Lut;
  domain(channel: number): Domain;
}

/** A sheet of tiles; `fill` writes the packed colours of one. */
export function sheet(
  shown: readonly [number, number],
  fill: (tile: number, packed: Uint32Array) => void,
): Sheet {
  const tiles = new Map<number, Uint32Array>();
  return {
    shown,
    tile(i) {
      const known = tiles.get(i);
      if (known) return known;
      const packed = new Uint32Array(shown[0] * shown[1]);
      fill(i, packed);
      tiles.set(i, packed);
      return packed;
    },
  };
}

/**
 * A function that draws tiles of one size: smooth where they are made smaller, exact squares where larger.
 * All pass through one canvas, for a new one costs a browser several milliseconds and a write nearly nothing.
 */
export function press(): (target: CanvasRenderingContext2D, tiles: readonly Placed[]) => void {
  let pixels = new ImageData(WIDTH, HEIGHT);
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = context2d(canvas, { willReadFrequently: true });

  return (target, tiles) => {
    const [h, w] = tiles[0]?.sheet.shown ?? [1, 1];
    if (w > canvas.width || h > canvas.height) {
      canvas.width = Math.max(canvas.width, w);
      canvas.height = Math.max(canvas.height, h);
      pixels = new ImageData(canvas.width, canvas.height);
    }
    const packed = new Uint32Array(pixels.data.buffer);
    const columns = Math.floor(canvas.width / w);
    const most = columns * Math.floor(canvas.height / h);
    const corner = (i: number) => [(i % columns) * w, Math.floor(i / columns) * h] as const;
    for (let start = 0; start < tiles.length; start += most) {
      const part = tiles.slice(start, start + most);
      part.forEach(({ sheet, tile }, i) => {
        const [left, top] = corner(i);
        const own = sheet.tile(tile);
        for (let y = 0; y < h; y++)
          packed.set(own.subarray(y * w, (y + 1) * w), (top + y) * canvas.width + left);
      });
      const rows = Math.ceil(part.length / columns) * h;
      context.putImageData(pixels, 0, 0, 0, 0, Math.min(part.length, columns) * w, rows);
      part.forEach(({ x, y, width, height }, i) => {
        target.imageSmoothingEnabled = width < w;
        target.drawImage(canvas, ...corner(i), w, h, x, y, width, height);
      });
    }
  };
}

/** The channels of a layer, coloured. */
export function mapSheet(maps: Maps, colours: Paint): Sheet {
  const values = new Float32Array(maps.shown[0] * maps.shown[1]);
  return sheet(maps.shown, (channel, packed) => {
    readChannel(maps, channel, values);
    paint(values, colours.domain(channel), colours.table, packed);
  });
}

/** Kernels (n, h, w) of weights, coloured. */
export function kernelSheet(
  weights: Float32Array,
  [, h, w]: readonly [number, number, number],
  colours: Paint,
): Sheet {
  return sheet([h, w], (i, packed) => {
    const own = weights.subarray(i * h * w, (i + 1) * h * w);
    paint(own, colours.domain(i), colours.table, packed);
  });
}

/** Filters (n, h, w, 3) over colour as colours: grey is zero, `reach` the weight at full colour. */
export function colourSheet(
  weights: Float32Array,
  [, h, w]: readonly [number, number, number],
  reach: (filter: number) => number,
): Sheet {
  return sheet([h, w], (i, packed) => {
    const most = reach(i) || 1;
    const level = (at: number): number =>
      Math.round(255 * Math.min(1, Math.max(0, 0.5 + (weights[at] ?? 0) / (2 * most))));
    for (let p = 0; p < packed.length; p++) {
      const at = 3 * (i * packed.length + p);
      packed[p] = ((255 << 24) | (level(at + 2) << 16) | (level(at + 1) << 8) | level(at)) >>> 0;
    }
  });
}
