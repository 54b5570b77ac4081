// A LayerBrowser in the page of a test.

import type { LayerBrowserTraits } from "../lib/protocol";
import layerBrowser from "../widgets/layer_browser";
import { card, press } from "./card";
import type { FakeModel } from "./fake_model";

export function show(model: FakeModel<LayerBrowserTraits>) {
  const page = card(layerBrowser, model, 1000);
  const said = () => page.find(".cv-said").textContent ?? "";
  return {
    ...page,
    said,
    press: (key: string, options: KeyboardEventInit = {}) =>
      press(page.find(".mosaic-scroll"), key, options),
  };
}
