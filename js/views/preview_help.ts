/** What the `?` of the augmentation preview says. */

import type { Help } from "../lib/chrome";

export const PREVIEW_HELP: Help = {
  paragraphs: [
    "Each picture of the grid is one sample: what a network would be given for this image in training. Every sample goes through the operations on the left, top to bottom, each with its probability and with values drawn anew from its ranges.",
    "Point at a sample to see what was drawn for it; click it to hold it, and wipe between it and the original. On each slider stand the values of many draws, with a mark for each sample shown. A draw hangs on the seed, the sample and the operation alone: when you move one slider, all else stays.",
    "Where a network is given, each sample carries the class that it takes it for. A mark says that this is another class than for the original: a hint that an operation is too strong, or that the network was never trained for it. Whether augmentation helps, only training can tell.",
  ],
  keys: [
    ["← →", "hold the previous, next sample"],
    ["[ ]", "previous, next image"],
    ["d", "new draw"],
    ["↑ ↓ on a handle ⠿", "move the operation"],
    ["/", "add an operation"],
    ["ctrl + z", "undo; with shift, redo"],
    ["Esc", "let go of the sample, and of an operation shown alone"],
  ],
  source: {
    text: "Shorten and Khoshgoftaar (2019), A survey on image data augmentation for deep learning",
    href: "https://doi.org/10.1186/s40537-019-0197-0",
  },
};
