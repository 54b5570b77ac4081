/** The line of choices over the samples: which image, how many samples, which draw, what lies on them. */

import { button, numberField, select, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import { integer } from "../lib/format";
import { setText } from "./surface";

export interface PreviewChoice {
  readonly mode: "samples" | "images";
  readonly image: number;
  readonly samples: number;
  readonly seed: number;
  readonly show_masks: boolean;
  readonly show_boxes: boolean;
}

export const MOST_SAMPLES = 64; // as in src/convscope/widgets/augment_preview.py
const DICE =
  "M3.5 2.5h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01";

export function previewTools(
  first: PreviewChoice,
  { names, extras, live }: { names: readonly string[]; extras: readonly string[]; live: boolean },
  choose: (change: Partial<PreviewChoice>) => void,
  signal: AbortSignal,
) {
  let choice = first;
  const mode = select({
    label: "what the samples are of",
    options: [
      { value: "samples", label: "one image" },
      { value: "images", label: "many images" },
    ],
    value: first.mode,
    onChange: (value: PreviewChoice["mode"]) => choose({ mode: value }),
    signal,
  });
  const name = h("span", { class: "tools-image" });
  const step = (by: number): void =>
    choose({ image: (choice.image + by + names.length) % names.length });
  const back = button({
    label: "previous image ( [ )",
    icon: "M10 3.5L5.5 8l4.5 4.5",
    signal,
    onClick: () => step(-1),
  });
  const next = button({
    label: "next image ( ] )",
    icon: "M6 3.5L10.5 8 6 12.5",
    signal,
    onClick: () => step(1),
  });
  const count = numberField("samples", 1, MOST_SAMPLES, (samples) => choose({ samples }), signal);
  const seed = numberField("seed", 0, 2 ** 31 - 1, (value) => choose({ seed: value }), signal);
  seed.field.classList.add("tools-seed");
  const dice = button({
    label: "new draw ( d )",
    icon: DICE,
    signal,
    onClick: () => choose({ seed: otherSeed(choice.seed) }),
  });
  const masks = toggle({
    label: "masks",
    value: first.show_masks,
    signal,
    onChange: (on) => choose({ show_masks: on }),
  });
  const boxes = toggle({
    label: extras.includes("boxes") ? "boxes" : "points",
    value: first.show_boxes,
    signal,
    onChange: (on) => choose({ show_boxes: on }),
  });
  masks.el.hidden = !extras.includes("masks");
  boxes.el.hidden = !extras.includes("boxes") && !extras.includes("keypoints");
  for (const field of [count.field, seed.field]) field.disabled = !live;
  dice.disabled = !live;
  const element = h(
    "div",
    { class: "tools preview-tools", role: "group", "aria-label": "what is shown" },
    mode.el,
    h("span", { class: "tools-step" }, back, name, next),
    count.el,
    h("span", { class: "tools-draw" }, dice, seed.el),
    masks.el,
    boxes.el,
  );

  return {
    element,
    step,
    roll: () => dice.click(),
    show(now: PreviewChoice) {
      choice = now;
      mode.value = now.mode;
      count.field.value = String(now.samples);
      seed.field.value = String(now.seed);
      masks.value = now.show_masks;
      boxes.value = now.show_boxes;
      const last = now.image + Math.min(now.samples, names.length) - 1;
      const word = names[now.image] ?? "";
      const more =
        now.mode === "images" && names.length > 1 && last > now.image
          ? `from ${word}, ${integer(now.image + 1)} of ${integer(names.length)}`
          : names.length > 1
            ? `${word}, ${integer(now.image + 1)} of ${integer(names.length)}`
            : word;
      setText(name, more);
      name.title = more;
      for (const arrow of [back, next]) arrow.hidden = names.length < 2;
    },
  };
}

/** A short seed that a person can write down, other than the one given. */
export function otherSeed(seed: number): number {
  const next = Math.floor(Math.random() * 10_000);
  return next === seed ? (next + 1) % 10_000 : next;
}
