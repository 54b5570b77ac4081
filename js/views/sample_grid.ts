/** Samples as tiles on one canvas, each with its caption; in pairs with their originals where these differ. */

import { h } from "../lib/dom";
import type { Tiles } from "../lib/preview_sheet";
import { drawTile, type Look, type Place } from "./sample_sheet";
import { context2d, fitCanvas, onResize, setAttribute, setText } from "./surface";

export interface GridContent {
  readonly samples: Tiles;
  /** Of each sample, or one for all. They also give tiles their shape: it stays while samples change theirs. */
  readonly originals: Tiles;
  /** Each sample stands beside its original. */
  readonly pairs: boolean;
  readonly look: Look;
  /** The number of the request that gave these pictures. */
  readonly number: number;
}

export interface Caption {
  readonly text: string;
  readonly title: string;
  /** The network names another class than for the original. */
  readonly broken: boolean;
}

export interface GridEvents {
  hover(sample: number | null): void;
  choose(sample: number): void;
  /** The side in CSS pixels at which a sample is drawn, when it changes. */
  side(pixels: number): void;
}

export interface SampleGrid {
  readonly element: HTMLElement;
  /** The number of the newest request. On the canvas it is data-asked; data-drawn is that of the pixels. */
  asked(number: number): void;
  show(content: GridContent): void;
  hold(sample: number | null): void;
  /** What the network takes each sample for; null where it is not asked. Its room is kept from the start. */
  captions(captions: readonly Caption[] | null): void;
  /** What is said of a sample to those who do not see it. */
  labels(words: readonly string[]): void;
}

const GAP = 8;
const PAIR_GAP = 2;
const CAPTION = 18;
/** Room for the outlines of tiles, as in augment_preview.css. */
const EDGE = 3;
/** CSS pixels of the longer side. */
const LEAST = 72;
const USUAL = 132;
const MOST = 320;

interface Layout {
  readonly columns: number;
  readonly picture: readonly [height: number, width: number];
  readonly tile: readonly [height: number, width: number];
}

