/** The line of choices over the filter gallery. */

import type { ColorChoice } from "../lib/colormap";
import { button, select } from "../lib/controls";
import { h } from "../lib/dom";
import { COLOR_OPTIONS } from "./tools";

export interface GalleryChoice {
  readonly unit: number | null;
  readonly sort: "index" | "norm";
  readonly scale: "shared" | "filter";
  readonly colormap: ColorChoice;
}

export function galleryTools(
  first: GalleryChoice,
  events: { choose(change: Partial<GalleryChoice>): void },
  zoom: (direction: number) => void,
  showAll: (on: boolean) => void,
  signal: AbortSignal,
) {
  const sort = select({
    label: "order of the filters",
    options: [
      { value: "index", label: "by number" },
      { value: "norm", label: "by norm" },
    ],
    value: first.sort,
    onChange: (value: GalleryChoice["sort"]) => events.choose({ sort: value }),
    signal,
  });
  const scale = select({
    label: "colour scale",
    options: [
      { value: "shared", label: "one scale" },
      { value: "filter", label: "own scales" },
    ],
    value: first.scale,
    onChange: (value: GalleryChoice["scale"]) => events.choose({ scale: value }),
    signal,
  });
  const colours = select({
    label: "colours",
    options: COLOR_OPTIONS,
    value: first.colormap,
    onChange: (value) => events.choose({ colormap: value }),
    signal,
  });
  const smaller = button({
    label: "smaller squares ( − )",
    icon: "M3 8h10",
    onClick: () => zoom(-1),
    signal,
  });
  const larger = button({
    label: "larger squares ( + )",
    icon: "M3 8h10M8 3v10",
    onClick: () => zoom(1),
    signal,
  });
  const whole = button({
    label: "norms of all kernels",
    title: "one picture of how strongly every filter uses every input",
    onClick: () => press(whole.getAttribute("aria-pressed") !== "true"),
    signal,
  });
  const press = (on: boolean): void => {
    whole.setAttribute("aria-pressed", String(on));
    showAll(on);
  };
  whole.setAttribute("aria-pressed", "false");
  return {
    element: h(
      "div",
      { class: "tools", role: "group", "aria-label": "how the filters are shown" },
      sort.el,
      scale.el,
      colours.el,
      h("span", { class: "tools-size" }, smaller, larger),
      whole,
    ),
    show(choice: GalleryChoice) {
      sort.value = choice.sort;
      scale.value = choice.scale;
      colours.value = choice.colormap;
    },
    canShowAll(can: boolean) {
      whole.disabled = !can;
    },
  };
}
