/** Where tiles stand when they flow in rows, and which of them a window shows. */

export interface Flow {
  readonly columns: number;
  readonly rows: number;
  /** Height of all rows together in CSS pixels. */
  readonly height: number;
  /** Left and top of tile `i`. */
  place(i: number): { x: number; y: number };
  /** The tile under a point, or null in a gap or outside. */
  at(x: number, y: number): number | null;
  /** First and one-past-last tile that touch the window `top … top + height`. */
  window(top: number, height: number): readonly [number, number];
}

/** Flow `count` tiles of `tile` [width, height] in a box `width` wide. */
export function flow(
  count: number,
  width: number,
  tile: readonly [number, number],
  gap: number,
): Flow {
  const [w, h] = tile;
  const columns = Math.max(1, Math.floor((width + gap) / (w + gap)));
  const rows = Math.ceil(count / columns);
  return {
    columns,
    rows,
    height: Math.max(0, rows * (h + gap) - gap),
    place: (i) => ({ x: (i % columns) * (w + gap), y: Math.floor(i / columns) * (h + gap) }),
    at(x, y) {
      const column = Math.floor(x / (w + gap));
      const row = Math.floor(y / (h + gap));
      if (x < 0 || y < 0 || column >= columns) return null;
      if (x - column * (w + gap) >= w || y - row * (h + gap) >= h) return null;
      const i = row * columns + column;
      return i < count ? i : null;
    },
    window(top, tall) {
      const first = Math.max(0, Math.floor(top / (h + gap)));
      const last = Math.ceil((top + tall) / (h + gap));
      return [Math.min(count, first * columns), Math.min(count, last * columns)];
    },
  };
}

/** The largest side at which `count` square tiles all fit a box, between two bounds. */
export function fillingSize(
  count: number,
  [width, height]: readonly [number, number],
  [least, most]: readonly [number, number],
  gap = 4,
): number {
  let best = least;
  for (let columns = 1; columns <= count; columns++) {
    const wide = Math.floor((width + gap) / columns) - gap;
    const tall = Math.floor((height + gap) / Math.ceil(count / columns)) - gap;
    if (wide <= best) break;
    best = Math.max(best, Math.min(wide, tall, most));
  }
  return best;
}
