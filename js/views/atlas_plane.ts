/** An atlas that one flies over: d3's camera, icons, what lies over them, pointer, touch and keys. */

import { boxOf, type Camera, extentOf, HOME, toPlane, toScreen } from "../lib/atlas_camera";
import { beside, cellAt, type Level, levelFor, middleOf } from "../lib/atlas_level";
import { h } from "../lib/dom";
import { frame } from "../lib/schedule";
import type { Look } from "./atlas_compose";
import { atlasDrawing } from "./atlas_drawing";
import { atlasOverlay, type Over } from "./atlas_overlay";
import { type AtlasSheets, atlasSheets, type SheetsOptions } from "./atlas_sheets";
import { type AtlasSingles, SINGLE_FROM } from "./atlas_singles";
import { context2d, fitCanvas, onResize, setAttribute } from "./surface";
import { zoomCamera } from "./zoom_camera";

export interface PlaneEvents {
  /** The camera was moved by the person (true) or from elsewhere. */
  moved(camera: Camera, byPerson: boolean): void;
  /** Pointed at a cell of the grid shown, at a place on the plane in pixels; null for none. */
  pointed(cell: number, at: readonly [number, number] | null): void;
  chosen(cell: number): void;
  /** Another grid is shown now. */
  grid(side: number): void;
  needLevel(side: number): void;
  /** Plain wheel: the page scrolls. */
  scrolled(): void;
}

export interface PlaneContent extends Omit<Over, "level" | "hovered"> {
  readonly sides: readonly number[];
  readonly levels: ReadonlyMap<number, Level>;
  /** Cells a side of the grid to show; null for what the zoom asks for. */
  readonly fixed: number | null;
  readonly look: Look;
  readonly heats: ReadonlyMap<number, Float32Array>;
}

/** Pixels of a cell of the finest grid at the deepest zoom. */
const DEEPEST = 640;

