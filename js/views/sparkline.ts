/** A curve the size of a word. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 32;
const HEIGHT = 12;

/** Values in 0 … 1 as a small filled curve, in the colour of the text around it. */
export function sparkline(values: ArrayLike<number>): SVGSVGElement {
  const n = values.length;
  const points = Array.from({ length: n }, (_, i) => {
    const value = Math.min(1, Math.max(0, values[i] ?? 0));
    return `${((i * WIDTH) / Math.max(1, n - 1)).toFixed(1)},${(HEIGHT - 0.5 - value * (HEIGHT - 1.5)).toFixed(1)}`;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("width", String(WIDTH));
  svg.setAttribute("height", String(HEIGHT));
  const area = document.createElementNS(SVG, "polygon");
  area.setAttribute("points", `0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`);
  area.setAttribute("class", "spark-area");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  line.setAttribute("class", "spark-line");
  svg.append(area, line);
  return svg;
}
