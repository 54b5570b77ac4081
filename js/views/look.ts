/** How a map lies over its image: how much of it, and whether it is interpolated. */

import { slider, toggle } from "../lib/controls";
import type { Control } from "../lib/field";
import { percent } from "../lib/format";

export function fadeSlider(
  value: number,
  onInput: (opacity: number) => void,
  signal: AbortSignal,
): Control<number> {
  return slider({
    label: "map",
    title: "how much the map covers the image",
    min: 0,
    max: 1,
    step: 0.01,
    value,
    format: percent,
    signal,
    onInput,
  });
}

export function smoothToggle(
  value: boolean,
  onChange: (smooth: boolean) => void,
  signal: AbortSignal,
): Control<boolean> {
  return toggle({
    label: "smooth",
    title: "interpolate between positions; off shows each as one flat square",
    value,
    signal,
    onChange,
  });
}
