// FeatureVis: what excites a unit, as a picture that develops beside the real images.
// The Python side is src/convscope/widgets/feature_vis.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { h, isTyping } from "../lib/dom";
import { featureCalls } from "../lib/feature_calls";
import { CHOICES, type FeatureChoice, SETTINGS } from "../lib/feature_choice";
import { featureLoader } from "../lib/feature_loader";
import { readable, takeApart } from "../lib/feature_target";
import { shape } from "../lib/format";
import { galleryLoader } from "../lib/gallery_loader";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { FeatureVisTraits } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import css from "../styles/feature_vis.css";
import images from "../styles/images.css";
import shared from "../styles/views.css";
import { FEATURE_HELP } from "../views/feature_help";
import { featureKnobs } from "../views/feature_knobs";
import { featureStage } from "../views/feature_stage";
import { type Command, command } from "../views/keys";
import { tree } from "../views/tree";
import { unitGallery } from "../views/unit_gallery";
import { treeItem } from "../views/words";

type Traits = FeatureVisTraits;

function choiceOf(model: Model<Traits>): FeatureChoice {
  return Object.fromEntries(
    CHOICES.map((key) => [key, model.get(key)]),
  ) as unknown as FeatureChoice;
}

function render({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [shared, images, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: FEATURE_HELP, rail: "Layers and settings" });
  const { status } = frame;
  const layers = new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const usable = [...layers.values()].filter(({ capturable }) => capturable);
  const about = {
    channels: new Map(usable.map(({ name, shape: dims }) => [name, dims?.[0] ?? 0])),
    classes: model.get("_classes"),
    objectives: model.get("_objectives"),
    images: model.get("_images").map(({ name }) => name),
    live: rpc.state() !== "static",
  };
  const choice = () => choiceOf(model);
  const saveSoon = throttle(() => model.save_changes(), 150, signal);
  const calls = featureCalls(rpc);
  const common = { rpc, calls, status, signal, choice, save: () => model.save_changes() };
  const load = featureLoader({ ...common, choose, images: about.images.length }, () => stage);
  const tiles = galleryLoader({ ...common, changed: showSmall }, () => gallery);
  const gallery = unitGallery(
    { live: about.live, images: about.images.length },
    {
      choose: (unit) => stage.chooseUnit(unit),
      render: tiles.render,
      stop: tiles.stop,
      sort: (sort) => choose({ sort }),
      more(count) {
        gallery.more(count + 24);
        tiles.refresh();
      },
    },
    signal,
  );
  const stage = featureStage(
    about,
    gallery.element,
    {
      choose,
      ask: (target) => void load.ask(target),
      run: load.run,
      stop: load.stop,
      needThumbnails: load.thumbnails,
      say: status.say,
    },
    signal,
  );
  const layerTree = tree(model.get("_layers").map(treeItem), { choose: chooseLayer }, signal);
  const knobs = featureKnobs(choice(), choose, signal);
  frame.rail.append(h("div", { class: "feature-rail" }, layerTree.element, knobs.element));
  frame.stage.append(stage.element);

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<FeatureChoice>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof FeatureChoice, value as never);
    saveSoon();
  }

  function chooseLayer(name: string | null): void {
    if (name === null || name === model.get("layer")) return;
    const unit = Math.min(model.get("unit") ?? 0, (about.channels.get(name) ?? 1) - 1);
    choose({ layer: name, unit, target: `${name}:${unit}` });
  }

  function showSmall(): void {
    const tile = gallery.tile(model.get("unit"));
    const plain = model.get("target") === `${model.get("layer")}:${model.get("unit")}`;
    const picture = plain ? tile?.picture : undefined;
    stage.small(picture ? { picture, reached: tile?.reached ?? Number.NaN } : null);
  }

  const acts: Partial<Record<Command["kind"], (step: number) => void>> = {
    unit: (step) => stage.chooseUnit((model.get("unit") ?? 0) + step),
    layer: (step) => chooseLayer(layerTree.neighbour(model.get("layer"), step)),
    image: (step) =>
      choose({
        image: Math.min(
          Math.max(0, about.images.length - 1),
          Math.max(0, model.get("image") + step),
        ),
      }),
    search() {
      openRail(frame);
      layerTree.focusSearch();
    },
    back: () => choose({ target: takeApart(model.get("target")).first }),
  };
  view.root.addEventListener(
    "keydown",
    (event) => {
      if (isTyping(event)) return;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const asked = command(event);
      const act =
        event.key.toLowerCase() === "r" && plain && about.live
          ? () => (load.running() ? load.stop() : load.run("new"))
          : asked && acts[asked.kind];
      if (!act) return;
      event.preventDefault();
      act(asked && "step" in asked ? asked.step : 0);
    },
    { signal },
  );

  function title(): void {
    const { target, layer } = choice();
    const dims = layers.get(layer)?.shape ?? null;
    frame.setTitle(`${readable(target)} · ${layer} ${shape(dims)}`);
  }

  const on = (keys: readonly (keyof Traits)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  const show = (): void => {
    stage.show(choice());
    knobs.show(choice());
    gallery.show(choice());
    showSmall();
  };
  on(CHOICES, show);
  on(["target", "_made", ...SETTINGS], load.refresh);
  on(["layer", "image", "sort"], tiles.refresh);
  on(["transforms", "decorrelate", "param", "rate", "smooth", "seed"], () => {
    gallery.forget();
    tiles.refresh();
  });
  on(["layer"], () => layerTree.select(model.get("layer")));
  on(["target", "layer"], title);
  layerTree.select(model.get("layer"));
  title();
  show();
  load.refresh();
  tiles.refresh();
  return view.dispose;
}

export default { render };
