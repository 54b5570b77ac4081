/** The points that are selected: how many, of which classes, their pictures, and where to take them. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { count, integer, percent } from "../lib/format";
import type { Thumbnails } from "../lib/thumbnails";
import { setText } from "./surface";

export interface SelectionContent {
  readonly points: readonly number[];
  readonly total: number;
  /** Names, counts and colours, the largest first. */
  readonly groups: readonly {
    readonly name: string;
    readonly count: number;
    readonly colour: string;
  }[];
  readonly groupedBy: string;
  readonly names: (point: number) => string;
  readonly chosen: number | null;
  /** Widgets that the selection can be sent to. */
  readonly targets: readonly { readonly id: string; readonly title: string }[];
}

export interface SelectionEvents {
  choose(point: number): void;
  clear(): void;
  goTo(): void;
  send(id: string): void;
}

export interface SelectionPanel {
  readonly element: HTMLElement;
  show(content: SelectionContent): void;
  /** Pictures came. */
  redraw(): void;
}

const CELL = 44;
const FIRST = 48;
const GROUPS = 6;

export function selectionPanel(
  thumbs: () => Thumbnails | null,
  events: SelectionEvents,
  signal: AbortSignal,
): SelectionPanel {
  const heading = h("h3", { class: "legend-title" });
  const tools = h(
    "div",
    { class: "selection-tools" },
    button({
      label: "Go there",
      title: "bring the selection into sight",
      signal,
      onClick: events.goTo,
    }),
    button({ label: "Clear", title: "select nothing (Esc)", signal, onClick: events.clear }),
  );
  const sends = h("div", { class: "selection-tools" });
  const groups = h("ul", { class: "selection-groups", "aria-label": "classes of the selection" });
  const grid = h("div", {
    class: "selection-grid",
    role: "group",
    "aria-label": "selected images",
  });
  const more = button({ label: "More", signal, onClick: () => extend() });
  const element = h(
    "section",
    { class: "selection", "aria-label": "selection", hidden: true },
    heading,
    tools,
    sends,
    groups,
    grid,
    more,
  );
  let content: SelectionContent | null = null;
  let shown = FIRST;
  const cells = new Map<number, HTMLCanvasElement>();

  function extend(): void {
    shown += FIRST;
    if (content) draw(content);
  }

  function draw(now: SelectionContent): void {
    element.hidden = now.points.length === 0;
    setText(heading, `${count(now.points.length, "point")} selected`);
    groups.replaceChildren(
      ...now.groups.slice(0, GROUPS).map(({ name, count: n, colour }) => {
        const swatch = h("span", { class: "legend-swatch", "aria-hidden": "true" });
        swatch.style.background = colour;
        return h(
          "li",
          { title: `${now.groupedBy}: ${name}` },
          swatch,
          h("span", { class: "legend-name" }, name),
          h("span", { class: "legend-count" }, `${integer(n)} · ${percent(n / now.points.length)}`),
        );
      }),
    );
    if (now.groups.length > GROUPS)
      groups.append(h("li", { class: "caption" }, `${integer(now.groups.length - GROUPS)} more`));
    sends.hidden = now.targets.length === 0;
    sends.replaceChildren(
      ...now.targets.map(({ id, title }) =>
        button({
          label: `Show in ${title}`,
          title: `choose the selection's image in ${title}`,
          signal,
          onClick: () => events.send(id),
        }),
      ),
    );
    drawGrid(now);
  }

  function drawGrid({ points, names, chosen }: SelectionContent): void {
    const store = thumbs();
    store?.want(points.slice(0, shown), "selection");
    grid.hidden = !store;
    more.hidden = !store || points.length <= shown;
    if (!store) return;
    const wanted = points.slice(0, shown);
    const keep = new Set(wanted);
    for (const [point, cell] of cells)
      if (!keep.has(point)) cells.delete(point) && cell.parentElement?.remove();
    for (const point of wanted) {
      let canvas = cells.get(point);
      if (!canvas) {
        canvas = h("canvas", { width: CELL, height: CELL, "aria-hidden": "true" });
        const cell = button({
          label: names(point),
          icon: "",
          signal,
          onClick: () => events.choose(point),
        });
        cell.classList.add("selection-cell");
        cell.replaceChildren(canvas);
        cells.set(point, canvas);
        grid.append(cell);
      }
      canvas.parentElement?.toggleAttribute("data-chosen", point === chosen);
      paint(canvas, point, store);
    }
    setText(more, `${integer(points.length - wanted.length)} more`);
  }

  function paint(canvas: HTMLCanvasElement, point: number, store: Thumbnails): void {
    const found = store.get(point);
    if (!found || canvas.dataset.point === String(point)) return;
    canvas.dataset.point = String(point);
    const context = canvas.getContext("2d");
    const scale = CELL / Math.max(found.width, found.height);
    const [w, hh] = [found.width * scale, found.height * scale];
    if (context) context.imageSmoothingEnabled = scale < 2;
    context?.drawImage(
      found.sheet,
      ...([found.x, found.y, found.width, found.height] as const),
      ...([(CELL - w) / 2, (CELL - hh) / 2, w, hh] as const),
    );
  }

  return {
    element,
    show(next) {
      if (next.points !== content?.points) shown = FIRST;
      content = next;
      draw(next);
    },
    redraw: () => content && drawGrid(content),
  };
}
