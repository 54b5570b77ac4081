/** A divider over two pictures that lie over each other: dragged, or moved with the keyboard. */

import { h } from "../lib/dom";
import { setAttribute, setText } from "./surface";

export interface WipeContent {
  /** Share of the width that the first picture keeps, 0 to 1. */
  readonly share: number;
  /** What stands at the left and at the right. */
  readonly names: readonly [string, string];
  /** The share in words, for those who do not see it. */
  readonly words: string;
}

export interface Wipe {
  /** The divider and both names, to lie in the element that is wiped. */
  readonly parts: readonly HTMLElement[];
  /** Null hides it. */
  show(content: WipeContent | null): void;
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

/**
 * Wipe over the width of `over`. Where `grip` is left out, only the divider can be taken; `taken`
 * tells whether a press on the grip, or on the divider itself, wipes now.
 */
export function wipe(
  about: {
    label: string;
    over: HTMLElement;
    grip?: HTMLElement;
    taken?: (divider: boolean) => boolean;
  },
  events: { wipe(share: number): void },
  signal: AbortSignal,
): Wipe {
  const divider = h("div", {
    class: "wipe-divider",
    role: "slider",
    tabindex: 0,
    hidden: true,
    "aria-label": about.label,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    title: "drag, or arrow keys: wipe",
  });
  const left = h("span", { class: "wipe-tag", hidden: true });
  const right = h("span", { class: "wipe-tag wipe-right", hidden: true });
  const grip = about.grip ?? divider;
  let content: WipeContent | null = null;
  let divided = false; // the press began on the divider
  const taken = (): boolean => about.taken?.(divided) ?? true;

  function wipeTo(event: PointerEvent): void {
    const box = about.over.getBoundingClientRect();
    events.wipe(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  }

  grip.addEventListener(
    "pointerdown",
    (event) => {
      divided = event.target === divider;
      if (!content || event.button !== 0 || !taken()) return;
      grip.setPointerCapture(event.pointerId);
      event.preventDefault();
      divider.focus();
      wipeTo(event);
    },
    { signal },
  );
  grip.addEventListener(
    "pointermove",
    (event) => {
      if (content && grip.hasPointerCapture(event.pointerId) && taken()) wipeTo(event);
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
      events.wipe(Math.min(1, Math.max(0, Math.round((content.share + by) * 100) / 100)));
    },
    { signal },
  );

  return {
    parts: [divider, left, right],
    show(next) {
      content = next;
      for (const part of [divider, left, right]) part.hidden = !next;
      if (!next) return;
      divider.style.insetInlineStart = `${100 * next.share}%`;
      setText(left, next.names[0]);
      setText(right, next.names[1]);
      setAttribute(divider, "aria-valuenow", Math.round(100 * next.share));
      setAttribute(divider, "aria-valuetext", next.words);
    },
  };
}
