/** What the `?` of the atlas viewer says. */

import type { Help } from "../lib/chrome";

export const ATLAS_HELP: Help = {
  paragraphs: [
    "Each icon stands for many places in many images at which the network sees much the same: their activations are averaged, and the icon is a real patch that comes nearest to the average, or an image made to excite the layer in that direction (an inversion). Like lies near like. A large icon stands for many samples, a small one for few.",
    "Zoom in and the grid becomes finer, until single patches stand where they lie. The words are the class whose score an average of the cell raises most, to first order; search for a class to see where the atlas speaks for it or against it. Click a cell to see the real patches behind it.",
    "Distances are those of a projection to two dimensions: neighbours are alike, but what lies far apart may be alike too, and empty room means nothing. Only what the images hold is shown. In early layers classes say little. An inversion shows a direction, not what an image must look like: look at the patches as well.",
  ],
  keys: [
    ["← → ↑ ↓ on the atlas", "from cell to cell (with shift: move the view)"],
    ["Enter", "open the cell: its real patches"],
    ["+ − 0", "zoom in, out, whole atlas (also ctrl + wheel, double click, pinch)"],
    ["/", "search the classes"],
    ["[ ]", "previous, next image on the atlas"],
    ["Esc", "close the cell, then the class, then the image"],
  ],
  source: {
    text: "Carter, Armstrong, Schubert, Johnson and Olah (2019), Activation atlas",
    href: "https://distill.pub/2019/activation-atlas/",
  },
};
