/** A small map of the whole: where samples lie, or the map of a class, and a frame around what is in sight. */

import { boxOf, type Camera, HOME, type Size } from "../lib/atlas_camera";
import { type Level, placeOf } from "../lib/atlas_level";
import { h } from "../lib/dom";
import { context2d } from "./surface";

export interface MinimapContent {
  readonly level: Level | null;
  /** Attribution to a class by cell of this level, else how many samples are where. */
  readonly heat: Float32Array | null;
  readonly dark: boolean;
}

export interface Minimap {
  readonly element: HTMLElement;
  show(content: MinimapContent): void;
  frame(camera: Camera, size: Size): void;
}

/** Draw one square a cell on a canvas of as many pixels as the grid has cells. */
export function drawDensity(
  canvas: HTMLCanvasElement,
  { level, heat, dark }: MinimapContent,
): void {
  const side = level?.side ?? 1;
  canvas.width = side;
  canvas.height = side;
  if (!level) return;
  const context = context2d(canvas);
  const pixels = context.createImageData(side, side);
  const strongest = (values: ArrayLike<number>): number => {
    let most = 1e-12;
    for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
    return most;
  };
  const most = strongest(heat ?? level.counts);
  const ink = dark ? [228, 231, 236] : [29, 32, 38];
  for (let i = 0; i < level.count; i++) {
    const [row, column] = placeOf(level, i);
    const value = (heat ? (heat[i] ?? 0) : (level.counts[i] ?? 0)) / most;
    const colour = !heat ? ink : value >= 0 ? [196, 60, 44] : [46, 112, 190];
    const strength = heat
      ? Math.max(0.05, Math.sqrt(Math.abs(value)))
      : 0.15 + 0.85 * Math.sqrt(value);
    pixels.data.set([...colour, Math.round(255 * strength)], 4 * (row * side + column));
  }
  context.putImageData(pixels, 0, 0);
}

export function minimap(
  events: { moveTo(x: number, y: number): void; home(): void },
  signal: AbortSignal,
): Minimap {
  const canvas = h("canvas", { class: "minimap-map", "aria-hidden": "true" });
  const reticle = h("div", { class: "minimap-reticle" });
  const element = h(
    "div",
    {
      class: "minimap",
      tabindex: 0,
      role: "slider",
      "aria-label": "Minimap: drag the frame to move the view",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      title: "Drag to move the view",
    },
    canvas,
    reticle,
  );
  let camera = HOME;
  let dragging = false;

  function move(event: PointerEvent): void {
    const box = element.getBoundingClientRect();
    const unit = (value: number): number => Math.min(1, Math.max(0, value));
    events.moveTo(
      unit((event.clientX - box.left) / box.width),
      unit((event.clientY - box.top) / box.height),
    );
  }

  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ): void => element.addEventListener(type, listener, { signal });
  on("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    dragging = true;
    event.preventDefault();
    element.focus({ preventScroll: true });
    move(event);
  });
  on("pointermove", (event) => {
    if (dragging) move(event);
  });
  for (const type of ["pointerup", "pointercancel"] as const) on(type, () => (dragging = false));
  on("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const part = 0.2 / camera.zoom;
    events.moveTo(camera.x + (way[0] ?? 0) * part, camera.y + (way[1] ?? 0) * part);
  });

  return {
    element,
    show: (content) => drawDensity(canvas, content),
    frame(next, size) {
      camera = next;
      if (size.width === 0) return;
      const inside = (value: number): number => Math.min(1, Math.max(0, value));
      const [x0, y0, x1, y1] = boxOf(camera, size).map(inside) as [number, number, number, number];
      reticle.style.inset = `${y0 * 100}% ${(1 - x1) * 100}% ${(1 - y1) * 100}% ${x0 * 100}%`;
      const words = `${Math.round(camera.x * 100)} % across, ${Math.round(camera.y * 100)} % down`;
      element.setAttribute("aria-valuenow", String(Math.round(camera.x * 100)));
      element.setAttribute("aria-valuetext", words);
    },
  };
}
