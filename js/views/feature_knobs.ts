/** How pictures are made: what matters at hand, the rest folded away. */

import { type Amount, amountSliders } from "../lib/amounts";
import { button, numberField, select, slider, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import type { FeatureChoice } from "../lib/feature_choice";
import { number } from "../lib/format";
import { otherSeed } from "./preview_tools";

type AmountName = "steps" | "size" | "diverse" | "diversity" | "smooth" | "between";

const SLIDERS: readonly Amount<AmountName>[] = [
  {
    name: "steps",
    label: "steps",
    title: "how often the picture is changed: more is clearer, and takes longer",
    min: 16,
    max: 1024,
    step: 16,
  },
  {
    name: "size",
    label: "size",
    title: "height and width of the picture: smaller is quicker",
    min: 8,
    max: 384,
    step: 8,
    format: (value) => `${value} px`,
  },
  {
    name: "diverse",
    label: "diverse",
    title: "how many more versions, each unlike the others",
    min: 0,
    max: 9,
    step: 1,
  },
  {
    name: "diversity",
    label: "unlikeness",
    title: "how much it counts that diverse versions are unlike, against the activation",
    min: 0,
    max: 2,
    step: 0.1,
    format: (value) => number(value, 2),
    more: true,
  },
  {
    name: "smooth",
    label: "smoothness",
    title: "how much roughness (total variation) counts against the picture",
    min: 0,
    max: 50,
    step: 1,
    more: true,
  },
  {
    name: "between",
    label: "between",
    title: "how many pictures from one unit to the other",
    min: 2,
    max: 9,
    step: 1,
    more: true,
  },
];

/** Learning rates by the power of two from the usual one of a parameterisation. */
const USUAL = { fourier: 0.05, pixel: 0.05, maco: 1 } as const;

export function featureKnobs(
  first: FeatureChoice,
  choose: (change: Partial<FeatureChoice>) => void,
  signal: AbortSignal,
) {
  let choice = first;
  const sliders = amountSliders(SLIDERS, first, choose, signal);
  const transforms = select({
    label: "transforms",
    title: "small moves before each step, so that the picture does not depend on single pixels",
    options: [
      { value: "standard", label: "shift, turn, scale" },
      { value: "light", label: "light" },
      { value: "none", label: "none: noise appears" },
    ],
    value: first.transforms,
    signal,
    onChange: (value) => choose({ transforms: value }),
  });
  const decorrelate = toggle({
    label: "decorrelated colours",
    title: "optimise in the colours that vary independently in photographs",
    value: first.decorrelate,
    signal,
    onChange: (on) => choose({ decorrelate: on }),
  });
  const negative = toggle({
    label: "negative",
    title: "make the picture of what inhibits it, too",
    value: first.negative,
    signal,
    onChange: (on) => choose({ negative: on }),
  });
  const param = select({
    label: "made from",
    title: "what is optimised",
    options: [
      { value: "fourier", label: "Fourier coefficients" },
      { value: "pixel", label: "pixels" },
      { value: "maco", label: "phases alone (MACO)" },
    ],
    value: first.param,
    signal,
    onChange: (value) => choose({ param: value, rate: null }),
  });
  const rate = slider({
    label: "rate",
    title: "how far each step goes, against the usual",
    min: -3,
    max: 3,
    step: 0.5,
    value: 0,
    format: (power) => `× ${number(2 ** power, 2)}`,
    signal,
    onInput: (power) => choose({ rate: power === 0 ? null : USUAL[choice.param] * 2 ** power }),
  });
  const alpha = toggle({
    label: "transparent where it does not matter",
    value: first.alpha,
    signal,
    onChange: (on) => choose({ alpha: on }),
  });
  const seed = numberField("seed", 0, 2 ** 31 - 1, (value) => choose({ seed: value }), signal);
  const dice = button({
    label: "Another seed",
    icon: "M3 3h10v10H3zM6 6h.01M10 10h.01M10 6h.01M6 10h.01",
    signal,
    onClick: () => choose({ seed: otherSeed(choice.seed) }),
  });
  const rows = (more: boolean) => sliders.filter((o) => !!o.more === more).map((o) => o.control.el);
  const element = h(
    "div",
    { class: "feature-knobs", role: "group", "aria-label": "how it is made" },
    ...rows(false),
    transforms.el,
    h("div", { class: "feature-knobs-row" }, decorrelate.el, negative.el),
    h(
      "details",
      { class: "feature-more" },
      h("summary", {}, "more"),
      param.el,
      rate.el,
      ...rows(true),
      alpha.el,
      h("div", { class: "feature-knobs-row" }, seed.el, dice),
    ),
  );

  return {
    element,
    show(next: FeatureChoice) {
      choice = next;
      for (const { name, control } of sliders)
        if (control.value !== next[name]) control.value = next[name];
      const power = next.rate === null ? 0 : Math.log2(next.rate / USUAL[next.param]);
      if (rate.value !== power) rate.value = power;
      transforms.value = next.transforms;
      decorrelate.value = next.decorrelate;
      negative.value = next.negative;
      param.value = next.param;
      alpha.value = next.alpha;
      seed.field.value = String(next.seed);
    },
  };
}
