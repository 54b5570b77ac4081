/** The endless zoom into a dream, as a film to keep. */

import { button, type Option, select, slider } from "../lib/controls";
import { h } from "../lib/dom";
import { percent } from "../lib/format";

export interface Film {
  readonly frames: number;
  readonly scale: number;
  readonly fps: number;
  readonly kind: string;
}

export function dreamFilm(
  kinds: readonly string[],
  make: (film: Film) => void,
  signal: AbortSignal,
): { readonly element: HTMLElement; possible(on: boolean): void } {
  const frames = slider({
    label: "frames",
    title: "each is dreamt from the one before",
    min: 4,
    max: 120,
    step: 1,
    value: 24,
    signal,
  });
  const scale = slider({
    label: "nearer by",
    title: "what goes out of sight from one frame to the next",
    min: 0.01,
    max: 0.2,
    step: 0.01,
    value: 0.05,
    format: percent,
    signal,
  });
  const fps = slider({
    label: "a second",
    title: "frames a second",
    min: 2,
    max: 30,
    step: 1,
    value: 12,
    signal,
  });
  const options: Option<string>[] = kinds.map((kind) => ({
    value: kind,
    label: kind.toUpperCase(),
  }));
  const kind = select({
    label: "film",
    options,
    value: kinds[0] ?? "gif",
    onChange: () => undefined,
    signal,
  });
  kind.el.hidden = kinds.length < 2;
  const start = button({
    label: "Make the film",
    title: "dream, go a little nearer, dream again; Stop keeps the frames so far",
    signal,
    onClick: () =>
      make({ frames: frames.value, scale: scale.value, fps: fps.value, kind: kind.value }),
  });
  const element = h(
    "details",
    { class: "knobs-more" },
    h("summary", {}, "film of the zoom"),
    frames.el,
    scale.el,
    fps.el,
    h("div", { class: "knobs-row" }, start, kind.el),
  );
  return {
    element,
    possible(on) {
      start.disabled = !on;
    },
  };
}
