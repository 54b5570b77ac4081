/** A row of small pictures that may still change, each a button with its number below. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { type LivePicture, livePicture } from "./live_picture";
import { setAttribute, setText } from "./surface";

export interface LiveItem {
  readonly picture: Picture | null;
  /** What it is, for the tooltip and for those who do not see it. */
  readonly label: string;
  /** The number under it. */
  readonly caption: string;
  readonly live: boolean;
}

export function liveRow(label: string, choose: (i: number) => void, signal: AbortSignal) {
  const element = h("div", { class: "live-row", role: "group", "aria-label": label });
  const cells: { button: HTMLButtonElement; view: LivePicture; caption: HTMLElement }[] = [];

  function cell(i: number) {
    const known = cells[i];
    if (known) return known;
    const view = livePicture(signal);
    const caption = h("span", { class: "live-caption" });
    const button = h("button", { type: "button", class: "live-cell" }, view.element, caption);
    button.addEventListener("click", () => choose(i), { signal });
    element.append(button);
    cells[i] = { button, view, caption };
    return cells[i];
  }

  return {
    element,
    show(items: readonly LiveItem[], chosen: number | null) {
      for (const { button } of cells.slice(items.length)) button.hidden = true;
      items.forEach((item, i) => {
        const { button, view, caption } = cell(i);
        button.hidden = false;
        view.show(item.picture, item.label);
        view.live(item.live);
        setText(caption, item.caption);
        setAttribute(button, "aria-label", `${item.label}: ${item.caption}`);
        setAttribute(button, "title", item.label);
        setAttribute(button, "aria-pressed", String(i === chosen));
      });
    },
  };
}

export type LiveRow = ReturnType<typeof liveRow>;
