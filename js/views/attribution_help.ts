/** What the `?` of the attribution widget says. */

import type { Help } from "../lib/chrome";

export const ATTRIBUTION_HELP: Help = {
  paragraphs: [
    "The map says where the network found what is looked for: for Grad-CAM, the positions of a layer whose features raise the score of the class. Bright means much; where values can be negative, red speaks for the class and blue against it. Values are raw, so the maps of two classes can be compared on one scale.",
    "Choose a layer at the left and a class beside the image. Early layers see small parts, late ones whole objects. “vs” lays a second class beside the first: drag the divider. The difference of two classes is white where the network sees as much of both.",
    "A map is a summary, not a proof: methods disagree, and some show edges rather than reasons. Two checks help: whether the score falls when the bright pixels go, and whether the map changes when the weights are shuffled.",
  ],
  keys: [
    ["← →", "previous, next likely class"],
    ["↑ ↓", "previous, next layer"],
    ["← → ↑ ↓ on the large map", "the position, with its value"],
    ["[ ]", "previous, next image (also shift + ← →)"],
    ["/", "search the classes"],
    ["Esc", "back to one map, no comparison"],
  ],
  source: {
    text: "Selvaraju et al. (2017), Grad-CAM; Adebayo et al. (2018), Sanity checks for saliency maps; Olah et al. (2018), The building blocks of interpretability",
    href: "https://distill.pub/2018/building-blocks/",
  },
};
