/** One channel large: its map over the image, its histogram, and what excites it most. */

import type { Picture } from "../lib/binary";
import type { ColorMap, Domain } from "../lib/colormap";
import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import type { ReceptiveField } from "../lib/protocol";
import type { Bins, ChannelMap } from "./channels";
import { heat } from "./heat";
import { histogram } from "./histogram";
import { fadeSlider, smoothToggle } from "./look";
import { type Patch, patches } from "./patches";
import type { Box } from "./receptive";
import { setText } from "./surface";

/** One image's side of the channel. */
export interface Side {
  readonly image: ImageBitmap | null;
  readonly size: readonly [number, number];
  readonly name: string;
  /** Null for a unit without places. */
  readonly map: ChannelMap | null;
}

export interface DetailContent {
  readonly title: string;
  readonly note: string;
  readonly sides: readonly Side[];
  readonly field: ReceptiveField | null;
  /** The place chosen, which the arrow keys move. */
  readonly position: readonly [number, number] | null;
  readonly colour: ColorMap;
  readonly domain: Domain;
  /** Null for a unit without places. */
  readonly bins: Bins | null;
}

export interface TopItem {
  readonly image: number;
  readonly name: string;
  readonly value: number;
  readonly picture: Picture;
  readonly position?: readonly [number, number] | null;
}

export interface DetailEvents {
  opacity(value: number): void;
  hover(unit: readonly [number, number] | null, side: number): void;
  position(unit: readonly [number, number]): void;
  close(): void;
  similar(): void;
  search(): void;
  goTo(item: TopItem): void;
}

export interface Detail {
  readonly element: HTMLElement;
  show(content: DetailContent): void;
  opacity(value: number): void;
  box(box: Box | null, pinned: boolean): void;
  point(value: number | null): void;
  /** What excites the channel most; null while that is not known, with a word on why. */
  top(
    found: { items: readonly TopItem[]; images: readonly TopItem[] } | null,
    word: string,
    canSearch: boolean,
  ): void;
}

export function detail(opacity: number, events: DetailEvents, signal: AbortSignal): Detail {
  const look = { opacity, smooth: false };
  let content: DetailContent | null = null;
  const title = h("h3", { class: "detail-title" });
  const note = h("span", { class: "detail-note" });
  const similar = button({
    label: "sort by similarity to it",
    text: true,
    onClick: events.similar,
    signal,
  });
  const close = button({
    label: "back to all channels (Esc)",
    icon: "M4 4l8 8M12 4l-8 8",
    onClick: events.close,
    signal,
  });
  const sides = [0, 1].map((side) =>
    heat({ hover: (unit) => events.hover(unit, side), choose: events.position }, signal),
  );
  const fade = fadeSlider(
    opacity,
    (value) => {
      look.opacity = value;
      redraw();
      events.opacity(value);
    },
    signal,
  );
  const smooth = smoothToggle(
    false,
    (on) => {
      look.smooth = on;
      redraw();
    },
    signal,
  );
  const bins = histogram(signal);
  const found = excitement(events, signal);
  const lookRow = h("div", { class: "detail-look" }, fade.el, smooth.el);
  const element = h(
    "section",
    { class: "detail", "aria-label": "the chosen channel", hidden: true },
    h(
      "header",
      { class: "detail-head" },
      title,
      note,
      h("span", { class: "detail-actions" }, similar, close),
    ),
    h(
      "div",
      { class: "detail-body" },
      h(
        "div",
        { class: "detail-map" },
        h("div", { class: "detail-heats" }, ...sides.map((s) => s.element)),
        lookRow,
      ),
      bins.element,
      found.element,
    ),
  );

  function redraw(): void {
    if (!content) return;
    const { field, position, colour, domain, title: words } = content;
    sides.forEach((view, i) => {
      const side = content?.sides[i];
      view.element.hidden = !side;
      if (side)
        view.show({
          ...side,
          ...look,
          field,
          position,
          colour,
          domain,
          label: `${words} over ${side.name}`,
        });
    });
  }

  return {
    element,
    show(next) {
      content = next;
      element.classList.toggle("pair", next.sides.length > 1);
      setText(title, next.title);
      setText(note, next.note);
      for (const part of [bins.element, lookRow]) part.hidden = !next.bins;
      if (next.bins)
        bins.show({
          ...next.bins,
          map: next.colour,
          domain: next.domain,
          label: "units by value (log)",
        });
      redraw();
    },
    opacity(value) {
      if (value === look.opacity) return;
      look.opacity = value;
      fade.value = value;
      redraw();
    },
    box(box, pinned) {
      for (const side of sides) side.box(box, pinned);
    },
    point: bins.point,
    top: found.show,
  };
}

function excitement(events: DetailEvents, signal: AbortSignal) {
  const items: { patches: readonly TopItem[]; images: readonly TopItem[] } = {
    patches: [],
    images: [],
  };
  const go = (kind: "patches" | "images") => (i: number) => {
    const item = items[kind][i];
    if (item) events.goTo(item);
  };
  const best = patches("patches that excite it most", go("patches"), signal);
  const whole = patches("images that excite it most", go("images"), signal);
  const word = h("p", { class: "caption" });
  const search = button({
    label: "find what excites it most",
    text: true,
    onClick: events.search,
    signal,
  });
  const bestTitle = h("p", { class: "caption" }, "strongest patches of your images");
  const wholeTitle = h("p", { class: "caption" }, "images of largest mean");
  const element = h(
    "div",
    { class: "excitement" },
    word,
    search,
    h("div", {}, bestTitle, best.element),
    h("div", {}, wholeTitle, whole.element),
  );
  return {
    element,
    show(
      found: { items: readonly TopItem[]; images: readonly TopItem[] } | null,
      text: string,
      canSearch: boolean,
    ) {
      setText(word, text);
      word.hidden = text === "";
      search.hidden = !canSearch;
      items.patches = found?.items ?? [];
      items.images = found?.images ?? [];
      bestTitle.hidden = items.patches.length === 0;
      wholeTitle.hidden = items.images.length === 0;
      best.show(items.patches.map((item) => patchOf(item, "at its strongest place")));
      whole.show(items.images.map((item) => patchOf(item, "mean")));
    },
  };
}

function patchOf({ picture, name, value }: TopItem, what: string): Patch {
  return { picture, label: `${name}, ${what}: ${number(value)}`, caption: number(value) };
}
