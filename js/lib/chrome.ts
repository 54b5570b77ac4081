// The card all widgets share: header, left rail, stage, status line, height handle.

import type { Picture } from "./binary";
import { button } from "./controls";
import { disclosure } from "./disclosure";
import { h, icon } from "./dom";
import { handle } from "./height";
import { bind, type Model, put } from "./model";
import type { View } from "./mount";
import { composePng, download, fileName } from "./picture";
import type { BaseTraits, Theme } from "./protocol";
import type { KernelState, Rpc } from "./rpc";
import { type Status, statusLine } from "./status";

export interface Help {
  /** What this picture is, how to read it, what it cannot tell. */
  paragraphs: string[];
  /** Keys and what they do, such as ["← →", "image"]. */
  keys?: [string, string][];
  /** Where the idea comes from. */
  source?: { text: string; href: string };
}

export interface CardOptions<T extends BaseTraits> {
  model: Model<T>;
  rpc: Rpc;
  help: Help;
  /** Until `setTitle`; the model's `_title` when left out. */
  title?: string;
  /** What the left rail holds ("Layers"); null for a card without one. */
  rail?: string | null;
}

export interface Card {
  el: HTMLElement;
  rail: HTMLElement;
  stage: HTMLElement;
  /** A place in the header, before the buttons, for a widget's own few controls. */
  tools: HTMLElement;
  status: Status;
  setTitle(text: string): void;
}

/** Build the card into `view.root`. The widget fills `rail` and `stage`. */
export function card<T extends BaseTraits>(view: View, options: CardOptions<T>): Card {
  const { model, rpc } = options;
  const { signal } = view;
  const title = h("h2", { class: "cv-title" });
  const setTitle = (text: string) => {
    title.textContent = text;
    title.title = text;
  };
  setTitle(options.title ?? model.get("_title"));
  const tools = h("div", { class: "cv-tools" });
  const label = options.rail === undefined ? "Contents" : options.rail;
  const rail = h("nav", {
    class: "cv-rail",
    "aria-label": label ?? "Contents",
    hidden: label === null,
  });
  const stage = h("div", { class: "cv-stage", role: "region", "aria-label": "Pictures" });
  const status = statusLine(signal);
  const help = helpPanel(options.help, model, signal);
  const png = pngMenu(view, options, stage, status, () => title.textContent ?? "");
  const buttons = h("div", { class: "cv-buttons" }, themeButton(model, signal), png, help.opener);
  const header = h("header", { class: "cv-header" }, title, tools, stateBadge(rpc), buttons);
  const body = h("div", { class: "cv-body" }, rail, stage);
  const grip = handle(model, signal);
  const el = h("section", { class: "cv-card" }, header, help.panel, body, status.el, grip);
  el.setAttribute("aria-label", model.get("_title"));
  if (label !== null) header.prepend(railButton(el, rail, label, signal));
  view.root.append(el);

  bind(model, "height", (height) => el.style.setProperty("--cv-height", `${height}px`), signal);
  bind(model, "_notice", status.notice, signal);
  rpc.onState((state) => {
    if (state !== "busy") status.busy(false);
  });
  return { el, rail, stage, tools, status, setTitle };
}

const STATES: Record<KernelState, [string, string]> = {
  ready: ["", ""],
  busy: [
    "kernel busy",
    "The kernel is busy with a cell; what was asked for comes when it is free.",
  ],
  gone: ["no kernel", "The kernel was restarted or the widget closed. Run the cell again."],
  static: [
    "static page",
    "This page has no kernel: what it holds can be explored, nothing new computed.",
  ],
};

function stateBadge(rpc: Rpc): HTMLElement {
  const el = h("span", { class: "cv-state", role: "status" });
  const show = (state: KernelState) => {
    const [text, title] = STATES[state];
    el.dataset.state = state;
    el.textContent = text;
    el.title = title;
  };
  show(rpc.state());
  rpc.onState(show);
  return el;
}