export function atlasPlane(
  options: {
    events: PlaneEvents;
    sheets: Pick<SheetsOptions, "load" | "failed">;
    singles: (changed: () => void) => AtlasSingles;
    label: string;
  },
  signal: AbortSignal,
) {
  const { events } = options;
  const icons = h("canvas", { class: "atlas-icons", "aria-hidden": "true" });
  const over = h("canvas", { class: "atlas-over", "aria-hidden": "true" });
  const element = h(
    "div",
    { class: "atlas-plane", tabindex: 0, role: "application", "aria-label": options.label },
    icons,
    over,
  );
  element.setAttribute("aria-roledescription", "zoomable map");
  const camera = zoomCamera(
    element,
    {
      moved(next, byPerson) {
        events.moved(next, byPerson);
        redraw();
      },
      held: () => point(null),
    },
    signal,
  );
  const redraw = frame(draw, signal);
  const sheets: AtlasSheets = atlasSheets({ ...options.sheets, changed: redraw }, signal);
  const singles = options.singles(redraw);
  const drawing = atlasDrawing(context2d(icons), sheets);
  const overlay = atlasOverlay(context2d(over), signal);
  let content: PlaneContent | null = null;
  let level: Level | null = null;
  let hovered = -1;

  function resize(): void {
    const next = { width: element.clientWidth, height: element.clientHeight };
    if (next.width === 0 || next.height === 0) return;
    const finest = content?.sides.at(-1) ?? 20;
    camera.resize(next, Math.max(4, (DEEPEST * finest) / extentOf(next)));
    redraw();
  }

  // ---- drawing ----
  function choose(): Level | null {
    if (!content) return null;
    const width = extentOf(camera.size()) * camera.get().zoom;
    const wanted = content.fixed ?? levelFor(content.sides, width, level?.side ?? null);
    const found = content.levels.get(wanted);
    if (!found) events.needLevel(wanted);
    // Until it is there, the nearest coarser one that is.
    const coarser = content.sides.filter((side) => side < wanted).reverse();
    return found ?? coarser.map((side) => content?.levels.get(side)).find(Boolean) ?? level;
  }

  function draw(now: number): void {
    const size = camera.size();
    if (!content || size.width === 0) return;
    for (const canvas of [icons, over]) fitCanvas(canvas, size.width, size.height);
    const next = choose();
    if (!next) return;
    if (next.side !== level?.side) {
      hovered = -1;
      level = next;
      setAttribute(element, "data-side", next.side);
      events.grid(next.side);
    }
    level = next;
    const view = {
      camera: camera.get(),
      size,
      ratio: icons.width / size.width,
      now,
      still: camera.still(),
    };
    const levels = content.sides.flatMap((side) => content?.levels.get(side) ?? []);
    const more = drawing.draw(view, level, levels);
    const cell = (extentOf(size) * view.camera.zoom) / level.side;
    const finest = level.side === content.sides.at(-1);
    const alone = finest && cell >= SINGLE_FROM;
    element.toggleAttribute("data-single", alone);
    singles.draw(context2d(icons), view, alone ? level : null, content.ink.paper);
    overlay.draw(view, {
      ...content,
      level,
      hovered,
      labels: content.labels && !alone,
    });
    setAttribute(element, "data-pending", sheets.pending());
    if (more) redraw();
  }

  function chosenIn(of: Level): number {
    const { chosen = null } = content ?? {};
    return chosen && chosen.side === of.side ? (of.at[chosen.cell] ?? -1) : -1;
  }

  // ---- pointer and keys ----
  function point(event: PointerEvent | null): void {
    const box = element.getBoundingClientRect();
    const at = event ? ([event.clientX - box.left, event.clientY - box.top] as const) : null;
    const found = at && level ? cellAt(level, ...toPlane(camera.get(), camera.size(), ...at)) : -1;
    if (found !== hovered) redraw();
    hovered = found;
    events.pointed(found, found < 0 ? null : at);
  }

  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    more: AddEventListenerOptions = {},
  ): void => element.addEventListener(type, listener, { signal, ...more });
  on("pointermove", (event) => {
    if (event.pointerType !== "touch" && event.buttons === 0) point(event);
  });
  on("pointerleave", () => point(null));
  on("click", (event) => {
    point(event as PointerEvent);
    if (hovered >= 0) events.chosen(hovered);
    point(null); // the panel tells more than the card
  });
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) events.scrolled();
    },
    { passive: true },
  );
  on("keydown", (event) => {
    const way = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !level) return;
    if (way) {
      event.preventDefault();
      event.stopPropagation();
      if (event.shiftKey) pan(...way);
      else step(...way);
    } else if (event.key === "Enter" || event.key === " ") {
      if (hovered < 0) return;
      event.preventDefault();
      event.stopPropagation();
      events.chosen(hovered);
    }
  });

  function pan(dx: number, dy: number): void {
    const now = camera.get();
    const part = 0.25 / now.zoom;
    camera.fly({ ...now, x: now.x + dx * part, y: now.y + dy * part });
  }

  /** Point at the next cell, and follow it where it would leave the view. */
  function step(dx: number, dy: number): void {
    if (!level || level.count === 0) return;
    const from = hovered >= 0 ? hovered : chosenIn(level);
    hovered = from >= 0 ? beside(level, from, dx, dy) : nearest(level);
    const now = camera.get();
    const [x, y] = middleOf(level, hovered);
    const [x0, y0, x1, y1] = boxOf(now, camera.size());
    const [wide, high] = [(x1 - x0) * 0.08, (y1 - y0) * 0.08];
    const next = {
      ...now,
      x: now.x + Math.min(0, x - wide - x0) + Math.max(0, x + wide - x1),
      y: now.y + Math.min(0, y - high - y0) + Math.max(0, y + high - y1),
    };
    if (next.x !== now.x || next.y !== now.y) camera.place(next, true);
    events.pointed(hovered, toScreen(camera.get(), camera.size(), [x, y]));
    redraw();
  }

  function nearest(of: Level): number {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < of.count; i++) {
      const [x, y] = middleOf(of, i);
      const { x: u, y: v } = camera.get();
      const away = Math.hypot(x - u, y - v);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  onResize(element, signal, resize);

  return {
    element,
    camera: camera.get,
    size: camera.size,
    level: () => level,
    show(next: PlaneContent): void {
      const other = content?.sides !== next.sides;
      const restyled = content?.look !== next.look || content?.heats !== next.heats;
      content = next;
      if (restyled) sheets.restyle(next.look, next.heats);
      if (other) resize();
      redraw();
    },
    /** Icons of a grid have come to be. */
    stale(side: number): void {
      sheets.stale(side);
      singles.stale(side);
      redraw();
    },
    place: camera.place,
    fly: camera.fly,
    home: () => camera.fly(HOME),
    zoomBy: camera.by,
    focus: () => element.focus(),
    redraw,
  };
}

export type AtlasPlane = ReturnType<typeof atlasPlane>;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
