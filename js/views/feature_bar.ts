/** What is asked for: a unit, what stands beside it, or any target as text. */

import { button, numberField, select } from "../lib/controls";
import { h } from "../lib/dom";
import type { AboutFeatures, FeatureChoice } from "../lib/feature_choice";
import { join, meant, type Pairing, takeApart } from "../lib/feature_target";
import { integer } from "../lib/format";
import { matching } from "./class_chooser";
import { setAttribute, setText } from "./surface";

/** No layer has more units; how many this one has is known when it is chosen. */
const MOST = 1e6;
const PAIRINGS: readonly { value: Pairing; label: string }[] = [
  { value: "alone", label: "alone" },
  { value: "plus", label: "+ and" },
  { value: "minus", label: "− but not" },
  { value: "between", label: "↔ towards" },
];

export function featureBar(
  about: AboutFeatures,
  choose: (change: Partial<FeatureChoice>) => void,
  /** Somebody has written a target, which may not be one. */
  ask: (target: string) => void,
  signal: AbortSignal,
) {
  let choice: FeatureChoice | null = null;
  const arrow = (label: string, path: string, step: number) =>
    button({ label, icon: path, signal, onClick: () => chooseUnit((choice?.unit ?? 0) + step) });
  const unit = numberField("unit", 0, MOST, chooseUnit, signal);
  const of = h("span", { class: "tools-word" });
  const pairing = select<Pairing>({
    label: "what stands beside it",
    title: "a second unit: added, subtracted, or all between the two",
    options: PAIRINGS,
    value: "alone",
    signal,
    onChange: pair,
  });
  const second = textField("the second unit", "unit, class or direction", (text) => {
    if (choice) setTarget(join(takeApart(choice.target).first, pairing.value, text));
  });
  const whole = textField("target", "class, direction or layer:unit", setTarget);
  whole.title =
    "a class, a named direction, or any target as text: layer3:12@5,7 is one place of a channel, layer3:12 - 0.5*layer3:40 a sum";
  const offered = h("ul", { class: "feature-offered", role: "listbox", hidden: true });
  offered.setAttribute("aria-label", "classes and directions found");
  const element = h(
    "div",
    { class: "feature-bar", role: "group", "aria-label": "what the picture shall excite" },
    h(
      "span",
      { class: "feature-unit" },
      arrow("Previous unit", "M10 3L5 8l5 5", -1),
      unit.el,
      arrow("Next unit", "M6 3l5 5-5 5", 1),
      of,
    ),
    pairing.el,
    second,
    h("span", { class: "feature-whole" }, whole, offered),
  );

  function textField(label: string, placeholder: string, change: (text: string) => void) {
    const field = h("input", {
      class: "cv-search feature-text",
      type: "text",
      placeholder,
      "aria-label": label,
      spellcheck: "false",
      autocomplete: "off",
    });
    const done = (): void => {
      const text = meant(field.value, choice?.layer ?? "", about);
      if (text !== "" || field !== whole) change(text);
      offered.hidden = true;
    };
    field.addEventListener("change", done, { signal });
    field.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Enter") return;
        done();
        field.select();
      },
      { signal },
    );
    return field;
  }

  function setTarget(target: string): void {
    if (choice && target !== choice.target) ask(target);
  }

  /** The unit of the target's first part; what stands beside it stays. */
  function chooseUnit(wanted: number): void {
    if (!choice) return;
    const count = about.channels.get(choice.layer) ?? 1;
    const next = Math.min(count - 1, Math.max(0, wanted));
    const { second: other, pairing: how } = takeApart(choice.target);
    const kept = choice.unit === null ? "" : other;
    const target = join(`${choice.layer}:${next}`, kept ? how : "alone", kept);
    choose({ layer: choice.layer, unit: next, target });
  }

  function pair(how: Pairing): void {
    if (!choice) return;
    const { first, second: other } = takeApart(choice.target);
    const count = about.channels.get(choice.layer) ?? 1;
    const next = `${choice.layer}:${((choice.unit ?? 0) + 1) % count}`;
    setTarget(join(first, how, how === "alone" ? "" : other || next));
  }

  function offer(): void {
    const text = whole.value.trim();
    const names = [...about.objectives.filter((name) => name.includes(text))];
    const classes = /:/.test(text) ? [] : matching(about.classes, text);
    const all = [...names, ...classes.map((i) => about.classes[i] ?? "")].slice(0, 8);
    offered.replaceChildren(
      ...all.map((name) => {
        const item = h("li", { role: "option", tabindex: -1 }, name);
        item.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
        item.addEventListener("click", () => take(name), { signal });
        return item;
      }),
    );
    offered.hidden = text === "" || all.length === 0;
  }

  function take(name: string): void {
    whole.value = name;
    offered.hidden = true;
    setTarget(meant(name, choice?.layer ?? "", about));
    whole.focus();
  }

  whole.addEventListener("input", offer, { signal });
  whole.addEventListener("blur", () => (offered.hidden = true), { signal });
  whole.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && !offered.hidden) {
        offered.hidden = true;
        event.stopPropagation();
      }
      if (event.key === "ArrowDown" && !offered.hidden) {
        event.preventDefault();
        take(offered.firstElementChild?.textContent ?? "");
      }
    },
    { signal },
  );

  return {
    element,
    chooseUnit,
    show(next: FeatureChoice) {
      const changed = choice?.unit !== next.unit;
      choice = next;
      const parts = takeApart(next.target);
      const count = about.channels.get(next.layer) ?? 1;
      unit.field.max = String(count - 1);
      // What is being typed is not written over by what else changes.
      const active = (unit.field.getRootNode() as ShadowRoot).activeElement;
      if (unit.field !== active || changed)
        unit.field.value = next.unit === null ? "" : String(next.unit);
      setText(of, `of ${integer(count)}`);
      pairing.value = parts.more ? "plus" : parts.pairing;
      pairing.disabled = parts.more;
      second.hidden = parts.pairing === "alone" || parts.more;
      const own = `${next.layer}:`;
      second.value = parts.second.startsWith(own) ? parts.second.slice(own.length) : parts.second;
      if (whole !== (whole.getRootNode() as ShadowRoot).activeElement) whole.value = next.target;
      setAttribute(whole, "data-target", next.target);
    },
    focus: () => whole.focus(),
  };
}
