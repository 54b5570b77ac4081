/** One map large over its image, or two with a divider between them. */

import { h } from "../lib/dom";
import { percent } from "../lib/format";
import type { ChannelMap } from "./channels";
import { heat } from "./heat";
import type { Colours } from "./map_colours";
import type { Box } from "./receptive";
import { wipe } from "./wipe";

export interface LargeMap extends Colours {
  readonly map: ChannelMap;
  /** What it is about, for the divider and the label. */
  readonly name: string;
  readonly label: string;
}

export interface LargeContent {
  readonly image: ImageBitmap | null;
  readonly size: readonly [number, number];
  /** One, or two to wipe between; none while they are on their way. */
  readonly maps: readonly LargeMap[];
  readonly position: readonly [number, number] | null;
  readonly opacity: number;
  readonly smooth: boolean;
  readonly share: number;
}

export interface LargeEvents {
  hover(unit: readonly [number, number] | null, side: number): void;
  choose(unit: readonly [number, number], side: number): void;
  wipe(share: number): void;
}

export function mapLarge(events: LargeEvents, signal: AbortSignal) {
  const heats = [0, 1].map((side) =>
    heat(
      {
        hover: (unit) => events.hover(unit, side),
        choose: (unit) => events.choose(unit, side),
      },
      signal,
    ),
  );
  const [first, second] = heats as [(typeof heats)[0], (typeof heats)[0]];
  const right = h(
    "div",
    { class: "large-right", "data-wiped": true, hidden: true },
    second.element,
  );
  const frame = h("div", { class: "large-frame" }, first.element, right);
  const wiper = wipe({ label: "wipe between both maps", over: frame }, events, signal);
  frame.append(...wiper.parts);
  const element = h("div", { class: "large" }, frame);

  return {
    element,
    show({ image, size, maps, position, opacity, smooth, share }: LargeContent) {
      element.style.setProperty("--ratio", String(size[1] / size[0]));
      right.hidden = maps.length < 2;
      heats.forEach((view, i) => {
        const map = maps[i];
        if (i === 1 && !map) return;
        view.show({
          image,
          size,
          map: map?.map ?? null,
          field: null,
          position,
          colour: map?.colour ?? "grey",
          domain: map?.domain ?? [0, 1],
          opacity,
          smooth,
          grey: true,
          label: map?.label ?? "the image",
        });
      });
      frame.style.setProperty("--keep", String(share));
      const names = maps.map(({ name }) => name);
      wiper.show(
        maps.length > 1
          ? {
              share,
              names: [names[0] ?? "", names[1] ?? ""],
              words: `${percent(share)} ${names[0]}`,
            }
          : null,
      );
    },
    /** Outline a position of the map that has `height` × `width` of them. */
    mark(
      map: ChannelMap | null,
      size: readonly [number, number],
      unit: readonly [number, number] | null,
    ) {
      const box = map && unit ? cellBox(map, size, unit) : null;
      for (const view of heats) view.box(box, true);
    },
    focus: () => first.element.focus(),
  };
}

/** The part of the image that a position of a map lies over. */
export function cellBox(
  { height, width }: ChannelMap,
  size: readonly [number, number],
  [row, column]: readonly [number, number],
): Box {
  const [h, w] = [size[0] / height, size[1] / width];
  return { x: column * w, y: row * h, width: w, height: h };
}
