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
  /** A level to compare with, drawn across, and what it is; none by default. */
  readonly level?: { readonly value: number; readonly words: string } | null;
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
      const level = score.level && Number.isFinite(score.level.value) ? score.level : null;
      const all = level ? [...values, level.value] : values;
      const [low, high] = [Math.min(0, ...all), Math.max(...all)];
      const x = (step: number) => ((step - 1) / Math.max(1, score.steps - 1)) * WIDTH;
      const y = (value: number) => HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4);
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points.map(([s, v]) => `${x(s)},${y(v)}`).join(" "));
      const across = level ? [rule(0, WIDTH, y(level.value), y(level.value), "score-level")] : [];
      const marks = score.marks.map((step) => x(step - 0.5));
      svg.replaceChildren(...marks.map((at) => rule(at, at, 0, HEIGHT)), ...across, line);
      const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
      const beside = level ? `; dashed: ${level.words} ${number(level.value)}` : "";
      setText(words, `${score.what} ${number(first)} → ${number(last)}${beside}`);
      setAttribute(svg, "aria-label", `curve of the ${words.textContent}`);
    },
  };
}

function rule(x1: number, x2: number, y1: number, y2: number, name = ""): SVGLineElement {
  const line = document.createElementNS(SVG, "line");
  for (const [key, value] of Object.entries({ x1, x2, y1, y2 }))
    line.setAttribute(key, String(value));
  if (name) line.setAttribute("class", name);
  return line;
}
