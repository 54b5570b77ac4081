/** What a point is: its picture, its name and what every column says of it; beside the pointer or pinned. */

import { h } from "../lib/dom";
import { setText } from "./surface";

export interface CardContent {
  readonly name: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly picture: CanvasImageSource | null;
  /** Part of the picture: left, top, width, height. */
  readonly part: readonly [number, number, number, number] | null;
}

export interface PointCard {
  readonly element: HTMLElement;
  show(content: CardContent): void;
}

const SIDE = 96;

export function pointCard(label: string): PointCard {
  const canvas = h("canvas", {
    class: "card-picture",
    width: SIDE,
    height: SIDE,
    "aria-hidden": "true",
  });
  const name = h("p", { class: "card-name" });
  const rows = h("dl", { class: "card-rows" });
  const element = h(
    "div",
    { class: "point-card", role: "group", "aria-label": label },
    canvas,
    h("div", { class: "card-words" }, name, rows),
  );
  const context = canvas.getContext("2d");
  return {
    element,
    show(content) {
      setText(name, content.name);
      const wanted = content.rows.flat();
      while (rows.childElementCount > wanted.length) rows.lastElementChild?.remove();
      while (rows.childElementCount < wanted.length)
        rows.append(h(rows.childElementCount % 2 === 0 ? "dt" : "dd"));
      wanted.forEach((text, i) => {
        setText(rows.children[i] as Element, text);
      });
      canvas.hidden = content.picture === null;
      if (!content.picture || !content.part || !context) return;
      const [x, y, width, height] = content.part;
      const scale = SIDE / Math.max(width, height);
      context.clearRect(0, 0, SIDE, SIDE);
      context.imageSmoothingEnabled = scale < 2;
      const [w, hh] = [width * scale, height * scale];
      context.drawImage(
        content.picture,
        ...[x, y, width, height],
        ...([(SIDE - w) / 2, (SIDE - hh) / 2, w, hh] as const),
      );
    },
  };
}
