// The plane that points lie on: data → a square from −1 to 1 → pixels, and back. At zoom 1 a unit of the square is half
// the height of the view.

import type { Camera, Size } from "./camera";

export type { Camera, Size };

/** What takes data to the square: the middle of the data and how much of it is one unit. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly unit: number;
}

/** Room left round all points: a share of the side, and at least some pixels, for points and pictures have a size. */
const MARGIN = 0.06;
const LEAST = 30;
export const DEEPEST = 4000;

/** The frame in which all points fit the square, both axes on one scale. */
export function frameOf(xy: ArrayLike<number>): Frame {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = [xy[i] as number, xy[i + 1] as number];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  if (!(x1 >= x0)) return { x: 0, y: 0, unit: 1 };
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, unit: Math.max(x1 - x0, y1 - y0) / 2 || 1 };
}

/** Points (x, y, x, y, …) in the square. */
export function squared(xy: ArrayLike<number>, { x, y, unit }: Frame): Float32Array {
  const out = new Float32Array(xy.length);
  for (let i = 0; i < xy.length; i += 2) {
    out[i] = ((xy[i] as number) - x) / unit;
    out[i + 1] = ((xy[i + 1] as number) - y) / unit;
  }
  return out;
}

/** How far points reach from the middle of the square, across and up; one of both is 1. */
export type Reach = readonly [x: number, y: number];

/** The reach of points in the square; those outside of it have no place yet. */
export function reachOf(xy: ArrayLike<number>): Reach {
  const reach: [number, number] = [0, 0];
  for (let i = 0; i < xy.length; i++) {
    const far = Math.abs(xy[i] as number);
    if (far > (reach[i % 2] as number) && far <= 1.001) reach[i % 2] = far;
  }
  return reach[0] + reach[1] > 0 ? reach : [1, 1];
}

/** All points in sight, as large as the room lets them be. */
export function whole(size: Size, [x, y]: Reach = [1, 1]): Camera {
  const { width, height } = inner(size);
  return { x: 0, y: 0, zoom: Math.min(height / y, width / x) / Math.max(1, size.height) };
}

function inner({ width, height }: Size): Size {
  const left = (side: number) => Math.max(1, side - 2 * Math.max(MARGIN * side, LEAST));
  return { width: left(width), height: left(height) };
}

/** Pixels of one unit. */
export function scaleOf({ zoom }: Camera, { height }: Size): number {
  return (zoom * height) / 2;
}

export function toScreen(
  camera: Camera,
  size: Size,
  x: number,
  y: number,
): readonly [number, number] {
  const scale = scaleOf(camera, size);
  return [size.width / 2 + (x - camera.x) * scale, size.height / 2 - (y - camera.y) * scale];
}

export function toPlane(
  camera: Camera,
  size: Size,
  left: number,
  top: number,
): readonly [number, number] {
  const scale = scaleOf(camera, size);
  return [camera.x + (left - size.width / 2) / scale, camera.y - (top - size.height / 2) / scale];
}

/** A line on the screen (x, y, x, y, …) in the square. */
export function lineToPlane(camera: Camera, size: Size, line: readonly number[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < line.length; i += 2)
    found.push(...toPlane(camera, size, line[i] ?? 0, line[i + 1] ?? 0));
  return found;
}

/** A part of the square: left, bottom, right, top. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** What is in sight, and some pixels more on each side. */
export function sight(camera: Camera, size: Size, margin: number): Box {
  const [x0, y1] = toPlane(camera, size, -margin, -margin);
  const [x1, y0] = toPlane(camera, size, size.width + margin, size.height + margin);
  return [x0, y0, x1, y1];
}

/** The box round some points. */
export function boxOf(xy: ArrayLike<number>, points: readonly number[]): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const i of points) {
    const [x, y] = [xy[2 * i] as number, xy[2 * i + 1] as number];
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  return [x0, y0, x1, y1];
}

/** Zoom by a factor about a place on the screen, which stays where it is. */
export function zoomed(
  camera: Camera,
  size: Size,
  factor: number,
  left = size.width / 2,
  top = size.height / 2,
): Camera {
  const zoom = Math.min(
    DEEPEST,
    Math.max(whole(size).zoom / 2, camera.zoom * (Number.isFinite(factor) ? factor : 1)),
  );
  const [x, y] = toPlane(camera, size, left, top);
  const next = { ...camera, zoom };
  const [nx, ny] = toPlane(next, size, left, top);
  return held({ x: camera.x + x - nx, y: camera.y + y - ny, zoom });
}

export function panned(camera: Camera, size: Size, dx: number, dy: number): Camera {
  const scale = scaleOf(camera, size);
  return held({ ...camera, x: camera.x - dx / scale, y: camera.y + dy / scale });
}

/** The camera that shows a box of the square, with some room around it. */
export function around(box: Box, size: Size): Camera {
  const [x0, y0, x1, y1] = box;
  const reach = [Math.max(1e-6, x1 - x0) / 2, Math.max(1e-6, y1 - y0) / 2] as const;
  const zoom = whole(size, reach).zoom / 1.3;
  const calm = Math.min(zoom, whole(size).zoom * 24);
  return held({ x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: calm });
}

/** A camera part of the way: the zoom goes by equal factors. */
export function between(from: Camera, to: Camera, t: number): Camera {
  const zoom = from.zoom * (to.zoom / from.zoom) ** t;
  // The place moves as the zoom does, so that what is sought stays in sight.
  const same = Math.abs(to.zoom / from.zoom - 1) < 1e-3;
  const share = same ? t : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / to.zoom);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, zoom };
}

/** Points never leave for good: the middle of the view stays in the square. */
function held(camera: Camera): Camera {
  const inside = (value: number) => Math.min(1.2, Math.max(-1.2, value));
  return { ...camera, x: inside(camera.x), y: inside(camera.y) };
}
