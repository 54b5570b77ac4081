/** What the colours mean: categories with counts, to isolate and to search; or a bar for values. */

import type { ColorMap } from "../lib/colormap";
import { search } from "../lib/controls";
import { h } from "../lib/dom";
import { integer } from "../lib/format";
import {
  type CategoryColumn,
  type Column,
  coloured,
  domainOf,
  MISSING,
  nameOf,
  totals,
} from "../lib/point_colours";
import { scalebar } from "./scalebar";
import { setAttribute, setText } from "./surface";

export interface LegendContent {
  readonly name: string;
  readonly column: Column | null;
  readonly map: ColorMap;
  readonly isolated: readonly string[];
}

export interface Legend {
  readonly element: HTMLElement;
  show(content: LegendContent): void;
  /** Point at the value of a point. */
  value(value: number | null): void;
  focusSearch(): boolean;
}

/** Categories that need no search. */
const FEW = 10;
/** Rows shown at once. */
const ROWS = 200;

export function legend(isolate: (names: string[]) => void, signal: AbortSignal): Legend {
  const heading = h("h3", { class: "legend-title" });
  const rows = h("ul", { class: "legend-rows", "aria-label": "colours" });
  const note = h("p", { class: "caption", hidden: true });
  const bar = scalebar();
  let content: LegendContent | null = null;
  const field = search({
    label: "search categories",
    placeholder: "search…",
    signal,
    onInput: () => draw(),
  });
  const element = h(
    "section",
    { class: "legend", "aria-label": "legend" },
    heading,
    field.el,
    rows,
    note,
    bar.element,
  );

  rows.addEventListener(
    "click",
    (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-name]");
      if (!row || !content) return;
      const name = row.dataset.name ?? "";
      const now = content.isolated;
      const several = event.shiftKey || event.ctrlKey || event.metaKey;
      if (now.includes(name)) isolate(several ? now.filter((n) => n !== name) : []);
      else isolate(several ? [...now, name] : [name]);
    },
    { signal },
  );

  function draw(): void {
    const column = content?.column ?? null;
    const many = column?.kind === "category" && column.names.length > FEW;
    setText(heading, content?.name ?? "");
    heading.hidden = !content?.name;
    field.el.hidden = !many;
    rows.hidden = column?.kind !== "category";
    bar.element.hidden = column?.kind !== "value";
    note.hidden = true;
    if (column?.kind === "category" && content) drawRows(column, content, many);
    if (column?.kind === "value" && content) showBar(null);
  }

  function drawRows(column: CategoryColumn, { isolated }: LegendContent, many: boolean): void {
    const chosen = new Set(isolated);
    const colours = coloured(column, chosen);
    const counts = totals(column);
    const wanted = field.value.trim().toLowerCase();
    const codes = counts
      .map((_, code) => code)
      .filter((code) => code < column.names.length || (counts[code] ?? 0) > 0)
      .filter((code) => !wanted || nameOf(column, code).toLowerCase().includes(wanted));
    if (many)
      codes.sort(
        (a, b) =>
          Number(chosen.has(nameOf(column, b))) - Number(chosen.has(nameOf(column, a))) ||
          (counts[b] ?? 0) - (counts[a] ?? 0),
      );
    const shown = codes.slice(0, ROWS);
    while (rows.childElementCount > shown.length) rows.lastElementChild?.remove();
    while (rows.childElementCount < shown.length) rows.append(emptyRow());
    shown.forEach((code, k) => {
      const button = rows.children[k]?.firstElementChild as HTMLElement;
      const name = nameOf(column, code);
      button.dataset.name = name;
      const [swatch, words, number] = [...button.children] as [HTMLElement, Element, Element];
      swatch.style.background = colours.get(code) ?? "var(--point-rest)";
      setText(words, name);
      setText(number, integer(counts[code] ?? 0));
      setAttribute(button, "title", `${name}: show only this; with shift or ctrl this too`);
      setAttribute(button, "aria-pressed", String(chosen.has(name)));
      button.toggleAttribute("data-aside", chosen.size > 0 && !chosen.has(name));
    });
    const rest = codes.length - shown.length;
    note.hidden = !(rest > 0 || codes.length === 0 || (many && !wanted));
    setText(note, noteWords(codes.length, rest, column));
  }

  function showBar(value: number | null): void {
    if (content?.column?.kind !== "value") return;
    const { column, map } = content;
    bar.show({
      map,
      domain: domainOf(column, map),
      span: [column.low, column.high],
      label: "",
      value,
    });
  }

  return {
    element,
    show(next) {
      if (next.name !== content?.name) field.value = "";
      content = next;
      draw();
    },
    value: showBar,
    focusSearch() {
      if (field.el.hidden) return false;
      field.focus();
      return true;
    },
  };
}

function emptyRow(): HTMLElement {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "legend-row" },
      h("span", { class: "legend-swatch", "aria-hidden": "true" }),
      h("span", { class: "legend-name" }),
      h("span", { class: "legend-count" }),
    ),
  );
}

function noteWords(found: number, rest: number, column: CategoryColumn): string {
  if (found === 0) return "No category has this in its name.";
  if (rest > 0) return `${integer(rest)} more: search for them.`;
  const grey = column.names.length - FEW;
  return `The ten largest have colours, the other ${integer(grey)} are grey; choose one to light it up.`;
}

export { MISSING };
