/** The images of which one may guide a dream, and none. */

import { h } from "../lib/dom";
import type { DreamChoices, ImageInfo } from "../lib/protocol";
import { choosableRow } from "./choosable";

const NONE = -1;

export function guideRow(
  guides: readonly ImageInfo[],
  choose: (change: Partial<DreamChoices>) => void,
  signal: AbortSignal,
) {
  let target = "";
  const none = { key: NONE, label: "no guide", mark: "none" };
  const items = guides.map(({ name }, key) => ({ key, label: `guide: ${name}` }));
  const row = choosableRow(
    "guide image",
    (key) => {
      // A guide says what a whole layer goes towards: a channel of it has no place then.
      const layer = target.replace(/:\d+$/, "");
      choose(key === NONE ? { guide: null } : { guide: key, target: layer });
    },
    signal,
  );
  const element = h(
    "div",
    { class: "knobs-guide" },
    h("span", { class: "cv-label" }, "guide"),
    row.element,
  );
  return {
    element,
    row,
    show(choices: DreamChoices) {
      target = choices.target;
      row.show([none, ...items], choices.guide ?? NONE);
    },
  };
}
