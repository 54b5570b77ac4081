/** The icons of an atlas on a canvas: the grid for this zoom, faded into from the one before, whole tiles at a time. */

import { boxOf, type Camera, extentOf, type Size } from "../lib/atlas_camera";
import type { Level } from "../lib/atlas_level";
import type { TilePlace } from "./atlas_compose";
import type { AtlasSheets } from "./atlas_sheets";

/** Milliseconds in which one grid becomes another, and a tile appears. */
const FADE = 220;

export interface DrawnView {
  readonly camera: Camera;
  readonly size: Size;
  readonly ratio: number;
  readonly now: number;
  /** Nothing fades: things are there or not. */
  readonly still: boolean;
}

/** Draws; returns whether another frame is needed. */
export function atlasDrawing(context: CanvasRenderingContext2D, sheets: AtlasSheets) {
  let shown: Level | null = null;
  let before: Level | null = null;
  let since = 0;

  function rect(view: DrawnView, level: Level, place: TilePlace): [number, number, number, number] {
    const { camera, size, ratio } = view;
    const scale = extentOf(size) * camera.zoom;
    // Edges are whole pixels, so that neighbours neither overlap nor leave a gap.
    const x = (unit: number): number =>
      Math.round((size.width / 2 + (unit - camera.x) * scale) * ratio);
    const y = (unit: number): number =>
      Math.round((size.height / 2 + (unit - camera.y) * scale) * ratio);
    const unit = level.tile / level.side;
    const [left, top] = [x(place.column * unit), y(place.row * unit)];
    return [left, top, x((place.column + 1) * unit) - left, y((place.row + 1) * unit) - top];
  }

  function put(view: DrawnView, level: Level, place: TilePlace, opacity: number): boolean {
    const sheet = sheets.get(level.side, place);
    if (!sheet || opacity <= 0) return sheet !== null;
    context.globalAlpha = opacity;
    context.drawImage(sheet.bitmap, ...rect(view, level, place));
    return true;
  }

  /** What coarser grids have in place of a tile that is not there yet. */
  function stand(
    view: DrawnView,
    level: Level,
    place: TilePlace,
    opacity: number,
    coarser: readonly Level[],
  ): void {
    for (const other of coarser) {
      const inside = covering(level, place, other).filter((at) => sheets.get(other.side, at));
      if (inside.length === 0) continue;
      context.save();
      context.beginPath();
      context.rect(...rect(view, level, place));
      context.clip();
      for (const at of inside) put(view, other, at, opacity);
      context.restore();
      return;
    }
  }

  return {
    /** The grid that is shown, and the one that it takes the place of for a moment. */
    draw(view: DrawnView, level: Level, levels: readonly Level[]): boolean {
      const { canvas } = context;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = 1;
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (level !== shown) {
        // The same grid with other numbers (a build goes on) is no change of grids.
        if (shown && shown.side !== level.side) {
          before = shown;
          since = view.now;
        }
        shown = level;
      }
      const mix = view.still || !before ? 1 : Math.min(1, (view.now - since) / FADE);
      const cell = (extentOf(view.size) * view.camera.zoom * view.ratio) / level.side;
      const places = inSight(view, level, 0);
      let more = sheets.want(
        level,
        places,
        inSight(view, level, 1),
        pixelsFor(level, cell),
        view.now,
      );
      const coarser = levels.filter(({ side }) => side < level.side).reverse();
      if (before && before.side > level.side && mix < 1)
        for (const place of inSight(view, before, 0)) put(view, before, place, 1 - mix * mix);
      for (const place of places) {
        const sheet = sheets.get(level.side, place);
        if (!sheet) {
          stand(view, level, place, 1, coarser);
          continue;
        }
        const age = view.still ? 1 : (view.now - sheet.since) / FADE;
        const own = Math.min(mix, Math.max(0, Math.min(1, age)));
        if (own < 1) {
          more = true;
          if (!before || before.side <= level.side)
            stand(view, level, place, 1 - own * own, coarser);
        }
        put(view, level, place, own);
      }
      context.globalAlpha = 1;
      if (mix >= 1) before = null;
      return more || mix < 1;
    },
  };
}

/** Tiles in sight, from the middle outwards, and those `margin` tiles around it. */
export function inSight({ camera, size }: DrawnView, level: Level, margin: number): TilePlace[] {
  const [x0, y0, x1, y1] = boxOf(camera, size);
  const unit = level.tile / level.side;
  const last = Math.ceil(level.side / level.tile) - 1;
  const clamp = (value: number): number => Math.min(last, Math.max(0, Math.floor(value)));
  const places: TilePlace[] = [];
  if (x1 < 0 || y1 < 0 || x0 > 1 || y0 > 1) return places;
  for (let row = clamp(y0 / unit - margin); row <= clamp(y1 / unit + margin); row++)
    for (let column = clamp(x0 / unit - margin); column <= clamp(x1 / unit + margin); column++)
      places.push({ row, column });
  const away = ({ row, column }: TilePlace): number =>
    Math.hypot((column + 0.5) * unit - camera.x, (row + 0.5) * unit - camera.y);
  return places.sort((a, b) => away(a) - away(b));
}

/** Tiles of another grid that cover a tile. */
function covering(level: Level, { row, column }: TilePlace, other: Level): TilePlace[] {
  const [unit, cell] = [level.tile / level.side, other.tile / other.side];
  const places: TilePlace[] = [];
  const last = (first: number): number => Math.ceil(((first + 1) * unit) / cell - 1e-9) - 1;
  for (let r = Math.floor((row * unit) / cell + 1e-9); r <= last(row); r++)
    for (let c = Math.floor((column * unit) / cell + 1e-9); c <= last(column); c++)
      places.push({ row: r, column: c });
  return places;
}

/** Pixels an icon is made with where a cell takes so many on the screen. */
function pixelsFor({ size }: Level, cell: number): number {
  let pixels = size;
  while (pixels > 8 && pixels / 2 >= cell * 0.8) pixels /= 2;
  return Math.max(1, Math.round(pixels));
}
