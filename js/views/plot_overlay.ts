/** What is drawn over the points: pictures, the chosen point and its neighbours, where augmented copies land, the lasso. */

import { type Camera, type Size, toScreen } from "../lib/plane";
import type { Thumbnail } from "../lib/thumbnails";
import { context2d, fitCanvas } from "./surface";

export interface Shown {
  readonly point: number;
  readonly thumbnail: Thumbnail;
  /** A frame in the colour of the point; null for none. */
  readonly colour: string | null;
  readonly selected: boolean;
}

/** Copies of an image, placed among the points. */
export interface Landed {
  readonly point: number;
  /** In the square. */
  readonly xy: Float32Array;
  readonly pictures: readonly (Thumbnail | undefined)[];
}

export interface OverlayContent {
  readonly xy: Float32Array;
  readonly camera: Camera;
  readonly size: Size;
  readonly pictures: readonly Shown[];
  /** Side of a picture in pixels. */
  readonly side: number;
  readonly hovered: number;
  readonly chosen: number | null;
  readonly near: readonly number[];
  readonly landed: Landed | null;
  /** Screen pixels, x, y, x, y, …; empty when none is drawn. */
  readonly lasso: readonly number[];
  readonly ink: string;
  readonly ground: string;
  readonly accent: string;
}

export interface Overlay {
  readonly canvas: HTMLCanvasElement;
  draw(content: OverlayContent): void;
}

export function plotOverlay(): Overlay {
  const canvas = document.createElement("canvas");
  const context = context2d(canvas);
  return {
    canvas,
    draw(content) {
      const { size } = content;
      if (!fitCanvas(canvas, size.width, size.height))
        context.clearRect(0, 0, canvas.width, canvas.height);
      const ratio = canvas.width / Math.max(1, size.width);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const at = (i: number) =>
        toScreen(content.camera, size, content.xy[2 * i] ?? 0, content.xy[2 * i + 1] ?? 0);
      drawPictures(context, content, at);
      drawNear(context, content, at);
      drawLanded(context, content, at);
      ring(context, content, content.hovered, at, 6, 1.5);
      if (content.chosen !== null) ring(context, content, content.chosen, at, 8, 2.5);
      drawLasso(context, content);
      context.setTransform(1, 0, 0, 1, 0, 0);
    },
  };
}

type At = (i: number) => readonly [number, number];

/** Draw a picture in a square of `side` about a place, its proportions kept. */
function stamp(
  context: CanvasRenderingContext2D,
  { sheet, x, y, width, height }: Thumbnail,
  [cx, cy]: readonly [number, number],
  side: number,
): readonly [number, number, number, number] {
  const scale = side / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  const box = [
    Math.round(cx - w / 2),
    Math.round(cy - h / 2),
    Math.round(w),
    Math.round(h),
  ] as const;
  context.imageSmoothingEnabled = scale < 2; // few pixels are shown as they are
  context.drawImage(sheet, x, y, width, height, ...box);
  return box;
}

function drawPictures(context: CanvasRenderingContext2D, content: OverlayContent, at: At): void {
  for (const { point, thumbnail, colour, selected } of content.pictures) {
    const [x, y, w, h] = stamp(context, thumbnail, at(point), content.side);
    if (selected) {
      context.lineWidth = 3;
      context.strokeStyle = content.accent;
      context.strokeRect(x - 1.5, y - 1.5, w + 3, h + 3);
    } else if (colour) {
      context.lineWidth = 2;
      context.strokeStyle = colour;
      context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    }
  }
}

function drawNear(context: CanvasRenderingContext2D, content: OverlayContent, at: At): void {
  if (content.chosen === null || content.near.length === 0) return;
  const [x, y] = at(content.chosen);
  // Twice, so that it is seen on any ground: wide in the ground's colour, narrow in the ink's.
  for (const [width, colour] of [
    [3.5, content.ground],
    [1.5, content.ink],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    for (const i of content.near) {
      context.moveTo(x, y);
      context.lineTo(...at(i));
    }
    context.stroke();
  }
  for (const i of content.near) ring(context, content, i, at, 5, 1.5);
}

function drawLanded(context: CanvasRenderingContext2D, content: OverlayContent, at: At): void {
  const { landed } = content;
  if (!landed) return;
  const from = at(landed.point);
  context.setLineDash([4, 3]);
  context.lineWidth = 1.5;
  context.strokeStyle = content.accent;
  const places = Array.from({ length: landed.xy.length / 2 }, (_, k) =>
    toScreen(content.camera, content.size, landed.xy[2 * k] ?? 0, landed.xy[2 * k + 1] ?? 0),
  );
  context.beginPath();
  for (const place of places) {
    context.moveTo(...from);
    context.lineTo(...place);
  }
  context.stroke();
  context.setLineDash([]);
  places.forEach((place, k) => {
    const picture = landed.pictures[k];
    if (picture) {
      const [x, y, w, h] = stamp(context, picture, place, 30);
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, w + 2, h + 2);
    } else diamond(context, place, content.accent, content.ground);
  });
}

function diamond(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  fill: string,
  line: string,
): void {
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x + 6, y);
  context.lineTo(x, y + 6);
  context.lineTo(x - 6, y);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = line;
  context.stroke();
}

function ring(
  context: CanvasRenderingContext2D,
  content: OverlayContent,
  point: number,
  at: At,
  radius: number,
  width: number,
): void {
  if (point < 0) return;
  const [x, y] = at(point);
  for (const [line, colour] of [
    [width + 2, content.ground],
    [width, content.ink],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function drawLasso(context: CanvasRenderingContext2D, { lasso, accent }: OverlayContent): void {
  if (lasso.length < 4) return;
  context.beginPath();
  context.moveTo(lasso[0] ?? 0, lasso[1] ?? 0);
  for (let i = 2; i < lasso.length; i += 2) context.lineTo(lasso[i] ?? 0, lasso[i + 1] ?? 0);
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.strokeStyle = accent;
  context.stroke();
}
