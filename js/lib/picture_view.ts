// Which part of a picture is in sight, in a frame that has the picture's own proportions.

export interface PictureView {
  /** The place in the middle of the frame, in shares of the picture's width and height. */
  readonly x: number;
  readonly y: number;
  /** 1: the whole picture. */
  readonly zoom: number;
}

export const WHOLE: PictureView = { x: 0.5, y: 0.5, zoom: 1 };

/** Enlarged by a factor about a place of the frame (shares of its width and height), which stays where it is. */
export function enlarged(
  { x, y, zoom }: PictureView,
  factor: number,
  deepest: number,
  [left, top]: readonly [number, number] = [0.5, 0.5],
): PictureView {
  const next = Math.min(deepest, Math.max(1, zoom * factor));
  const shift = 1 / zoom - 1 / next;
  return held({ x: x + (left - 0.5) * shift, y: y + (top - 0.5) * shift, zoom: next });
}

/** Moved with the hand by shares of the frame's width and height. */
export function moved({ x, y, zoom }: PictureView, right: number, down: number): PictureView {
  return held({ x: x - right / zoom, y: y - down / zoom, zoom });
}

/** The picture fills the frame: its edges come no further in. */
function held({ x, y, zoom }: PictureView): PictureView {
  const half = 0.5 / zoom;
  const within = (value: number): number => Math.min(1 - half, Math.max(half, value));
  return { x: within(x), y: within(y), zoom };
}
