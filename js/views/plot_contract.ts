/** What the map offers to who shows it, and tells. */

import type { Paint } from "./painter";
import type { Merge, Tool } from "./plot_input";
import type { Landed } from "./plot_overlay";

export interface Colouring {
  readonly codes: Uint16Array;
  readonly palette: readonly Paint[];
  /** Colour codes that are set aside; their points can't be met. */
  readonly hidden: ReadonlySet<number>;
}

export interface PlotEvents {
  hover(point: number, x: number, y: number): void;
  choose(point: number | null): void;
  select(points: number[], merge: Merge): void;
  hint(): void;
}

export interface Plot {
  readonly element: HTMLElement;
  readonly fast: boolean;
  /** New positions in the square; `moving` lets the points travel there. */
  points(xy: Float32Array, moving: boolean): Promise<void>;
  colour(colouring: Colouring): void;
  /** 0: points only; 1: pictures wherever they fit. */
  pictures(share: number): void;
  selection(points: readonly number[]): void;
  chosen(point: number | null, near: readonly number[]): void;
  landed(landed: Landed | null): void;
  tool(tool: Tool): void;
  theme(): void;
  zoomBy(factor: number): void;
  panBy(dx: number, dy: number): void;
  fit(): void;
  /** Bring points into sight. */
  goTo(points: readonly number[]): void;
  redraw(): void;
}
