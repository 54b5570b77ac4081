// Which traits make up what the atlas viewer shows, and how a class is meant.

import type { AtlasViewerTraits } from "./protocol";

export const SHOWN = [
  "layer",
  "beside",
  "level",
  "cell",
  "target",
  "sign",
  "blend",
  "density",
  "labels",
  "image",
  "unit",
] as const;

export type Shown = Pick<AtlasViewerTraits, (typeof SHOWN)[number]>;

/** The index of the class that is looked for, null for none. */
export function targetIndex(
  target: AtlasViewerTraits["target"],
  classes: readonly string[],
): number | null {
  if (typeof target !== "string") return target;
  const found = classes.indexOf(target);
  return found >= 0 ? found : null;
}

/** What is chosen for all panes. */
export interface AtlasChoice {
  readonly blend: number;
  readonly density: number;
  readonly labels: boolean;
  readonly level: number | null;
  readonly target: number | null;
  readonly sign: "positive" | "negative";
}
