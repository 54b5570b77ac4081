// Small pictures of points: asked for in sheets when they come into sight, kept while there is room.

import type { NdArray, Picture } from "./binary";

/** A sheet of small pictures: which points, in reading order, in cells of one size. */
export interface SpriteSheet {
  readonly points: NdArray;
  readonly picture: Picture;
  readonly columns: number;
  readonly cell: number;
  /** Width and height of each picture inside its cell, in pixels. */
  readonly sizes: NdArray;
}

export interface Thumbnail {
  readonly sheet: ImageBitmap;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Thumbnails {
  get(point: number): Thumbnail | undefined;
  /** Points whose pictures are wanted now, the most wanted first; each place has wants of its own. */
  want(points: readonly number[], place: Place): void;
  /** Take in a sheet that came by another way. */
  add(sheet: SpriteSheet): Promise<void>;
  /** Points that have pictures. */
  readonly known: ReadonlySet<number>;
}

/** Who shows pictures. */
export type Place = "map" | "selection" | "neighbours";

/** Pictures in one sheet; as in src/convscope/widgets/_scatter_album.py. */
export const SHEET = 64;
/** Pictures kept. */
const KEEP = 3000;

export function thumbnails(
  load: (points: number[]) => Promise<SpriteSheet | null>,
  arrived: () => void,
  signal: AbortSignal,
): Thumbnails {
  const held = new Map<number, Thumbnail>();
  const known = new Set<number>();
  const missing = new Set<number>();
  const uses = new Map<ImageBitmap, number>();
  // Who asked last goes first.
  const wants = new Map<Place, readonly number[]>();
  const wanted = (): number[] => [...wants.values()].reverse().flat();
  let loading = false;

  signal.addEventListener(
    "abort",
    () => {
      for (const bitmap of uses.keys()) bitmap.close();
      held.clear();
    },
    { once: true },
  );

  function drop(point: number): void {
    const old = held.get(point);
    if (!old) return;
    held.delete(point);
    known.delete(point);
    const left = (uses.get(old.sheet) ?? 1) - 1;
    if (left > 0) uses.set(old.sheet, left);
    else {
      uses.delete(old.sheet);
      old.sheet.close();
    }
  }

  async function add({ points, picture, columns, cell, sizes }: SpriteSheet): Promise<void> {
    const sheet = await createImageBitmap(picture.blob);
    if (signal.aborted || points.data.length === 0) {
      sheet.close();
      return;
    }
    uses.set(sheet, points.data.length);
    Array.from(points.data).forEach((point, k) => {
      const [width, height] = [sizes.data[2 * k] as number, sizes.data[2 * k + 1] as number];
      const x = (k % columns) * cell;
      const y = Math.floor(k / columns) * cell;
      drop(point);
      held.set(point, { sheet, x, y, width, height });
      known.add(point);
    });
    const needed = new Set(wanted());
    for (const point of held.keys()) {
      if (held.size <= KEEP) break;
      if (!needed.has(point)) drop(point);
    }
    arrived();
  }

  async function pump(): Promise<void> {
    if (loading) return;
    loading = true;
    try {
      for (;;) {
        const lacking = wanted().filter((i) => !held.has(i) && !missing.has(i));
        const next = [...new Set(lacking)].slice(0, SHEET);
        if (next.length === 0 || signal.aborted) return;
        const sheet = await load(next);
        if (sheet) await add(sheet);
        // What did not come now is not asked for again and again.
        for (const point of next) if (!held.has(point)) missing.add(point);
      }
    } finally {
      loading = false;
    }
  }

  return {
    known,
    get(point) {
      const found = held.get(point);
      if (found) {
        held.delete(point); // used last: leaves last
        held.set(point, found);
      }
      return found;
    },
    want(points, place) {
      wants.delete(place);
      wants.set(place, points);
      void pump();
    },
    add,
  };
}

/** Cuts one sheet into its pictures, which live until the next one or the signal. */
export function sheetCutter(
  signal: AbortSignal,
): (sheet: SpriteSheet | null) => Promise<Thumbnail[]> {
  let bitmap: ImageBitmap | null = null;
  signal.addEventListener("abort", () => bitmap?.close(), { once: true });
  return async (sheet) => {
    const whole = sheet ? await createImageBitmap(sheet.picture.blob) : null;
    // What is still drawn goes only now that the next one is here.
    bitmap?.close();
    bitmap = whole;
    if (signal.aborted) whole?.close();
    if (!sheet || !whole) return [];
    return Array.from(sheet.points.data, (_, k) => ({
      sheet: whole,
      x: (k % sheet.columns) * sheet.cell,
      y: Math.floor(k / sheet.columns) * sheet.cell,
      width: sheet.sizes.data[2 * k] ?? 1,
      height: sheet.sizes.data[2 * k + 1] ?? 1,
    }));
  };
}
