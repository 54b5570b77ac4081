/** How a score falls while pixels go, and rises while they come back. */

import type { Curves } from "../lib/attribution_calls";
import { h } from "../lib/dom";
import { number, percent } from "../lib/format";
import { setAttribute, setText } from "./surface";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 96;

export function curvesView() {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    class: "curves-lines",
  }))
    svg.setAttribute(name, value);
  const top = h("span", { class: "curves-top" });
  const insertion = h("span", { class: "curves-key curves-insertion" });
  const deletion = h("span", { class: "curves-key curves-deletion" });
  const plot = h("div", { class: "curves-plot" }, top);
  plot.append(svg);
  const element = h(
    "div",
    { class: "curves" },
    plot,
    h(
      "p",
      { class: "curves-axis" },
      h("span", {}, percent(0)),
      h("span", {}, "of the pixels"),
      h("span", {}, percent(1)),
    ),
    insertion,
    deletion,
  );

  return {
    element,
    show(curves: Curves) {
      const { kind, name } = curves;
      const all = [...curves.deletion, ...curves.insertion].filter(Number.isFinite);
      const [low, high] = [Math.min(0, ...all), Math.max(1e-9, ...all)];
      const write = kind === "probability" ? percent : number;
      svg.replaceChildren(
        line(curves.fractions, curves.insertion, [low, high], "curves-insertion"),
        line(curves.fractions, curves.deletion, [low, high], "curves-deletion"),
      );
      setText(top, `${kind} of ${name}, to ${write(high)}`);
      const area = (value: number): string => (Number.isFinite(value) ? number(value, 2) : "…");
      setText(insertion, `inserted: area ${area(curves.insertion_area)} (high: faithful)`);
      setText(deletion, `deleted: area ${area(curves.deletion_area)} (low: faithful)`);
      setAttribute(
        svg,
        "aria-label",
        `curves of the ${kind} of ${name}: area ${area(curves.insertion_area)} while pixels come, ${area(curves.deletion_area)} while they go`,
      );
    },
  };
}

function line(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  [low, high]: readonly [number, number],
  name: string,
): SVGPolylineElement {
  const points = Array.from(x, (at, i) => [at, y[i] ?? Number.NaN] as const)
    .filter(([, value]) => Number.isFinite(value))
    .map(([at, value]) => `${at * WIDTH},${HEIGHT - ((value - low) / (high - low)) * HEIGHT}`);
  const path = document.createElementNS(SVG, "polyline");
  path.setAttribute("points", points.join(" "));
  path.setAttribute("class", name);
  return path;
}
