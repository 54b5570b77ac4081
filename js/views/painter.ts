/** What paints many points: on the graphics card where there is one, else by the processor. */

import type { Camera, Size } from "../lib/plane";
import { context2d } from "./surface";

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

/** A colour of the style sheet, however it is written; white where it is none. */
export function rgba(css: string): Paint {
  const context = context2d(new OffscreenCanvas(1, 1));
  context.fillStyle = "white";
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
  return [r / 255, g / 255, b / 255, a / 255];
}

export function cssOf([r, g, b, a]: Paint): string {
  return `rgb(${Math.round(255 * r)} ${Math.round(255 * g)} ${Math.round(255 * b)} / ${a})`;
}

/** Codes for a number of points: those that there are, else all of one kind. */
export function fitting(codes: Uint16Array, count: number): Uint16Array {
  return codes.length === count ? codes : new Uint16Array(count);
}
