// Native form elements with labels: keyboard, touch and screen readers come with them.

import { h, icon } from "./dom";
import { type Control, control, type Labelled, labelled } from "./field";

export type { Control } from "./field";
export { range, slider } from "./sliders";

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

/** A whole number to type, between bounds; its name stands behind it. Styled by styles/views.css. */
export function numberField(
  label: string,
  min: number,
  max: number,
  change: (value: number) => void,
  signal: AbortSignal,
): { el: HTMLElement; field: HTMLInputElement } {
  const field = h("input", { type: "number", class: "cv-select tools-number", min, max, step: 1 });
  field.setAttribute("aria-label", label);
  field.addEventListener(
    "change",
    () => {
      const value = Math.round(field.valueAsNumber);
      if (Number.isFinite(value)) change(Math.min(max, Math.max(min, value)));
    },
    { signal },
  );
  const el = h("label", { class: "tools-field" }, field, h("span", { class: "tools-word" }, label));
  return { el, field };
}
