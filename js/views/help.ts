/** What the `?` of each widget says: what the picture is, how to read it, what it cannot tell. */

import type { Help } from "../lib/chrome";

export const LAYER_HELP: Help = {
  paragraphs: [
    "Each small square is one channel of the chosen layer: how strongly its feature answers at each place of the image. Bright means a strong answer; where values are negative too, blue is below zero and red above.",
    "Point at a square to see the value and, on the image at the left, the receptive field: the only pixels that can have changed this value. Click to see the channel large over the image, how its values are distributed, and which of your images excite it most.",
    "A channel's picture shows where it answers, not what it means or whether the network's decision depends on it. “Dead” is said of this image only. A receptive field is what a unit could see; the pixels near its centre usually weigh most.",
  ],
  keys: [
    ["← →", "previous, next channel"],
    ["↑ ↓", "previous, next layer"],
    ["← → ↑ ↓ on the large map", "the place, with its value"],
    ["[ ]", "previous, next image (also shift + ← →)"],
    ["+ − 0", "larger, smaller, usual tiles (also ctrl + wheel)"],
    ["/", "search the layers"],
    ["Esc", "back to all channels"],
  ],
  source: {
    text: "Zeiler and Fergus (2014), Visualizing and understanding convolutional networks",
    href: "https://arxiv.org/abs/1311.2901",
  },
};

export const FILTER_HELP: Help = {
  paragraphs: [
    "Each square is a filter: the weights that a convolution multiplies its input with. In a first layer they are small colour pictures, and grey is zero. In deeper layers a filter has one kernel for each input channel: blue weights are negative, white is zero, red weights are positive.",
    "The norm (square root of the sum of squares) says how much weight there is: filters and kernels with a small norm do little. Choose a filter to see its kernels, the heaviest first.",
    "First-layer filters can be read as edges and colours. Deeper ones cannot, since their input channels are features, not colours; there the layer browser and feature visualisation tell more.",
  ],
  keys: [
    ["← →", "previous, next filter"],
    ["↑ ↓", "previous, next layer"],
    ["+ − 0", "larger, smaller, usual squares"],
    ["Esc", "back to all filters"],
  ],
  source: {
    text: "Krizhevsky, Sutskever and Hinton (2012), ImageNet classification with deep convolutional neural networks",
    href: "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
  },
};
