/** Points that are there twice, and points whose neighbours have another label: each can be looked at. */

import { h } from "../lib/dom";
import { count, integer, percent } from "../lib/format";
import type { Problems } from "../lib/scatter_calls";

const SHOWN = 40;
const NAMED = 3; // points of a group

export function problemLists(
  place: HTMLElement,
  { duplicates, groups, suspicious, doubted, note }: Problems,
  names: (point: number) => string,
  look: (points: readonly number[]) => void,
  signal: AbortSignal,
): void {
  const item = (words: string, hint: string, points: readonly number[]): HTMLElement => {
    const row = h("button", { type: "button", class: "problem", title: hint }, words);
    row.addEventListener("click", () => look(points), { signal });
    return h("li", {}, row);
  };
  const list = (title: string, none: string, items: readonly Node[], all: number): Node[] => [
    h("h3", { class: "legend-title" }, title),
    items.length > 0
      ? h("ul", { class: "problems", "aria-label": title }, ...items)
      : h("p", { class: "caption" }, none),
    ...(all > items.length
      ? [h("p", { class: "caption" }, `and ${integer(all - items.length)} more`)]
      : []),
  ];
  const group = (points: readonly number[], size: number): string =>
    points.slice(0, NAMED).map(names).join(" = ") +
    (size > NAMED ? ` = … (${integer(size)} in all)` : "");
  place.replaceChildren(
    ...list(
      count(groups, "group of duplicates", "groups of duplicates"),
      "No two points are the same.",
      duplicates
        .slice(0, SHOWN)
        .map(({ points, size }) =>
          item(group(points, size), "the same in the layer's space", points),
        ),
      groups,
    ),
    ...list(
      count(doubted, "suspicious label"),
      note || "No label stands among others.",
      suspicious
        .slice(0, SHOWN)
        .map(({ point, label, other, share }) =>
          item(
            `${names(point)}: ${label}, among ${other}`,
            `${percent(share)} of its neighbours are ${other}`,
            [point],
          ),
        ),
      doubted,
    ),
  );
}
