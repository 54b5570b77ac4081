/** Dreams in words. */

import { count, duration, integer } from "../lib/format";
import type { DreamInfo } from "../lib/protocol";

/** `300 × 451`. */
export function pixelsWords([height, width]: readonly [number, number]): string {
  return `${integer(width)} × ${integer(height)}`;
}

/** What stands in the status line while a dream is shown. */
export function shownWords(
  info: DreamInfo,
  size: readonly [number, number],
  seconds: number,
): string {
  const done = info.complete
    ? `${count(info.steps, "step")} in ${duration(seconds)}`
    : `left at step ${info.step} of ${info.steps}`;
  const on = info.after === null ? "" : ` · on from dream ${info.after}`;
  return `dream ${info.number} · ${info.choices.target} · ${pixelsWords(size)} pixels · ${done}${on}`;
}

/** `dream 3: blocks.8, 4 octaves of 10 steps`; what it goes on from and what is missing are said. */
export function dreamWords({ number, choices, after, step, steps, complete }: DreamInfo): string {
  const { target, octaves, steps: each, seed } = choices;
  return [
    `dream ${number}: ${target}`,
    `${octaves} octaves of ${each} steps, seed ${seed}`,
    after === null ? "" : `on from dream ${after}`,
    complete ? "" : `left at step ${step} of ${steps}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
