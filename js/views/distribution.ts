/** How the values of a parameter are distributed, on the very track of its slider, with the samples shown as marks. */

import { h } from "../lib/dom";
import { setAttribute } from "./surface";

export interface Distribution {
  /** Of draws, in bins of equal width over `range`. */
  readonly counts: readonly number[];
  readonly range: readonly [number, number];
  /** What was drawn for each sample shown; null where it was not applied. */
  readonly marks: readonly (number | null)[];
  /** The sample pointed at. */
  readonly chosen: number | null;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 100;
const HEIGHT = 12;

/** A strip over the values from `min` to `max`. */
export function distributionStrip(min: number, max: number) {
  const bars = document.createElementNS(SVG, "svg");
  for (const [name, value] of [
    ["viewBox", `0 0 ${WIDTH} ${HEIGHT}`],
    ["preserveAspectRatio", "none"],
    ["class", "strip-bars"],
    ["role", "img"],
  ] as const)
    bars.setAttribute(name, value);
  const area = document.createElementNS(SVG, "path");
  bars.append(area);
  const marks = h("div", { class: "strip-marks", "aria-hidden": "true" });
  const element = h("div", { class: "param-strip" });
  element.append(bars, marks);
  const at = (value: number): number => (value - min) / (max - min || 1);

  return {
    element,
    show(of: Distribution | null): void {
      element.hidden = !of;
      if (!of) return;
      setAttribute(area, "d", outline(of, at));
      const n = of.counts.reduce((sum, count) => sum + count, 0);
      setAttribute(bars, "aria-label", `distribution of ${n} draws`);
      while (marks.childElementCount > of.marks.length) marks.lastElementChild?.remove();
      while (marks.childElementCount < of.marks.length) marks.append(h("i"));
      of.marks.forEach((value, i) => {
        const mark = marks.children[i] as HTMLElement;
        mark.hidden = value === null;
        if (value !== null) mark.style.insetInlineStart = `${100 * at(value)}%`;
        mark.classList.toggle("chosen", i === of.chosen);
      });
    },
  };
}

/** The bars as one shape, the highest as high as the strip. */
function outline(
  { counts, range: [low, high] }: Distribution,
  at: (value: number) => number,
): string {
  const top = Math.max(1, ...counts);
  const width = (high - low) / counts.length;
  return counts
    .map((count, i) => {
      if (count === 0) return "";
      const left = WIDTH * at(low + i * width);
      const right = Math.max(WIDTH * at(low + (i + 1) * width), left + 1);
      return `M${left.toFixed(2)} ${HEIGHT}V${(HEIGHT * (1 - count / top)).toFixed(2)}H${right.toFixed(2)}V${HEIGHT}Z`;
    })
    .join("");
}
