/** An atlas that one flies over: d3's camera, icons, what lies over them, pointer, touch and keys. */

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import {
  boxOf,
  type Camera,
  extentOf,
  fromTransform,
  HOME,
  type Size,
  toPlane,
  toTransform,
} from "../lib/atlas_camera";
import { beside, cellAt, type Level, levelFor, middleOf } from "../lib/atlas_level";
import { h } from "../lib/dom";
import { interpolateZoom } from "../lib/flight";
import { frame } from "../lib/schedule";
import { atlasDrawing } from "./atlas_drawing";
import { atlasOverlay, type Over } from "./atlas_overlay";
import { type AtlasSheets, atlasSheets, type Look, type SheetsOptions } from "./atlas_sheets";
import { type AtlasSingles, SINGLE_FROM } from "./atlas_singles";
import { context2d, fitCanvas, onResize, setAttribute } from "./surface";

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

export interface PlaneContent extends Omit<Over, "level" | "hovered" | "chosen"> {
  readonly sides: readonly number[];
  readonly levels: ReadonlyMap<number, Level>;
  /** Cells a side of the grid to show; null for what the zoom asks for. */
  readonly fixed: number | null;
  readonly look: Look;
  readonly heats: ReadonlyMap<number, Float32Array>;
  /** Number of the chosen cell in its grid. */
  readonly chosen: { readonly side: number; readonly cell: number } | null;
}

