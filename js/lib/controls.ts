// Native form elements with labels: keyboard, touch and screen readers come with them.

import { h, icon } from "./dom";

export interface Control<T> {
  /** The labelled element to put into a view. */
  el: HTMLElement;
  get value(): T;
  /** Setting shows the value and calls nobody. */
  set value(value: T);
  set disabled(value: boolean);
}

interface Labelled {
  label: string;
  /** A longer explanation, on hover. */
  title?: string;
  signal: AbortSignal;
  disabled?: boolean;
}

export interface Option<V extends string> {
  value: V;
  label: string;
  /** Options with the same group stand under its name. */
  group?: string;
}

/** A drop-down list. */
export function select<V extends string>(
  o: Labelled & { options: readonly Option<V>[]; value: V; onChange: (value: V) => void },
): Control<V> & { setOptions(options: readonly Option<V>[]): void } {
  const field = h("select", { class: "cv-select", "aria-label": o.label });
  const setOptions = (options: readonly Option<V>[]) => {
    const kept = field.value;
    field.replaceChildren(...grouped(options));
    if (options.some(({ value }) => value === kept)) field.value = kept;
  };
  setOptions(o.options);
  field.value = o.value;
  field.addEventListener("change", () => o.onChange(field.value as V), { signal: o.signal });
  const el = labelled(o, field);
  return Object.assign(
    control(
      el,
      field,
      () => field.value as V,
      (v) => (field.value = v),
      o,
    ),
    {
      setOptions,
    },
  );
}

function grouped<V extends string>(options: readonly Option<V>[]): Node[] {
  const nodes: Node[] = [];
  const groups = new Map<string, HTMLOptGroupElement>();
  for (const { value, label, group } of options) {
    const option = h("option", { value }, label);
    if (group === undefined) {
      nodes.push(option);
      continue;
    }
    let parent = groups.get(group);
    if (!parent) {
      parent = h("optgroup", { label: group });
      groups.set(group, parent);
      nodes.push(parent);
    }
    parent.append(option);
  }
  return nodes;
}

interface Numeric extends Labelled {
  min: number;
  max: number;
  step?: number;
  /** How the value is written, with its unit. */
  format?: (value: number) => string;
}

/** A slider with its value beside it. `onInput` while it moves, `onChange` when let go. */
export function slider(
  o: Numeric & {
    value: number;
    onInput?: (value: number) => void;
    onChange?: (value: number) => void;
  },
): Control<number> {
  const field = rangeInput(o, o.value, o.label);
  const output = h("output", { class: "cv-value" });
  const write = () => {
    const text = (o.format ?? String)(field.valueAsNumber);
    output.textContent = text;
    field.setAttribute("aria-valuetext", text);
    fill(field, o.min, field.valueAsNumber, o);
  };
  write();
  field.addEventListener(
    "input",
    () => {
      write();
      o.onInput?.(field.valueAsNumber);
    },
    { signal: o.signal },
  );
  field.addEventListener("change", () => o.onChange?.(field.valueAsNumber), { signal: o.signal });
  const set = (value: number) => {
    field.valueAsNumber = value;
    write();
  };
  return control(labelled(o, field, output), field, () => field.valueAsNumber, set, o);
}

