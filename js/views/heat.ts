/** One map over the image it was computed from, with the box of the image that a unit sees. */

import { type ColorMap, type Domain, indexOf, lut } from "../lib/colormap";
import { h } from "../lib/dom";
import type { ReceptiveField } from "../lib/protocol";
import { frame } from "../lib/schedule";
import type { ChannelMap } from "./channels";
import { type Axis, axisOf, type Box, unitAt } from "./receptive";
import { context2d, setAttribute } from "./surface";

export interface HeatContent {
  readonly image: ImageBitmap | null;
  /** Height and width of the network's input in pixels. */
  readonly size: readonly [number, number];
  readonly map: ChannelMap | null;
  readonly field: ReceptiveField | null;
  /** The unit that the arrow keys start from; null for the strongest. */
  readonly position: readonly [number, number] | null;
  readonly colour: ColorMap;
  readonly domain: Domain;
  /** 0 shows the image alone, 1 the map alone. */
  readonly opacity: number;
  /** Interpolate values between units; otherwise each unit is a flat square. */
  readonly smooth: boolean;
  /** Draw the image without its colours, which would mix with those of the map. */
  readonly grey?: boolean;
  readonly label: string;
}

export interface HeatEvents {
  hover?(unit: readonly [number, number] | null): void;
  choose?(unit: readonly [number, number]): void;
}

export interface Heat {
  readonly element: HTMLElement;
  show(content: HeatContent): void;
  /** Draw the receptive field; null takes it away. `pinned` ones keep an accent. */
  box(box: Box | null, pinned?: boolean): void;
}

/** Pixels of the longer side at which the overlay is computed. */
const RESOLUTION = 448;

/** Images narrower than this many pixels are drawn with visible pixels. */
const COARSE = 64;

export function heat(events: HeatEvents, signal: AbortSignal): Heat {
  const canvas = h("canvas", { class: "heat-canvas", role: "img" });
  const field = h("div", { class: "heat-field", hidden: true });
  const root = h("div", { class: "heat" }, canvas, field);
  const context = context2d(canvas);
  const overlay = context2d(new OffscreenCanvas(1, 1));
  let content: HeatContent | null = null;

  const draw = frame(() => {
    if (content) paintHeat(context, canvas, content, overlay);
  }, signal);

  function unitUnder(event: MouseEvent): readonly [number, number] | null {
    if (!content?.map) return null;
    const box = canvas.getBoundingClientRect();
    const [axisY, axisX] = axes(content, content.map);
    const y = unitAt(axisY, ((event.clientY - box.top) / box.height) * content.size[0]);
    const x = unitAt(axisX, ((event.clientX - box.left) / box.width) * content.size[1]);
    return y === null || x === null ? null : [y, x];
  }

  canvas.addEventListener("pointermove", (event) => events.hover?.(unitUnder(event)), { signal });
  canvas.addEventListener("pointerleave", () => events.hover?.(null), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const unit = unitUnder(event);
      if (unit) events.choose?.(unit);
    },
    { signal },
  );

  root.addEventListener(
    "keydown",
    (event) => {
      const { ctrlKey, metaKey, altKey, shiftKey } = event;
      const step = ctrlKey || metaKey || altKey || shiftKey ? undefined : STEPS[event.key];
      if (!step || !content?.map || !events.choose) return;
      event.preventDefault();
      event.stopPropagation();
      events.choose(moved(content.map, content.position, step));
    },
    { signal },
  );

  return {
    element: root,
    show(next) {
      content = next;
      const walks = !!events.choose && !!next.map;
      setAttribute(root, "tabindex", walks ? 0 : null);
      setAttribute(root, "role", walks ? "group" : null);
      setAttribute(root, "aria-label", walks ? `${next.label}: arrow keys move the place` : null);
      setAttribute(root, "title", walks ? "click, or arrow keys: choose a place" : null);
      root.style.aspectRatio = `${next.size[1]} / ${next.size[0]}`;
      setAttribute(canvas, "aria-label", next.label);
      draw();
    },
    box(box, pinned = false) {
      field.hidden = !box || !content;
      if (!box || !content) return;
      const [height, width] = content.size;
      field.classList.toggle("pinned", pinned);
      field.style.left = `${(100 * box.x) / width}%`;
      field.style.top = `${(100 * box.y) / height}%`;
      field.style.width = `${(100 * box.width) / width}%`;
      field.style.height = `${(100 * box.height) / height}%`;
    },
  };
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-8, 0],
  PageDown: [8, 0],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
};

