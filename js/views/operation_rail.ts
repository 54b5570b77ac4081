/** The rail of the augmentation preview: the operations, what can be added, and the way back. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { history } from "../lib/history";
import type { Nodes, Path, Slot } from "../lib/operations";
import type { CatalogueEntry, OperationNode } from "../lib/protocol";
import { addMenu } from "./add_menu";
import type { Distribution } from "./distribution";
import { operationList } from "./operation_list";

export interface RailEvents {
  /** `done` when no more of the same is to follow, as while a slider moves. */
  edit(nodes: OperationNode[], done: boolean): void;
  alone(path: Path | null): void;
  say(text: string): void;
}

export function operationRail(
  about: {
    catalogue: readonly CatalogueEntry[];
    /** Whether operations can be added and moved, and whether anything can be changed at all. */
    editable: boolean;
    live: boolean;
  },
  events: RailEvents,
  signal: AbortSignal,
) {
  const past = history<OperationNode[]>();
  const editable = about.editable && about.live;
  let nodes: OperationNode[] = [];
  let slot: Slot | null = null;
  let opener: HTMLElement | null = null;

  const list = operationList(
    about.catalogue,
    { editable, live: about.live },
    {
      edit(next, name, done = true) {
        past.push(nodes, name);
        if (done) past.seal();
        take(next, done);
      },
      alone: events.alone,
      add: (place, into) => openMenu(place, into),
      say: events.say,
    },
    signal,
  );
  const menu = addMenu(
    about.catalogue,
    {
      add({ name, params, nests }) {
        const values = Object.fromEntries(params.map((param) => [param.name, param.default]));
        const children = nests ? { operations: [] } : {};
        const place = slot ?? { parent: [], branch: 0, place: nodes.length };
        list.insert(place, { name, params: values, on: true, ...children });
      },
      cancel: () => opener?.focus(),
    },
    signal,
  );
  const add = button({
    label: "add operation…",
    icon: "M8 3v10M3 8h10",
    text: true,
    title: "add an operation ( / )",
    signal,
    onClick: () => (menu.isOpen ? menu.close() : openMenu(null, "")),
  });
  add.classList.add("rail-add");
  const undo = button({
    label: "undo (ctrl + z)",
    icon: "M5.5 3L2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
    signal,
    onClick: () => go(past.undo(nodes)),
  });
  const redo = button({
    label: "redo (ctrl + shift + z)",
    icon: "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10",
    signal,
    onClick: () => go(past.redo(nodes)),
  });
  const foot = h("div", { class: "rail-foot" }, ...(editable ? [add] : []), undo, redo);
  const none = h(
    "p",
    { class: "rail-none caption" },
    "No operation yet: the samples are the image.",
  );
  const scroller = h("div", { class: "op-scroll", tabindex: -1 }, none, list.element);
  const element = h("div", { class: "op-rail" }, scroller, menu.element, foot);
  foot.hidden = !about.live;

  function focused(): HTMLElement | null {
    return (element.getRootNode() as ShadowRoot | Document).activeElement as HTMLElement | null;
  }

  function openMenu(place: Slot | null, into: string): void {
    slot = place;
    opener = focused();
    menu.open(into);
  }

  function take(next: OperationNode[], done = true): void {
    nodes = next;
    events.edit(next, done);
    buttons();
  }

  function go(then: OperationNode[] | null): void {
    if (!then) return;
    const before = focused();
    take(then);
    // What had the focus may be gone: the next key must still come here.
    if (before && !focused()) scroller.focus({ preventScroll: true });
  }

  function buttons(): void {
    undo.disabled = !past.canUndo;
    redo.disabled = !past.canRedo;
    none.hidden = nodes.length > 0;
  }

  return {
    element,
    show(next: Nodes, alone: Path | null): void {
      // What came from elsewhere can be undone too.
      if (nodes.length > 0 && next !== nodes && JSON.stringify(next) !== JSON.stringify(nodes))
        past.push(nodes);
      nodes = next as OperationNode[];
      list.show(next, alone);
      buttons();
    },
    distributions: (of: ReadonlyMap<string, Readonly<Record<string, Distribution>>>) =>
      list.distributions(of),
    openMenu: () => openMenu(null, ""),
    undo: () => undo.click(),
    redo: () => redo.click(),
  };
}
