// What of an atlas is in sight, and the same as text that can be sent to somebody. Its plane is the unit square, y from
// the top; at zoom 1 the whole of it is seen.

import type { Camera, Size } from "./camera";

export type { Camera, Size };

export const HOME: Camera = { x: 0.5, y: 0.5, zoom: 1 };
/** Share of the room that the whole atlas takes. */
const FILL = 0.97;

/** Pixels that the unit square takes at zoom 1. */
export function extentOf({ width, height }: Size): number {
  return Math.max(1, Math.min(width, height) * FILL);
}

export function toScreen(
  { x, y, zoom }: Camera,
  size: Size,
  at: readonly [number, number],
): readonly [number, number] {
  const scale = extentOf(size) * zoom;
  return [size.width / 2 + (at[0] - x) * scale, size.height / 2 + (at[1] - y) * scale];
}

export function toPlane(
  { x, y, zoom }: Camera,
  size: Size,
  left: number,
  top: number,
): readonly [number, number] {
  const scale = extentOf(size) * zoom;
  return [x + (left - size.width / 2) / scale, y + (top - size.height / 2) / scale];
}

/** The part of the unit square in sight: x0, y0, x1, y1, which may reach beyond it. */
export function boxOf(camera: Camera, size: Size): readonly [number, number, number, number] {
  return [...toPlane(camera, size, 0, 0), ...toPlane(camera, size, size.width, size.height)];
}

/** The same as d3-zoom keeps it. */
export function toTransform(
  { x, y, zoom }: Camera,
  size: Size,
): readonly [k: number, x: number, y: number] {
  const extent = extentOf(size) * zoom;
  return [
    zoom,
    (size.width / 2) * (1 - zoom) + extent * (0.5 - x),
    (size.height / 2) * (1 - zoom) + extent * (0.5 - y),
  ];
}

export function fromTransform(k: number, left: number, top: number, size: Size): Camera {
  const extent = extentOf(size) * k;
  return {
    x: 0.5 - (left - (size.width / 2) * (1 - k)) / extent,
    y: 0.5 - (top - (size.height / 2) * (1 - k)) / extent,
    zoom: k,
  };
}

/** "layer=blocks.5&at=0.52,0.31&zoom=8"; as in src/convscope/widgets/_atlas_view.py. */
export function viewText(layer: string, { x, y, zoom }: Camera): string {
  const short = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
  return `layer=${encodeURIComponent(layer)}&at=${short(x, 4)},${short(y, 4)}&zoom=${short(zoom, 2)}`;
}

/** Null for what is no such text. */
export function parseView(text: string): { layer: string | null; camera: Camera } | null {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const [x, y] = (parts.get("at") ?? "").split(",").map(Number);
  const zoom = Number(parts.get("zoom"));
  if (!Number.isFinite(x) || !Number.isFinite(y) || !(zoom >= 1)) return null;
  return { layer: parts.get("layer"), camera: { x: x as number, y: y as number, zoom } };
}
