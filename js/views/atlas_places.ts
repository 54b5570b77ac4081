/** Where an image's positions fall: on every pane, and beside the image itself. */

import type { PathAnswer } from "../lib/atlas_calls";
import type { AtlasPane } from "./atlas_pane";
import { atlasPath } from "./atlas_path";

export interface PlacesParts {
  readonly panes: () => readonly AtlasPane[];
  /** The layer whose path stands beside the image. */
  readonly layer: () => string;
  readonly locate: (layer: string, image: number | File) => Promise<PathAnswer | null>;
  readonly go: (at: readonly [number, number]) => void;
  readonly closed: () => void;
}

export function atlasPlaces(parts: PlacesParts, signal: AbortSignal) {
  const { panes, layer } = parts;
  const located = new Map<string, PathAnswer>();
  /** An image of the atlas by its number, or a file that was dropped in. */
  let of: number | File | null = null;
  const inset = atlasPath(
    {
      lit(position) {
        for (const pane of panes()) pane.lit(position);
      },
      go(position) {
        const xy = located.get(layer())?.xy.data;
        const [x, y] = [xy?.[2 * position], xy?.[2 * position + 1]];
        if (x !== undefined && y !== undefined && !Number.isNaN(x)) parts.go([x, y]);
      },
      close() {
        clear();
        parts.closed();
      },
    },
    signal,
  );

  function clear(): void {
    of = null;
    located.clear();
    for (const pane of panes()) pane.path(null);
    inset.show(null);
  }

  function show(name: string, found: PathAnswer): void {
    located.set(name, found);
    const { xy, rows, columns } = found;
    const path = { xy: xy.data, rows, columns, lit: -1 };
    for (const pane of panes()) if (pane.layer === name) pane.path(path);
    if (name === layer()) inset.show(found);
  }

  async function locate(): Promise<void> {
    const image = of;
    if (image === null) return;
    for (const pane of panes()) {
      const found = located.get(pane.layer) ?? (await parts.locate(pane.layer, image));
      if (of !== image) return;
      if (found) show(pane.layer, found);
    }
  }

  return {
    element: inset.element,
    /** The chosen image; an image that was dropped in stays until another is chosen. */
    choose(image: number | null): void {
      if (image === of || (image === null && of instanceof File)) return;
      clear();
      of = image;
      void locate();
    },
    dropped(file: File): void {
      clear();
      of = file;
      void locate();
    },
    close: clear,
    /** Other panes are open, or another layer is the first one. */
    renew(): void {
      const found = located.get(layer());
      if (found) inset.show(found);
      void locate();
    },
  };
}
