// Targets as text: units, classes, sums, and all between two. Python reads the same in
// src/convscope/widgets/_feature_vis_targets.py.

export type Pairing = "alone" | "plus" | "minus" | "between";

/** A target taken apart: its first part, and what stands beside it. */
export interface Parts {
  readonly first: string;
  readonly pairing: Pairing;
  /** The second part; empty for none. */
  readonly second: string;
  /** More than two parts, or brackets: only the text as a whole says it. */
  readonly more: boolean;
}

const SIGNS: Readonly<Record<Exclude<Pairing, "alone">, string>> = {
  plus: " + ",
  minus: " - ",
  between: " <-> ",
};
const SPLIT = /\s(\+|-|<->|↔)\s/g;
const PAIRINGS: Readonly<Record<string, Pairing>> = {
  "+": "plus",
  "-": "minus",
  "<->": "between",
  "↔": "between",
};

export function takeApart(target: string): Parts {
  const found = [...target.matchAll(SPLIT)];
  const [sign] = found;
  const nested = target.includes("(");
  if (!sign || nested) return { first: target.trim(), pairing: "alone", second: "", more: nested };
  return {
    first: target.slice(0, sign.index).trim(),
    pairing: PAIRINGS[sign[1] ?? "+"] ?? "plus",
    second: target.slice(sign.index + sign[0].length).trim(),
    more: found.length > 1,
  };
}

export function join(first: string, pairing: Pairing, second: string): string {
  return pairing === "alone" || second === "" ? first : first + SIGNS[pairing] + second;
}

/** What somebody means by a few letters: a number is a unit of the layer, a name a class or a direction. */
export function meant(
  text: string,
  layer: string,
  known: { readonly classes: readonly string[]; readonly objectives: readonly string[] },
): string {
  const words = text.trim();
  if (/^\d+$/.test(words)) return `${layer}:${words}`;
  if (known.objectives.includes(words)) return words;
  return known.classes.includes(words) ? `class:${words}` : words;
}

/** As a person reads it: true minus signs and arrows. */
export function readable(target: string): string {
  return target
    .replace(/<->/g, "↔")
    .replace(/(^|\s)-(?=\S|\s)/g, "$1−")
    .replace(/\s*\*\s*/g, " × ");
}
