// The handle under a card: drag it, or use the arrow keys, to give the widget another height.

import { h } from "./dom";
import { bind, type Model, put } from "./model";
import type { BaseTraits } from "./protocol";
import { throttle } from "./schedule";

// As in src/convscope/widgets/_base.py.
export const MIN_HEIGHT = 240;
export const MAX_HEIGHT = 2400;

export function handle<T extends BaseTraits>(model: Model<T>, signal: AbortSignal): HTMLElement {
  const el = h("div", {
    class: "cv-grip",
    role: "separator",
    tabindex: 0,
    "aria-orientation": "horizontal",
    "aria-label": "Height",
    "aria-valuemin": MIN_HEIGHT,
    "aria-valuemax": MAX_HEIGHT,
    title: "Drag to change the height",
  });
  bind(model, "height", (height) => el.setAttribute("aria-valuenow", String(height)), signal);
  const clamp = (height: number) =>
    Math.round(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, height))) as T["height"];
  // Every save goes to the kernel, so not one a mouse event.
  const save = throttle((height: number) => put(model, "height", clamp(height)), 100, signal);

  let start: { y: number; height: number } | null = null;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ) => el.addEventListener(type, listener, { signal });
  on("pointerdown", (event) => {
    el.setPointerCapture(event.pointerId);
    start = { y: event.clientY, height: model.get("height") };
    event.preventDefault();
    el.focus();
  });
  on("pointermove", (event) => {
    if (start) save(start.height + event.clientY - start.y);
  });
  for (const type of ["pointerup", "pointercancel"] as const) on(type, () => (start = null));
  on("keydown", (event) => {
    const step = { ArrowUp: -20, ArrowDown: 20 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere on the card the same keys choose a layer
    put(model, "height", clamp(model.get("height") + step));
  });
  return el;
}
