/** What the `?` of the dream widget says. */

import type { Help } from "../lib/chrome";

export const DREAM_HELP: Help = {
  paragraphs: [
    "The network is asked what it sees in the image, and the image is changed so that it sees more of it: small steps up the gradient of the chosen layer's squared activations, first on a small copy and then, octave by octave, on larger ones. Drag the divider to compare with the original; ctrl or ⌘ and the wheel go nearer to both.",
    "Early layers give strokes and ornaments, late ones eyes, fur and whole things. A channel (layer:12) or any objective (layer:12 - layer:40) can be chosen in place of a whole layer. With a guide image each place goes towards the feature of the guide that it is most like. “Dream on” takes the dream as the next image; the film goes into it without end.",
    "A dream shows what the layer answers to, exaggerated; it does not say what is in the image, nor what the network decides by. More steps make it stronger, not truer.",
  ],
  keys: [
    ["D", "dream; while it dreams, stop"],
    ["↑ ↓", "previous, next layer"],
    ["← →", "previous, next channel of the layer"],
    ["← → on the divider", "wipe"],
    ["[ ]", "previous, next dream"],
    ["⇧ ← →", "previous, next image"],
    ["+ − 0", "nearer, further away, the whole picture"],
    ["/", "search the layers"],
    ["Esc", "the whole layer"],
  ],
  source: {
    text: "Mordvintsev, Olah and Tyka (2015), Inceptionism: going deeper into neural networks; code: google/deepdream",
    href: "https://github.com/google/deepdream",
  },
};
