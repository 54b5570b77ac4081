/** One declared parameter as a control: its name, a track or a field, its value with the unit. */

import { range, select, slider, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import type { Control } from "../lib/field";
import { integer, number } from "../lib/format";
import type { ParamInfo, ParamValue } from "../lib/protocol";
import { type Distribution, distributionStrip } from "./distribution";
import { setText } from "./surface";

export interface ParamControl {
  readonly element: HTMLElement;
  show(value: ParamValue): void;
  /** How the values drawn for many samples are distributed, and those of the samples shown. */
  distribution(of: Distribution | null): void;
}

export interface ParamEvents {
  /** `done` when the handle is let go. */
  change(value: ParamValue, done: boolean): void;
}

type Span = [number, number];

/** `−15 – 15°`, `0.7`, `12 px`. */
export function paramWords(param: ParamInfo, value: ParamValue): string {
  if (value === null) return "none";
  if (Array.isArray(value)) {
    const [low, high] = value.map((each) => plain(param, each));
    const ends = low === high || value.length > 2 ? [...new Set(value)] : value;
    return `${ends.map((each) => plain(param, each)).join(" – ")}${unitOf(param)}`;
  }
  if (typeof value === "number") return `${plain(param, value)}${unitOf(param)}`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value;
}

/** What a person set or a slider stands at: without the zeros that a measurement would have. */
function plain({ whole }: ParamInfo, value: number): string {
  return whole
    ? integer(value)
    : number(value)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
}

function unitOf({ unit }: ParamInfo): string {
  return unit === "" || unit === "°" ? unit : `\u2009${unit}`;
}

/** Words for a name in Python: `max_angle` is "max angle", `p` is "probability". */
export function paramLabel(name: string): string {
  return name === "p" ? "probability" : name.replaceAll("_", " ");
}

export function paramControl(
  param: ParamInfo,
  value: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  const make = { span, number: single, choice, switch: onOff, fill }[param.kind];
  return make(param, value, events, signal);
}

/** What a track covers: the declared range, and further where the value lies outside of it. */
export function trackOf(
  { slider: [low, high] }: ParamInfo,
  value: ParamValue,
): { min: number; max: number } {
  const values = [value].flat().filter((each) => typeof each === "number");
  return { min: Math.min(low, ...values), max: Math.max(high, ...values) };
}

function row(param: ParamInfo, middle: Node, value: HTMLElement | null): HTMLElement {
  const name = h("span", { class: "param-name" }, paramLabel(param.name));
  const root = h("div", { class: "param", title: param.help }, name, middle);
  if (value) root.append(value);
  else root.classList.add("param-wide");
  root.dataset.param = param.name;
  return root;
}

function span(
  param: ParamInfo,
  first: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  let exact = first as Span;
  const track = trackOf(param, first);
  const words = h("span", { class: "param-value" });
  const strip = distributionStrip(track.min, track.max);
  const control = range({
    label: paramLabel(param.name),
    ...track,
    step: param.step,
    value: exact,
    format: (end) => paramWords(param, end),
    signal,
    onInput: (ends) => take(ends, false),
    onChange: (ends) => take(ends, true),
  });
  let shown = control.value;

  /** A native slider rounds to its steps; the end that was not moved keeps its own value. */
  function take(ends: Span, done: boolean): void {
    exact = ends.map((end, i) => (end === shown[i] ? exact[i] : end)) as Span;
    shown = ends;
    setText(words, paramWords(param, exact));
    events.change(exact, done);
  }

  setText(words, paramWords(param, exact));
  const element = row(param, h("div", { class: "param-track" }, strip.element, control.el), words);
  element.classList.add("param-span");
  return {
    element,
    show(next) {
      exact = next as Span;
      control.value = exact;
      shown = control.value;
      setText(words, paramWords(param, exact));
    },
    distribution: strip.show,
  };
}

function single(
  param: ParamInfo,
  first: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  const words = h("span", { class: "param-value" });
  const start = typeof first === "number" ? first : (param.slider[0] + param.slider[1]) / 2;
  const control = slider({
    label: paramLabel(param.name),
    ...trackOf(param, first),
    step: param.step,
    value: start,
    format: (value) => paramWords(param, value),
    signal,
    onInput: (value) => take(value, false),
    onChange: (value) => take(value, true),
  });
  const take = (value: ParamValue, done: boolean): void => {
    setText(words, paramWords(param, value));
    events.change(value, done);
  };
  const element = row(param, h("div", { class: "param-track" }, control.el), words);
  const given = param.optional ? optionalSwitch(param, control, take, signal) : null;
  if (given) element.firstElementChild?.replaceWith(given.el);
  const show = (value: ParamValue): void => {
    if (typeof value === "number") control.value = value;
    control.disabled = value === null;
    if (given) given.value = value !== null;
    setText(words, paramWords(param, value));
  };
  show(first);
  return { element, show, distribution: () => undefined };
}

/** Takes a value that may be missing away, and gives it back. */
function optionalSwitch(
  param: ParamInfo,
  control: Control<number>,
  take: (value: ParamValue, done: boolean) => void,
  signal: AbortSignal,
): Control<boolean> {
  const given = toggle({
    label: paramLabel(param.name),
    value: true,
    signal,
    onChange(on) {
      control.disabled = !on;
      take(on ? control.value : null, true);
    },
  });
  given.el.classList.add("param-name");
  return given;
}

function choice(
  param: ParamInfo,
  first: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  const control = select({
    label: paramLabel(param.name),
    options: param.choices.map((value) => ({ value, label: value })),
    value: String(first),
    signal,
    onChange: (value) => events.change(value, true),
  });
  return {
    element: row(param, control.el, null),
    show(value) {
      control.value = String(value);
    },
    distribution: () => undefined,
  };
}

function onOff(
  param: ParamInfo,
  first: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  const control = toggle({
    label: paramLabel(param.name),
    value: first === true,
    signal,
    onChange: (on) => events.change(on, true),
  });
  const element = row(param, control.el, null);
  element.firstElementChild?.remove(); // the check box carries its own name
  return {
    element,
    show(value) {
      control.value = value === true;
    },
    distribution: () => undefined,
  };
}

/** One value, the image's edge or its mirror; several values, one for each channel, are kept and named. */
function fill(
  param: ParamInfo,
  first: ParamValue,
  events: ParamEvents,
  signal: AbortSignal,
): ParamControl {
  let kept: ParamValue = first;
  const kindOf = (value: ParamValue): string =>
    typeof value === "number" ? "value" : Array.isArray(value) ? "channels" : String(value);
  const options = [
    { value: "value", label: "a value" },
    { value: "edge", label: "the edge" },
    { value: "reflect", label: "the mirror" },
    ...(Array.isArray(first)
      ? [{ value: "channels", label: first.map((v) => number(v)).join(", ") }]
      : []),
  ];
  const kind = select({
    label: paramLabel(param.name),
    options,
    value: kindOf(first),
    signal,
    onChange(value) {
      const next = value === "value" ? level.value : value === "channels" ? kept : value;
      level.el.hidden = value !== "value";
      events.change(next, true);
    },
  });
  const level = slider({
    label: `${paramLabel(param.name)}, value`,
    min: 0,
    max: 1,
    step: 0.01,
    value: typeof first === "number" ? first : 0,
    format: (value) => number(value),
    signal,
    onInput: (value) => events.change(value, false),
    onChange: (value) => events.change(value, true),
  });
  const show = (value: ParamValue): void => {
    if (Array.isArray(value)) kept = value;
    kind.value = kindOf(value);
    level.el.hidden = typeof value !== "number";
    if (typeof value === "number") level.value = value;
  };
  show(first);
  return {
    element: row(param, h("div", { class: "param-fill" }, kind.el, level.el), null),
    show,
    distribution: () => undefined,
  };
}
