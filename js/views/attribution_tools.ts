/** The line of choices over the maps: how many, by which method, in which colours. */

import type { About, Choice } from "../lib/attribution_choice";
import { isMethod, targetWords } from "../lib/attribution_choice";
import { button, type Option, select } from "../lib/controls";
import { h } from "../lib/dom";
import type { Target } from "../lib/protocol";
import { fadeSlider, smoothToggle } from "./look";
import type { Prediction } from "./predictions";
import { setAttribute } from "./surface";
import { COLOR_OPTIONS } from "./tools";

export interface AttributionTools {
  readonly element: HTMLElement;
  show(choice: Choice, guesses: readonly Prediction[]): void;
}

const MODES: readonly { value: Choice["mode"]; label: string; title: string }[] = [
  {
    value: "large",
    label: "one map",
    title: "one map large; with a comparison, two to wipe between",
  },
  { value: "multiples", label: "several", title: "maps of several layers, methods or classes" },
  {
    value: "difference",
    label: "difference",
    title: "where the network sees more of one class (red) or of the other (blue)",
  },
];
const ALONG: readonly Option<Choice["along"]>[] = [
  { value: "layers", label: "layers" },
  { value: "methods", label: "methods" },
  { value: "classes", label: "likely classes" },
];
const SCALES: readonly Option<Choice["scale"]>[] = [
  { value: "auto", label: "auto scale" },
  { value: "shared", label: "one scale" },
  { value: "own", label: "own scales" },
];

export function attributionTools(
  about: About,
  first: Choice,
  choose: (change: Partial<Choice>) => void,
  signal: AbortSignal,
): AttributionTools {
  const modes = MODES.map(({ value, label, title }) =>
    button({ label, title, text: true, signal, onClick: () => choose({ mode: value }) }),
  );
  const along = select({
    label: "several",
    title: "what the maps differ in",
    options: ALONG,
    value: first.along,
    onChange: (value) => choose({ along: value }),
    signal,
  });
  const method = select({
    label: "method",
    title: "how the map is made",
    options: methodOptions(about),
    value: first.method,
    onChange: (value) => choose({ method: value }),
    signal,
  });
  const compare = select<string>({
    label: "compare with",
    title: "a second class or method",
    options: [],
    value: "null",
    onChange: (value) => choose({ compare: JSON.parse(value) as Target | null }),
    signal,
  });
  const scale = select({
    label: "colour scale",
    title: "one colour scale for all maps, or one for each",
    options: SCALES,
    value: first.scale,
    onChange: (value) => choose({ scale: value }),
    signal,
  });
  const colours = select({
    label: "colours",
    options: COLOR_OPTIONS,
    value: first.colormap,
    onChange: (value) => choose({ colormap: value }),
    signal,
  });
  const fade = fadeSlider(first.opacity, (opacity) => choose({ opacity }), signal);
  const smooth = smoothToggle(first.smooth, (on) => choose({ smooth: on }), signal);
  const element = h(
    "div",
    { class: "tools attr-tools", role: "group", "aria-label": "how the maps are shown" },
    h("span", { class: "cv-modes", role: "group", "aria-label": "which maps" }, ...modes),
    along.el,
    method.el,
    compare.el,
    scale.el,
    colours.el,
    fade.el,
    smooth.el,
  );

  return {
    element,
    show(choice, guesses) {
      modes.forEach((item, i) => {
        setAttribute(item, "aria-pressed", String(MODES[i]?.value === choice.mode));
      });
      const several = choice.mode === "multiples";
      along.el.hidden = !several;
      compare.el.hidden = several;
      method.el.hidden = several && choice.along === "methods";
      scale.el.hidden = choice.mode === "difference" || (!several && choice.compare === null);
      colours.el.hidden = choice.mode === "difference";
      compare.setOptions(compareOptions(choice, about, guesses));
      compare.value = JSON.stringify(choice.compare);
      along.value = choice.along;
      method.value = choice.method;
      scale.value = choice.scale;
      colours.value = choice.colormap;
      if (fade.value !== choice.opacity) fade.value = choice.opacity;
      smooth.value = choice.smooth;
    },
  };
}

function methodOptions({ methods }: About): Option<string>[] {
  return [...methods.values()].map(({ name, title, layers }) => ({
    value: name,
    label: title,
    group: layers ? "of a layer" : "of the input",
  }));
}

function compareOptions(
  choice: Choice,
  about: About,
  guesses: readonly Prediction[],
): Option<string>[] {
  const difference = choice.mode === "difference";
  const options: Option<string>[] = [
    { value: "null", label: difference ? "less the next likely" : "compare with…" },
    ...guesses.map(({ name, index }) => ({
      value: JSON.stringify(index),
      label: difference ? `less ${name}` : `vs ${name}`,
      group: "likely classes",
    })),
  ];
  const { compare } = choice;
  const value = JSON.stringify(compare);
  if (
    compare !== null &&
    !isMethod(compare, about) &&
    !options.some((each) => each.value === value)
  )
    options.splice(1, 0, { value, label: `vs ${targetWords(compare, about)}` });
  if (difference) return options;
  const methods = [...about.methods.values()].filter(({ name }) => name !== choice.method);
  return [
    ...options,
    ...methods.map(({ name, title }) => ({
      value: JSON.stringify(name),
      label: `vs ${title}`,
      group: "methods",
    })),
  ];
}
