/** The buttons at a map: closer, further, all of it, and the view as text. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";

/** Factor of one press of + or −. */
const STEP = 2;

export function viewTools(
  view: { zoomBy(factor: number): void; home(): void },
  copy: () => void,
  signal: AbortSignal,
): HTMLElement {
  const tool = (label: string, icon: string, title: string, onClick: () => void): HTMLElement =>
    button({ label, icon, title, signal, onClick });
  return h(
    "div",
    { class: "atlas-tools", role: "group", "aria-label": "view" },
    tool("Zoom in", "M8 3v10M3 8h10", "Zoom in ( + )", () => view.zoomBy(STEP)),
    tool("Zoom out", "M3 8h10", "Zoom out ( − )", () => view.zoomBy(1 / STEP)),
    tool("Whole atlas", "M2 8l6-5 6 5M4 7v6h8V7", "Whole atlas ( 0 )", view.home),
    tool(
      "Copy link",
      "M6.5 9.5l3-3M7 4.5l1-1a3 3 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3 3 0 0 1 3.5 8l1-1",
      "Copy this view as text",
      copy,
    ),
  );
}
