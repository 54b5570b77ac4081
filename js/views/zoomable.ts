/** A picture that one goes nearer to: ctrl + wheel, pinch, drag, arrow keys, buttons. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { enlarged, moved, type PictureView, WHOLE } from "../lib/picture_view";
import { setAttribute, setText } from "./surface";

export interface Zoomable {
  /** Buttons, and how near one is. */
  readonly tools: HTMLElement;
  view(): PictureView;
  /** Drags move the picture now, and nothing else. */
  busy(): boolean;
  by(step: number): void;
  whole(): void;
  /** How many times it can be enlarged. */
  limit(deepest: number): void;
}

/** Factor of one key, button or notch. */
const STEP = 1.5;
/** Share of the frame that an arrow key goes on. */
const GO = 0.15;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [GO, 0],
  ArrowRight: [-GO, 0],
  ArrowUp: [0, GO],
  ArrowDown: [0, -GO],
};

export function zoomable(place: HTMLElement, changed: () => void, signal: AbortSignal): Zoomable {
  let view = WHOLE;
  let deepest = 1;
  const fingers = new Map<number, readonly [number, number]>();
  const read = h("output", { class: "zoom-read" });
  const tool = (label: string, icon: string, key: string, onClick: () => void): HTMLButtonElement =>
    button({ label, icon, title: `${label} ( ${key} )`, signal, onClick });
  const nearer = tool("Nearer", "M8 3v10M3 8h10", "+", () => by(1));
  const away = tool("Further away", "M3 8h10", "−", () => by(-1));
  const all = tool("Whole picture", "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3", "0", whole);
  const tools = h(
    "div",
    { class: "zoom-tools", role: "group", "aria-label": "zoom" },
    nearer,
    away,
    all,
    read,
  );

  function set(next: PictureView): void {
    view = next;
    const near = view.zoom > 1;
    place.toggleAttribute("data-near", near);
    place.tabIndex = near ? 0 : -1;
    place.title = near ? "drag, or arrow keys: move" : "";
    setAttribute(place, "role", near && "group");
    setAttribute(place, "aria-label", near && "a part of the picture");
    nearer.disabled = view.zoom >= deepest;
    away.disabled = all.disabled = !near;
    setText(read, near ? `${view.zoom.toFixed(1)} ×` : "");
    changed();
  }
  const by = (step: number): void => set(enlarged(view, STEP ** step, deepest));
  function whole(): void {
    set(WHOLE);
  }

  /** Where a pointer is, in shares of the frame. */
  function at(event: { clientX: number; clientY: number }): readonly [number, number] {
    const box = place.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  function follow(event: PointerEvent): void {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) {
      const apart = ([x, y]: readonly [number, number]): number =>
        Math.hypot(x - other[0], y - other[1]);
      const factor = apart(now) / Math.max(1e-3, apart(before));
      set(enlarged(view, factor, deepest, other));
    } else if (view.zoom > 1) set(moved(view, now[0] - before[0], now[1] - before[1]));
  }

  const on = <K extends keyof HTMLElementEventMap>(
    kind: K,
    act: (event: HTMLElementEventMap[K]) => void,
  ): void => place.addEventListener(kind, act, { signal });
  place.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      // A pinch comes as many small steps, a wheel as few large ones.
      const notches = Math.min(1, Math.abs(event.deltaY) / 40) * -Math.sign(event.deltaY);
      set(enlarged(view, STEP ** notches, deepest, at(event)));
    },
    { signal, passive: false },
  );
  on("pointerdown", (event) => {
    if (event.button !== 0 || (event.target as Element).closest("[role=slider]")) return;
    fingers.set(event.pointerId, at(event));
    place.setPointerCapture(event.pointerId);
    if (view.zoom === 1) return;
    event.preventDefault();
    place.focus({ preventScroll: true });
  });
  on("pointermove", follow);
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"] as const)
    on(kind, (event) => fingers.delete(event.pointerId));
  on("keydown", (event) => {
    const go = ARROWS[event.key];
    if (event.target !== place || !go || view.zoom === 1 || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    set(moved(view, go[0], go[1]));
  });

  return {
    tools,
    view: () => view,
    busy: () => view.zoom > 1 || fingers.size > 1,
    by,
    whole,
    limit(most) {
      deepest = most;
      set(enlarged(view, 1, deepest));
    },
  };
}
