// In place of d3-transition in the bundles (build.mjs): d3-zoom only interrupts transitions with it, and ours are
// flights of our own. With d3-transition come d3-timer, d3-ease and d3-color, a fifth of the atlas viewer's budget.

import { selection } from "d3-selection";

selection.prototype.interrupt = function () {
  return this;
};

export function interrupt(): void {}