export function sampleGrid(
  { captioned }: { captioned: boolean },
  events: GridEvents,
  signal: AbortSignal,
): SampleGrid {
  const canvas = h("canvas", { class: "samples-canvas", role: "img" });
  const tiles = h("div", {
    class: "samples-tiles",
    role: "listbox",
    tabindex: 0,
    "aria-label": "samples",
  });
  const inner = h("div", { class: "samples-inner" }, canvas, tiles);
  const element = h("div", { class: "samples" }, inner);
  const context = context2d(canvas);
  const options: HTMLElement[] = [];
  let content: GridContent | null = null;
  let layout: Layout = { columns: 1, picture: [1, 1], tile: [1, 1] };
  let size: readonly [width: number, height: number] = [1, 1];
  let held: number | null = null;
  let told = 0;

  function count(): number {
    return content?.samples.answer.tiles.length ?? 0;
  }

  function placeOf(i: number): Place {
    const [height, width] = layout.tile;
    return {
      x: (i % layout.columns) * (width + GAP),
      y: Math.floor(i / layout.columns) * (height + GAP),
      width,
      height,
    };
  }

  function layOut(): void {
    if (!content) return;
    const { originals, pairs } = content;
    // In narrow cards the stage scrolls, and the grid is as high as it likes.
    const bound = getComputedStyle(element).overflowY !== "visible";
    const room = [
      element.clientWidth - 2 * EDGE,
      bound ? element.clientHeight - 2 * EDGE : null,
    ] as const;
    layout = arrange(count(), room, originals.answer.cell, pairs, captioned);
    const last = placeOf(count() - 1);
    size = [layout.columns * (layout.tile[1] + GAP) - GAP, last.y + last.height];
    inner.style.width = `${size[0]}px`;
    inner.style.height = `${size[1]}px`;
    while (options.length > count()) options.pop()?.remove();
    while (options.length < count()) {
      const option = sampleOption(options.length);
      options.push(option);
      tiles.append(option);
    }
    options.forEach((option, i) => {
      const place = placeOf(i);
      option.style.transform = `translate(${place.x}px, ${place.y}px)`;
      option.style.width = `${place.width}px`;
      option.style.height = `${place.height}px`;
    });
    const side = Math.max(...layout.picture);
    if (side !== told) events.side(side);
    told = side;
    paint(); // at once: a canvas that has just been resized is empty
  }

  function paint(): void {
    if (!content) return;
    const { samples, originals, pairs, look, number } = content;
    const [width, height] = size; // asking the page would make it lay itself out
    fitCanvas(canvas, width, height);
    const ratio = [canvas.width / Math.max(1, width), canvas.height / Math.max(1, height)] as const;
    context.setTransform(ratio[0], 0, 0, ratio[1], 0, 0);
    context.clearRect(0, 0, width, height);
    for (let i = 0; i < count(); i++) {
      const { x, y } = placeOf(i);
      const [tall, wide] = layout.picture;
      const at = { x, y, width: wide, height: tall };
      if (pairs) {
        drawTile(context, originals, i, at, look);
        drawTile(context, samples, i, { ...at, x: x + wide + PAIR_GAP }, look);
      } else drawTile(context, samples, i, at, look);
    }
    setAttribute(canvas, "data-drawn", number);
  }

  function indexOf(event: Event): number | null {
    const option = (event.target as Element).closest<HTMLElement>(".sample");
    const i = option ? options.indexOf(option) : -1;
    return i < 0 ? null : i;
  }

  tiles.addEventListener("pointerover", (event) => events.hover(indexOf(event)), { signal });
  tiles.addEventListener("pointerleave", () => events.hover(null), { signal });
  tiles.addEventListener(
    "click",
    (event) => {
      const i = indexOf(event);
      if (i !== null) events.choose(i);
    },
    { signal },
  );
  onResize(element, signal, layOut);

  return {
    element,
    asked: (number) => setAttribute(canvas, "data-asked", number),
    show(next) {
      const before = content;
      content = next;
      const same =
        before !== null &&
        before.pairs === next.pairs &&
        before.samples.answer.tiles.length === next.samples.answer.tiles.length &&
        before.originals.answer.cell.join() === next.originals.answer.cell.join();
      setAttribute(canvas, "aria-label", `${count()} samples`);
      // At once: new pixels come less often than frames, and the next one then has them.
      if (same) paint();
      else layOut();
    },
    hold(sample) {
      held = sample;
      options.forEach((option, i) => {
        setAttribute(option, "aria-selected", String(i === held));
      });
      const option = held === null ? null : (options[held] ?? null);
      if ("ariaActiveDescendantElement" in tiles) tiles.ariaActiveDescendantElement = option;
      option?.scrollIntoView({ block: "nearest" });
    },
    captions(captions) {
      options.forEach((option, i) => {
        const caption = captions?.[i];
        const words = option.firstElementChild as HTMLElement;
        setText(words, caption?.text ?? "");
        setAttribute(words, "title", caption?.title ?? null);
        option.toggleAttribute("data-broken", caption?.broken ?? false);
      });
    },
    labels(words) {
      options.forEach((option, i) => {
        setAttribute(option, "aria-label", words[i] ?? `sample ${i + 1}`);
      });
    },
  };
}

function sampleOption(i: number): HTMLElement {
  const option = h(
    "div",
    { class: "sample", role: "option", "aria-selected": "false", "aria-label": `sample ${i + 1}` },
    h("span", { class: "sample-caption" }),
  );
  return option;
}

/**
 * The columns that make tiles largest in the room; where they would get too small, they scroll. Without a height
 * they get their usual size.
 */
export function arrange(
  count: number,
  [width, height]: readonly [number, number | null],
  cell: readonly [number, number],
  pairs: boolean,
  captioned: boolean,
): Layout {
  const shape = cell[0] / cell[1];
  const times = pairs ? 2 : 1;
  const extra = captioned ? CAPTION : 0;
  const across = (columns: number): number =>
    ((width + GAP) / columns - GAP - (times - 1) * PAIR_GAP) / times;
  const fitting = (wide: number): number =>
    Math.max(1, Math.floor((width + GAP) / (times * wide + (times - 1) * PAIR_GAP + GAP)));
  const most = MOST / Math.max(1, shape);
  const least = (height === null ? USUAL : LEAST) / Math.max(1, shape);
  let best = { wide: 0, columns: 1 };
  for (let columns = 1; height !== null && columns <= Math.max(1, count); columns++) {
    const down = (height + GAP) / Math.ceil(count / columns) - GAP - extra;
    const wide = Math.min(across(columns), down / shape, most);
    if (wide > best.wide) best = { wide, columns };
  }
  if (best.wide < least) {
    const columns = Math.min(Math.max(fitting(least), height === null ? 2 : 1), Math.max(1, count));
    best = { wide: Math.min(most, Math.max(16, across(columns))), columns };
  }
  const wide = Math.floor(best.wide);
  const picture = [Math.max(1, Math.floor(wide * shape)), wide] as const;
  return {
    columns: best.columns,
    picture,
    tile: [picture[0] + extra, times * wide + (times - 1) * PAIR_GAP],
  };
}
