/** What paints many points: on the graphics card where there is one, else by the processor. */

import type { Camera, Size } from "../lib/plane";

export interface Dots {
  /** Positions in the square (x, y, x, y, …). */
  readonly xy: Float32Array;
  /** Which colour each point has. */
  readonly codes: Uint16Array;
}

/** A colour (0 to 1 each) and how much of the ground it covers. */
export type Paint = readonly [r: number, g: number, b: number, a: number];

export interface Painter {
  readonly canvas: HTMLCanvasElement;
  /** Whether the graphics card is at work. */
  readonly fast: boolean;
  /** New positions or codes; with a time in ms the points move there. Ends when they are drawn. */
  dots(dots: Dots, moving?: number): Promise<void>;
  colours(palette: readonly Paint[], ground: Paint): void;
  /** How large points are (in pixels) and how much each covers. */
  look(size: number, opacity: number): void;
  select(points: readonly number[]): void;
  view(camera: Camera, size: Size): void;
  destroy(): void;
}

/** A colour of the style sheet. */
export function rgba(css: string): Paint {
  const hex = /^#([0-9a-f]{6})$/i.exec(css.trim())?.[1];
  if (hex)
    return [0, 2, 4]
      .map((k) => Number.parseInt(hex.slice(k, k + 2), 16) / 255)
      .concat(1) as unknown as Paint;
  const [r = 255, g = 255, b = 255] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return [r / 255, g / 255, b / 255, 1];
}

export function cssOf([r, g, b, a]: Paint): string {
  return `rgb(${Math.round(255 * r)} ${Math.round(255 * g)} ${Math.round(255 * b)} / ${a})`;
}

/** Codes for a number of points: those that there are, else all of one kind. */
export function fitting(codes: Uint16Array, count: number): Uint16Array {
  return codes.length === count ? codes : new Uint16Array(count);
}
