// The scatter's card in the page of a test, and what a person does on its map.

import type { ManifoldScatterTraits } from "../lib/protocol";
import scatter from "../widgets/manifold_scatter";
import { card } from "./card";
import type { FakeModel } from "./fake_model";
import { blobs } from "./fake_scatter";
import { until } from "./settled";

export const NO_PICTURES = { pictures: 0 };

export function show(model: FakeModel<ManifoldScatterTraits>, width = 1000) {
  const shown = card(scatter, model, width);
  return { ...shown, plot: () => shown.find(".plot") };
}

export type Page = ReturnType<typeof show>;

export async function ready(page: Page, layer = "deep"): Promise<void> {
  await until(() => page.find(".scatter").dataset.layout === `${layer} 0`, "the map");
  await until(() => page.find(".scatter").dataset.colour !== undefined, "the colours");
}

/** Where a point is on the map at first, in its own pixels. */
export function placeOf(page: Page, point: number, count = 600): [number, number] {
  const xy = blobs(count, 2);
  const xs = xy.filter((_, i) => i % 2 === 0);
  const ys = xy.filter((_, i) => i % 2 === 1);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const { clientWidth: w, clientHeight: h } = page.plot();
  const inner = (side: number) => side - 2 * Math.max(0.06 * side, 30);
  const scale = Math.min(inner(w) / (x1 - x0), inner(h) / (y1 - y0));
  return [
    w / 2 + ((xy[2 * point] ?? 0) - (x0 + x1) / 2) * scale,
    h / 2 - ((xy[2 * point + 1] ?? 0) - (y0 + y1) / 2) * scale,
  ];
}

export function pointer(
  page: Page,
  type: string,
  x: number,
  y: number,
  more: PointerEventInit = {},
) {
  const box = page.plot().getBoundingClientRect();
  page.plot().dispatchEvent(
    new PointerEvent(type, {
      clientX: box.left + x,
      clientY: box.top + y,
      bubbles: true,
      composed: true,
      pointerId: 1,
      ...more,
    }),
  );
}

export function click(page: Page, x: number, y: number): void {
  pointer(page, "pointerdown", x, y);
  pointer(page, "pointerup", x, y);
}

export function drag(
  page: Page,
  places: readonly [number, number][],
  more: PointerEventInit = {},
): void {
  const [[x, y] = [0, 0], ...rest] = places;
  // No real pointer is down: capturing this one would fail.
  page.plot().setPointerCapture = () => undefined;
  pointer(page, "pointerdown", x, y, more);
  for (const [a, b] of rest) pointer(page, "pointermove", a, b, more);
  const [lx, ly] = rest.at(-1) ?? [x, y];
  pointer(page, "pointerup", lx, ly, more);
}

export function press(page: Page, key: string): void {
  const event = { key, bubbles: true, composed: true, cancelable: true };
  page.plot().dispatchEvent(new KeyboardEvent("keydown", event));
}

export function inkAt(canvas: HTMLCanvasElement, [x, y]: [number, number], plot: HTMLElement) {
  const ratio = canvas.width / plot.clientWidth;
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(canvas, 0, 0);
  const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(
    Math.round(x * ratio),
    Math.round(y * ratio),
    1,
    1,
  ).data;
  return a > 100 ? [r, g, b] : null;
}
