/** Tiles of a sheet on a canvas, with the masks, boxes and points that lie on them. */

import type { SheetAnswer } from "../lib/preview_calls";
import type { Tiles } from "../lib/preview_sheet";

/** Where a tile is drawn, in the target's own units. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Look {
  readonly masks: boolean;
  readonly boxes: boolean;
}

/** The largest rectangle of a tile's shape in the middle of a place. */
export function fitted(tile: readonly [number, number], { x, y, width, height }: Place): Place {
  const scale = Math.min(width / tile[1], height / tile[0]);
  const [w, h] = [tile[1] * scale, tile[0] * scale];
  return { x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h };
}

/** Draw one tile with what lies on it. Small pictures keep their pixels, as they would be mistaken for more. */
export function drawTile(
  context: CanvasRenderingContext2D,
  { answer, pixels, masks }: Tiles,
  index: number,
  place: Place,
  look: Look,
): void {
  const tile = answer.tiles[index];
  if (!tile) return;
  const at = fitted(tile, place);
  const { columns, cell } = answer;
  const [left, top] = [(index % columns) * cell[1], Math.floor(index / columns) * cell[0]];
  context.imageSmoothingEnabled = tile[1] >= COARSE || at.width < tile[1];
  context.imageSmoothingQuality = at.width < tile[1] / 2 ? "medium" : "low";
  context.drawImage(pixels, left, top, tile[1], tile[0], at.x, at.y, at.width, at.height);
  if (masks && look.masks) {
    context.globalAlpha = MASK;
    context.imageSmoothingEnabled = false;
    context.drawImage(masks, left, top, tile[1], tile[0], at.x, at.y, at.width, at.height);
    context.globalAlpha = 1;
  }
  if (look.boxes) drawMarks(context, answer, index, at);
}

const COARSE = 64;
const MASK = 0.4;
// Okabe and Ito's colours, which differ for colour-blind eyes too; as in src/convscope/widgets/_preview_sheet.py.
export const MARKS = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#cc79a7",
] as const;

function drawMarks(
  context: CanvasRenderingContext2D,
  { boxes, points, sizes }: SheetAnswer,
  index: number,
  { x, y, width, height }: Place,
): void {
  const [h, w] = sizes[index] ?? [1, 1];
  const [sx, sy] = [width / w, height / h];
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  for (const [x0, y0, x1, y1, kind] of boxes?.[index] ?? []) {
    const box = [x + x0 * sx, y + y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy] as const;
    outlined(context, colourOf(kind), () => context.strokeRect(...box));
  }
  // A point names the centre of a pixel.
  (points?.[index] ?? []).forEach(([px, py, seen], i) => {
    if (!seen) return;
    const [cx, cy] = [x + (px + 0.5) * sx, y + (py + 0.5) * sy];
    outlined(context, colourOf(i), () => {
      context.beginPath();
      context.arc(cx, cy, 3, 0, 2 * Math.PI);
      context.stroke();
    });
  });
  context.restore();
}

/** A light line in a dark one is seen on any picture. */
function outlined(context: CanvasRenderingContext2D, colour: string, stroke: () => void): void {
  context.strokeStyle = "rgb(0 0 0 / 0.65)";
  context.lineWidth = 3.5;
  stroke();
  context.strokeStyle = colour;
  context.lineWidth = 1.75;
  stroke();
}

function colourOf(kind: number): string {
  return MARKS[kind % MARKS.length] ?? MARKS[0];
}
