/** What the network sees: one image or two, the box that a unit looks at, and the predictions. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { heat } from "./heat";
import { bitmapSlot } from "./pictures";
import { type Prediction, predictions } from "./predictions";
import type { Box } from "./receptive";
import { setText } from "./surface";

export interface InputImage {
  readonly picture: Picture;
  /** Size of the network's input in pixels. */
  readonly width: number;
  readonly height: number;
  readonly name: string;
  readonly predictions: readonly Prediction[];
}

export interface Inputs {
  readonly element: HTMLElement;
  /** Resolves with the bitmaps when they can be drawn; they live until the next call. */
  show(images: readonly InputImage[]): Promise<readonly (ImageBitmap | null)[]>;
  box(box: Box | null, pinned: boolean): void;
}

export function inputs(signal: AbortSignal): Inputs {
  const root = h("div", { class: "inputs" });
  const slots = [inputCard(signal), inputCard(signal)];
  root.append(...slots.map(({ element }) => element));
  return {
    element: root,
    async show(images) {
      root.classList.toggle("pair", images.length > 1);
      return Promise.all(
        slots.map((slot, i) =>
          slot.show(images[i] ?? null, images.length > 1 ? ("AB"[i] ?? "") : ""),
        ),
      );
    },
    box(box, pinned) {
      for (const slot of slots) slot.box(box, pinned);
    },
  };
}

function inputCard(signal: AbortSignal) {
  const picture = heat({}, signal);
  const bitmap = bitmapSlot(signal);
  const name = h("figcaption", { class: "input-name" });
  const guesses = predictions();
  const element = h(
    "figure",
    { class: "input" },
    picture.element,
    h("div", { class: "input-words" }, name, guesses.element),
  );
  return {
    element,
    box: picture.box,
    async show(image: InputImage | null, letter: string): Promise<ImageBitmap | null> {
      element.hidden = !image;
      const pixels = await bitmap.set(image?.picture ?? null);
      if (!image) return null;
      setText(name, `${letter ? `${letter} · ` : ""}${image.name}`);
      name.title = `${image.name}, as the network sees it: ${image.height} × ${image.width} pixels`;
      guesses.show(image.predictions);
      picture.show({
        image: pixels,
        size: [image.height, image.width],
        map: null,
        field: null,
        position: null,
        colour: "grey",
        domain: [0, 1],
        opacity: 0,
        smooth: false,
        label: `${image.name}, as the network sees it`,
      });
      return pixels;
    },
  };
}
