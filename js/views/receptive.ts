/** Where on the input image a unit of a layer looks. Image coordinates are pixels: pixel `i` covers `i … i + 1`. */

import type { ReceptiveField } from "../lib/protocol";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The field of unit (y, x), clipped to an image of `height` × `width`; null when it lies outside. */
export function fieldBox(
  rf: ReceptiveField,
  y: number,
  x: number,
  image: readonly [number, number],
): Box | null {
  const [height, width] = image;
  if (rf.whole) return { x: 0, y: 0, width, height };
  const [top, bottom] = span(rf, 0, y, height);
  const [left, right] = span(rf, 1, x, width);
  return bottom > top && right > left
    ? { x: left, y: top, width: right - left, height: bottom - top }
    : null;
}

function span(rf: ReceptiveField, axis: 0 | 1, unit: number, length: number): [number, number] {
  const from = rf.start[axis] + unit * rf.stride[axis] + 0.5 - rf.size[axis] / 2;
  return [Math.max(0, from), Math.min(length, from + rf.size[axis])];
}

/** Which part of the image one axis of a map covers: where its first unit's cell begins, and a cell's length. */
export interface Axis {
  readonly origin: number;
  readonly step: number;
  readonly units: number;
}

/** Lay a map of `units` over `length` pixels: by the field's own geometry where it is known, else stretched. */
export function axisOf(
  rf: ReceptiveField | null,
  axis: 0 | 1,
  units: number,
  length: number,
): Axis {
  const stride = rf && !rf.whole ? rf.stride[axis] : 0;
  // A geometry that leaves most of the image uncovered is not one a person can read: stretch it instead.
  if (!rf || stride <= 0 || units * stride < length / 2)
    return { origin: 0, step: length / units, units };
  return { origin: rf.start[axis] + 0.5 - stride / 2, step: stride, units };
}

/** The unit whose cell holds pixel position `at`; the outermost cells reach one step further, to the border. */
export function unitAt(axis: Axis, at: number): number | null {
  const unit = Math.floor((at - axis.origin) / axis.step);
  if (unit < -1 || unit > axis.units) return null;
  return Math.min(axis.units - 1, Math.max(0, unit));
}
