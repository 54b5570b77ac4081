// Which points are where: cells over the square, for the nearest one, those in a shape, and one to stand for many.

/** Cells a side at most; 1,000,000 points then have one to a cell. */
const MOST = 1024;

export interface PointGrid {
  readonly count: number;
  /** The nearest point within a radius, -1 where there is none. */
  nearest(x: number, y: number, radius: number, wanted?: (i: number) => boolean): number;
  /** Points in a box. */
  within(x0: number, y0: number, x1: number, y1: number, visit: (i: number) => void): void;
  /** About how many points are in a box: whole cells count. */
  about(x0: number, y0: number, x1: number, y1: number): number;
}

export function pointGrid(xy: Float32Array): PointGrid {
  const count = xy.length / 2;
  const side = Math.min(MOST, Math.max(1, Math.ceil(Math.sqrt(count / 2))));
  const cellOf = (value: number): number =>
    Math.min(side - 1, Math.max(0, Math.floor(((value + 1) / 2) * side)));
  const at = (i: number): number =>
    cellOf(xy[2 * i + 1] as number) * side + cellOf(xy[2 * i] as number);
  // Points sorted by cell: start[c] … start[c + 1].
  const start = new Uint32Array(side * side + 1);
  for (let i = 0; i < count; i++) start[at(i) + 1] = (start[at(i) + 1] as number) + 1;
  for (let c = 0; c < side * side; c++)
    start[c + 1] = (start[c + 1] as number) + (start[c] as number);
  const next = start.slice();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const cell = at(i);
    const place = next[cell] as number;
    order[place] = i;
    next[cell] = place + 1;
  }

  function cells(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    visit: (from: number, to: number) => void,
  ): void {
    const [left, right] = [cellOf(x0), cellOf(x1)];
    for (let row = cellOf(y0); row <= cellOf(y1); row++)
      visit(start[row * side + left] as number, start[row * side + right + 1] as number);
  }

  function within(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    visit: (i: number) => void,
  ): void {
    cells(x0, y0, x1, y1, (from, to) => {
      for (let k = from; k < to; k++) {
        const i = order[k] as number;
        const [x, y] = [xy[2 * i] as number, xy[2 * i + 1] as number];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) visit(i);
      }
    });
  }

  return {
    count,
    within,
    nearest(x, y, radius, wanted) {
      let [best, least] = [-1, radius * radius];
      within(x - radius, y - radius, x + radius, y + radius, (i) => {
        const d = ((xy[2 * i] as number) - x) ** 2 + ((xy[2 * i + 1] as number) - y) ** 2;
        if (d <= least && (!wanted || wanted(i))) [best, least] = [i, d];
      });
      return best;
    },
    about(x0, y0, x1, y1) {
      let sum = 0;
      if (x1 < -1 || x0 > 1 || y1 < -1 || y0 > 1) return 0;
      cells(x0, y0, x1, y1, (from, to) => {
        sum += to - from;
      });
      return sum;
    },
  };
}

/** A bin of the screen, and the point that stands for all in it. */
export interface Bin {
  readonly point: number;
  readonly count: number;
}

/**
 * One point for each bin of about `width` units that holds any, in the box. Bins halve from power to power, and in each the
 * point of the lowest rank stands for all: who stands for a bin stands for one of its quarters too, so
 * that pictures stay while one zooms in. Ranks are a fixed shuffle; as in src/convscope/widgets/_scatter_album.py.
 */
export function representatives(
  grid: PointGrid,
  xy: Float32Array,
  box: readonly [number, number, number, number],
  width: number,
  wanted?: (i: number) => boolean,
): Bin[] {
  const bins = new Map<number, { point: number; rank: number; count: number }>();
  const unit = 2 ** Math.ceil(Math.log2(width));
  const columns = Math.ceil(4 / unit) + 1;
  grid.within(...box, (i) => {
    if (wanted && !wanted(i)) return;
    const column = Math.floor(((xy[2 * i] as number) + 2) / unit);
    const row = Math.floor(((xy[2 * i + 1] as number) + 2) / unit);
    const key = row * columns + column;
    const rank = rankOf(i);
    const bin = bins.get(key);
    if (!bin) bins.set(key, { point: i, rank, count: 1 });
    else {
      bin.count++;
      if (rank < bin.rank) [bin.point, bin.rank] = [i, rank];
    }
  });
  return [...bins.values()].map(({ point, count }) => ({ point, count }));
}

/** A fixed shuffle of the whole numbers below 2³² (Mueller's hash). */
export function rankOf(i: number): number {
  let x = Math.imul((i >>> 16) ^ i, 0x45d9f3b);
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b);
  return ((x >>> 16) ^ x) >>> 0;
}

/** The points in a closed polygon (x, y, x, y, …), by the even–odd rule. */
export function inPolygon(grid: PointGrid, xy: Float32Array, polygon: readonly number[]): number[] {
  const xs = polygon.filter((_, i) => i % 2 === 0);
  const ys = polygon.filter((_, i) => i % 2 === 1);
  const found: number[] = [];
  if (xs.length < 3) return found;
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
  grid.within(...box, (i) => {
    if (inside(xs, ys, xy[2 * i] as number, xy[2 * i + 1] as number)) found.push(i);
  });
  return found.sort((a, b) => a - b);
}

function inside(xs: readonly number[], ys: readonly number[], x: number, y: number): boolean {
  let within = false;
  for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
    const [xa, ya, xb, yb] = [xs[a], ys[a], xs[b], ys[b]] as [number, number, number, number];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) within = !within;
  }
  return within;
}
