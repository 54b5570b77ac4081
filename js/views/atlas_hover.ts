/** The card beside the pointer. */

import type { Level } from "../lib/atlas_level";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import { cellFacts, classBars } from "./atlas_words";
import { setText } from "./surface";

export interface HoverCard {
  readonly element: HTMLElement;
  show(content: HoverContent | null): void;
}

export interface HoverContent {
  readonly level: Level;
  readonly cell: number;
  readonly names: readonly string[];
  readonly at: readonly [number, number];
  readonly room: { readonly width: number; readonly height: number };
  /** The class that is looked for, and what the cell has of it. */
  readonly target: { readonly name: string; readonly value: number } | null;
}

const WIDTH = 216;
const AWAY = 18;

export function hoverCard(): HoverCard {
  const bars = h("div");
  const sought = h("p", { class: "atlas-sought" });
  const facts = h("p", { class: "caption" });
  const element = h(
    "div",
    { class: "atlas-hover", "aria-hidden": "true", hidden: true },
    sought,
    bars,
    facts,
  );
  let shown: HoverContent | null = null;
  return {
    element,
    show(content) {
      element.hidden = !content;
      const same =
        shown &&
        content &&
        shown.level === content.level &&
        shown.cell === content.cell &&
        shown.target?.value === content.target?.value;
      shown = content;
      if (!content) return;
      const { level, cell, names, at, room, target } = content;
      if (!same) {
        bars.replaceChildren(classBars(level, cell, names));
        setText(facts, cellFacts(level, cell));
        sought.hidden = !target;
        if (target) setText(sought, `${target.name.split(",")[0]}: ${number(target.value)}`);
      }
      const height = element.offsetHeight;
      const left = at[0] + AWAY + WIDTH > room.width ? at[0] - AWAY - WIDTH : at[0] + AWAY;
      const top = Math.max(4, Math.min(room.height - height - 4, at[1] - height / 2));
      element.style.transform = `translate(${Math.round(Math.max(4, left))}px, ${Math.round(top)}px)`;
    },
  };
}
