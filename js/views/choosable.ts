/** A row of small pictures of which one, or none, is chosen; the arrow keys move along it. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { pictureUrls } from "./pictures";
import { setAttribute } from "./surface";

export interface Choosable {
  readonly key: number;
  /** What it is called, and shown on hover. */
  readonly label: string;
  /** A few letters over the picture; empty for none. */
  readonly mark?: string;
}

export interface ChoosableRow {
  readonly element: HTMLElement;
  show(items: readonly Choosable[], chosen: number | null): void;
  fill(key: number, picture: Picture): void;
  /** Keys that are shown and have no picture yet. */
  missing(): number[];
}

export function choosableRow(
  label: string,
  choose: (key: number) => void,
  signal: AbortSignal,
): ChoosableRow {
  const urls = pictureUrls(signal);
  const thumbs = new Map<number, string>();
  const element = h("div", { class: "chooses", role: "listbox", "aria-label": label });
  let items: readonly Choosable[] = [];
  let cells = new Map<number, HTMLElement>();

  element.addEventListener(
    "click",
    (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(".choose");
      if (cell) choose(Number(cell.dataset.key));
    },
    { signal },
  );
  element.addEventListener(
    "keydown",
    (event) => {
      const at = items.findIndex(({ key }) => cells.get(key) === event.target);
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const to = step === undefined ? null : items[at + step];
      if (event.key === "Enter" || event.key === " ") {
        const here = items[at];
        if (here) choose(here.key);
      } else if (to) cells.get(to.key)?.focus();
      else if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );

  function cellOf({ key }: Choosable): HTMLElement {
    const cell = h(
      "div",
      { class: "choose", role: "option", tabindex: -1 },
      h("img", { alt: "", draggable: "false", hidden: true }),
      h("span", { class: "choose-mark", "aria-hidden": "true" }),
    );
    cell.dataset.key = String(key);
    return cell;
  }

  function dress(item: Choosable, chosen: number | null): void {
    const cell = cells.get(item.key) as HTMLElement;
    setAttribute(cell, "aria-label", item.label);
    cell.title = item.label;
    setAttribute(cell, "aria-selected", String(item.key === chosen));
    setAttribute(cell, "tabindex", item.key === (chosen ?? items[0]?.key) ? 0 : -1);
    const [image, mark] = [cell.children[0] as HTMLImageElement, cell.children[1] as HTMLElement];
    mark.textContent = item.mark ?? "";
    const url = thumbs.get(item.key);
    image.hidden = !url;
    if (url && image.src !== url) image.src = url;
  }

  let last: number | null = null;
  return {
    element,
    show(next, chosen) {
      items = next;
      last = chosen;
      cells = new Map(next.map((item) => [item.key, cells.get(item.key) ?? cellOf(item)]));
      for (const [i, item] of next.entries()) {
        const cell = cells.get(item.key) as HTMLElement;
        if (element.children[i] !== cell) element.insertBefore(cell, element.children[i] ?? null);
        dress(item, chosen);
      }
      while (element.children.length > next.length) element.lastElementChild?.remove();
    },
    fill(key, picture) {
      const old = thumbs.get(key);
      if (old) urls.drop(old);
      thumbs.set(key, urls.of(picture));
      const item = items.find((each) => each.key === key);
      if (item) dress(item, last);
    },
    missing: () => items.map(({ key }) => key).filter((key) => !thumbs.has(key)),
  };
}
