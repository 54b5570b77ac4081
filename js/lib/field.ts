// What every control is made of: a label, a native field, a value.

import { h } from "./dom";

export interface Control<T> {
  /** The labelled element to put into a view. */
  el: HTMLElement;
  get value(): T;
  /** Setting shows the value and calls nobody. */
  set value(value: T);
  set disabled(value: boolean);
}

export interface Labelled {
  label: string;
  /** A longer explanation, on hover. */
  title?: string;
  signal: AbortSignal;
  disabled?: boolean;
}

export function labelled(o: Labelled & { group?: boolean }, ...children: Node[]): HTMLElement {
  const name = h("span", { class: "cv-label", "aria-hidden": "true" }, o.label);
  // A label may hold one field only; two-handled ranges carry their names themselves.
  return h(o.group ? "div" : "label", { class: "cv-field", title: o.title }, name, ...children);
}

export function control<T>(
  el: HTMLElement,
  field: { disabled: boolean } | { set disabled(off: boolean) },
  get: () => T,
  set: (value: T) => void,
  o: Labelled,
): Control<T> {
  if (o.disabled) field.disabled = true;
  return {
    el,
    get value() {
      return get();
    },
    set value(value: T) {
      set(value);
    },
    set disabled(off: boolean) {
      field.disabled = off;
    },
  };
}
