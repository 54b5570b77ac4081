/** An off-screen sheet that holds every tile in colour, each painted when it is first looked at. */

import { type Domain, type Lut, paint } from "../lib/colormap";
import { type Maps, readChannel } from "./channels";
import { context2d } from "./surface";

/** Browsers refuse larger canvases. */
const MAX_SIDE = 8192;

export interface Sheet {
  /** Height and width of a tile in its own pixels. */
  readonly shown: readonly [number, number];
  /** Draw one tile into a rectangle of `target`; smooth where it is made smaller, exact squares where larger. */
  draw(
    target: CanvasRenderingContext2D,
    tile: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
}

/** Colours of one channel. */
export interface Paint {
  readonly table: Lut;
  domain(channel: number): Domain;
}

/** A sheet of `count` tiles; `fill` writes the packed colours of one. */
export function sheet(
  count: number,
  shown: readonly [number, number],
  fill: (tile: number, packed: Uint32Array) => void,
): Sheet {
  const [h, w] = shown;
  const most = Math.floor(MAX_SIDE / w);
  const columns = Math.max(1, Math.min(Math.ceil(Math.sqrt((count * h) / w)), most));
  const rows = Math.max(1, Math.ceil(count / columns));
  const canvas = new OffscreenCanvas(columns * w, Math.min(MAX_SIDE, rows * h));
  const context = context2d(canvas, { willReadFrequently: true });
  const painted = new Uint8Array(count);
  const pixels = new ImageData(w, h);
  const packed = new Uint32Array(pixels.data.buffer);

  return {
    shown,
    draw(target, tile, x, y, width, height) {
      const [sx, sy] = [(tile % columns) * w, Math.floor(tile / columns) * h];
      if (!painted[tile]) {
        fill(tile, packed);
        context.putImageData(pixels, sx, sy);
        painted[tile] = 1;
      }
      target.imageSmoothingEnabled = width < w;
      target.drawImage(canvas, sx, sy, w, h, x, y, width, height);
    },
  };
}

/** The channels of a layer, coloured. */
export function mapSheet(maps: Maps, colours: Paint): Sheet {
  const values = new Float32Array(maps.shown[0] * maps.shown[1]);
  return sheet(maps.shape[0], maps.shown, (channel, packed) => {
    readChannel(maps, channel, values);
    paint(values, colours.domain(channel), colours.table, packed);
  });
}

/** Kernels (n, h, w) of weights, coloured. */
export function kernelSheet(
  weights: Float32Array,
  [n, h, w]: readonly [number, number, number],
  colours: Paint,
): Sheet {
  return sheet(n, [h, w], (i, packed) => {
    const own = weights.subarray(i * h * w, (i + 1) * h * w);
    paint(own, colours.domain(i), colours.table, packed);
  });
}

/** Filters (n, h, w, 3) over colour as colours: grey is zero, `reach` the weight at full colour. */
export function colourSheet(
  weights: Float32Array,
  [n, h, w]: readonly [number, number, number],
  reach: (filter: number) => number,
): Sheet {
  return sheet(n, [h, w], (i, packed) => {
    const most = reach(i) || 1;
    const level = (at: number): number =>
      Math.round(255 * Math.min(1, Math.max(0, 0.5 + (weights[at] ?? 0) / (2 * most))));
    for (let p = 0; p < packed.length; p++) {
      const at = 3 * (i * packed.length + p);
      packed[p] = ((255 << 24) | (level(at + 2) << 16) | (level(at + 1) << 8) | level(at)) >>> 0;
    }
  });
}
