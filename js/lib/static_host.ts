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
  /** The folder in which other answers lie as files, for a site. */
  remote?: string;
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

/**
 * Where a site keeps an answer; as in src/convscope/widgets/_site.py. Small letters, digits, dots and dashes stand for
 * themselves, so that names differ on every file system.
 */
export function fileOf(method: string, params: Record<string, unknown>): string {
  const safe = (value: unknown): string =>
    String(value ?? "none").replace(/[^a-z0-9.-]/g, (c) => `~${c.charCodeAt(0).toString(16)}`);
  const names = Object.keys(params).sort();
  return `${method}/${names.map((name) => safe(params[name])).join("_") || "all"}.bin`;
}

/** An answer from a file: the length of its JSON, that, then the buffers one after another. */
async function fetched(url: string, signal: AbortSignal): Promise<[unknown, DataView[]] | null> {
  const response = await fetch(url, { signal });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const data = await response.arrayBuffer();
  const length = new DataView(data).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const buffers = (head.sizes as number[]).map((size) => {
    at += size;
    return new DataView(data, at - size, size);
  });
  return [head.value, buffers];
}

function bytes(base64: string): DataView {
  const text = atob(base64);
  const data = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
  return new DataView(data.buffer);
}

/** A model that keeps its traits in the page and answers calls from what is embedded. */
export function staticModel({ state, answers, defaults, remote }: PageWidget): Model<BaseTraits> {
  const values = new Map<string, unknown>(Object.entries(state));
  const listeners = new Map<string, Set<Listener>>();
  const loading = new Map<string, AbortController>();
  const key = (method: string, params: object) =>
    canonical([method, { ...defaults[method], ...params }]);
  const known = new Map(answers.map((answer) => [key(answer.method, answer.params), answer]));
  const emit = (event: string, ...args: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])])
      (listener as (...a: unknown[]) => void)(...args);
  };
  const reply = (id: string, value: unknown, buffers: DataView[]) =>
    emit("msg:custom", { kind: "result", id, value }, buffers);
  const refuse = (id: string, type: string, message: string) =>
    emit("msg:custom", { kind: "error", id, value: { type, message } }, []);

  async function load(id: string, folder: string, file: string): Promise<void> {
    const control = new AbortController();
    loading.set(id, control);
    try {
      const found = await fetched(`${folder}/${file}`, control.signal);
      if (found) reply(id, ...found);
      else refuse(id, "NoKernel", NO_KERNEL);
    } catch (reason) {
      if (!control.signal.aborted) refuse(id, "NotLoaded", `This could not be loaded: ${reason}`);
    } finally {
      loading.delete(id);
    }
  }

  const answer = (message: ToPython) => {
    if (message.kind === "cancel") loading.get(message.id)?.abort();
    if (message.kind !== "call") return;
    const { id, method, params } = message;
    // Through JSON, as on the wire: undefined members go, as they do on the way to a kernel.
    const asked = JSON.parse(JSON.stringify(params)) as Record<string, unknown>;
    const found = known.get(key(method, asked));
    if (found) reply(id, found.value, found.buffers.map(bytes));
    else if (remote && method in defaults)
      void load(id, remote, fileOf(method, { ...defaults[method], ...asked }));
    else refuse(id, "NoKernel", NO_KERNEL);
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
    if (widget.remote) document.documentElement.dataset.convscopeSite = "true";
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
