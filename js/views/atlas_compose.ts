/** One tile as it is drawn: icons sized by density, inversions over patches, the map of a class as opacity. */

import { INVERSION, type Level, PATCH, share } from "../lib/atlas_level";
import { context2d } from "./surface";

export type IconKind = "patches" | "inversion";

export interface Look {
  /** 0: real patches, 1: inversions. */
  readonly blend: number;
  readonly density: number;
}

export interface TilePlace {
  readonly row: number;
  readonly column: number;
}

/** Inversions fade out at their border: what is cut off at each side. */
const CROP = 0.1;

/** The cells of a tile. */
export function* inTile(level: Level, { row, column }: TilePlace): Generator<number> {
  const { tile, side, at } = level;
  const bottom = Math.min(side, (row + 1) * tile);
  const right = Math.min(side, (column + 1) * tile);
  for (let r = row * tile; r < bottom; r++)
    for (let c = column * tile; c < right; c++) {
      const i = at[r * side + c] ?? -1;
      if (i >= 0) yield i;
    }
}

/** Which pictures a tile is made of. */
export function kindsOf(level: Level, place: TilePlace, { blend }: Look): IconKind[] {
  let [patches, inversions] = [false, false];
  for (const i of inTile(level, place)) {
    const has = level.icons[i] ?? 0;
    const inverted = (has & INVERSION) !== 0;
    // Where there is no patch an inversion is better than nothing, and the other way round.
    if (inverted && (blend > 0 || (has & PATCH) === 0)) inversions = true;
    if ((has & PATCH) !== 0 && (blend < 1 || !inverted)) patches = true;
  }
  return [
    ...(patches ? (["patches"] as const) : []),
    ...(inversions ? ["inversion" as const] : []),
  ];
}

/** Makes tiles on one canvas, which is used again and again. */
export function composer() {
  const scratch = new OffscreenCanvas(1, 1);
  const context = context2d(scratch);

  function put(
    art: ImageBitmap,
    level: Level,
    at: TilePlace,
    crop: number,
    [left, top, width]: readonly [number, number, number],
  ): void {
    const icon = art.width / level.tile;
    const cut = icon * crop;
    const side = icon - 2 * cut;
    context.drawImage(
      art,
      at.column * icon + cut,
      at.row * icon + cut,
      side,
      side,
      left,
      top,
      width,
      width,
    );
  }

  return function compose(
    level: Level,
    place: TilePlace,
    pixels: number,
    kinds: ReadonlyMap<IconKind, ImageBitmap>,
    look: Look,
    heat: Float32Array | undefined,
  ): ImageBitmap {
    scratch.width = level.tile * pixels;
    scratch.height = level.tile * pixels;
    context.imageSmoothingQuality = "medium";
    const [patches, inversions] = [kinds.get("patches"), kinds.get("inversion")];
    for (const i of inTile(level, place)) {
      const cell = level.cells[i] ?? 0;
      const column = (cell % level.side) - place.column * level.tile;
      const row = Math.floor(cell / level.side) - place.row * level.tile;
      const width = pixels * share(level, i, look.density) - Math.min(1, pixels / 32);
      const box = [
        (column + 0.5) * pixels - width / 2,
        (row + 0.5) * pixels - width / 2,
        width,
      ] as const;
      const opacity = heat?.[i] ?? 1;
      const has = level.icons[i] ?? 0;
      const inverted = (has & INVERSION) !== 0 && inversions;
      const strength = !inverted ? 0 : (has & PATCH) === 0 ? 1 : look.blend;
      if ((has & PATCH) !== 0 && patches && strength < 1) {
        context.globalAlpha = opacity;
        put(patches, level, { row, column }, 0, box);
      }
      if (inverted && strength > 0) {
        context.globalAlpha = opacity * strength;
        put(inverted, level, { row, column }, CROP, box);
      }
    }
    return scratch.transferToImageBitmap();
  };
}
