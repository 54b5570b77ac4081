/** The original; and a held sample over it, wiped by pointer or keyboard. */

import { h } from "../lib/dom";
import { percent } from "../lib/format";
import type { Tiles } from "../lib/preview_sheet";
import { frame } from "../lib/schedule";
import { drawTile, type Look } from "./sample_sheet";
import { context2d, fitCanvas, onResize, setAttribute } from "./surface";
import { wipe } from "./wipe";

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

export function compare(
  events: { wipe(share: number): void; side(pixels: number): void },
  signal: AbortSignal,
): Compare {
  const canvas = h("canvas", { class: "compare-canvas", role: "img" });
  const element = h("div", { class: "compare" }, canvas);
  const wiper = wipe(
    { label: "wipe between the original and the sample", over: element, grip: element },
    events,
    signal,
  );
  element.append(...wiper.parts);
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
    const { original, sample, wipe: share, look } = content;
    const cut = sample ? share * width : width;
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

  onResize(element, signal, () => {
    events.side(Math.max(element.clientWidth, element.clientHeight));
    paint();
  });

  return {
    element,
    show(next) {
      // While a slider moves and nothing is held, the original stays as it is.
      const same = content !== null && content.sample === null && isSame(content, next);
      content = next;
      if (same) return;
      const { sample, wipe: share, original, name } = next;
      const [tall, wide] = original.tiles.answer.tiles[original.index] ?? [1, 1];
      element.style.aspectRatio = `${wide} / ${tall}`;
      wiper.show(
        sample && {
          share,
          names: ["original", `sample ${sample.index + 1}`],
          words: `${percent(share)} original`,
        },
      );
      setAttribute(
        canvas,
        "aria-label",
        sample ? `${name} and sample ${sample.index + 1}, side by side` : `${name}, the original`,
      );
      draw();
    },
  };
}

function isSame(a: CompareContent, b: CompareContent): boolean {
  return (
    a.sample === b.sample &&
    a.original.tiles === b.original.tiles &&
    a.original.index === b.original.index &&
    a.look.masks === b.look.masks &&
    a.look.boxes === b.look.boxes &&
    a.name === b.name
  );
}
