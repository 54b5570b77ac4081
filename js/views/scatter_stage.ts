/** The map with its tools, the card at the pointer, and beside it the legend, the chosen point and the selection. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import type { Thumbnails } from "../lib/thumbnails";
import { type Legend, legend } from "./legend";
import { plot } from "./plot";
import type { Plot, PlotEvents } from "./plot_contract";
import type { Tool } from "./plot_input";
import { type CardContent, pointCard } from "./point_card";
import { type SelectionEvents, type SelectionPanel, selectionPanel } from "./selection_panel";
import { setAttribute } from "./surface";

export interface StageEvents extends Omit<SelectionEvents, "choose">, Omit<PlotEvents, "hint"> {
  isolate(names: string[]): void;
}

export interface ScatterStage {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly legend: Legend;
  readonly selection: SelectionPanel;
  /** The card at the pointer; null takes it away. */
  pointer(content: CardContent | null, x: number, y: number): void;
  /** More is known of a point: show it where its card is open. */
  refresh(point: number, content: (point: number) => CardContent): void;
  /** The card of the chosen point. */
  pinned(content: CardContent | null): void;
  tool(tool: Tool): void;
  readonly chosenTool: Tool;
}

const TOOLS: readonly { tool: Tool; label: string; path: string }[] = [
  {
    tool: "move",
    label: "Move (drag)",
    path: "M8 2v12M2 8h12M8 2 6 4M8 2l2 2M8 14l-2-2M8 14l2-2M2 8l2-2M2 8l2 2M14 8l-2-2M14 8l-2 2",
  },
  {
    tool: "lasso",
    label: "Lasso (shift + drag)",
    path: "M8 3c3.5 0 6 1.5 6 3.7S11.5 10.5 8 10.5 2 9 2 6.7 4.5 3 8 3zM5 10c-1.5 1-1.5 2.5-.5 3.5",
  },
  { tool: "rectangle", label: "Rectangle", path: "M3 4h10v8H3z" },
];

export function scatterStage(
  thumbs: () => Thumbnails | null,
  events: StageEvents,
  signal: AbortSignal,
): ScatterStage {
  const floating = pointCard("point under the pointer");
  floating.element.classList.add("point-card-floating");
  floating.element.hidden = true;
  const fixed = pointCard("chosen point");
  fixed.element.hidden = true;
  const side = h("aside", { class: "scatter-side", "aria-label": "legend and selection" });
  const map = plot(thumbs, { ...events, hint: () => hinted() }, signal);
  const panel = selectionPanel(thumbs, events, signal);
  const key = legend(events.isolate, signal);
  side.append(key.element, fixed.element, panel.element);
  let current: Tool = "move";

  const tools = TOOLS.map(({ tool, label, path }) =>
    button({ label, icon: path, signal, onClick: () => choose(tool) }),
  );
  const zooms = [
    button({ label: "Closer (+)", icon: "M8 3v10M3 8h10", signal, onClick: () => map.zoomBy(1.6) }),
    button({ label: "Further (−)", icon: "M3 8h10", signal, onClick: () => map.zoomBy(1 / 1.6) }),
    button({
      label: "All points (0)",
      icon: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
      signal,
      onClick: () => map.fit(),
    }),
  ];
  const bar = h(
    "div",
    { class: "plot-tools", role: "toolbar", "aria-label": "map" },
    ...tools,
    ...zooms,
  );
  const hint = h("p", { class: "plot-hint", "aria-hidden": "true" }, "ctrl or ⌘ + wheel zooms");
  const place = h("div", { class: "scatter-map" }, map.element, bar, hint, floating.element);
  const element = h("div", { class: "scatter" }, place, side);

  let hinting: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(hinting), { once: true });
  function hinted(): void {
    hint.dataset.shown = "true";
    clearTimeout(hinting);
    hinting = setTimeout(() => delete hint.dataset.shown, 1200);
  }

  function choose(tool: Tool): void {
    current = tool;
    map.tool(tool);
    TOOLS.forEach((each, i) => {
      setAttribute(tools[i] as HTMLElement, "aria-pressed", String(each.tool === tool));
    });
  }
  choose("move");

  return {
    element,
    plot: map,
    legend: key,
    selection: panel,
    pointer(content, x, y) {
      floating.element.hidden = content === null;
      if (!content) return;
      floating.show(content);
      // Beside the pointer, on the side where there is room.
      const [w, hh] = [place.clientWidth, place.clientHeight];
      const [cw, ch] = [floating.element.offsetWidth, floating.element.offsetHeight];
      const left = x + 16 + cw > w ? x - 16 - cw : x + 16;
      const top = Math.min(Math.max(4, y - ch / 2), Math.max(4, hh - ch - 4));
      floating.element.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
    },
    refresh(point, content) {
      if (String(point) === map.element.dataset.hovered && !floating.element.hidden)
        floating.show(content(point));
    },
    pinned(content) {
      fixed.element.hidden = content === null;
      if (content) fixed.show(content);
    },
    tool: choose,
    get chosenTool() {
      return current;
    },
  };
}
