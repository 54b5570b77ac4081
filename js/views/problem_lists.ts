/** Points that are there twice, and points whose neighbours have another label: each can be looked at. */

import { h } from "../lib/dom";
import { count, percent } from "../lib/format";
import type { Problems } from "../lib/scatter_calls";

const SHOWN = 40;

export function problemLists(
  place: HTMLElement,
  { duplicates, suspicious, note }: Problems,
  names: (point: number) => string,
  look: (points: readonly number[]) => void,
  signal: AbortSignal,
): void {
  const item = (words: string, hint: string, points: readonly number[]): HTMLElement => {
    const row = h("button", { type: "button", class: "problem", title: hint }, words);
    row.addEventListener("click", () => look(points), { signal });
    return h("li", {}, row);
  };
  const list = (title: string, none: string, items: readonly HTMLElement[]): Node[] => [
    h("h3", { class: "legend-title" }, title),
    items.length > 0
      ? h("ul", { class: "problems", "aria-label": title }, ...items.slice(0, SHOWN))
      : h("p", { class: "caption" }, none),
    ...(items.length > SHOWN
      ? [h("p", { class: "caption" }, `and ${items.length - SHOWN} more`)]
      : []),
  ];
  place.replaceChildren(
    ...list(
      count(duplicates.length, "group of duplicates", "groups of duplicates"),
      "No two points are the same.",
      duplicates.map((group) =>
        item(group.map(names).join(" = "), "the same in the layer's space", group),
      ),
    ),
    ...list(
      count(suspicious.length, "suspicious label"),
      note || "No label stands among others.",
      suspicious.map(({ point, label, other, share }) =>
        item(
          `${names(point)}: ${label}, among ${other}`,
          `${percent(share)} of its neighbours are ${other}`,
          [point],
        ),
      ),
    ),
  );
}
