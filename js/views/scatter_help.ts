/** What the `?` of the scatter says. */

import type { Help } from "../lib/chrome";

export const SCATTER_HELP: Help = {
  paragraphs: [
    "Each point is an image. The network turned it into a long list of numbers, and this map puts images close together whose numbers are alike. Groups are what the layer takes for similar; with depth, the classes usually come apart.",
    "A map in two dimensions must tear and squeeze. Trustworthiness says how many neighbours on the map are true ones (1: all). Choose a point to see its nearest images in the layer's own space: long lines are places where the map tore. Sizes of groups and distances between them mean little.",
    "Make the map again with other neighbours, or colour by spread, before you believe in a group: what is real comes back.",
  ],
  keys: [
    ["drag · ctrl/⌘ + wheel", "move, zoom (double click goes in)"],
    ["shift + drag", "select with a lasso (alt takes away, ctrl/⌘ adds)"],
    ["← → ↑ ↓", "move the map"],
    ["+ − 0", "closer, further, all points"],
    ["[ ]", "previous, next point"],
    ["/", "search the categories"],
    ["Esc", "let go: of the lasso, the point, the selection, the isolated class"],
  ],
  source: {
    text: "van der Maaten and Hinton (2008), t-SNE; McInnes, Healy and Melville (2018), UMAP; Wattenberg et al. (2016), How to use t-SNE effectively",
    href: "https://distill.pub/2016/misread-tsne/",
  },
};
