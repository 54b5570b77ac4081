/** What the layer browser's stage offers to who loads it, and tells. */

import type { Picture } from "../lib/binary";
import type { TopItem } from "./detail";
import type { InputImage } from "./inputs";
import type { Full, Loaded } from "./large";
import type { ToolChoice } from "./tools";

export interface Choice extends ToolChoice {
  readonly image: number;
  readonly compare: number | null;
  readonly unit: number | null;
  readonly position: readonly [number, number] | null;
  readonly opacity: number;
}

export interface StageEvents {
  choose(change: Partial<Choice>): void;
  needThumbnails(start: number, stop: number): void;
  /** Look for what excites the chosen unit most. */
  search(): void;
  say(text: string): void;
}

export interface Stage {
  readonly element: HTMLElement;
  readonly scalebar: HTMLElement;
  show(choice: Choice): void;
  layer(loaded: Loaded): void;
  inputs(images: readonly InputImage[]): Promise<void>;
  full(channel: Full): void;
  top(
    found: { items: readonly TopItem[]; images: readonly TopItem[] } | null,
    word: string,
    canSearch: boolean,
  ): void;
  thumbnails(items: readonly { index: number; picture: Picture }[]): void;
  dark(on: boolean): void;
  /** Tile size: +1 larger, −1 smaller, 0 back to the usual. */
  zoom(direction: number): void;
  /** The channel `step` places on in the order shown. */
  neighbour(step: number): number | null;
  busy(on: boolean): void;
  focus(): void;
}
