/** A picture that changes while one looks at it: its place is kept, and nothing flickers. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { bitmapSlot } from "./pictures";
import { setAttribute, setText } from "./surface";

export interface LivePicture {
  readonly element: HTMLElement;
  /** Null empties the place; `empty` says why. */
  show(picture: Picture | null, label: string, empty?: string): void;
  /** A frame around it while it changes. */
  live(on: boolean): void;
}

/** Fewer pixels than this are drawn as squares. */
const TINY = 64;

export function livePicture(signal: AbortSignal): LivePicture {
  const slot = bitmapSlot(signal);
  const canvas = h("canvas", { class: "live-canvas", width: 1, height: 1, role: "img" });
  const words = h("span", { class: "live-empty" });
  const element = h("div", { class: "live" }, canvas, words);
  let current: Picture | null = null;

  async function draw(picture: Picture): Promise<void> {
    const bitmap = await slot.set(picture);
    if (!bitmap || current !== picture) return;
    if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
    if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    element.classList.toggle("live-tiny", Math.max(bitmap.width, bitmap.height) < TINY);
    element.toggleAttribute("data-drawn", true);
  }

  return {
    element,
    show(picture, label, empty = "") {
      setAttribute(canvas, "aria-label", picture ? label : empty || label);
      setText(words, picture ? "" : empty);
      if (picture === current) return;
      current = picture;
      if (picture) void draw(picture);
      else {
        canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
        element.removeAttribute("data-drawn");
      }
    },
    live(on) {
      element.toggleAttribute("data-live", on);
    },
  };
}
