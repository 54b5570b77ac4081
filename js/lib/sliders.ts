// One value or two on a track.

import { h } from "./dom";
import { type Control, control, type Labelled, labelled } from "./field";

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

/** Two handles on one track, styled by styles/range.css; the low one never passes the high one. */
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
    // Both at the right end: the low one must be the one that can be taken.
    low.style.zIndex = low.valueAsNumber > (o.min + o.max) / 2 ? "1" : "0";
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
