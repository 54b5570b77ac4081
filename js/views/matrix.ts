/** A matrix of numbers as a map that can be zoomed: one cell a number, only what is in sight drawn. */

import { type Domain, type Lut, paint } from "../lib/colormap";
import { h } from "../lib/dom";
import { frame } from "../lib/schedule";
import { context2d, fitCanvas, onResize, setAttribute } from "./surface";

export interface MatrixContent {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The row that each line of the picture shows. */
  readonly order: ArrayLike<number>;
  readonly table: Lut;
  readonly domain: Domain;
  readonly chosen: number;
  readonly label: string;
}

export interface MatrixEvents {
  hover(cell: { row: number; column: number } | null): void;
  choose(row: number): void;
}

export interface Matrix {
  readonly element: HTMLElement;
  show(content: MatrixContent): void;
  /** +1 larger cells, −1 smaller, 0 the whole matrix. */
  zoom(direction: number): void;
}

const LARGEST = 48;

export function matrix(events: MatrixEvents, signal: AbortSignal): Matrix {
  const canvas = h("canvas", { class: "mosaic-canvas", role: "img" });
  const mark = h("div", { class: "mosaic-chosen", role: "presentation" });
  const spacer = h("div", { class: "mosaic-spacer" }, mark);
  const scroller = h("div", { class: "mosaic-scroll matrix-scroll", tabindex: 0 }, spacer);
  const root = h("div", { class: "mosaic matrix" }, canvas, scroller);
  const context = context2d(canvas);
  let content: MatrixContent | null = null;
  let pixels: OffscreenCanvas | null = null;
  let cell = 0; // 0 fits the whole matrix

  function size(): number {
    if (!content || cell > 0) return cell;
    const { clientWidth, clientHeight } = root;
    return Math.min(LARGEST, clientWidth / content.columns, clientHeight / content.rows);
  }

  const draw = frame(() => {
    if (!content || !pixels) return;
    const { clientWidth: width, clientHeight: height, scrollLeft: left, scrollTop: top } = scroller;
    fitCanvas(canvas, width, height);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = size() < 1;
    context.drawImage(pixels, -left, -top, content.columns * size(), content.rows * size());
  }, signal);

  function layOut(): void {
    if (!content) return;
    spacer.style.width = `${content.columns * size()}px`;
    spacer.style.height = `${content.rows * size()}px`;
    const line = Array.from(content.order).indexOf(content.chosen);
    mark.hidden = line < 0;
    mark.style.transform = `translateY(${line * size()}px)`;
    mark.style.width = "100%";
    mark.style.height = `${Math.max(2, size())}px`;
    draw();
  }

  function cellAt(event: MouseEvent): { row: number; column: number } | null {
    if (!content) return null;
    const box = spacer.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / size());
    const row = content.order[Math.floor((event.clientY - box.top) / size())];
    return row === undefined || column < 0 || column >= content.columns ? null : { row, column };
  }

  function zoom(direction: number): void {
    cell = direction === 0 ? 0 : Math.min(LARGEST, size() * (direction > 0 ? 1.5 : 1 / 1.5));
    layOut();
  }

  scroller.addEventListener("scroll", draw, { signal, passive: true });
  scroller.addEventListener("pointermove", (event) => events.hover(cellAt(event)), { signal });
  scroller.addEventListener("pointerleave", () => events.hover(null), { signal });
  scroller.addEventListener(
    "click",
    (event) => {
      const at = cellAt(event);
      if (at) events.choose(at.row);
    },
    { signal },
  );
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1 : -1);
    },
    { signal, passive: false },
  );
  onResize(root, signal, layOut);

  return {
    element: root,
    show(next) {
      const stale =
        content?.values !== next.values ||
        content.order !== next.order ||
        content.table !== next.table;
      if (content?.values !== next.values) cell = 0;
      content = next;
      if (stale) pixels = paintMatrix(next);
      setAttribute(canvas, "aria-label", next.label);
      setAttribute(scroller, "aria-label", next.label);
      layOut();
    },
    zoom,
  };
}

function paintMatrix({ values, rows, columns, order, table, domain }: MatrixContent) {
  const canvas = new OffscreenCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  const packed = new Uint32Array(image.data.buffer);
  for (let line = 0; line < rows; line++) {
    const row = order[line] ?? line;
    const own = values.subarray(row * columns, (row + 1) * columns);
    paint(own, domain, table, packed.subarray(line * columns, (line + 1) * columns));
  }
  context2d(canvas).putImageData(image, 0, 0);
  return canvas;
}
