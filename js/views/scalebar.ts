/** A colour bar that carries the data's numbers. */

import { type ColorMap, type Domain, gradient } from "../lib/colormap";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import { setAttribute, setText } from "./surface";

export interface ScalebarContent {
  readonly map: ColorMap;
  /** Null where there is no one scale: each tile has its own and nothing is hovered. */
  readonly domain: Domain | null;
  /** The part of the domain that the bar shows; all of it when left out. */
  readonly span?: Domain;
  /** What the numbers are and whom they hold for: "activation, same scale for all channels". */
  readonly label: string;
  /** A value to point at. */
  readonly value?: number | null;
}

export interface Scalebar {
  readonly element: HTMLElement;
  show(content: ScalebarContent): void;
}

export function scalebar(): Scalebar {
  const low = h("span", { class: "scalebar-low" });
  const high = h("span", { class: "scalebar-high" });
  const pointer = h("span", { class: "scalebar-pointer", hidden: true });
  const bar = h("span", { class: "scalebar-bar" }, pointer);
  const label = h("span", { class: "scalebar-label" });
  const root = h("div", { class: "scalebar", role: "img" }, low, bar, high, label);

  return {
    element: root,
    show({ map, domain, span = domain ?? undefined, label: text, value }) {
      bar.style.backgroundImage = domain ? gradient(map, domain, span) : gradient(map);
      const [lo, hi] = span ? [number(span[0]), number(span[1])] : ["min", "max"];
      setText(low, lo);
      setText(high, hi);
      setText(label, text);
      setAttribute(root, "aria-label", `colour scale from ${lo} to ${hi}: ${text}`);
      const at = span && typeof value === "number" ? share(value, span) : null;
      pointer.hidden = at === null;
      if (at !== null) pointer.style.left = `${at * 100}%`;
    },
  };
}

function share(value: number, [lo, hi]: Domain): number | null {
  return hi > lo && Number.isFinite(value)
    ? Math.min(1, Math.max(0, (value - lo) / (hi - lo)))
    : null;
}
