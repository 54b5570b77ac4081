/** Two questions about the map that is shown: is it faithful, and does it depend on what was learnt? */

import type { Curves, Sanity } from "../lib/attribution_calls";
import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import { curvesView } from "./curves";
import { heat } from "./heat";
import type { LargeMap } from "./map_large";
import { setText } from "./surface";

export interface ChecksContent {
  readonly image: ImageBitmap | null;
  readonly size: readonly [number, number];
  readonly opacity: number;
  readonly smooth: boolean;
  readonly curves: Curves | null;
  readonly sanity: {
    readonly found: Sanity;
    readonly before: LargeMap;
    readonly after: LargeMap;
  } | null;
  /** What was not found, in a sentence; empty while all is well. */
  readonly missing: { readonly curves: string; readonly sanity: string };
}

export function mapChecks(events: { faithful(): void; sane(): void }, signal: AbortSignal) {
  const curves = curvesView();
  const pair = [heat({}, signal), heat({}, signal)];
  const maps = h(
    "div",
    { class: "attr-pair" },
    ...pair.map((view, i) =>
      h(
        "figure",
        {},
        view.element,
        h("figcaption", { class: "caption" }, i ? "shuffled" : "learnt"),
      ),
    ),
  );
  const verdict = h("p", { class: "attr-words" });
  const notes = [h("p", { class: "caption" }), h("p", { class: "caption" })] as const;
  const element = h(
    "div",
    { class: "checks" },
    h(
      "section",
      { "aria-label": "is the map faithful" },
      h("h3", { class: "attr-heading" }, "Is it faithful?"),
      h(
        "p",
        { class: "caption" },
        "Pixels go, or come back into a blurred image, those first that the map calls most important: with a faithful map the score soon falls, and soon rises.",
      ),
      button({ label: "Delete and insert", text: true, signal, onClick: events.faithful }),
      notes[0],
      curves.element,
    ),
    h(
      "section",
      { "aria-label": "does the map depend on what was learnt" },
      h("h3", { class: "attr-heading" }, "Does it depend on what was learnt?"),
      h(
        "p",
        { class: "caption" },
        "The same map of a copy with shuffled weights must differ; else it shows edges of the image, not what the network knows.",
      ),
      button({ label: "Shuffle a copy", text: true, signal, onClick: events.sane }),
      notes[1],
      maps,
      verdict,
    ),
  );

  return {
    element,
    show({ image, size, opacity, smooth, curves: found, sanity, missing }: ChecksContent) {
      curves.element.hidden = !found;
      if (found) curves.show(found);
      [missing.curves, missing.sanity].forEach((words, i) => {
        const note = notes[i];
        if (!note) return;
        note.hidden = words === "";
        setText(note, words);
      });
      for (const part of [maps, verdict]) part.hidden = !sanity;
      if (!sanity) return;
      [sanity.before, sanity.after].forEach((map, i) => {
        pair[i]?.show({
          image,
          size,
          ...map,
          field: null,
          position: null,
          opacity,
          smooth,
          grey: true,
        });
      });
      setText(verdict, verdictOf(sanity.found.similarity));
    },
  };
}

function verdictOf(similarity: number): string {
  const words =
    similarity > 0.5
      ? "it hardly depends on the weights"
      : similarity > 0.2
        ? "it depends on the weights in part"
        : "it depends on the weights";
  return `rank correlation ${number(similarity, 2)}: ${words}`;
}
