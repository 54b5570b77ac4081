/** What views need of the DOM beyond making elements: quiet updates, sharp canvases, sizes. */

/** Write an attribute only where it changes, so that nothing is announced twice. */
export function setAttribute(
  node: Element,
  name: string,
  value: string | number | boolean | null,
): void {
  if (value === null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value))
    node.setAttribute(name, value === true ? "" : String(value));
}

/** Write text only where it changes. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Fit a canvas to its CSS size at the screen's own resolution; true when it was resized (and so cleared). */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): boolean {
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  return true;
}

/** A 2-D context, or a sentence where the browser has none. */
export function context2d<C extends HTMLCanvasElement | OffscreenCanvas>(
  canvas: C,
  options?: CanvasRenderingContext2DSettings,
): CanvasRenderingContext2D & OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d", options);
  if (!context)
    throw new Error("This browser gives no 2-D canvas: too many are open, or it is switched off.");
  return context as CanvasRenderingContext2D & OffscreenCanvasRenderingContext2D;
}

/** Call `resized` whenever the element's box changes, until the signal ends. */
export function onResize(node: Element, signal: AbortSignal, resized: () => void): void {
  const observer = new ResizeObserver(resized);
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

/** Where `room` scrolls (narrow cards), scroll it, and never the page, until `part` is seen. */
export function bringIntoView(part: HTMLElement, room: HTMLElement | null): void {
  if (!room || room.scrollHeight <= room.clientHeight) return;
  const [inner, outer] = [part.getBoundingClientRect(), room.getBoundingClientRect()];
  room.scrollTop += Math.max(0, Math.min(inner.bottom - outer.bottom, inner.top - outer.top));
}
