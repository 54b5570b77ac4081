/** One operation of a pipeline: its head, its parameters, and for a combinator the lists of its children. */

import { button } from "../lib/controls";
import { h, icon } from "../lib/dom";
import { branchesOf } from "../lib/operations";
import type { CatalogueEntry, OperationNode, ParamInfo, ParamValue } from "../lib/protocol";
import type { Distribution } from "./distribution";
import { type ParamControl, paramControl, paramWords } from "./param";
import { setAttribute, setText } from "./surface";

export interface Allowed {
  /** Operations can be added, moved and removed. */
  readonly editable: boolean;
  /** Parameters can be changed: there is a kernel. */
  readonly live: boolean;
}

export interface CardEvents {
  param(name: string, value: ParamValue, done: boolean): void;
  on(on: boolean): void;
  alone(): void;
  remove(): void;
  /** Add to one of its lists, at the end. */
  add(branch: number): void;
  /** The pointer takes the handle. */
  grab(event: PointerEvent): void;
  /** Move by one place up (−1) or down. */
  step(by: 1 | -1): void;
}

export interface OperationCard {
  readonly element: HTMLElement;
  readonly node: OperationNode;
  /** Where its children stand, one list for each branch. */
  readonly lists: readonly HTMLElement[];
  show(node: OperationNode, alone: boolean): void;
  /** By the names of its parameters. */
  distributions(of: Readonly<Record<string, Distribution>>): void;
  /** Whether this card can show a node as it is: same operation, same lists. */
  fits(node: OperationNode): boolean;
  fold(folded: boolean): void;
  focus(): void;
  dispose(): void;
}

const GRIP = "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01";
const EYE =
  "M1.5 8S4 3.7 8 3.7 14.5 8 14.5 8 12 12.3 8 12.3 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6";
const CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7";
const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowDown: 1 };

export function operationCard(
  entry: CatalogueEntry,
  first: OperationNode,
  { editable, live }: Allowed,
  events: CardEvents,
  above: AbortSignal,
): OperationCard {
  const own = new AbortController();
  const signal = AbortSignal.any([above, own.signal]);
  const title = first.title || entry.title;
  let node = first;

  const grip = button({
    label: `move ${title}: drag, or arrow keys`,
    icon: GRIP,
    signal,
    onClick: () => undefined,
  });
  grip.classList.add("op-grip");
  grip.addEventListener("pointerdown", events.grab, { signal });
  grip.addEventListener(
    "keydown",
    (event) => {
      const by = STEPS[event.key];
      if (!by || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      events.step(by);
    },
    { signal },
  );
  const on = h("input", { type: "checkbox", class: "op-on", "aria-label": `${title} switched on` });
  on.addEventListener("change", () => events.on(on.checked), { signal });
  const name = h("button", { type: "button", class: "op-name" }, h("span", {}, title));
  name.title = entry.help;
  name.addEventListener("click", () => fold(!element.hasAttribute("data-folded")), { signal });
  const brief = h("span", { class: "op-brief" });
  const alone = button({
    label: `the effect of ${title} alone`,
    icon: EYE,
    signal,
    onClick: events.alone,
  });
  alone.classList.add("op-alone");
  const away = button({ label: `remove ${title}`, icon: CROSS, signal, onClick: events.remove });
  away.classList.add("op-away");
  name.append(brief);
  const head = h("div", { class: "op-head" }, ...(editable ? [grip] : []), on, name, alone);
  if (editable) head.append(away);

  const controls = new Map<string, { param: ParamInfo; control: ParamControl }>();
  const params = h("fieldset", { class: "op-params", disabled: !live });
  const body = h("div", { class: "op-body" }, params);
  for (const declared of entry.params) {
    const value = first.params[declared.name];
    if (value === undefined) continue;
    const param = limited(declared, first);
    const control = paramControl(
      param,
      value,
      { change: (next, done) => events.param(param.name, next, done) },
      signal,
    );
    controls.set(param.name, { param, control });
    params.append(control.element);
  }
  const lists = branchesOf(first).map((branch, i) => {
    const list = h("ol", { class: "ops" });
    list.setAttribute(
      "aria-label",
      branch.label === null ? `in ${title}` : className(branch.label),
    );
    const add = button({ label: "add…", text: true, signal, onClick: () => events.add(i) });
    add.classList.add("op-add");
    add.prepend(icon("M8 4v8M4 8h8"));
    add.setAttribute("aria-label", `add to ${title}`);
    body.append(
      ...(branch.label === null ? [] : [h("p", { class: "op-class" }, className(branch.label))]),
      h("div", { class: "op-nest" }, list, ...(editable ? [add] : [])),
    );
    return list;
  });
  const element = h("li", { class: "op", "aria-label": title }, head, body);

  function tellBriefly(): void {
    setText(brief, briefly([...controls.values()], node));
  }

  function fold(folded: boolean): void {
    if (folded) tellBriefly();
    element.toggleAttribute("data-folded", folded);
    name.setAttribute("aria-expanded", String(!folded));
  }
  fold(false);

  return {
    element,
    get node() {
      return node;
    },
    lists,
    show(next, isAlone) {
      for (const [key, { control }] of controls) {
        const value = next.params[key];
        if (value !== undefined && value !== node.params[key]) control.show(value);
      }
      node = next;
      on.checked = next.on;
      element.toggleAttribute("data-off", !next.on);
      element.toggleAttribute("data-alone", isAlone);
      setAttribute(alone, "aria-pressed", String(isAlone));
      if (element.hasAttribute("data-folded")) tellBriefly();
    },
    distributions(of) {
      for (const [key, { control }] of controls) control.distribution(of[key] ?? null);
    },
    fits: (next) =>
      next.name === node.name &&
      next.title === node.title &&
      next.ref === node.ref &&
      branchesOf(next).length === lists.length &&
      // How many children there are limits how many of them can be taken.
      (!("count" in next.params) || branchesOf(next)[0]?.nodes.length === limit(first)) &&
      Object.entries(next.params).every(([key, value]) => kept(node.params[key], value)),
    fold,
    focus: () => grip.focus(),
    dispose() {
      own.abort();
      element.remove();
    },
  };
}

function className(label: string): string {
  return label === "" ? "all other classes" : `class ${label}`;
}

function limit(node: OperationNode): number | undefined {
  return branchesOf(node)[0]?.nodes.length;
}

/** "Some of" can take as many as there are. */
function limited(param: ParamInfo, node: OperationNode): ParamInfo {
  if (param.name !== "count" || branchesOf(node).length === 0) return param;
  return { ...param, slider: [0, Math.max(1, limit(node) ?? 1)] };
}

/** Whether a control made for one value can show the other. */
function kept(before: ParamValue | undefined, now: ParamValue): boolean {
  const form = (value: ParamValue | undefined) => (Array.isArray(value) ? value.length : "one");
  return before !== undefined && form(before) === form(now);
}

/** A folded operation in one line: its first span or number, and its probability. */
function briefly(controls: readonly { param: ParamInfo }[], { params }: OperationNode): string {
  const of = (kind: ParamInfo["kind"]) =>
    controls.find(({ param }) => param.name !== "p" && param.kind === kind)?.param;
  const first = of("span") ?? of("number");
  const value = first && params[first.name];
  const p = params["p"];
  return [
    first && value !== undefined ? paramWords(first, value) : "",
    typeof p === "number" && p < 1 ? `p ${paramWords({ unit: "" } as ParamInfo, p)}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
