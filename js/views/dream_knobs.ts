/** What a dream is made by: target, sizes, steps, guide; the rest folded away. */

import { type Amount, amountSliders } from "../lib/amounts";
import { button, numberField, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import { octaveSizes, RECIPE, targetOf, unitOf } from "../lib/dream_calls";
import { number } from "../lib/format";
import type { DreamChoices } from "../lib/protocol";
import { pixelsWords } from "./dream_words";
import { otherSeed } from "./preview_tools";
import { setText } from "./surface";

export interface AboutDreams {
  /** Channels of each layer by name, 0 where it has no maps. */
  readonly channels: ReadonlyMap<string, number>;
}

export interface DreamKnobs {
  readonly element: HTMLElement;
  /** With the height and width of the image that is dreamt about. */
  show(choices: DreamChoices, size: readonly [number, number]): void;
}

type AmountName = "octaves" | "octave_scale" | "steps" | "rate" | "jitter" | "tile";

const SLIDERS: readonly Amount<AmountName>[] = [
  {
    name: "octaves",
    label: "octaves",
    title: "how many sizes, from small to the image's own: more give larger shapes",
    min: 1,
    max: 8,
    step: 1,
  },
  {
    name: "octave_scale",
    label: "scale",
    title: "from one size to the next",
    min: 1.1,
    max: 2,
    step: 0.05,
    format: (value) => `× ${value.toFixed(2)}`,
  },
  {
    name: "steps",
    label: "steps",
    title: "steps at each size",
    min: 1,
    max: 60,
    step: 1,
  },
  {
    name: "rate",
    label: "step size",
    title: "mean change of a value in a step, where 255 is white",
    min: 0.1,
    max: 8,
    step: 0.1,
    format: (value) => number(value, 2),
  },
  {
    name: "jitter",
    label: "jitter",
    title: "most pixels by which the image is moved before each step: without it, grids appear",
    min: 0,
    max: 64,
    step: 1,
    format: (value) => `${value} px`,
  },
  {
    name: "tile",
    label: "tile",
    title: "larger images go through the network in windows of this side: memory stays bounded",
    min: 128,
    max: 1024,
    step: 32,
    format: (value) => `${value} px`,
    more: true,
  },
];

export function dreamKnobs(
  about: AboutDreams,
  first: DreamChoices,
  choose: (change: Partial<DreamChoices>) => void,
  signal: AbortSignal,
): DreamKnobs {
  let choices = first;
  const names = new Set(about.channels.keys());
  const target = h("input", {
    class: "cv-search",
    type: "text",
    "aria-label": "what becomes stronger",
    title: "a layer, a channel as layer:12, or any objective as text, such as a:12 - b:40",
    spellcheck: "false",
    autocomplete: "off",
  });
  target.addEventListener("change", () => choose({ target: target.value.trim() }), { signal });
  const channel = h("input", {
    class: "cv-select tools-number",
    type: "number",
    min: 0,
    step: 1,
    placeholder: "all",
    "aria-label": "channel",
    title: "one channel of the layer; empty for the whole layer",
  });
  channel.addEventListener("change", () => chooseChannel(channel.valueAsNumber), { signal });
  const sliders = amountSliders(SLIDERS, first, choose, signal);
  const sizes = h("p", { class: "caption knobs-sizes" });
  const seed = numberField("seed", 0, 2 ** 31 - 1, (value) => choose({ seed: value }), signal);
  const dice = button({
    label: "Another seed",
    icon: "M3 3h10v10H3zM6 6h.01M10 10h.01M10 6h.01M6 10h.01",
    signal,
    onClick: () => choose({ seed: otherSeed(choices.seed) }),
  });
  const clip = toggle({
    label: "stay within black and white",
    title: "off lets values grow, and stretches the contrast at the end",
    value: first.clip,
    signal,
    onChange: (on) => choose({ clip: on }),
  });
  const recipe = button({
    label: "the original's recipe",
    title: "4 octaves of scale 1.4, 10 steps of 1.5, jitter 32 (google/deepdream)",
    signal,
    onClick: () => choose(RECIPE),
  });
  const rows = (more: boolean) => sliders.filter((o) => !!o.more === more).map((o) => o.control.el);
  const element = h(
    "div",
    { class: "knobs", role: "group", "aria-label": "how it dreams" },
    h(
      "div",
      { class: "knobs-target" },
      target,
      h("label", { class: "tools-field" }, channel, h("span", { class: "tools-word" }, "channel")),
    ),
    ...rows(false),
    sizes,
    h(
      "details",
      { class: "knobs-more" },
      h("summary", {}, "more"),
      h("div", { class: "knobs-row" }, seed.el, dice),
      ...rows(true),
      clip.el,
      recipe,
    ),
  );

  function chooseChannel(value: number): void {
    const unit = unitOf(choices.target, names);
    if (!unit) return;
    const most = (about.channels.get(unit.layer) ?? 1) - 1;
    const chosen = Number.isFinite(value) ? Math.min(most, Math.max(0, Math.round(value))) : null;
    choose({ target: targetOf({ ...unit, channel: chosen }) });
  }

  return {
    element,
    show(next, size) {
      choices = next;
      const unit = unitOf(next.target, names);
      const count = unit ? (about.channels.get(unit.layer) ?? 0) : 0;
      target.value = next.target;
      target.title = next.target;
      channel.value = unit?.channel === null || !unit ? "" : String(unit.channel);
      channel.max = String(count - 1);
      channel.disabled = count === 0 || next.guide !== null;
      for (const { name, control } of sliders)
        if (control.value !== next[name]) control.value = next[name];
      seed.field.value = String(next.seed);
      clip.value = next.clip;
      const walked = octaveSizes(size, next);
      setText(sizes, walked.map(pixelsWords).join(" → "));
      sizes.title = `${walked.length} sizes, ${walked.length * next.steps} steps`;
    },
  };
}
