/** What the `?` of the feature visualisation says. */

import type { Help } from "../lib/chrome";

export const FEATURE_HELP: Help = {
  paragraphs: [
    "The picture starts as noise and is changed, step by step, so that the chosen unit is excited more and more. What it ends as is what the unit looks for: an edge, a texture, a part of an animal. The curve is the excitation at each step; the dashed line is the most that any of your images reaches. Both are means over all places of the layer's map; the number below a real patch is the value at that one place.",
    "Beside it stand real patches that excite the unit most, and those that excite it least beside its negative. Look at both: a picture that was made can be misleading, since a unit may answer to things that no picture made by optimisation shows, and networks can be built to show whatever one likes (Geirhos et al. 2023).",
    "Add a second unit to see both at once, subtract one to see what is left without it, or go from one to the other. Diverse versions are made to be unlike each other: they tell whether a unit looks for one thing or for several.",
  ],
  keys: [
    ["R", "run, or stop"],
    ["← →", "previous, next unit"],
    ["↑ ↓", "previous, next layer"],
    ["[ ]", "previous, next image"],
    ["/", "search the layers"],
    ["Esc", "back to one unit"],
  ],
  source: {
    text: "Olah, Mordvintsev, Schubert (2017), Feature Visualization",
    href: "https://distill.pub/2017/feature-visualization/",
  },
};
