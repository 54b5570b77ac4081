// The host of exported pages: shows widgets with no kernel, from what the page itself holds.
// src/convscope/widgets/_export.py writes the page; this file is bundled into it.

import type { Model } from "./model";
import type { BaseTraits, ToPython } from "./protocol";

/** One answer, as Python gave it when the page was made; `params` with the defaults filled in. */
interface Answer {
  method: string;
  params: Record<string, unknown>;
  value: unknown;
  /** base64, decoded when asked for */
  buffers: string[];
}

interface PageWidget {
  module: string;
  state: Record<string, unknown>;
  answers: Answer[];
  /** Default arguments of each method, as in its Python signature. */
  defaults: Record<string, Record<string, unknown>>;
}

interface Page {
  bundles: Record<string, string>;
  widgets: PageWidget[];
}

type Listener = (...args: never[]) => void;
type Render = (props: { model: unknown; el: Element; signal: AbortSignal }) => unknown;
type Exports = { render?: Render } | (() => { render?: Render } | Promise<{ render?: Render }>);

const NO_KERNEL =
  "This page has no kernel, and it does not hold this. Open the notebook to compute it.";

/** JSON with sorted keys, so that the order in which arguments were written does not matter. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item) =>
    item && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function bytes(base64: string): DataView {
  const text = atob(base64);
  const data = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
  return new DataView(data.buffer);
}

/** A model that keeps its traits in the page and answers calls from what is embedded. */
export function staticModel({ state, answers, defaults }: PageWidget): Model<BaseTraits> {
  const values = new Map<string, unknown>(Object.entries(state));
  const listeners = new Map<string, Set<Listener>>();
  const key = (method: string, params: object) =>
    canonical([method, { ...defaults[method], ...params }]);
  const known = new Map(answers.map((answer) => [key(answer.method, answer.params), answer]));
  const emit = (event: string, ...args: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])])
      (listener as (...a: unknown[]) => void)(...args);
  };
  const answer = (message: ToPython) => {
    if (message.kind !== "call") return;
    const { id, method, params } = message;
    // Through JSON, as on the wire: undefined members go, as they do on the way to a kernel.
    const found = known.get(key(method, JSON.parse(JSON.stringify(params)) as object));
    if (found)
      emit("msg:custom", { kind: "result", id, value: found.value }, found.buffers.map(bytes));
    else
      emit(
        "msg:custom",
        { kind: "error", id, value: { type: "NoKernel", message: NO_KERNEL } },
        [],
      );
  };
  return {
    get: (name) => values.get(name) as never,
    set(name, value) {
      if (Object.is(values.get(name), value)) return;
      values.set(name, value);
      emit(`change:${name}`);
      emit("change");
    },
    save_changes: () => undefined,
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)?.add(listener);
    },
    off: (event, listener) => void (listener && listeners.get(event)?.delete(listener)),
    send: (content) => queueMicrotask(() => answer(content as ToPython)),
  };
}

/** Show every widget of the page in its place; a widget that fails says so and leaves the others. */
export async function show(page: Page, root: ParentNode, signal: AbortSignal): Promise<void> {
  const modules = new Map<string, Promise<{ default: Exports }>>();
  for (const place of root.querySelectorAll<HTMLElement>("[data-convscope-widget]")) {
    const widget = page.widgets[Number(place.dataset.convscopeWidget)];
    if (!widget) continue;
    try {
      const source = page.bundles[widget.module] ?? "";
      const loaded = modules.get(widget.module) ?? load(source);
      modules.set(widget.module, loaded);
      const exports = (await loaded).default;
      const { render } = typeof exports === "function" ? await exports() : exports;
      const el = document.createElement("div");
      await render?.({ model: staticModel(widget), el, signal });
      place.replaceChildren(el);
    } catch (reason) {
      const words = document.createElement("p");
      words.textContent = `This widget could not be shown: ${reason}`;
      place.append(words);
    }
  }
  document.documentElement.dataset.convscopeReady = "true";
}

async function load(source: string): Promise<{ default: Exports }> {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

const data = document.getElementById("convscope-page")?.textContent;
if (data) void show(JSON.parse(data) as Page, document, new AbortController().signal);
