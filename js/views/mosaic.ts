/** Many small pictures as tiles on one canvas. Only what is visible is drawn; thousands stay smooth. */

import { h } from "../lib/dom";
import { frame } from "../lib/schedule";
import {
  arrange,
  type Drawn,
  drawWindow,
  locate,
  type MosaicContent,
  mark,
  type Spot,
  scrollTo,
} from "./mosaic_tiles";
import { press } from "./sheet";
import { context2d, onResize, setAttribute } from "./surface";

export type { MosaicContent, Spot } from "./mosaic_tiles";

export interface MosaicEvents {
  hover(spot: Spot | null): void;
  choose(spot: Spot): void;
  /** ctrl/⌘ + wheel: −1 smaller, +1 larger. */
  zoom(direction: number): void;
}

export interface Mosaic {
  readonly element: HTMLElement;
  /** The element that takes the keyboard. */
  readonly focusable: HTMLElement;
  show(content: MosaicContent): void;
  /** Scroll as little as needed to see a channel. */
  reveal(channel: number): void;
  /** How many tiles stand in a row. */
  columns(): number;
}

export function mosaic(events: MosaicEvents, signal: AbortSignal): Mosaic {
  const canvas = h("canvas", { class: "mosaic-canvas", role: "img" });
  const option = h("div", { class: "mosaic-chosen", role: "option", hidden: true });
  const hover = h("div", { class: "mosaic-hover", role: "presentation", hidden: true });
  const spacer = h("div", { class: "mosaic-spacer", role: "presentation" }, option, hover);
  const scroller = h(
    "div",
    { class: "mosaic-scroll", role: "listbox", tabindex: 0, "aria-label": "channels" },
    spacer,
  );
  const root = h("div", { class: "mosaic" }, canvas, scroller);
  const context = context2d(canvas);
  const stamp = press();
  let drawn: Drawn | null = null;

  const draw = frame(() => {
    if (drawn) drawWindow(context, canvas, scroller, drawn, stamp);
  }, signal);

  function layOut(content: MosaicContent): void {
    drawn = arrange(content, scroller.clientWidth);
    setAttribute(scroller, "aria-label", content.name);
    spacer.style.height = `${drawn.flow.height}px`;
    setAttribute(canvas, "aria-label", content.label);
    mark(option, drawn, content.chosen);
    setAttribute(
      option,
      "aria-label",
      content.chosen === null ? null : content.describe(content.chosen),
    );
    setAttribute(option, "aria-selected", String(content.chosen !== null));
    setAttribute(option, "aria-setsize", content.order.length);
    setAttribute(
      option,
      "aria-posinset",
      content.chosen === null ? null : (drawn.rank[content.chosen] ?? 0) + 1,
    );
    // Element reflection instead of an id; where a browser lacks it, the live status line says the same.
    if ("ariaActiveDescendantElement" in scroller) {
      scroller.ariaActiveDescendantElement = content.chosen === null ? null : option;
    }
    draw();
  }

  function spotAt(event: MouseEvent): Spot | null {
    if (!drawn) return null;
    const box = spacer.getBoundingClientRect();
    return locate(drawn, event.clientX - box.left, event.clientY - box.top);
  }

  scroller.addEventListener("scroll", draw, { signal, passive: true });
  scroller.addEventListener(
    "pointermove",
    (event) => {
      const spot = spotAt(event);
      if (drawn) mark(hover, drawn, spot?.channel ?? null);
      events.hover(spot);
    },
    { signal },
  );
  scroller.addEventListener(
    "pointerleave",
    () => {
      hover.hidden = true;
      events.hover(null);
    },
    { signal },
  );
  scroller.addEventListener(
    "click",
    (event) => {
      const spot = spotAt(event);
      if (spot) events.choose(spot);
    },
    { signal },
  );
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      events.zoom(event.deltaY < 0 ? 1 : -1);
    },
    { signal, passive: false },
  );
  onResize(scroller, signal, () => {
    if (drawn) layOut(drawn.content);
  });

  return {
    element: root,
    focusable: scroller,
    show(content) {
      hover.hidden = true;
      layOut(content);
    },
    reveal(channel) {
      if (drawn) scrollTo(scroller, drawn, channel);
    },
    columns: () => drawn?.flow.columns ?? 1,
  };
}
