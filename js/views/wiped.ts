/** Two pictures of one place over each other, with a divider between them; one can go nearer to both. */

import { h } from "../lib/dom";
import { percent } from "../lib/format";
import { frame } from "../lib/schedule";
import { context2d, fitCanvas, onResize, setAttribute } from "./surface";
import { wipe } from "./wipe";
import { zoomable } from "./zoomable";

export interface WipedContent {
  /** Height and width of the place in pixels: pictures of other sizes are drawn over all of it. */
  readonly size: readonly [number, number];
  readonly first: ImageBitmap | null;
  /** Null: the first one alone, without a divider. */
  readonly second: ImageBitmap | null;
  /** Share of the width in sight that the first one keeps, 0 to 1. */
  readonly share: number;
  readonly names: readonly [string, string];
  /** What both together are called for those who do not see them. */
  readonly label: string;
}

export interface Wiped {
  readonly element: HTMLElement;
  show(content: WipedContent): void;
  /** Nearer by so many steps, or further away. */
  zoom(steps: number): void;
  /** The whole picture. */
  whole(): void;
}

/** From this many screen pixels for one of a picture's, pixels are drawn as squares. */
const COARSE = 6;
/** How many screen pixels one of a picture's can become, and by how much any can be enlarged. */
const DEEPEST = 16;
const ANY = 4;

export function wiped(
  label: string,
  events: { wipe(share: number): void },
  signal: AbortSignal,
): Wiped {
  const canvas = h("canvas", { class: "wiped-canvas", role: "img" });
  const place = h("div", { class: "wiped-place" }, canvas);
  const context = context2d(canvas);
  let content: WipedContent | null = null;
  const draw = frame(paint, signal);
  const near = zoomable(place, draw, signal);
  const taken = (divider: boolean): boolean => divider || !near.busy();
  const wiper = wipe({ label, over: place, grip: place, taken }, events, signal);
  place.append(...wiper.parts);
  const element = h("div", { class: "wiped" }, place, near.tools);

  function lay(): void {
    if (!content) return;
    const [tall, wide] = content.size;
    const scale = Math.min(element.clientWidth / wide, element.clientHeight / tall);
    place.style.width = `${Math.floor(wide * scale)}px`;
    place.style.height = `${Math.floor(tall * scale)}px`;
    near.limit(Math.max(ANY, (DEEPEST * wide) / Math.max(1, place.clientWidth)));
    draw();
  }

  function paint(): void {
    if (!content) return;
    const [width, height] = [place.clientWidth, place.clientHeight];
    fitCanvas(canvas, width, height);
    const ratio = canvas.width / Math.max(1, width);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const { first, second, share } = content;
    const cut = second ? share * width * ratio : canvas.width;
    if (first) part(first, 0, cut);
    if (second) part(second, cut, canvas.width);
  }

  function part(picture: ImageBitmap, from: number, to: number): void {
    if (to <= from) return;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, canvas.height);
    context.clip();
    const { x, y, zoom } = near.view();
    const [width, height] = [canvas.width * zoom, canvas.height * zoom];
    const squares = content && width / content.size[1] >= COARSE;
    context.imageSmoothingEnabled = !(squares && picture.width === content?.size[1]);
    context.imageSmoothingQuality = "high";
    const [left, top] = [canvas.width / 2 - x * width, canvas.height / 2 - y * height];
    context.drawImage(picture, left, top, width, height);
    context.restore();
  }

  onResize(element, signal, lay);
  return {
    element,
    show(next) {
      const moved =
        !content || content.size[0] !== next.size[0] || content.size[1] !== next.size[1];
      content = next;
      const { second, share, names } = next;
      wiper.show(second && { share, names, words: `${percent(share)} ${names[0]}` });
      setAttribute(canvas, "aria-label", next.label);
      near.tools.hidden = !next.first;
      if (moved) {
        near.whole();
        lay();
      } else draw();
    },
    zoom: near.by,
    whole: near.whole,
  };
}
