// A widget's own room in the host page: shadow root, styles, theme, teardown.

import base from "../styles/base.css";
import { h } from "./dom";
import { listen, type Model } from "./model";
import type { BaseTraits } from "./protocol";
import { isDark, onTheme } from "./theme";

export interface View {
  /** The element to fill, inside the shadow root; carries `data-theme="light|dark"`. */
  root: HTMLElement;
  /** Aborts when the view goes; give it to every listener and observer. */
  signal: AbortSignal;
  /** Whether it is dark now: the trait where it says so, else the host. */
  dark(): boolean;
  /** Called when `dark()` changes, for what CSS cannot colour (canvases). */
  onDark(changed: (dark: boolean) => void): void;
  /** Take everything away; safe to call twice. */
  dispose(): void;
}

/** Give `el` a shadow root with the base styles and `css`, themed by the model's `theme` trait. */
export function mount<T extends BaseTraits>(
  el: HTMLElement,
  css: string[],
  signal: AbortSignal | undefined,
  model: Model<T>,
): View {
  const control = new AbortController();
  const host = h("div", { class: "convscope", "data-lm-suppress-shortcuts": "true" });
  const root = h("div", { class: "cv-root" });
  const shadow = host.attachShadow({ mode: "open" });
  shadow.append(...[base, ...css].map((text) => h("style", {}, text)), root);
  el.append(host);

  const view = themed(root, host, model, control.signal);
  isolateKeys(host, control.signal);
  const dispose = () => {
    control.abort();
    host.remove();
  };
  signal?.addEventListener("abort", dispose, { once: true, signal: control.signal });
  if (signal?.aborted) dispose();
  return { root, signal: control.signal, ...view, dispose };
}

/** Keep `data-theme` right and pass changes on. */
function themed<T extends BaseTraits>(
  root: HTMLElement,
  host: HTMLElement,
  model: Model<T>,
  signal: AbortSignal,
): Pick<View, "dark" | "onDark"> {
  const listeners: ((dark: boolean) => void)[] = [];
  const dark = () => {
    const theme = model.get("theme");
    return theme === "dark" || (theme !== "light" && isDark(host));
  };
  let shown: boolean | undefined;
  const apply = () => {
    const now = dark();
    root.dataset.theme = now ? "dark" : "light";
    // A theme of our own choosing must not mix with colours of the host's.
    root.toggleAttribute("data-own", now !== isDark(host));
    if (shown !== undefined && shown !== now) for (const changed of listeners) changed(now);
    shown = now;
  };
  apply();
  onTheme(host, signal, apply);
  listen(model, "change:theme", apply, signal);
  return { dark, onDark: (changed) => listeners.push(changed) };
}

/** Plain keys pressed in the widget are the widget's: hosts bind arrows, a, b, d, … to cells. */
function isolateKeys(host: HTMLElement, signal: AbortSignal): void {
  for (const type of ["keydown", "keyup", "keypress"] as const)
    host.addEventListener(
      type,
      (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
      },
      { signal },
    );
}
