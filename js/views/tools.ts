/** The line of choices over the mosaic. */

import { COLOR_CHOICES, type ColorChoice } from "../lib/colormap";
import { button, type Option, select } from "../lib/controls";
import { h } from "../lib/dom";
import type { Scale, Sort } from "./channels";
import { setText } from "./surface";

export interface ToolChoice {
  readonly sort: Sort;
  readonly scale: Scale;
  readonly colormap: ColorChoice;
}

export interface ToolEvents {
  choose(choice: Partial<ToolChoice>): void;
  zoom(direction: number): void;
}

export interface Tools {
  readonly element: HTMLElement;
  show(choice: ToolChoice, anchor: number | null): void;
  /** How many channels are silent, and out of how many. */
  dead(count: number, of: number): void;
}

const COLOR_NAMES: Readonly<Record<ColorChoice, string>> = {
  auto: "auto colours",
  magma: "magma",
  viridis: "viridis",
  grey: "grey",
  diverging: "blue – white – red",
};

/** The choices of colours, for any widget. */
export const COLOR_OPTIONS: readonly Option<ColorChoice>[] = COLOR_CHOICES.map((value) => ({
  value,
  label: COLOR_NAMES[value],
}));

const SCALES: readonly Option<Scale>[] = [
  { value: "shared", label: "one scale" },
  { value: "channel", label: "own scales" },
];

export function tools(choice: ToolChoice, events: ToolEvents, signal: AbortSignal): Tools {
  const sort = select({
    label: "order of the channels",
    title: "by number, mean or largest activation, share of zeros, or similarity to a channel",
    options: sortOptions(null),
    value: choice.sort,
    onChange: (value) => events.choose({ sort: value }),
    signal,
  });
  const scale = select({
    label: "colour scale",
    title: "one colour scale for all channels, or one for each",
    options: SCALES,
    value: choice.scale,
    onChange: (value) => events.choose({ scale: value }),
    signal,
  });
  const colours = select({
    label: "colours",
    options: COLOR_OPTIONS,
    value: choice.colormap,
    onChange: (value) => events.choose({ colormap: value }),
    signal,
  });
  const smaller = button({
    label: "smaller tiles ( − )",
    icon: "M3 8h10",
    onClick: () => events.zoom(-1),
    signal,
  });
  const larger = button({
    label: "larger tiles ( + )",
    icon: "M3 8h10M8 3v10",
    onClick: () => events.zoom(1),
    signal,
  });
  const dead = h("span", {
    class: "tools-dead",
    title: "hatched: zero everywhere in the image shown",
  });
  const root = h(
    "div",
    { class: "tools", role: "group", "aria-label": "how the channels are shown" },
    sort.el,
    scale.el,
    colours.el,
    h("span", { class: "tools-size" }, smaller, larger),
    dead,
  );
  return {
    element: root,
    show(next, anchor) {
      sort.setOptions(sortOptions(anchor));
      sort.value = next.sort;
      scale.value = next.scale;
      colours.value = next.colormap;
    },
    dead(count, of) {
      dead.classList.toggle("some", count > 0);
      setText(dead, count > 0 ? `dead: ${count} of ${of}` : "");
    },
  };
}

function sortOptions(anchor: number | null): readonly Option<Sort>[] {
  return [
    { value: "index", label: "by number" },
    { value: "mean", label: "by mean" },
    { value: "max", label: "by maximum" },
    { value: "sparsity", label: "by share of zeros" },
    {
      value: "similarity",
      label: anchor === null ? "by similarity" : `by similarity to ${anchor}`,
    },
  ];
}
