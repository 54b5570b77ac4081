// A page to look at the widgets without Jupyter: bundle it, open it, and say what to show after the `#`:
//   npx esbuild tests/dev/page.ts --bundle --loader:.css=text --outfile=/tmp/page.js
//   index.html#{"widget":"layer_browser","theme":"dark","images":5000,"unit":12}

import augmentPreview from "../../widgets/augment_preview";
import filterGallery from "../../widgets/filter_gallery";
import layerBrowser from "../../widgets/layer_browser";
import { fakeBrowser } from "../fake_browser";
import { fakeGallery } from "../fake_gallery";
import { fakePreview } from "../fake_pipeline";

const { widget, images, ...state } = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
const el = document.body.appendChild(document.createElement("div"));
document.body.style.background = state.theme === "dark" ? "#111" : "#fff";
const signal = new AbortController().signal;
if (widget === "filter_gallery") filterGallery.render({ model: fakeGallery(state), el, signal });
else if (widget === "augment_preview")
  augmentPreview.render({ model: (await fakePreview(state, images)).model, el, signal });
else layerBrowser.render({ model: await fakeBrowser(state, images), el, signal });
document.documentElement.dataset.ready = "true";
