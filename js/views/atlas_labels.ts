/** Words on the atlas: the class that a cell speaks for, thinned so that they never crowd. */

import type { Level } from "../lib/atlas_level";
import { context2d } from "./surface";

export interface Label {
  readonly cell: number;
  readonly text: string;
}

interface Words {
  readonly bitmap: ImageBitmap;
  readonly width: number;
  readonly height: number;
}

/** Room that a label takes, in pixels, with some air. */
const WIDE = 118;
const HIGH = 46;
const LONGEST = 22;
const FONT = 11;

/** The first of a class's names, and no more of it than fits. */
export function shortName(name: string): string {
  const first = name.split(",")[0]?.trim() ?? "";
  return first.length > LONGEST ? `${first.slice(0, LONGEST - 1).trimEnd()}…` : first;
}

/**
 * One label for every block of cells, that of its densest cell, so that labels stay while one moves, and
 * halves of a block keep it while one zooms in. Of equal neighbours one is left.
 */
export function thinned(level: Level, cell: number, names: readonly string[]): Label[] {
  const power = (room: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(room / cell)));
  const [across, down] = [power(WIDE), power(HIGH)];
  const best = new Map<string, number>();
  for (let i = 0; i < level.count; i++) {
    const [row, column] = [
      Math.floor((level.cells[i] ?? 0) / level.side),
      (level.cells[i] ?? 0) % level.side,
    ];
    if ((level.classes[i * level.top] ?? -1) < 0) continue;
    const block = `${Math.floor(row / down)}/${Math.floor(column / across)}`;
    const there = best.get(block);
    if (there === undefined || (level.counts[i] ?? 0) > (level.counts[there] ?? 0))
      best.set(block, i);
  }
  const placed: { row: number; column: number; text: string }[] = [];
  const labels: Label[] = [];
  const order = [...best.values()].sort((a, b) => (level.counts[b] ?? 0) - (level.counts[a] ?? 0));
  for (const i of order) {
    const [row, column] = [
      Math.floor((level.cells[i] ?? 0) / level.side),
      (level.cells[i] ?? 0) % level.side,
    ];
    const text = shortName(names[level.classes[i * level.top] ?? -1] ?? "");
    const taken = placed.some((each) => {
      const [dx, dy] = [Math.abs(each.column - column) * cell, Math.abs(each.row - row) * cell];
      // Two near each other would overlap; the same word again tells nothing new.
      return (
        (dx < WIDE && dy < FONT * 1.6) || (each.text === text && dx < 2.2 * WIDE && dy < 3.2 * HIGH)
      );
    });
    if (taken || text === "") continue;
    placed.push({ row, column, text });
    labels.push({ cell: i, text });
  }
  return labels;
}

/** Words drawn once and then copied: text is the slowest thing to draw on a canvas. */
export function wordSprites(signal: AbortSignal) {
  const sprites = new Map<string, Words>();
  let style = "";
  const clear = (): void => {
    for (const { bitmap } of sprites.values()) bitmap.close();
    sprites.clear();
  };
  signal.addEventListener("abort", clear, { once: true });

  function make(text: string, ink: string, halo: string, ratio: number): Words {
    const canvas = new OffscreenCanvas(1, 1);
    const context = context2d(canvas);
    const font = `600 ${FONT}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;
    context.font = font;
    const width = Math.ceil(context.measureText(text).width) + 8;
    const height = FONT + 8;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    context.scale(ratio, ratio);
    context.font = font;
    context.textBaseline = "middle";
    context.textAlign = "center";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = halo;
    context.strokeText(text, width / 2, height / 2);
    context.fillStyle = ink;
    context.fillText(text, width / 2, height / 2);
    return { bitmap: canvas.transferToImageBitmap(), width, height };
  }

  return {
    of(text: string, ink: string, halo: string, ratio: number): Words {
      const now = `${ink}/${halo}/${ratio}`;
      if (now !== style || sprites.size > 600) clear();
      style = now;
      const found = sprites.get(text) ?? make(text, ink, halo, ratio);
      sprites.set(text, found);
      return found;
    },
  };
}