const THEMES: Record<Theme, { next: Theme; path: string }> = {
  auto: { next: "light", path: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M11 4v8" },
  light: {
    next: "dark",
    path: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1M8 14v1M1 8h1M14 8h1M3 3l.7.7M12.3 12.3l.7.7M3 13l.7-.7M12.3 3.7l.7-.7",
  },
  dark: { next: "auto", path: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z" },
};

function themeButton<T extends BaseTraits>(model: Model<T>, signal: AbortSignal): HTMLElement {
  const el = button({
    label: "Theme",
    icon: "",
    signal,
    onClick: () => put(model, "theme", THEMES[model.get("theme")].next as T["theme"]),
  });
  const draw = (theme: Theme) => {
    el.replaceChildren(icon(THEMES[theme].path));
    el.title = `Theme: ${theme === "auto" ? "as the page" : theme}`;
    el.setAttribute("aria-label", el.title);
  };
  bind(model, "theme", draw, signal);
  return el;
}

function railButton(el: HTMLElement, rail: HTMLElement, label: string, signal: AbortSignal) {
  const toggle = button({
    label,
    icon: "M2 4h12M2 8h12M2 12h12",
    signal,
    onClick: () => open(!el.hasAttribute("data-rail-open")),
  });
  toggle.classList.add("cv-rail-button");
  toggle.setAttribute("aria-expanded", "false");
  const open = (on: boolean) => {
    el.toggleAttribute("data-rail-open", on);
    toggle.setAttribute("aria-expanded", String(on));
  };
  rail.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !el.hasAttribute("data-rail-open")) return;
      open(false);
      toggle.focus();
    },
    { signal },
  );
  return toggle;
}

function pngMenu<T extends BaseTraits>(
  view: View,
  { rpc }: CardOptions<T>,
  stage: HTMLElement,
  status: Status,
  title: () => string,
): HTMLElement {
  const { signal } = view;
  const fromPython = async () => {
    const picture = await status.run((call) => rpc.call<Picture>("png", {}, call), {
      retried: (late) => download(late.blob, fileName(title(), "png")),
    });
    if (picture) download(picture.blob, fileName(title(), "png"));
  };
  const fromStage = async () => {
    const background = getComputedStyle(view.root).getPropertyValue("--cv-bg") || "white";
    const blob = await composePng(stage, background);
    if (blob) download(blob, fileName(title(), "png"));
    else status.error("There is no picture on the stage to save.");
  };
  const menu = h("div", { class: "cv-menu", role: "group", "aria-label": "Save a picture" });
  const opener = button({
    label: "PNG",
    icon: "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
    text: true,
    title: "Save a picture",
    signal,
    onClick: () => undefined,
  });
  const box = h("div", { class: "cv-drop" }, opener, menu);
  const drop = disclosure(opener, menu, box, signal);
  const item = (label: string, hint: string, act: () => Promise<void>) =>
    button({
      label,
      title: hint,
      signal,
      onClick: () => {
        drop.close();
        void act();
      },
    });
  const figure = item(
    "Figure (matplotlib)",
    "The still picture, as in a saved notebook",
    fromPython,
  );
  menu.append(
    figure,
    item("What is on the stage", "The pictures as they stand on the screen", fromStage),
  );
  const allow = (state: KernelState) => {
    figure.disabled = state === "static" || state === "gone";
  };
  allow(rpc.state());
  rpc.onState(allow);
  return box;
}

function helpPanel<T extends BaseTraits>(help: Help, model: Model<T>, signal: AbortSignal) {
  const panel = h("aside", { class: "cv-help", "aria-label": "About this picture" });
  panel.append(...help.paragraphs.map((text) => h("p", {}, text)));
  if (help.keys) {
    const rows = help.keys.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)]);
    panel.append(h("dl", {}, ...rows));
  }
  if (help.source) {
    const { text, href } = help.source;
    panel.append(h("p", {}, h("a", { href, target: "_blank", rel: "noopener" }, text)));
  }
  const missing = model.get("_static")?.left_out ?? [];
  if (missing.length > 0) panel.append(h("p", {}, `Not in this page: ${missing.join(", ")}.`));
  const opener = button({ label: "?", title: "What is this?", signal, onClick: () => undefined });
  opener.setAttribute("aria-label", "What is this?");
  opener.classList.add("cv-icon-button");
  disclosure(opener, panel, null, signal);
  return { opener, panel };
}
