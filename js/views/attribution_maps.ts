/** The maps of the attribution widget: one or two large, or several side by side, with their scale. */

import type { Choice } from "../lib/attribution_choice";
import { h } from "../lib/dom";
import {
  choiceOf,
  foundMaps,
  isChosen,
  largeMaps,
  mapLabel,
  restWords,
  type Shown,
  tileMaps,
  valueWords,
} from "./attribution_shown";
import type { Colours } from "./map_colours";
import { mapLarge } from "./map_large";
import { mapTiles } from "./map_tiles";
import { scalebar } from "./scalebar";

/** What is shown, over which image. */
export interface Looked extends Shown {
  readonly bitmap: ImageBitmap | null;
  readonly size: readonly [number, number];
}

export interface MapsEvents {
  choose(change: Partial<Choice>): void;
  /** A position is pointed at while positions are traced; null for the one that is chosen. */
  point(position: readonly [number, number] | null): void;
  say(text: string): void;
}

export function attributionMaps(looked: () => Looked, events: MapsEvents, signal: AbortSignal) {
  const bar = scalebar();
  const large = mapLarge(
    {
      hover: hoverLarge,
      choose(unit, side) {
        if (hasPositions(side)) events.choose({ position: [...unit] });
      },
      wipe: (wipe) => events.choose({ wipe }),
    },
    signal,
  );
  const tiles = mapTiles({ hover: hoverTile, choose: chooseTile }, signal);

  /** Positions belong to the layer's own map, which another method or a difference may not show. */
  function hasPositions(side: number): boolean {
    return foundMaps(looked())[side]?.layer === looked().choice.layer;
  }

  /** The position that is chosen, where the map that is shown has positions. */
  function pinned(): readonly [number, number] | null {
    return hasPositions(0) ? looked().choice.position : null;
  }

  function showLarge(): void {
    const now = looked();
    const over = largeMaps(now);
    large.show({
      image: now.bitmap,
      size: now.size,
      maps: over,
      position: pinned(),
      opacity: now.choice.opacity,
      smooth: now.choice.smooth,
      share: now.choice.wipe,
    });
    mark(null, 0);
    showBar(over[0] ?? null, null);
  }

  function showTiles(): void {
    const now = looked();
    const { tiles: side, shared } = tileMaps(now);
    tiles.show({
      image: now.bitmap,
      size: now.size,
      opacity: now.choice.opacity,
      smooth: now.choice.smooth,
      scales: !shared,
      tiles: side,
    });
    showBar(shared && { ...shared, name: "" }, null);
  }

  function chooseTile(i: number): void {
    const now = looked();
    const each = now.found[i];
    if (!each || "error" in each) return;
    const change = choiceOf(each, now);
    events.choose(isChosen(change, now) ? { mode: "large" } : change);
  }

  function hoverTile(i: number, unit: readonly [number, number] | null): void {
    const { found, about } = looked();
    const each = found[i];
    if (!unit || !each || "error" in each) rest();
    else events.say(valueWords(mapLabel(each, about), each.map, unit));
  }

  function hoverLarge(unit: readonly [number, number] | null, side: number): void {
    const map = largeMaps(looked())[side];
    if (looked().choice.trace && hasPositions(side)) events.point(unit);
    if (!unit || !map) {
      mark(null, 0);
      rest();
      return;
    }
    mark(unit, side);
    showBar(map, map.map.data[unit[0] * map.map.width + unit[1]] ?? null);
    events.say(valueWords(map.label, map.map, unit));
  }

  /** Outline the position that is pointed at, else the one that is chosen. */
  function mark(unit: readonly [number, number] | null, side: number): void {
    const map = foundMaps(looked())[side]?.map ?? null;
    const coarse = map && map.height * map.width <= 64 * 64;
    large.mark(coarse ? map : null, looked().size, unit ?? pinned());
  }

  function showBar(map: (Colours & { readonly name: string }) | null, value: number | null): void {
    const { mode } = looked().choice;
    bar.element.hidden = !map;
    if (!map) return;
    const { colour, domain } = map;
    const label =
      mode === "multiples" ? "one scale for all" : mode === "difference" ? map.name : "raw value";
    bar.show({ map: colour, domain, label, value });
  }

  /** What stands there while nothing is pointed at: the chosen position, else what is shown. */
  function rest(): void {
    const now = looked();
    const [one] = now.choice.mode === "multiples" ? [] : largeMaps(now);
    const chosen = pinned();
    events.say(one && chosen ? valueWords(one.label, one.map, chosen) : restWords(now));
    if (one) showBar(one, null);
  }

  return {
    element: h("div", { class: "attr-maps" }, large.element, tiles.element),
    scalebar: bar.element,
    rest,
    refresh(): void {
      const several = looked().choice.mode === "multiples";
      large.element.hidden = several;
      tiles.element.hidden = !several;
      if (several) showTiles();
      else showLarge();
    },
    focus: large.focus,
  };
}
