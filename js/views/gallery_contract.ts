/** What the filter gallery's stage offers to who loads it, and tells. */

import type { GalleryChoice } from "./gallery_tools";
import type { Kernels, LayerFilters } from "./weights";

export interface GalleryEvents {
  choose(change: Partial<GalleryChoice>): void;
  say(text: string): void;
}

export interface Gallery {
  readonly element: HTMLElement;
  readonly scalebar: HTMLElement;
  show(choice: GalleryChoice): void;
  filters(filters: LayerFilters): void;
  kernels(kernels: Kernels): void;
  /** Why there are no kernels to see; "" takes it away. */
  missing(word: string): void;
  dark(on: boolean): void;
  zoom(direction: number): void;
  /** The filter whose kernels are shown: the chosen one, else the first in order. */
  current(): number | null;
  neighbour(step: number): number | null;
}