/** Two handles on one track; the low one never passes the high one. */
export function range(
  o: Numeric & {
    value: [number, number];
    onInput?: (value: [number, number]) => void;
    onChange?: (value: [number, number]) => void;
  },
): Control<[number, number]> {
  const low = rangeInput(o, o.value[0], `${o.label}, from`);
  const high = rangeInput(o, o.value[1], `${o.label}, to`);
  const track = h("span", { class: "cv-range", role: "group", "aria-label": o.label }, low, high);
  const output = h("output", { class: "cv-value" });
  const format = o.format ?? String;
  const read = (): [number, number] => [low.valueAsNumber, high.valueAsNumber];
  const write = () => {
    output.textContent = read().map(format).join(" – ");
    for (const field of [low, high])
      field.setAttribute("aria-valuetext", format(field.valueAsNumber));
    fill(track, low.valueAsNumber, high.valueAsNumber, o);
  };
  write();
  for (const field of [low, high]) {
    field.addEventListener(
      "input",
      () => {
        if (low.valueAsNumber > high.valueAsNumber)
          field.valueAsNumber = field === low ? high.valueAsNumber : low.valueAsNumber;
        write();
        o.onInput?.(read());
      },
      { signal: o.signal },
    );
    field.addEventListener("change", () => o.onChange?.(read()), { signal: o.signal });
  }
  const set = ([a, b]: [number, number]) => {
    low.valueAsNumber = a;
    high.valueAsNumber = b;
    write();
  };
  const both = {
    set disabled(off: boolean) {
      low.disabled = off;
      high.disabled = off;
    },
  };
  return control(labelled({ ...o, group: true }, track, output), both, read, set, o);
}

function rangeInput(o: Numeric, value: number, label: string): HTMLInputElement {
  const { min, max, step } = o;
  const field = h("input", { type: "range", min, max, step: step ?? "any", "aria-label": label });
  field.valueAsNumber = value;
  return field;
}

/** Say to the styles which part of the track is chosen. */
function fill(el: HTMLElement, from: number, to: number, { min, max }: Numeric): void {
  const percent = (value: number) => `${(100 * (value - min)) / (max - min || 1)}%`;
  el.style.setProperty("--from", percent(from));
  el.style.setProperty("--to", percent(to));
}

/** A check box. */
export function toggle(
  o: Labelled & { value: boolean; onChange: (value: boolean) => void },
): Control<boolean> {
  const field = h("input", { type: "checkbox" });
  field.checked = o.value;
  field.addEventListener("change", () => o.onChange(field.checked), { signal: o.signal });
  const el = h("label", { class: "cv-toggle", title: o.title }, field, h("span", {}, o.label));
  return control(
    el,
    field,
    () => field.checked,
    (v) => (field.checked = v),
    o,
  );
}

/** A search field; Escape empties it. `focus()` for the "/" shortcut. */
export function search(
  o: Labelled & { placeholder?: string; onInput: (text: string) => void },
): Control<string> & { focus(): void } {
  const field = h("input", {
    type: "search",
    class: "cv-search",
    placeholder: o.placeholder ?? o.label,
    "aria-label": o.label,
    title: o.title,
    spellcheck: "false",
    autocomplete: "off",
  });
  field.addEventListener("input", () => o.onInput(field.value), { signal: o.signal });
  field.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || field.value === "") return;
      field.value = "";
      o.onInput("");
      event.stopPropagation();
      event.preventDefault();
    },
    { signal: o.signal },
  );
  const set = (text: string) => {
    field.value = text;
  };
  return Object.assign(
    control(field, field, () => field.value, set, o),
    {
      focus: () => field.focus(),
    },
  );
}

/** A button; with `icon` (an SVG path in a 16 px box) and no text, `label` is its name and hover text. */
export function button(
  o: Labelled & {
    icon?: string;
    text?: boolean;
    primary?: boolean;
    onClick: (event: MouseEvent) => void;
  },
): HTMLButtonElement {
  const words = o.text ?? o.icon === undefined;
  const el = h("button", {
    type: "button",
    class: `cv-button${o.primary ? " cv-primary" : ""}${words ? "" : " cv-icon-button"}`,
    title: o.title ?? (words ? undefined : o.label),
    "aria-label": words ? undefined : o.label,
    disabled: o.disabled,
  });
  if (o.icon !== undefined) el.append(icon(o.icon));
  if (words) el.append(o.label);
  el.addEventListener("click", o.onClick, { signal: o.signal });
  return el;
}

function labelled(o: Labelled & { group?: boolean }, ...children: Node[]): HTMLElement {
  const name = h("span", { class: "cv-label", "aria-hidden": "true" }, o.label);
  // A label may hold one field only; two-handled ranges carry their names themselves.
  return h(o.group ? "div" : "label", { class: "cv-field", title: o.title }, name, ...children);
}

function control<T>(
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
