/** What a position of the map was made from in an earlier layer, and what it feeds in a later one. */

import type { Traced } from "../lib/attribution_calls";
import { type Option, select, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import { number } from "../lib/format";
import type { ChannelMap } from "./channels";
import { heat } from "./heat";
import { coloursOf } from "./map_colours";
import { setText } from "./surface";

export interface TraceContent {
  readonly on: boolean;
  /** The method explains a layer, so that its map has positions. */
  readonly possible: boolean;
  readonly layer: string;
  readonly position: readonly [number, number] | null;
  readonly earlier: string;
  readonly later: string;
  readonly traced: Traced | null;
  readonly busy: boolean;
  readonly image: ImageBitmap | null;
  readonly size: readonly [number, number];
  readonly opacity: number;
  readonly smooth: boolean;
  readonly dark: boolean;
}

export interface TraceEvents {
  toggle(on: boolean): void;
  earlier(layer: string): void;
  later(layer: string): void;
  say(words: string): void;
}

export function tracePanel(flow: readonly string[], events: TraceEvents, signal: AbortSignal) {
  const on = toggle({
    label: "trace positions",
    title: "point at a position of the map: what it was made from, and what it feeds",
    value: false,
    onChange: events.toggle,
    signal,
  });
  const sides = [
    side("made from", "earlier layer", events.earlier, (words) => events.say(words), signal),
    side("feeds", "later layer", events.later, (words) => events.say(words), signal),
  ] as const;
  const words = h("p", { class: "caption" });
  const pair = h("div", { class: "attr-pair" }, ...sides.map(({ element }) => element));
  const element = h(
    "section",
    { class: "trace", "aria-label": "from layer to layer" },
    h("h3", { class: "attr-heading" }, "From layer to layer"),
    on.el,
    words,
    pair,
  );

  return {
    element,
    show(content: TraceContent) {
      on.value = content.on;
      on.el.hidden = !content.possible;
      const shown = content.on && content.possible;
      pair.hidden = !shown;
      setText(words, wordsOf(content));
      element.setAttribute("aria-busy", String(content.busy));
      if (!shown) return;
      const at = flow.indexOf(content.layer);
      const options = (names: readonly string[]): Option<string>[] => [
        { value: "", label: "next size" },
        ...names.map((name) => ({ value: name, label: name })),
      ];
      sides[0].show(
        options(flow.slice(0, at)),
        content.earlier,
        content.traced?.made_from ?? null,
        content,
      );
      sides[1].show(
        options(flow.slice(at + 1)),
        content.later,
        content.traced?.feeds ?? null,
        content,
      );
    },
  };
}

function wordsOf({ on, possible, layer, position, busy }: TraceContent): string {
  if (!possible) return "This method explains the input; maps of layers have positions to trace.";
  if (!on)
    return "Each position is a mixture of positions of earlier layers, and goes into those of later ones.";
  if (!position) return `Point at a position of ${layer}.`;
  return `${layer}, row ${position[0]}, column ${position[1]}${busy ? ": tracing…" : ": red adds to it, blue takes away"}`;
}

function side(
  title: string,
  label: string,
  choose: (layer: string) => void,
  say: (words: string) => void,
  signal: AbortSignal,
) {
  let shown: ChannelMap | null = null;
  let name = "";
  const view = heat(
    {
      hover(unit) {
        const value = shown && unit ? shown.data[unit[0] * shown.width + unit[1]] : undefined;
        if (unit && value !== undefined)
          say(`${title} ${name}: ${number(value)} at row ${unit[0]}, column ${unit[1]}`);
      },
    },
    signal,
  );
  const layers = select<string>({ label, options: [], value: "", onChange: choose, signal });
  const caption = h("figcaption", { class: "caption" }, title);
  const element = h("figure", {}, caption, view.element, layers.el);
  return {
    element,
    show(
      options: readonly Option<string>[],
      layer: string,
      map: ChannelMap | null,
      { image, size, opacity, smooth, dark }: TraceContent,
    ) {
      layers.setOptions(options);
      layers.value = layer;
      element.hidden = options.length < 2; // the first layer has none before it, the last none after
      shown = map;
      name = layer;
      const [colours] = map ? coloursOf([map], { shared: false, colormap: "diverging", dark }) : [];
      view.show({
        image,
        size,
        map,
        field: null,
        position: null,
        colour: colours?.colour ?? "diverging",
        domain: colours?.domain ?? [-1, 1],
        opacity: Math.max(opacity, 0.6),
        smooth,
        grey: true,
        label: map ? `${title} ${layer}` : `${title}: no position yet`,
      });
    },
  };
}