/** One step on within the map; the first one leads to the strongest unit. */
function moved(
  { data, height, width }: ChannelMap,
  from: readonly [number, number] | null,
  [down, right]: readonly [number, number],
): readonly [number, number] {
  if (!from) {
    const best = data.reduce((top, value, i) => (value > (data[top] ?? value) ? i : top), 0);
    return [Math.floor(best / width), best % width];
  }
  const within = (at: number, units: number): number => Math.min(units - 1, Math.max(0, at));
  return [within(from[0] + down, height), within(from[1] + right, width)];
}

function axes(content: HeatContent, map: ChannelMap): [Axis, Axis] {
  return [
    axisOf(content.field, 0, map.height, content.size[0]),
    axisOf(content.field, 1, map.width, content.size[1]),
  ];
}

function paintHeat(
  context: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  content: HeatContent,
  overlay: OffscreenCanvasRenderingContext2D,
): void {
  const [height, width] = content.size;
  const zoom = RESOLUTION / Math.max(height, width);
  const size = [width, height].map((n) => Math.max(1, Math.round(n * zoom))) as [number, number];
  resize(canvas, size);
  context.clearRect(0, 0, ...size);
  context.imageSmoothingQuality = "high";
  // A picture of a few pixels is shown as those: smoothed, it would look like more than it is.
  context.imageSmoothingEnabled = !content.image || content.image.width >= COARSE;
  if (content.image) context.drawImage(content.image, 0, 0, ...size);
  if (!content.map || content.opacity <= 0) return;
  if (content.grey) {
    context.globalCompositeOperation = "saturation";
    context.fillStyle = "#000";
    context.fillRect(0, 0, ...size);
    context.globalCompositeOperation = "source-over";
  }
  resize(overlay.canvas, size);
  overlay.putImageData(overlayPixels(content, content.map, ...size), 0, 0);
  context.globalAlpha = content.opacity;
  context.drawImage(overlay.canvas, 0, 0);
  context.globalAlpha = 1;
}

/** Give a canvas a size, which empties it, only where it has another. */
function resize(canvas: HTMLCanvasElement | OffscreenCanvas, [w, h]: [number, number]): void {
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
}

/** The map laid over the image's pixels; where no unit looks it stays transparent. */
export function overlayPixels(
  content: HeatContent,
  map: ChannelMap,
  width: number,
  height: number,
): ImageData {
  const pixels = new ImageData(width, height);
  const packed = new Uint32Array(pixels.data.buffer);
  const table = lut(content.colour);
  const [axisY, axisX] = axes(content, map);
  const rows = weights(axisY, height, content.size[0], content.smooth);
  const columns = weights(axisX, width, content.size[1], content.smooth);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const value = row && column ? sample(map, row, column) : Number.NaN;
      if (Number.isFinite(value))
        packed[y * width + x] = table[indexOf(value, content.domain)] ?? 0;
    });
  });
  return pixels;
}

/** Two neighbouring units and how far from the first to the second a pixel lies; null where no unit looks. */
type Weight = readonly [first: number, second: number, toSecond: number] | null;

function weights(axis: Axis, pixels: number, length: number, smooth: boolean): Weight[] {
  return Array.from({ length: pixels }, (_, i) => {
    const at = ((i + 0.5) / pixels) * length;
    const nearest = unitAt(axis, at);
    if (nearest === null) return null;
    if (!smooth) return [nearest, nearest, 0];
    const t = Math.min(axis.units - 1, Math.max(0, (at - axis.origin) / axis.step - 0.5));
    const first = Math.floor(t);
    return [first, Math.min(axis.units - 1, first + 1), t - first];
  });
}

function sample(
  map: ChannelMap,
  [y0, y1, fy]: NonNullable<Weight>,
  [x0, x1, fx]: NonNullable<Weight>,
): number {
  const at = (y: number, x: number): number => map.data[y * map.width + x] ?? Number.NaN;
  const top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
  return top * (1 - fy) + (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
}
