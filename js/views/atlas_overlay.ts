/** What lies over the icons: labels, the cell that is pointed at, the chosen one, places of images. */

import { type Camera, extentOf, type Size, toScreen } from "../lib/atlas_camera";
import { type Level, middleOf, share } from "../lib/atlas_level";
import { type Label, thinned, wordSprites } from "./atlas_labels";

/** Places of one image's positions, row by row. */
export interface Path {
  /** x, y, x, y, … in the unit square; NaN where a position has none. */
  readonly xy: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The position that is pointed at, −1 for none. */
  readonly lit: number;
}

export interface Ink {
  readonly text: string;
  readonly paper: string;
  readonly accent: string;
  /** The places of an image, which must be told from anything that icons show. */
  readonly path: string;
}

export interface Over {
  readonly level: Level | null;
  readonly names: readonly string[];
  readonly labels: boolean;
  readonly density: number;
  readonly hovered: number;
  readonly chosen: { readonly side: number; readonly cell: number } | null;
  /** Samples of a cell that was chosen elsewhere: x, y, x, y, … */
  readonly marks: Float32Array | null;
  readonly path: Path | null;
  readonly ink: Ink;
}

export function atlasOverlay(context: CanvasRenderingContext2D, signal: AbortSignal) {
  const words = wordSprites(signal);
  let thin: { level: Level; names: readonly string[]; step: number; labels: Label[] } | null = null;

  function labelsFor({ level, names }: Over, cell: number): Label[] {
    if (!level) return [];
    // Labels change when the zoom has doubled, not with each frame.
    const step = Math.floor(Math.log2(cell) * 2);
    if (!thin || thin.level !== level || thin.names !== names || thin.step !== step)
      thin = { level, names, step, labels: thinned(level, 2 ** (step / 2), names) };
    return thin.labels;
  }

  function outline(view: View, over: Over, cell: number, width: number, colour: string): void {
    const { level, density, ink } = over;
    if (!level || cell < 0 || cell >= level.count) return;
    const side = (extentOf(view.size) * view.camera.zoom) / level.side;
    const icon = Math.max(6, side * share(level, cell, density)) + width;
    const [x, y] = toScreen(view.camera, view.size, middleOf(level, cell));
    frame(x - icon / 2, y - icon / 2, icon, width, colour, ink.paper);
  }

  function frame(x: number, y: number, side: number, width: number, ...colours: string[]): void {
    [...colours].reverse().forEach((colour, i) => {
      context.lineWidth = i === 0 ? width + 2 : width;
      context.strokeStyle = colour;
      context.strokeRect(x, y, side, side);
    });
  }

  /** The chosen cell: its icon, or where another grid is shown all that lies in it. */
  function drawChosen(view: View, over: Over): void {
    const { level, chosen, ink } = over;
    if (!level || !chosen) return;
    const { side, cell } = chosen;
    if (side === level.side) {
      outline(view, over, level.at[cell] ?? -1, 2.5, ink.accent);
      return;
    }
    const corner = [(cell % side) / side, Math.floor(cell / side) / side] as const;
    const width = (extentOf(view.size) * view.camera.zoom) / side;
    frame(...toScreen(view.camera, view.size, corner), width, 2.5, ink.accent, ink.paper);
  }

  function drawLabels(view: View, over: Over): void {
    const { level, density, ink } = over;
    if (!level || !over.labels) return;
    const side = (extentOf(view.size) * view.camera.zoom) / level.side;
    const { width, height } = view.size;
    for (const { cell, text } of labelsFor(over, side)) {
      const [x, y] = toScreen(view.camera, view.size, middleOf(level, cell));
      const below = y + (side * share(level, cell, density)) / 2;
      if (x < -80 || y < -30 || x > width + 80 || below > height + 30) continue;
      const word = words.of(text, ink.text, ink.paper, view.ratio);
      context.drawImage(
        word.bitmap,
        snapped(x - word.width / 2, view.ratio),
        snapped(below - word.height * 0.45, view.ratio),
        word.width,
        word.height,
      );
    }
  }

  function dot(x: number, y: number, radius: number, colour: string, rim: string): void {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = rim;
    context.stroke();
  }

  function drawPath(view: View, path: Path, ink: Ink): void {
    const at = (i: number): readonly [number, number] | null => {
      const [x, y] = [path.xy[2 * i], path.xy[2 * i + 1]] as [number, number];
      return Number.isNaN(x) ? null : toScreen(view.camera, view.size, [x, y]);
    };
    context.beginPath();
    for (let row = 0; row < path.rows; row++)
      for (let k = 0; k < path.columns; k++) {
        // To and fro, so that neighbours on the line are neighbours in the image.
        const column = row % 2 ? path.columns - 1 - k : k;
        const place = at(row * path.columns + column);
        if (place) context.lineTo(...place);
      }
    context.lineJoin = "round";
    context.lineWidth = 1;
    context.globalAlpha = 0.35;
    context.strokeStyle = ink.path;
    context.stroke();
    context.globalAlpha = 1;
    for (let i = 0; i < path.rows * path.columns; i++) {
      const place = at(i);
      if (place && i !== path.lit) dot(...place, 3.5, ink.path, ink.paper);
    }
    const lit = path.lit < 0 ? null : at(path.lit);
    if (lit) dot(...lit, 8, ink.path, ink.text);
  }

  return {
    draw(view: View, over: Over): void {
      const { ratio, size } = view;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.globalAlpha = 1;
      context.clearRect(0, 0, size.width, size.height);
      drawLabels(view, over);
      if (over.path) drawPath(view, over.path, over.ink);
      const { marks, ink } = over;
      for (let i = 0; marks && i < marks.length; i += 2) {
        const [x, y] = [marks[i], marks[i + 1]] as [number, number];
        if (!Number.isNaN(x)) dot(...toScreen(view.camera, size, [x, y]), 4, ink.accent, ink.paper);
      }
      outline(view, over, over.hovered, 1.5, ink.text);
      drawChosen(view, over);
    },
  };
}

export interface View {
  readonly camera: Camera;
  readonly size: Size;
  readonly ratio: number;
}

function snapped(value: number, ratio: number): number {
  return Math.round(value * ratio) / ratio;
}

/** The colours of the page that an element stands in. */
export function inkOf(element: HTMLElement, dark: boolean): Ink {
  const style = getComputedStyle(element);
  const colour = (token: string, other: string): string =>
    style.getPropertyValue(token).trim() || other;
  return {
    text: colour("--cv-text", "#1d2026"),
    paper: colour("--cv-bg", "#ffffff"),
    accent: colour("--cv-accent", "#2463c5"),
    path: dark ? "#ff7ad9" : "#c2128f",
  };
}