/** Pixels of a cell of the finest grid at the deepest zoom. */
const DEEPEST = 640;
/** Factor of one press of + or −. */
const STEP = 2;

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
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const redraw = frame(draw, signal);
  const sheets: AtlasSheets = atlasSheets({ ...options.sheets, changed: redraw }, signal);
  const singles = options.singles(redraw);
  const drawing = atlasDrawing(context2d(icons), sheets);
  const overlay = atlasOverlay(context2d(over), signal);
  let content: PlaneContent | null = null;
  let size: Size = { width: 0, height: 0 };
  let camera: Camera = HOME;
  let level: Level | null = null;
  let hovered = -1;
  let byPerson = true;
  let flight = 0;

  // ---- camera ----
  const behaviour = zoom<HTMLDivElement, unknown>()
    .clickDistance(5)
    .filter(
      (event: WheelEvent & MouseEvent) =>
        (event.type !== "wheel" || event.ctrlKey || event.metaKey) && !event.button,
    )
    .wheelDelta((event) => {
      const delta = event.deltaY * (event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 400 : 1);
      // A pinch comes as many small steps, a wheel as few large ones.
      return -delta * (Math.abs(delta) < 40 ? 0.012 : 0.004);
    })
    .on("start", (event: D3ZoomEvent<HTMLDivElement, unknown>) => {
      if (!event.sourceEvent) return;
      stopFlight();
      element.toggleAttribute("data-moving", true);
      point(null);
    })
    .on("zoom", (event: D3ZoomEvent<HTMLDivElement, unknown>) => {
      const { k, x, y } = event.transform;
      camera = fromTransform(k, x, y, size);
      events.moved(camera, byPerson);
      redraw();
    })
    .on("end", () => element.toggleAttribute("data-moving", false));
  const selected = select(element as HTMLDivElement).call(behaviour);
  signal.addEventListener(
    "abort",
    () => {
      selected.on(".zoom", null);
      cancelAnimationFrame(flight);
    },
    { once: true },
  );

  function place(next: Camera, person = false): void {
    if (size.width === 0) {
      camera = next;
      return;
    }
    const [k, x, y] = toTransform(next, size);
    byPerson = person;
    // d3 keeps it within the extents.
    selected.call(behaviour.transform, zoomIdentity.translate(x, y).scale(k) as ZoomTransform);
    byPerson = true;
  }

  function stopFlight(): void {
    cancelAnimationFrame(flight);
    flight = 0;
  }

  function fly(next: Camera, person = true): void {
    stopFlight();
    if (still.matches || size.width === 0) {
      place(next, person);
      return;
    }
    const width = ({ zoom: scale }: Camera): number => 1 / scale;
    const way = interpolateZoom([camera.x, camera.y, width(camera)], [next.x, next.y, width(next)]);
    const length = Math.min(2500, Math.max(250, way.duration * 0.6));
    const begun = performance.now();
    const go = (): void => {
      const t = Math.min(1, (performance.now() - begun) / length);
      const [x, y, w] = way(1 - (1 - t) ** 3);
      place(t === 1 ? next : { x, y, zoom: 1 / w }, person);
      flight = t < 1 ? requestAnimationFrame(go) : 0;
    };
    flight = requestAnimationFrame(go);
  }

  function resize(): void {
    const next = { width: element.clientWidth, height: element.clientHeight };
    if (next.width === 0 || next.height === 0) return;
    size = next;
    const finest = content?.sides.at(-1) ?? 20;
    behaviour
      .extent([
        [0, 0],
        [size.width, size.height],
      ])
      .scaleExtent([1, Math.max(4, (DEEPEST * finest) / extentOf(size))])
      .translateExtent([
        [size.width / 2 - extentOf(size), size.height / 2 - extentOf(size)],
        [size.width / 2 + extentOf(size), size.height / 2 + extentOf(size)],
      ]);
    place(camera);
    redraw();
  }

  // ---- drawing ----
  function choose(): Level | null {
    if (!content) return null;
    const width = extentOf(size) * camera.zoom;
    const wanted = content.fixed ?? levelFor(content.sides, width, level?.side ?? null);
    const found = content.levels.get(wanted);
    if (!found) events.needLevel(wanted);
    // Until it is there, the nearest coarser one that is.
    const coarser = content.sides.filter((side) => side < wanted).reverse();
    return found ?? coarser.map((side) => content?.levels.get(side)).find(Boolean) ?? level;
  }

  function draw(now: number): void {
    if (!content || size.width === 0) return;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
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
      camera,
      size,
      ratio: icons.width / size.width || ratio,
      now,
      still: still.matches,
    };
    const levels = content.sides.flatMap((side) => content?.levels.get(side) ?? []);
    const more = drawing.draw(view, level, levels);
    const cell = (extentOf(size) * camera.zoom) / level.side;
    const finest = level.side === content.sides.at(-1);
    const alone = finest && cell >= SINGLE_FROM;
    element.toggleAttribute("data-single", alone);
    singles.draw(context2d(icons), view, alone ? level : null, content.ink.paper);
    overlay.draw(view, {
      ...content,
      level,
      hovered,
      chosen: chosenIn(level),
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
    const found = at && level ? cellAt(level, ...toPlane(camera, size, ...at)) : -1;
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
    const part = 0.25 / camera.zoom;
    fly({ ...camera, x: camera.x + dx * part, y: camera.y + dy * part });
  }

  /** Point at the next cell, and follow it where it would leave the view. */
  function step(dx: number, dy: number): void {
    if (!level || level.count === 0) return;
    const from = hovered >= 0 ? hovered : chosenIn(level);
    hovered = from >= 0 ? beside(level, from, dx, dy) : nearest(level);
    const [x, y] = middleOf(level, hovered);
    const [x0, y0, x1, y1] = boxOf(camera, size);
    const [w, hgt] = [(x1 - x0) * 0.08, (y1 - y0) * 0.08];
    const next = {
      ...camera,
      x: camera.x + Math.min(0, x - w - x0) + Math.max(0, x + w - x1),
      y: camera.y + Math.min(0, y - hgt - y0) + Math.max(0, y + hgt - y1),
    };
    if (next.x !== camera.x || next.y !== camera.y) place(next, true);
    const scale = extentOf(size) * camera.zoom;
    events.pointed(hovered, [
      size.width / 2 + (x - camera.x) * scale,
      size.height / 2 + (y - camera.y) * scale,
    ]);
    redraw();
  }

  function nearest(of: Level): number {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < of.count; i++) {
      const [x, y] = middleOf(of, i);
      const away = Math.hypot(x - camera.x, y - camera.y);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  onResize(element, signal, resize);

  return {
    element,
    camera: () => camera,
    size: () => size,
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
    /** Another layer: nothing of this one is kept. */
    place,
    fly,
    home: () => fly(HOME),
    zoomBy: (factor: number) => {
      const [, most] = behaviour.scaleExtent();
      fly({ ...camera, zoom: Math.min(most, Math.max(1, camera.zoom * factor)) });
    },
    focus: () => element.focus(),
    redraw,
  };
}

export type AtlasPlane = ReturnType<typeof atlasPlane>;
export { STEP };

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
