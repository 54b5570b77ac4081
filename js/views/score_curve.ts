/** How strong something has become, step by step, with lines where a new part begins. */

import { h } from "../lib/dom";
import { number } from "../lib/format";
import { setAttribute, setText } from "./surface";

export interface Score {
  /** Steps from 1, in order, and what was reached at each. */
  readonly points: readonly (readonly [step: number, value: number])[];
  /** How many steps there will be. */
  readonly steps: number;
  /** Steps before which a part begins, without the first. */
  readonly marks: readonly number[];
  /** What is drawn, such as "score". */
  readonly what: string;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 200;
const HEIGHT = 44;

export function scoreCurve() {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    class: "score-lines",
  }))
    svg.setAttribute(name, value);
  const words = h("span", { class: "score-words" });
  const element = h("div", { class: "score", hidden: true });
  element.append(svg, words);

  return {
    element,
    show(score: Score | null) {
      const points = score?.points.filter(([, value]) => Number.isFinite(value)) ?? [];
      element.hidden = points.length < 2;
      if (!score || points.length < 2) return;
      const values = points.map(([, value]) => value);
      const [low, high] = [Math.min(0, ...values), Math.max(...values)];
      const x = (step: number) => ((step - 1) / Math.max(1, score.steps - 1)) * WIDTH;
      const y = (value: number) => HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4);
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points.map(([s, v]) => `${x(s)},${y(v)}`).join(" "));
      svg.replaceChildren(...score.marks.map((step) => mark(x(step - 0.5))), line);
      const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
      setText(words, `${score.what} ${number(first)} → ${number(last)}`);
      setAttribute(svg, "aria-label", `curve of the ${words.textContent}`);
    },
  };
}

function mark(x: number): SVGLineElement {
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({ x1: x, x2: x, y1: 0, y2: HEIGHT }))
    line.setAttribute(name, String(value));
  return line;
}
