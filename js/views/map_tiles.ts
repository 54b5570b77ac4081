/** Maps side by side, each with its name: a click chooses one, a click on the chosen one opens it. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import type { ChannelMap } from "./channels";
import { type Heat, heat } from "./heat";
import type { Colours } from "./map_colours";
import { setAttribute, setText } from "./surface";

export interface TileMap {
  readonly name: string;
  readonly label: string;
  readonly chosen: boolean;
  /** Null with a sentence on why there is none. */
  readonly map: (Colours & { readonly map: ChannelMap }) | null;
  readonly trouble: string;
}

export interface TilesContent {
  readonly image: ImageBitmap | null;
  readonly size: readonly [number, number];
  readonly tiles: readonly TileMap[];
  readonly opacity: number;
  readonly smooth: boolean;
  /** Print each map's own scale under it. */
  readonly scales: boolean;
}

export interface TileEvents {
  hover(tile: number, unit: readonly [number, number] | null): void;
  choose(tile: number): void;
}

interface Tile {
  readonly element: HTMLElement;
  readonly view: Heat;
  readonly name: HTMLButtonElement;
  readonly scale: HTMLElement;
  readonly trouble: HTMLElement;
}

export function mapTiles(events: TileEvents, signal: AbortSignal) {
  const element = h("div", { class: "map-tiles", role: "group", "aria-label": "maps" });
  const tiles: Tile[] = [];

  function tile(i: number): Tile {
    const known = tiles[i];
    if (known) return known;
    const view = heat({ hover: (unit) => events.hover(i, unit) }, signal);
    const name = button({ label: "", text: true, signal, onClick: () => events.choose(i) });
    name.classList.add("map-name");
    const scale = h("span", { class: "caption" });
    const trouble = h("p", { class: "caption map-trouble" });
    view.element.addEventListener("click", () => events.choose(i), { signal });
    const made = {
      element: h("figure", { class: "map-tile" }, name, view.element, trouble, scale),
      view,
      name,
      scale,
      trouble,
    };
    tiles[i] = made;
    element.append(made.element);
    return made;
  }

  return {
    element,
    show({ image, size, tiles: shown, opacity, smooth, scales }: TilesContent) {
      for (const extra of tiles.slice(shown.length)) extra.element.hidden = true;
      shown.forEach(({ name, label, chosen, map, trouble }, i) => {
        const own = tile(i);
        own.element.hidden = false;
        own.element.toggleAttribute("data-chosen", chosen);
        setText(own.name, name);
        setAttribute(own.name, "title", label);
        setAttribute(own.name, "aria-pressed", String(chosen));
        setText(own.trouble, trouble);
        own.trouble.hidden = trouble === "";
        own.scale.hidden = !scales;
        setText(own.scale, map ? map.domain.map((end) => number(end)).join(" … ") : "\u00a0");
        own.view.show({
          image,
          size,
          map: map?.map ?? null,
          field: null,
          position: null,
          colour: map?.colour ?? "grey",
          domain: map?.domain ?? [0, 1],
          opacity,
          smooth,
          grey: true,
          label,
        });
      });
    },
  };
}
