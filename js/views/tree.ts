/** The layers as an ARIA tree: search, kinds, collapsing, sparklines; the keyboard moves as in any tree. */

import { type Option, search, select } from "../lib/controls";
import { h } from "../lib/dom";
import { answers, hasChildren, parentOf, visibleRows } from "./outline";
import { sparkline } from "./sparkline";
import { setAttribute } from "./surface";

export interface TreeItem {
  readonly key: string;
  readonly label: string;
  /** Where it stands, said before the label in lists without levels: "blocks.0." */
  readonly path?: string;
  readonly kind: string;
  readonly depth: number;
  /** Short text at the end of the row, such as the shape. */
  readonly detail: string;
  /** A mark in words, "unused" or "shared"; empty for none. */
  readonly mark: string;
  readonly tooltip: string;
  readonly enabled: boolean;
}

export interface TreeEvents {
  choose(key: string): void;
}

export interface Tree {
  readonly element: HTMLElement;
  select(key: string): void;
  /** Show these curves, each of values in 0 … 1; layers without one show none. */
  sparklines(curves: Readonly<Record<string, ArrayLike<number>>>): void;
  focus(): void;
  focusSearch(): void;
  /** The next choosable layer among all, `step` rows on. */
  neighbour(key: string, step: number): string | null;
}

/** More rows than this start folded, except for the way to the chosen layer. */
const OPEN_ROWS = 60;

export function tree(items: readonly TreeItem[], events: TreeEvents, signal: AbortSignal): Tree {
  const index = new Map(items.map((item, i) => [item.key, i]));
  const closed = new Set<number>(
    items.length > OPEN_ROWS
      ? items.flatMap((item, i) => (item.depth > 0 && hasChildren(items, i) ? [i] : []))
      : [],
  );
  const filter = { text: "", kind: "" };
  let selected = -1;
  let focused = 0;

  const finder = search({
    label: "search layers",
    placeholder: "search layers…",
    title: "search layers ( / )",
    signal,
    onInput(text) {
      filter.text = text.trim().toLowerCase();
      render();
    },
  });
  const kinds = select({
    label: "kind of layer",
    options: kindOptions(items),
    value: "",
    signal,
    onChange(kind) {
      filter.kind = kind;
      render();
    },
  });
  kinds.el.hidden = new Set(items.map((item) => item.kind)).size < 2;
  const rows = items.map((item, i) => row(item, hasChildren(items, i)));
  const list = h(
    "div",
    { class: "tree-list", role: "tree", "aria-label": "layers" },
    ...rows.map((r) => r.node),
  );
  const empty = h("p", { class: "tree-empty", hidden: true }, "No layer has this name.");
  const root = h(
    "div",
    { class: "tree" },
    h("div", { class: "tree-tools" }, finder.el, kinds.el),
    list,
    empty,
  );

  function visible(): number[] {
    return visibleRows(items, closed, filter);
  }

  function render(): void {
    const shown = new Set(visible());
    const searching = filter.text !== "" || filter.kind !== "";
    if (!shown.has(focused)) focused = shown.has(selected) ? selected : Math.min(...shown) | 0;
    rows.forEach(({ node }, i) => {
      node.hidden = !shown.has(i);
      setAttribute(node, "aria-selected", String(i === selected));
      setAttribute(node, "tabindex", i === focused ? 0 : -1);
      if (hasChildren(items, i))
        setAttribute(node, "aria-expanded", String(searching || !closed.has(i)));
    });
    empty.hidden = shown.size > 0;
  }

  function toggle(i: number, open = closed.has(i)): void {
    if (open) closed.delete(i);
    else closed.add(i);
    render();
  }

  function moveTo(i: number | undefined, choose = true): void {
    if (i === undefined) return;
    focused = i;
    render();
    rows[i]?.node.focus({ preventScroll: true });
    rows[i]?.node.scrollIntoView({ block: "nearest" });
    const item = items[i];
    if (choose && item?.enabled) events.choose(item.key);
  }

  function onKey(event: KeyboardEvent): void {
    const shown = visible();
    const at = shown.indexOf(focused);
    const open = hasChildren(items, focused) && !closed.has(focused);
    const acts: Record<string, () => void> = {
      ArrowDown: () => moveTo(shown[at + 1]),
      ArrowUp: () => moveTo(shown[at - 1]),
      Home: () => moveTo(shown[0]),
      End: () => moveTo(shown.at(-1)),
      ArrowRight: () => {
        if (open) moveTo(shown[at + 1]);
        else if (hasChildren(items, focused)) toggle(focused, true);
      },
      ArrowLeft: () => (open ? toggle(focused, false) : moveTo(parentOf(items, focused), false)),
      Enter: () => moveTo(focused),
      " ": () => moveTo(focused),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  list.addEventListener("keydown", onKey, { signal });
  list.addEventListener(
    "click",
    (event) => {
      const target = event.target as Element;
      const i = rows.findIndex(({ node }) => node.contains(target));
      if (i < 0) return;
      if (target.closest(".tree-fold") && hasChildren(items, i)) toggle(i);
      else if (items[i]?.enabled) moveTo(i);
      else toggle(i);
    },
    { signal },
  );
  finder.el.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      moveTo(visible().find((i) => items[i]?.enabled && answers(items[i], filter)));
    },
    { signal },
  );
  render();

  return {
    element: root,
    select(key) {
      const i = index.get(key) ?? -1;
      if (i === selected) return;
      selected = i;
      focused = Math.max(0, i);
      for (let p = parentOf(items, i); p !== undefined; p = parentOf(items, p)) closed.delete(p);
      render();
      rows[i]?.node.scrollIntoView({ block: "nearest" });
    },
    sparklines(curves) {
      items.forEach((item, i) => {
        rows[i]?.spark.replaceChildren(
          ...(curves[item.key] ? [sparkline(curves[item.key] ?? [])] : []),
        );
      });
    },
    focus: () => rows[focused]?.node.focus(),
    focusSearch: () => finder.focus(),
    neighbour(key, step) {
      const all = items.filter((item) => item.enabled);
      return all[all.findIndex((item) => item.key === key) + step]?.key ?? null;
    },
  };
}

function row(item: TreeItem, foldable: boolean): { node: HTMLElement; spark: HTMLElement } {
  const spark = h("span", { class: "tree-spark", "aria-hidden": "true" });
  const fold = h("span", { class: foldable ? "tree-fold" : "tree-leaf", "aria-hidden": "true" });
  const name = h("span", { class: "tree-name" }, item.label);
  const kind = h("span", { class: "tree-kind" }, item.kind);
  const node = h(
    "div",
    { class: "tree-row", role: "treeitem", "aria-level": item.depth + 1, title: item.tooltip },
    fold,
    ...(item.path ? [h("span", { class: "tree-path" }, item.path)] : []),
    name,
    kind,
    ...(item.mark ? [h("span", { class: "tree-mark" }, item.mark)] : []),
    spark,
    h("span", { class: "tree-detail" }, item.detail),
  );
  node.classList.toggle("marked", item.mark !== "");
  node.style.setProperty("--depth", String(item.depth));
  if (!item.enabled) setAttribute(node, "aria-disabled", "true");
  return { node, spark };
}

function kindOptions(items: readonly TreeItem[]): Option<string>[] {
  const counts = new Map<string, number>();
  for (const { kind } of items) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]);
  return [
    { value: "", label: "all kinds" },
    ...kinds.map(([kind, n]) => ({ value: kind, label: `${kind} (${n})` })),
  ];
}
