/** A row of thumbnails to choose an image from; holds thousands, since only those in sight exist. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { debounce, frame } from "../lib/schedule";
import { pictureUrls } from "./pictures";
import { onResize, setAttribute } from "./surface";

export interface StripEvents {
  choose(image: number): void;
  /** ctrl/⌘/shift + click, or the compare mode: a second image beside the first. */
  compare(image: number): void;
  /** Thumbnails `start … stop` are in sight and missing. */
  need(start: number, stop: number): void;
}

export interface Strip {
  readonly element: HTMLElement;
  select(image: number, compare: number | null): void;
  /** Clicks choose the second image while this is on. */
  comparing(on: boolean): void;
  fill(items: readonly { index: number; picture: Picture }[]): void;
}

/** Thumbnails are asked for in blocks of this many, from multiples of it: exported pages hold the same blocks. */
export const BLOCK = 24;
const CELL = 52;
/** Cells kept on each side of the window. */
const MARGIN = 6;
/** Thumbnails kept in memory. */
const KEEP = 600;

export function strip(names: readonly string[], events: StripEvents, signal: AbortSignal): Strip {
  const urls = pictureUrls(signal);
  const thumbs = new Map<number, string>();
  const asked = new Set<number>();
  const cells = new Map<number, HTMLElement>();
  const row = h("div", { class: "strip-row", role: "presentation" });
  const root = h(
    "div",
    { class: "strip", role: "listbox", "aria-label": "images", "aria-orientation": "horizontal" },
    row,
  );
  row.style.width = `${names.length * CELL}px`;
  let chosen = -1;
  let second: number | null = null;
  let pairing = false;

  function inSight(): [number, number] {
    const first = Math.floor(root.scrollLeft / CELL) - MARGIN;
    const last = Math.ceil((root.scrollLeft + root.clientWidth) / CELL) + MARGIN;
    return [Math.max(0, first), Math.min(names.length, last)];
  }

  const request = debounce(
    () => {
      const [first, last] = inSight();
      for (let start = first - (first % BLOCK); start < last; start += BLOCK) {
        if (asked.has(start)) continue;
        asked.add(start);
        events.need(start, Math.min(names.length, start + BLOCK));
      }
    },
    60,
    signal,
  );

  const draw = frame(() => {
    const [first, last] = inSight();
    const wanted = new Set(Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i));
    if (chosen >= 0) wanted.add(chosen); // keeps the keyboard's place when it is scrolled away
    for (const [i, cell] of cells) {
      if (wanted.has(i)) continue;
      cell.remove();
      cells.delete(i);
    }
    for (const i of [...wanted].sort((a, b) => a - b)) {
      const cell = cells.get(i) ?? add(i);
      dress(cell, i);
    }
    request();
  }, signal);

  function add(i: number): HTMLElement {
    const cell = h(
      "div",
      {
        class: "strip-cell",
        role: "option",
        title: names[i],
        "aria-label": names[i],
        "aria-setsize": names.length,
        "aria-posinset": i + 1,
      },
      h("img", { alt: "", draggable: "false", hidden: true }),
      h("span", { class: "strip-mark", "aria-hidden": "true" }),
    );
    cell.dataset.index = String(i);
    cell.style.transform = `translateX(${i * CELL}px)`;
    cells.set(i, cell);
    row.append(cell);
    return cell;
  }

  function dress(cell: HTMLElement, i: number): void {
    setAttribute(cell, "aria-selected", String(i === chosen || i === second));
    setAttribute(cell, "tabindex", i === Math.max(0, chosen) ? 0 : -1);
    const [image, mark] = [cell.children[0] as HTMLImageElement, cell.children[1] as HTMLElement];
    const url = thumbs.get(i);
    if (url && image.src !== url) image.src = url;
    image.hidden = !url;
    mark.textContent = second === null ? "" : i === chosen ? "A" : i === second ? "B" : "";
  }

  function forget(): void {
    const [first, last] = inSight();
    for (const start of [...asked]) {
      if (thumbs.size <= KEEP) return;
      if (start + BLOCK > first && start < last) continue;
      asked.delete(start);
      for (let i = start; i < start + BLOCK; i++) {
        const url = thumbs.get(i);
        if (url) urls.drop(url);
        thumbs.delete(i);
      }
    }
  }

  function reveal(i: number): void {
    const [left, right] = [i * CELL, (i + 1) * CELL];
    if (left < root.scrollLeft) root.scrollLeft = left - CELL;
    else if (right > root.scrollLeft + root.clientWidth)
      root.scrollLeft = right + CELL - root.clientWidth;
  }

  root.addEventListener("scroll", draw, { signal, passive: true });
  onResize(root, signal, draw);
  root.addEventListener(
    "click",
    (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(".strip-cell");
      if (!cell) return;
      const i = Number(cell.dataset.index);
      if (pairing || event.ctrlKey || event.metaKey || event.shiftKey) events.compare(i);
      else events.choose(i);
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      const to = keyTarget(event.key, chosen, names.length, Math.floor(root.clientWidth / CELL));
      if (to === null || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.shiftKey)
        events.compare(Math.min(names.length - 1, Math.max(0, (second ?? chosen) + to - chosen)));
      else events.choose(to);
    },
    { signal },
  );

  return {
    element: root,
    select(image, compare) {
      const moved = image !== chosen;
      const focused = cells.get(chosen);
      const hadFocus =
        !!focused && focused === (root.getRootNode() as ShadowRoot | Document).activeElement;
      chosen = image;
      second = compare;
      if (moved) reveal(image);
      const cell = cells.get(image) ?? (image >= 0 && image < names.length ? add(image) : null);
      if (cell) dress(cell, image);
      if (hadFocus) cell?.focus({ preventScroll: true });
      draw();
    },
    comparing(on) {
      pairing = on;
      root.classList.toggle("strip-pairing", on);
    },
    fill(items) {
      for (const { index, picture } of items)
        if (!thumbs.has(index)) thumbs.set(index, urls.of(picture));
      forget();
      draw();
    },
  };
}

function keyTarget(key: string, at: number, n: number, page: number): number | null {
  const to: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: n - 1,
    PageDown: at + page,
    PageUp: at - page,
  };
  const target = to[key];
  return target === undefined ? null : Math.min(n - 1, Math.max(0, target));
}
