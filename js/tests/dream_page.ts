// A DeepDream on a page, with what its tests look at and press.

import type { DeepDreamTraits } from "../lib/protocol";
import deepDream from "../widgets/deep_dream";
import { card, press } from "./card";
import type { FakeModel } from "./fake_model";
import { pixel } from "./settled";

export function show(model: FakeModel<DeepDreamTraits>, width = 1000) {
  const page = card(deepDream, model, width);
  const main = () => page.find<HTMLButtonElement>(".dream-acts button");
  const colours = () => {
    const canvas = page.find<HTMLCanvasElement>(".wiped-canvas");
    const y = canvas.height / 2;
    return [pixel(canvas, canvas.width * 0.2, y), pixel(canvas, canvas.width * 0.8, y)];
  };
  return {
    ...page,
    main,
    colours,
    press: (key: string, options: KeyboardEventInit = {}, at = ".dream-main") =>
      press(page.find(at), key, options),
  };
}
