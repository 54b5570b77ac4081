// LayerBrowser: the layers of a network, and what their channels make of an image.
// The Python side is src/convscope/widgets/layer_browser.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { layerLoader } from "../lib/layer_loader";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { LayerBrowserTraits } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import images from "../styles/images.css";
import css from "../styles/layer_browser.css";
import shared from "../styles/views.css";
import { LAYER_HELP } from "../views/help";
import { type Command, command } from "../views/keys";
import { stage } from "../views/stage";
import type { Choice } from "../views/stage_contract";
import { tree } from "../views/tree";
import { layerTitle, treeItem } from "../views/words";

const CHOICES = [
  "image",
  "compare",
  "unit",
  "position",
  "scale",
  "sort",
  "colormap",
  "opacity",
] as const;

function choiceOf(model: Model<LayerBrowserTraits>): Choice {
  return Object.fromEntries(CHOICES.map((key) => [key, model.get(key)])) as unknown as Choice;
}

function render({ model, el, signal: ended }: RenderProps<LayerBrowserTraits>): () => void {
  const view = mount(el, [shared, images, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: LAYER_HELP, rail: "Layers" });
  const { status } = frame;
  const layers = new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const names = model.get("_images").map(({ name }) => name);
  const save = throttle(() => model.save_changes(), 150, signal);

  const layerTree = tree(model.get("_layers").map(treeItem), { choose: chooseLayer }, signal);
  const load = layerLoader(
    {
      model,
      rpc,
      status,
      signal,
      onLayer: (layer) => frame.setTitle(layerTitle(layer)),
      onCurves: layerTree.sparklines,
    },
    () => board,
  );
  const board = stage(
    names,
    choiceOf(model),
    view.dark(),
    { choose, say: status.say, search: load.search, needThumbnails: load.thumbnails },
    signal,
  );
  frame.rail.append(layerTree.element);
  frame.stage.append(board.element);
  status.extra.append(board.scalebar);
  view.onDark(board.dark);

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Choice> & { layer?: string }): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Choice, value as never);
    save();
  }

  function chooseLayer(name: string | null): void {
    if (name === null || name === model.get("layer")) return;
    const channels = layers.get(name)?.shape?.[0] ?? Number.POSITIVE_INFINITY;
    const unit = model.get("unit");
    const keep = unit !== null && unit < channels;
    choose({ position: null, unit: keep ? unit : null, layer: name });
  }

  const acts: Record<Command["kind"], (step: number) => void> = {
    unit: (step) => choose({ unit: board.neighbour(step), position: null }),
    layer: (step) => chooseLayer(layerTree.neighbour(model.get("layer"), step)),
    image: (step) =>
      choose({ image: Math.min(names.length - 1, Math.max(0, model.get("image") + step)) }),
    zoom: board.zoom,
    fit: () => board.zoom(0),
    search: () => {
      openRail(frame);
      layerTree.focusSearch();
    },
    back: () => choose({ unit: null, position: null }),
  };
  view.root.addEventListener(
    "keydown",
    (event) => {
      const asked = isTyping(event) ? null : command(event);
      if (!asked) return;
      event.preventDefault();
      acts[asked.kind]("step" in asked ? asked.step : 0);
    },
    { signal },
  );

  const on = (keys: readonly (keyof LayerBrowserTraits)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  on(CHOICES, () => board.show(choiceOf(model)));
  on(["layer"], () => layerTree.select(model.get("layer")));
  on(["layer", "image", "compare"], load.maps);
  on(["image", "compare"], load.inputs);
  on(["unit"], load.unit);
  layerTree.select(model.get("layer"));
  board.show(choiceOf(model));
  load.maps();
  load.inputs();
  return view.dispose;
}

export default { render };
