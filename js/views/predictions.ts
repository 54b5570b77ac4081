/** What the network takes an image for: names, bars and numbers. */

import { h } from "../lib/dom";
import { number, percent } from "../lib/format";

export interface Prediction {
  readonly name: string;
  readonly index: number;
  readonly score: number;
  readonly kind: "probability" | "score";
}

export interface Predictions {
  readonly element: HTMLElement;
  show(items: readonly Prediction[]): void;
}

export function predictions(): Predictions {
  const list = h("ol", {
    class: "predictions",
    "aria-label": "what the network takes this image for",
  });
  return {
    element: list,
    show(items) {
      const top = Math.max(...items.map(({ score }) => Math.abs(score)), Number.MIN_VALUE);
      list.replaceChildren(
        ...items.map(({ name, score, kind }) => {
          const probability = kind === "probability";
          const value = probability ? percent(score) : number(score);
          const row = h(
            "li",
            { title: `${name}: ${value}${probability ? "" : " (score, not a probability)"}` },
            h("span", { class: "prediction-name" }, name),
            h("span", { class: "prediction-value" }, value),
          );
          row.style.setProperty("--share", String(probability ? score : Math.max(0, score / top)));
          return row;
        }),
      );
    },
  };
}
