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
