// Attribution: which part of an image a network's answer comes from.
// The Python side is src/convscope/widgets/attribution.py; traits and messages: lib/protocol.ts.

import { ASKS, CHOICES, type Choice, TRACES } from "../lib/attribution_choice";
import { attributionLoader } from "../lib/attribution_loader";
import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { AttributionTraits } from "../lib/protocol";
import { createRpc } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import css from "../styles/attribution.css";
import images from "../styles/images.css";
import modes from "../styles/modes.css";
import shared from "../styles/views.css";
import wipe from "../styles/wipe.css";
import { ATTRIBUTION_HELP } from "../views/attribution_help";
import { attributionStage } from "../views/attribution_stage";
import { type Command, command } from "../views/keys";
import { tree } from "../views/tree";
import { treeItem } from "../views/words";

type Traits = AttributionTraits;

function choiceOf(model: Model<Traits>): Choice {
  return Object.fromEntries(CHOICES.map((key) => [key, model.get(key)])) as unknown as Choice;
}

function render({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [shared, images, wipe, modes, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: ATTRIBUTION_HELP, rail: "Layers" });
  const { status } = frame;
  const about = {
    methods: new Map(model.get("_methods").map((method) => [method.name, method])),
    classes: model.get("_classes"),
    functions: model.get("_functions"),
    flow: model.get("_flow"),
    images: model.get("_images").map(({ name }) => name),
  };
  const save = throttle(() => model.save_changes(), 150, signal);
  const choice = () => choiceOf(model);

  const layers = tree(model.get("_layers").map(treeItem), { choose: chooseLayer }, signal);
  const load = attributionLoader({ rpc, status, signal, about, choice }, () => stage);
  const stage = attributionStage(
    about,
    choice(),
    view.dark(),
    {
      choose,
      needThumbnails: load.thumbnails,
      point: load.point,
      offered: load.offered,
      faithful: load.faithful,
      sane: load.sane,
      say: status.say,
    },
    signal,
  );
  frame.rail.append(layers.element);
  frame.stage.append(stage.element);
  status.extra.append(stage.scalebar);
  view.onDark(stage.dark);

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Choice>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Choice, value as never);
    save();
  }

  function chooseLayer(name: string | null): void {
    if (name === null || name === model.get("layer")) return;
    // Methods that explain the input have no layers: choosing one means that its map is wanted.
    const explains = about.methods.get(model.get("method"))?.layers;
    choose({ position: null, layer: name, ...(explains ? {} : { method: "gradcam" }) });
  }

  function title(): void {
    const { mode, along, layer, layers: several, methods } = choice();
    const method = about.methods.get(model.get("method"));
    const many = mode === "multiples" ? along : null;
    const how = many === "methods" ? `${methods.length} methods` : method?.title;
    const where = !method?.layers
      ? "the input"
      : many === "layers"
        ? `${several.length} layers`
        : layer;
    const what = many === "classes" ? "likely classes" : mode === "difference" ? mode : "";
    frame.setTitle([how, where, what].filter(Boolean).join(" · "));
  }

  const acts: Partial<Record<Command["kind"], (step: number) => void>> = {
    unit: (step) => choose({ target: stage.neighbour(step) ?? model.get("target") }),
    layer: (step) => chooseLayer(layers.neighbour(model.get("layer"), step)),
    image: (step) =>
      choose({ image: Math.min(about.images.length - 1, Math.max(0, model.get("image") + step)) }),
    search: () => stage.focusSearch(),
    back: () => choose({ mode: "large", compare: null, position: null }),
  };
  view.root.addEventListener(
    "keydown",
    (event) => {
      const asked = isTyping(event) ? null : command(event);
      const act = asked && acts[asked.kind];
      if (!asked || !act) return;
      event.preventDefault();
      act("step" in asked ? asked.step : 0);
    },
    { signal },
  );

  const on = (keys: readonly (keyof Traits)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  on(CHOICES, () => stage.show(choice()));
  on(ASKS, load.refresh);
  on(TRACES, () => load.point(null));
  on(["layer"], () => layers.select(model.get("layer")));
  on(ASKS, title);
  layers.select(model.get("layer"));
  title();
  stage.show(choice());
  load.refresh();
  return view.dispose;
}

export default { render };
