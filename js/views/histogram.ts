/** How a channel's values are distributed, standing on the colours that these values have. */

import type { ColorMap, Domain } from "../lib/colormap";
import { h } from "../lib/dom";
import { count, integer, number } from "../lib/format";
import { type ScalebarContent, scalebar } from "./scalebar";
import { setAttribute, setText } from "./surface";

export interface HistogramContent {
  /** Units in each bin. */
  readonly counts: ArrayLike<number>;
  /** One more than there are counts. */
  readonly edges: ArrayLike<number>;
  readonly map: ColorMap;
  readonly domain: Domain;
  readonly label: string;
}

export interface Histogram {
  readonly element: HTMLElement;
  show(content: HistogramContent): void;
  /** Point at a value on the bar below. */
  point(value: number | null): void;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 256;
const HEIGHT = 64;

export function histogram(signal: AbortSignal): Histogram {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("class", "histogram-bars");
  const caption = h("p", { class: "caption" });
  const bar = scalebar();
  const root = h("div", { class: "histogram" }, caption);
  root.append(svg, bar.element);
  let content: HistogramContent | null = null;

  const scale = (of: HistogramContent, value: number | null): ScalebarContent => ({
    map: of.map,
    domain: of.domain,
    span: spanOf(of),
    label: "",
    value,
  });

  svg.addEventListener(
    "pointermove",
    (event) => {
      const box = svg.getBoundingClientRect();
      if (content) setText(caption, binAt(content, (event.clientX - box.left) / box.width));
    },
    { signal },
  );
  svg.addEventListener("pointerleave", () => content && setText(caption, content.label), {
    signal,
  });

  return {
    element: root,
    show(next) {
      content = next;
      svg.replaceChildren(...bars(next));
      setText(caption, next.label);
      setAttribute(svg, "aria-label", summary(next));
      bar.show(scale(next, null));
    },
    point(value) {
      if (content) bar.show(scale(content, value));
    },
  };
}

function spanOf({ edges }: HistogramContent): Domain {
  return [edges[0] ?? 0, edges[edges.length - 1] ?? 0];
}

/** Heights grow with the logarithm of the count: zeros outnumber all else in most layers. */
function bars(content: HistogramContent): SVGRectElement[] {
  const { counts, edges } = content;
  const [lo, hi] = spanOf(content);
  const top = Math.log1p(Math.max(1, ...Array.from(counts)));
  const x = (value: number): number => (hi > lo ? ((value - lo) / (hi - lo)) * WIDTH : WIDTH / 2);
  return Array.from(counts).flatMap((n, i) => {
    if (n <= 0) return [];
    const left = x(edges[i] ?? 0);
    const right = Math.max(x(edges[i + 1] ?? 0), left + 1);
    const tall = Math.max(1, (Math.log1p(n) / top) * HEIGHT);
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("x", left.toFixed(2));
    rect.setAttribute("width", Math.max(0.6, right - left - 0.6).toFixed(2));
    rect.setAttribute("y", (HEIGHT - tall).toFixed(2));
    rect.setAttribute("height", tall.toFixed(2));
    return [rect];
  });
}

function binAt(content: HistogramContent, share: number): string {
  const { counts, edges } = content;
  const [lo, hi] = spanOf(content);
  const value = lo + share * (hi - lo);
  const i = Array.from(counts).findIndex(
    (_, k) => value >= (edges[k] ?? 0) && value < (edges[k + 1] ?? 0),
  );
  if (i < 0) return `no unit near ${number(value)}`;
  return `${count(counts[i] ?? 0, "unit")} from ${number(edges[i] ?? 0)} to ${number(edges[i + 1] ?? 0)}`;
}

function summary({ counts, edges }: HistogramContent): string {
  const all = Array.from(counts);
  const peak = all.indexOf(Math.max(...all));
  const total = all.reduce((a, b) => a + b, 0);
  return `histogram of ${integer(total)} units from ${number(edges[0] ?? 0)} to ${number(edges[all.length] ?? 0)}; most lie between ${number(edges[peak] ?? 0)} and ${number(edges[peak + 1] ?? 0)}`;
}
