// A widget's card in the page of a test, with what tests look for in any card.

import { onTestFinished } from "vitest";
import type { CallMessage } from "../lib/protocol";
import type { FakeModel } from "./fake_model";

interface Widget<T extends object> {
  render(context: { model: FakeModel<T>; el: HTMLElement }): () => void;
}

/** Show a widget at a width in px; it goes when the test ends. */
export function card<T extends object>(widget: Widget<T>, model: FakeModel<T>, width: number) {
  const el = document.body.appendChild(document.createElement("div"));
  el.style.width = `${width}px`;
  const dispose = widget.render({ model, el });
  onTestFinished(() => {
    dispose();
    el.remove();
  });
  const root = el.firstElementChild?.shadowRoot as ShadowRoot;
  const find = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector) as E;
  const all = <E extends HTMLElement>(selector: string) => [...root.querySelectorAll<E>(selector)];
  const button = (words: string) =>
    all<HTMLButtonElement>("button").find(
      (each) => each.textContent === words || each.getAttribute("aria-label") === words,
    ) as HTMLButtonElement;
  const calls = (method: string) =>
    model.sent.filter((m): m is CallMessage => m.kind === "call" && m.method === method);
  return { el, root, find, all, button, calls, dispose };
}

/** Press a key, as if it came from an element of the card; true unless somebody took it. */
export function press(target: Element, key: string, options: KeyboardEventInit = {}): boolean {
  return target.dispatchEvent(
    new KeyboardEvent("keydown", {
      key,
      bubbles: true,
      composed: true,
      cancelable: true,
      ...options,
    }),
  );
}
