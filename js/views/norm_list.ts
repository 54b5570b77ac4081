/** Filters as rows with a bar each: how much weight they carry. */

import { h } from "../lib/dom";
import { number } from "../lib/format";
import { setAttribute } from "./surface";

export interface NormListContent {
  readonly order: ArrayLike<number>;
  readonly norms: ArrayLike<number>;
  readonly chosen: number;
  readonly dead: ReadonlySet<number>;
}

export interface NormList {
  readonly element: HTMLElement;
  show(content: NormListContent): void;
}

export function normList(choose: (filter: number) => void, signal: AbortSignal): NormList {
  const root = h("div", { class: "norms", role: "listbox", "aria-label": "filters" });
  let shown: NormListContent | null = null;
  let rows: HTMLElement[] = [];
  let marked: HTMLElement | undefined;

  function build({ order, norms, dead }: NormListContent): void {
    const most = Math.max(...Array.from(norms), Number.MIN_VALUE);
    rows = Array.from(order, (filter) => {
      const norm = norms[filter] ?? 0;
      const words = dead.has(filter) ? "all zero" : number(norm);
      const row = h(
        "div",
        { class: "norm-row", role: "option", title: `filter ${filter}, norm ${words}` },
        h("span", { class: "norm-name" }, String(filter)),
        h("span", { class: "norm-bar", "aria-hidden": "true" }),
        h("span", { class: "norm-value" }, words),
      );
      row.setAttribute("aria-label", row.title);
      row.dataset.filter = String(filter);
      row.style.setProperty("--share", String(norm / most));
      return row;
    });
    root.replaceChildren(...rows);
  }

  root.addEventListener(
    "click",
    (event) => {
      const row = (event.target as Element).closest<HTMLElement>(".norm-row");
      if (row) choose(Number(row.dataset.filter));
    },
    { signal },
  );

  return {
    element: root,
    show(content) {
      const same = shown?.order === content.order && shown.norms === content.norms;
      shown = content;
      if (!same) build(content);
      const focused = (root.getRootNode() as ShadowRoot | Document).activeElement === marked;
      setAttribute(marked ?? root, "aria-selected", null);
      setAttribute(marked ?? root, "tabindex", null);
      marked = rows[Array.from(content.order).indexOf(content.chosen)];
      if (!marked) return;
      setAttribute(marked, "aria-selected", "true");
      setAttribute(marked, "tabindex", 0);
      if (focused) marked.focus({ preventScroll: true });
      reveal(root, marked);
    },
  };
}

/** Scroll the list itself, never the page. */
function reveal(list: HTMLElement, row: HTMLElement): void {
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + row.offsetHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = top + row.offsetHeight - list.clientHeight;
}
