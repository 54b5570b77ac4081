/** Deep in an atlas: the single patches of a cell, each where its sample lies. */

import type { CellAnswer } from "../lib/atlas_calls";
import { boxOf, extentOf, toScreen } from "../lib/atlas_camera";
import type { Level } from "../lib/atlas_level";
import { tileLoader } from "../lib/tile_loader";
import type { DrawnView } from "./atlas_drawing";

/** Pixels of a cell from which its samples are shown one by one. */
export const SINGLE_FROM = 150;
const WHOLE = 190;
const SMALLEST = 34;
const LARGEST = 88;

interface Shown {
  readonly samples: CellAnswer;
  readonly bitmap: ImageBitmap;
}

export interface AtlasSingles {
  /** Draw those in sight over their cells; null where cells are too small for it. */
  draw(
    context: CanvasRenderingContext2D,
    view: DrawnView,
    level: Level | null,
    paper: string,
  ): void;
  stale(side: number): void;
}

export function atlasSingles(
  load: (side: number, cell: number, signal: AbortSignal) => Promise<CellAnswer | null>,
  failed: (reason: unknown) => void,
  changed: () => void,
  signal: AbortSignal,
): AtlasSingles {
  const cells = tileLoader<Shown>(
    {
      async load(key, stop) {
        const [side, cell] = key.split("/").map(Number) as [number, number];
        const samples = await load(side, cell, stop);
        if (!samples?.patches) return null;
        return { samples, bitmap: await createImageBitmap(samples.patches.blob) };
      },
      dropped: ({ bitmap }) => bitmap.close(),
      arrived: changed,
      failed,
      most: 2,
      keep: 120,
    },
    signal,
  );

  function inSight(view: DrawnView, level: Level): number[] {
    const [x0, y0, x1, y1] = boxOf(view.camera, view.size);
    const first = (value: number): number => Math.max(0, Math.floor(value * level.side));
    const found: number[] = [];
    for (let row = first(y0); row < Math.min(level.side, y1 * level.side); row++)
      for (let column = first(x0); column < Math.min(level.side, x1 * level.side); column++)
        if ((level.at[row * level.side + column] ?? -1) >= 0) found.push(row * level.side + column);
    const away = (cell: number): number =>
      Math.hypot(
        ((cell % level.side) + 0.5) / level.side - view.camera.x,
        (Math.floor(cell / level.side) + 0.5) / level.side - view.camera.y,
      );
    return found.sort((a, b) => away(a) - away(b));
  }

  return {
    draw(context, view, level, paper) {
      if (!level) {
        cells.want([]);
        return;
      }
      const { camera, size, ratio } = view;
      const cell = (extentOf(size) * camera.zoom) / level.side;
      const seen = inSight(view, level);
      cells.want(seen.map((each) => `${level.side}/${each}`));
      const strength = Math.min(1, (cell - SINGLE_FROM) / (WHOLE - SINGLE_FROM));
      const width = Math.min(LARGEST, Math.max(SMALLEST, cell * 0.22));
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.imageSmoothingQuality = "medium";
      const there = seen.flatMap((each) => {
        const found = cells.get(`${level.side}/${each}`);
        return found ? [{ each, found }] : [];
      });
      context.globalAlpha = strength;
      context.fillStyle = paper;
      for (const { each } of there) {
        const corner = [
          (each % level.side) / level.side,
          Math.floor(each / level.side) / level.side,
        ] as const;
        context.fillRect(...toScreen(camera, size, corner), cell, cell);
      }
      for (const { found } of there) {
        const { samples, bitmap } = found;
        const patch = bitmap.height;
        for (let i = samples.images.data.length - 1; i >= 0; i--) {
          const at = [samples.xy.data[2 * i] ?? 0, samples.xy.data[2 * i + 1] ?? 0] as const;
          const [x, y] = toScreen(camera, size, at);
          context.drawImage(
            bitmap,
            i * patch,
            0,
            patch,
            patch,
            x - width / 2,
            y - width / 2,
            width,
            width,
          );
        }
      }
      context.globalAlpha = 1;
    },
    stale(side) {
      cells.stale((key) => key.startsWith(`${side}/`));
    },
  };
}
