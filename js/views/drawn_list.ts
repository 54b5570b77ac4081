/** What was drawn for one sample: each operation, whether it was applied, and its values with their units. */

import { h } from "../lib/dom";
import { integer, number } from "../lib/format";
import type { Drawn } from "../lib/preview_calls";
import type { CatalogueEntry } from "../lib/protocol";
import { paramLabel, paramWords } from "./param";
import { setText } from "./surface";

export interface DrawnList {
  readonly element: HTMLElement;
  show(drawn: readonly Drawn[], sample: number | null): void;
}

/** `12.3°`, `brightness 1.2, contrast 0.9`: the name only where there are several. */
export function valueWords(
  entry: CatalogueEntry | undefined,
  { values }: Drawn,
  sample: number,
): string {
  // Seeds stand for fields, and flags that are not set for nothing.
  const told = Object.entries(values).filter(
    ([name, column]) => !name.includes("seed") && !(isFlag(name, column) && !column[sample]),
  );
  return told
    .map(([name, column]) => {
      if (isFlag(name, column)) return paramLabel(name);
      const value = column[sample] ?? 0;
      const param = entry?.params.find((each) => each.name === name);
      const words = param
        ? paramWords(param, value)
        : Number.isInteger(value)
          ? integer(value)
          : number(value);
      return told.length > 1 || !param ? `${paramLabel(name)} ${words}` : words;
    })
    .join(", ");

  function isFlag(name: string, column: readonly number[]): boolean {
    const declared = entry?.params.some((each) => each.name === name);
    return !declared && column.every((each) => each === 0 || each === 1);
  }
}

/** One sample in a sentence, for those who do not see the list. */
export function sampleWords(
  titles: (drawn: Drawn) => string,
  entries: ReadonlyMap<string, CatalogueEntry>,
  drawn: readonly Drawn[],
  sample: number,
): string {
  const parts = drawn
    .filter(({ applied }) => applied[sample])
    .map((each) => `${titles(each)} ${valueWords(entries.get(each.name), each, sample)}`.trim());
  return parts.length > 0 ? parts.join("; ") : "unchanged";
}

export function drawnList(
  titles: (drawn: Drawn) => string,
  entries: ReadonlyMap<string, CatalogueEntry>,
): DrawnList {
  const heading = h("h3", { class: "drawn-title" });
  const list = h("ul", { class: "drawn-rows" });
  const element = h("section", { class: "drawn", "aria-label": "what was drawn" }, heading, list);
  return {
    element,
    show(drawn, sample) {
      setText(heading, sample === null ? "point at a sample" : `drawn for sample ${sample + 1}`);
      while (list.childElementCount > drawn.length) list.lastElementChild?.remove();
      while (list.childElementCount < drawn.length)
        list.append(
          h("li", {}, h("span", { class: "drawn-name" }), h("span", { class: "drawn-values" })),
        );
      drawn.forEach((each, i) => {
        const row = list.children[i] as HTMLElement;
        const applied = sample !== null && each.applied[sample] === true;
        row.toggleAttribute("data-applied", applied);
        setText(row.children[0] as HTMLElement, titles(each));
        const words = applied
          ? valueWords(entries.get(each.name), each, sample) || "applied"
          : sample === null
            ? ""
            : "not applied";
        setText(row.children[1] as HTMLElement, words);
      });
    },
  };
}
