/** The original; and a held sample over it, wiped by pointer or keyboard. */

import { h } from "../lib/dom";
import { percent } from "../lib/format";
import type { Tiles } from "../lib/preview_sheet";
import { frame } from "../lib/schedule";
import { drawTile, type Look } from "./sample_sheet";
import { context2d, fitCanvas, onResize, setAttribute, setText } from "./surface";

export interface Side {
  readonly tiles: Tiles;
  readonly index: number;
}

export interface CompareContent {
  readonly original: Side;
  readonly sample: Side | null;
  /** Share of the width that the original keeps, 0 to 1. */
  readonly wipe: number;
  readonly look: Look;
  readonly name: string;
}

export interface Compare {
  readonly element: HTMLElement;
  show(content: CompareContent): void;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -0.05,
  ArrowRight: 0.05,
  ArrowDown: -0.05,
  ArrowUp: 0.05,
  PageDown: -0.2,
  PageUp: 0.2,
  Home: -1,
  End: 1,
};

export function compare(
  events: { wipe(share: number): void; side(pixels: number): void },
  signal: AbortSignal,
): Compare {
  const canvas = h("canvas", { class: "compare-canvas", role: "img" });
  const divider = h("div", {
    class: "compare-divider",
    role: "slider",
    tabindex: 0,
    hidden: true,
    "aria-label": "wipe between the original and the sample",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    title: "drag, or arrow keys: wipe",
  });
  const left = h("span", { class: "compare-tag" }, "original");
  const right = h("span", { class: "compare-tag compare-right" });
  const element = h("div", { class: "compare" }, canvas, divider, left, right);
  const context = context2d(canvas);
  let content: CompareContent | null = null;
  const draw = frame(paint, signal);

  function paint(): void {
    if (!content) return;
    const [width, height] = [canvas.offsetWidth, canvas.offsetHeight];
    fitCanvas(canvas, width, height);
    const ratio = [canvas.width / Math.max(1, width), canvas.height / Math.max(1, height)] as const;
    const place = { x: 0, y: 0, width, height };
    context.setTransform(ratio[0], 0, 0, ratio[1], 0, 0);
    context.clearRect(0, 0, width, height);
    const { original, sample, wipe, look } = content;
    const cut = sample ? wipe * width : width;
    clipped(0, cut, height, () => drawTile(context, original.tiles, original.index, place, look));
    if (sample)
      clipped(cut, width, height, () => drawTile(context, sample.tiles, sample.index, place, look));
  }

  function clipped(from: number, to: number, height: number, act: () => void): void {
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    act();
    context.restore();
  }

  function wipeTo(event: PointerEvent): void {
    const box = canvas.getBoundingClientRect();
    events.wipe(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  }

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (!content?.sample || event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
      divider.focus();
      wipeTo(event);
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      if (element.hasPointerCapture(event.pointerId)) wipeTo(event);
    },
    { signal },
  );
  divider.addEventListener(
    "keydown",
    (event) => {
      const by = STEPS[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || !content) return;
      event.preventDefault();
      event.stopPropagation();
      events.wipe(Math.min(1, Math.max(0, Math.round((content.wipe + by) * 100) / 100)));
    },
    { signal },
  );
  onResize(element, signal, () => {
    events.side(Math.max(element.clientWidth, element.clientHeight));
    paint();
  });

  return {
    element,
    show(next) {
      content = next;
      const { sample, wipe, original, name } = next;
      const [tall, wide] = original.tiles.answer.tiles[original.index] ?? [1, 1];
      element.style.aspectRatio = `${wide} / ${tall}`;
      divider.hidden = !sample;
      for (const tag of [left, right]) tag.hidden = !sample;
      divider.style.insetInlineStart = `${100 * wipe}%`;
      setText(right, sample ? `sample ${sample.index + 1}` : "");
      setAttribute(divider, "aria-valuenow", Math.round(100 * wipe));
      setAttribute(divider, "aria-valuetext", `${percent(wipe)} original`);
      setAttribute(
        canvas,
        "aria-label",
        sample ? `${name} and sample ${sample.index + 1}, side by side` : `${name}, the original`,
      );
      draw();
    },
  };
}
