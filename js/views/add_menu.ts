/** A searchable menu of operations, by kind, each with a phrase on what it does. */

import { search } from "../lib/controls";
import { h } from "../lib/dom";
import type { CatalogueEntry } from "../lib/protocol";
import { setAttribute, setText } from "./surface";

export interface AddMenu {
  readonly element: HTMLElement;
  /** Open it; `into` says where the operation goes, "" for the end of the pipeline. */
  open(into: string): void;
  close(): void;
  readonly isOpen: boolean;
}

export interface AddEvents {
  add(entry: CatalogueEntry): void;
  /** It was closed without a choice: the focus goes back to where it came from. */
  cancel(): void;
}

export function addMenu(
  catalogue: readonly CatalogueEntry[],
  events: AddEvents,
  signal: AbortSignal,
): AddMenu {
  const heading = h("p", { class: "caption" });
  const list = h("div", { class: "add-list", role: "listbox", "aria-label": "operations to add" });
  const none = h("p", { class: "caption", hidden: true }, "No operation of this name.");
  const finder = search({
    label: "search operations",
    placeholder: "search operations…",
    signal,
    onInput: render,
  });
  const element = h("div", { class: "add-menu", hidden: true }, heading, finder.el, none, list);
  element.setAttribute("role", "dialog");
  element.setAttribute("aria-label", "add an operation");
  const entries = catalogue.filter(({ addable }) => addable);
  const options = new Map(entries.map((entry) => [entry, option(entry)]));
  let shown: CatalogueEntry[] = [];
  let active = 0;

  function render(text = finder.value): void {
    const words = text.trim().toLowerCase().split(/\s+/);
    const found = entries.filter((entry) => words.every((word) => answers(entry, word)));
    const named = found.filter((entry) => words.every((word) => isCalled(entry, word)));
    shown = [...named, ...found.filter((entry) => !named.includes(entry))];
    active = 0;
    const rows: Node[] = [];
    let group = "";
    for (const entry of shown) {
      if (text.trim() === "" && entry.group !== group) {
        group = entry.group;
        rows.push(h("p", { class: "add-group", role: "presentation" }, group));
      }
      const row = options.get(entry);
      if (row) rows.push(row);
    }
    list.replaceChildren(...rows);
    list.scrollTop = 0;
    none.hidden = shown.length > 0;
    mark();
  }

  function mark(): void {
    for (const [entry, row] of options)
      setAttribute(row, "aria-selected", String(entry === shown[active]));
    const entry = shown[active];
    const row = entry && options.get(entry);
    if (!row || element.hidden) return;
    row.scrollIntoView({ block: "nearest" });
    // Element reflection instead of an id, as in mosaic.ts.
    if ("ariaActiveDescendantElement" in finder.el) finder.el.ariaActiveDescendantElement = row;
  }

  function close(): void {
    element.hidden = true;
  }

  function choose(entry: CatalogueEntry | undefined): void {
    if (!entry) return;
    close();
    events.add(entry);
  }

  list.addEventListener(
    "click",
    (event) => {
      const row = (event.target as Element).closest(".add-option");
      choose([...options].find(([, each]) => each === row)?.[0]);
    },
    { signal },
  );
  element.addEventListener(
    "keydown",
    (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
      if (by !== undefined) {
        active = Math.min(shown.length - 1, Math.max(0, active + by));
        mark();
      } else if (event.key === "Enter") choose(shown[active]);
      else if (event.key === "Escape") {
        close();
        events.cancel();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );

  return {
    element,
    open(into) {
      setText(heading, into ? `add to ${into}` : "add an operation");
      element.hidden = false;
      finder.value = "";
      render("");
      finder.focus();
    },
    close,
    get isOpen() {
      return !element.hidden;
    },
  };
}

function option({ title, help }: CatalogueEntry): HTMLElement {
  return h(
    "div",
    { class: "add-option", role: "option", title: help },
    h("span", { class: "add-title" }, title),
    h("span", { class: "add-help" }, help),
  );
}

function answers({ help, group, ...entry }: CatalogueEntry, word: string): boolean {
  return isCalled(entry, word) || [help, group].some((text) => text.toLowerCase().includes(word));
}

function isCalled({ name, title }: Pick<CatalogueEntry, "name" | "title">, word: string): boolean {
  return [name, title].some((text) => text.toLowerCase().includes(word));
}
