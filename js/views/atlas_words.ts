/** What is known of a cell, in words and bars: for the card beside the pointer, the panel and the status line. */

import { type Level, placeOf } from "../lib/atlas_level";
import { h } from "../lib/dom";
import { count, number } from "../lib/format";
import { shortName } from "./atlas_labels";

const SHOWN = 5;

/** The classes that a cell most speaks for: name, bar, value. */
export function classBars(
  level: Level,
  i: number,
  names: readonly string[],
  choose?: (index: number) => void,
): HTMLElement {
  const list = h("ul", { class: "atlas-bars" });
  const first = Math.max(
    1e-9,
    ...[0, 1, 2, 3, 4].map((k) => Math.abs(level.values[i * level.top + k] ?? 0)),
  );
  for (let k = 0; k < Math.min(SHOWN, level.top); k++) {
    const index = level.classes[i * level.top + k] ?? -1;
    if (index < 0) continue;
    const value = level.values[i * level.top + k] ?? 0;
    const item = h(
      "li",
      {},
      h("span", { class: "atlas-bar-name" }, names[index]?.split(",")[0] ?? `class ${index}`),
      h("span", { class: "atlas-bar-value" }, number(value)),
    );
    if (choose) {
      const name = names[index] ?? `class ${index}`;
      const open = h("button", { type: "button", title: `where the atlas speaks for ${name}` });
      open.append(...item.childNodes);
      open.addEventListener("click", () => choose(index));
      item.append(open);
    }
    item.style.setProperty("--share", String(Math.abs(value) / first));
    list.append(item);
  }
  return list;
}

/** "412 samples · cosine 0.74 · spread 0.31". */
export function cellFacts(level: Level, i: number): string {
  const spread = level.spreads[i] ?? Number.NaN;
  const [patch, inversion] = [level.cosines[i], level.reached[i]].map((value = Number.NaN) =>
    Number.isNaN(value) ? "" : number(value, 2),
  );
  const both =
    patch && inversion ? `${patch} (patch), ${inversion} (inversion)` : patch || inversion;
  return [
    `average of ${count(level.counts[i] ?? 0, "sample")}`,
    both ? `cosine ${both}` : "",
    Number.isNaN(spread) ? "" : `spread ${number(spread, 2)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** One sentence for those who do not see it. */
export function cellSentence(level: Level, i: number, names: readonly string[]): string {
  const classes = Array.from({ length: Math.min(SHOWN, level.top) }, (_, k) => {
    const index = level.classes[i * level.top + k] ?? -1;
    const value = level.values[i * level.top + k] ?? 0;
    return index < 0 ? "" : `${shortName(names[index] ?? `class ${index}`)} ${number(value)}`;
  }).filter(Boolean);
  const [row, column] = placeOf(level, i);
  return `Cell ${row + 1}, ${column + 1} of ${level.side} × ${level.side}: ${[...classes, cellFacts(level, i)].join(" · ")}`;
}

/** The name of a cell: the class that it most speaks for. */
export function cellName(level: Level, i: number, names: readonly string[]): string {
  const index = level.top > 0 ? (level.classes[i * level.top] ?? -1) : -1;
  const [row, column] = placeOf(level, i);
  return index >= 0
    ? shortName(names[index] ?? `class ${index}`)
    : `Cell ${row + 1}, ${column + 1}`;
}
