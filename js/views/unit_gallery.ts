/** All units of a layer: what excites each, made and real side by side, as far as it has come. */

import { button, select } from "../lib/controls";
import { h } from "../lib/dom";
import type { GalleryPart, Tile } from "../lib/feature_calls";
import type { FeatureChoice } from "../lib/feature_choice";
import { integer, number } from "../lib/format";
import { timesWords } from "./feature_words";
import { type LivePicture, livePicture } from "./live_picture";
import { setAttribute, setText } from "./surface";

/** How many tiles there are at first, and how many more come at a time. */
export const TILES = 24;

export interface UnitGalleryEvents {
  choose(unit: number): void;
  render(): void;
  stop(): void;
  more(count: number): void;
  sort(sort: FeatureChoice["sort"]): void;
}

interface Cell {
  readonly button: HTMLButtonElement;
  readonly made: LivePicture;
  readonly real: LivePicture;
  readonly name: HTMLElement;
  readonly times: HTMLElement;
}

export function unitGallery(
  about: { readonly live: boolean; readonly images: number },
  events: UnitGalleryEvents,
  signal: AbortSignal,
) {
  let order: readonly number[] = [];
  let tiles = new Map<number, Tile>();
  let layer = "";
  let chosen: number | null = null;
  let count = TILES;
  let busy = false;
  const cells: Cell[] = [];

  const title = h("h3", { class: "feature-heading" });
  const render = button({
    label: "Render all",
    title: "make a small picture of each unit; they are kept",
    text: true,
    signal,
    onClick: () => (busy ? events.stop() : events.render()),
  });
  const sort = select<FeatureChoice["sort"]>({
    label: "order",
    options: [
      { value: "image", label: "most active on the image first" },
      { value: "index", label: "by number" },
    ],
    value: "image",
    signal,
    onChange: events.sort,
  });
  sort.el.hidden = about.images === 0;
  const grid = h("div", { class: "units", role: "listbox", "aria-label": "units of the layer" });
  const more = button({ label: "more", text: true, signal, onClick: () => events.more(count) });
  const element = h(
    "section",
    { class: "feature-gallery", "aria-label": "gallery of the layer" },
    h("header", { class: "feature-gallery-head" }, title, sort.el, render),
    grid,
    more,
  );

  grid.addEventListener(
    "click",
    (event) => {
      const at = cells.findIndex(({ button: own }) => own.contains(event.target as Node));
      const unit = order[at];
      if (unit !== undefined) events.choose(unit);
    },
    { signal },
  );
  grid.addEventListener(
    "keydown",
    (event) => {
      const at = cells.findIndex(({ button: own }) => own === event.target);
      const across = Math.max(
        1,
        Math.round(grid.clientWidth / (cells[0]?.button.offsetWidth || 1)),
      );
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
      if (step === undefined || at < 0) return;
      event.preventDefault();
      event.stopPropagation();
      cells[Math.min(shown() - 1, Math.max(0, at + step))]?.button.focus();
    },
    { signal },
  );

  const shown = (): number => Math.min(count, order.length);

  function cell(i: number): Cell {
    const known = cells[i];
    if (known) return known;
    const [made, real] = [livePicture(signal), livePicture(signal)];
    const [name, times] = [h("span", {}), h("span", { class: "unit-times" })];
    const pair = h("span", { class: "unit-pair" }, made.element, real.element);
    const caption = h("span", { class: "live-caption" }, name, times);
    const own = h("button", { type: "button", class: "unit", role: "option" }, pair, caption);
    grid.append(own);
    cells[i] = { button: own, made, real, name, times };
    return cells[i];
  }

  function dress(i: number): void {
    const unit = order[i];
    if (unit === undefined) return;
    const tile = tiles.get(unit);
    const { button: own, made, real, name, times } = cell(i);
    own.hidden = false;
    made.show(tile?.picture ?? null, `what excites unit ${unit}`);
    made.live(tile?.live ?? false);
    real.show(tile?.patch ?? null, `the real patch that excites unit ${unit} most`);
    real.element.hidden = about.images === 0;
    setText(name, String(unit));
    const reached = timesWords(tile?.reached, tile?.maximum);
    setText(times, reached);
    const words = [
      `unit ${unit}`,
      tile?.reached === undefined ? "" : `reached ${number(tile.reached)}`,
      tile?.maximum === undefined ? "" : `your images reach ${number(tile.maximum)}`,
    ];
    setAttribute(own, "aria-label", words.filter(Boolean).join(", "));
    setAttribute(own, "title", words.filter(Boolean).join(" · "));
    setAttribute(own, "aria-selected", String(unit === chosen));
    setAttribute(own, "tabindex", unit === chosen || (i === 0 && chosen === null) ? 0 : -1);
  }

  function refresh(): void {
    for (const { button: own } of cells.slice(shown())) own.hidden = true;
    for (let i = 0; i < shown(); i++) dress(i);
    if (!order.slice(0, shown()).includes(chosen ?? -1) && cells[0])
      setAttribute(cells[0].button, "tabindex", 0);
    const made = order.slice(0, shown()).filter((unit) => tiles.get(unit)?.picture).length;
    setText(title, `${layer}: ${integer(shown())} of ${integer(order.length)} units`);
    render.textContent = busy ? "Stop" : `Render ${integer(shown())}`;
    render.disabled = !about.live || (!busy && made === shown());
    more.hidden = shown() >= order.length;
    setText(more, `${integer(Math.min(TILES, order.length - shown()))} more units`);
  }

  return {
    element,
    /** The layer, the unit that is chosen, and how units are ordered. */
    show(choice: Pick<FeatureChoice, "layer" | "unit" | "sort">) {
      if (choice.layer !== layer) {
        order = [];
        tiles = new Map();
        count = TILES;
      }
      layer = choice.layer;
      chosen = choice.unit;
      sort.value = choice.sort;
      refresh();
    },
    part(next: GalleryPart) {
      order = next.order;
      for (const tile of next.tiles) {
        const before = tiles.get(tile.unit);
        // What is under way never takes the place of what is finished.
        if (tile.live && before?.picture && !before.live) continue;
        tiles.set(tile.unit, { ...before, live: false, ...tile });
      }
      refresh();
    },
    /** Pictures made otherwise are asked for: real patches stay. */
    forget() {
      tiles = new Map(
        [...tiles].map(([unit, { patch, maximum }]) => [unit, { unit, patch, maximum } as Tile]),
      );
      refresh();
    },
    busy(on: boolean) {
      busy = on;
      if (!on)
        for (const [unit, tile] of tiles) if (tile.live) tiles.set(unit, { ...tile, live: false });
      refresh();
    },
    more(next: number) {
      count = next;
      refresh();
    },
    count: () => count,
    tile: (unit: number | null) => (unit === null ? undefined : tiles.get(unit)),
  };
}

export type UnitGallery = ReturnType<typeof unitGallery>;
