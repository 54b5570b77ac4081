/** The real patches that excite something, under a heading, or a word on why there are none. */

import { h } from "../lib/dom";
import type { Excited } from "../lib/feature_calls";
import { number } from "../lib/format";
import { patches } from "./patches";
import { setText } from "./surface";

export function excitedPatches(title: string, goTo: (image: number) => void, signal: AbortSignal) {
  const heading = h("h3", { class: "feature-heading" }, title);
  const unit = h("span", { class: "caption" }, "value at the place");
  const word = h("p", { class: "caption" });
  let items: Excited["items"] = [];
  const list = patches(
    title,
    (i) => {
      const item = items[i];
      if (item) goTo(item.image);
    },
    signal,
  );
  return {
    element: h(
      "section",
      {},
      h("div", { class: "feature-title" }, heading, unit),
      list.element,
      word,
    ),
    /** `sign` turns the values back of what is excited least. */
    show(row: Excited | null, empty: string, words = title, sign = 1) {
      items = row?.items ?? [];
      setText(heading, words);
      setText(word, row ? "" : empty);
      word.hidden = row !== null;
      unit.hidden = row === null;
      list.show(
        items.map(({ picture, name, value }) => ({
          picture,
          label: `${name}: ${number(sign * value)}`,
          caption: number(sign * value),
        })),
      );
    },
  };
}
