// DeepDream: what a layer sees in an image, made stronger, as one watches.
// The Python side is src/convscope/widgets/deep_dream.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { choicesOf, KNOBS, targetOf, unitOf } from "../lib/dream_calls";
import { dreamLoader } from "../lib/dream_loader";
import { listen, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { DeepDreamTraits, DreamChoices } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import css from "../styles/deep_dream.css";
import images from "../styles/images.css";
import shared from "../styles/views.css";
import wipeStyle from "../styles/wipe.css";
import wipedStyle from "../styles/wiped.css";
import { DREAM_HELP } from "../views/dream_help";
import { dreamStage } from "../views/dream_stage";
import { type Command, command } from "../views/keys";
import { tree } from "../views/tree";
import { treeItem } from "../views/words";

type Traits = DeepDreamTraits;

function render({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [shared, images, wipeStyle, wipedStyle, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: DREAM_HELP, rail: "Layers" });
  const { status } = frame;
  const about = {
    channels: new Map(model.get("_layers").map(({ name, shape }) => [name, shape?.[0] ?? 0])),
    size: model.get("_size"),
    images: model.get("_images"),
    guides: model.get("_guides"),
    films: model.get("_films"),
    live: rpc.state() !== "static",
  };
  const names = new Set(about.channels.keys());
  const save = throttle(() => model.save_changes(), 150, signal);
  const choices = () => choicesOf((key) => model.get(key));
  const unit = () => unitOf(model.get("target"), names);

  const layers = tree(model.get("_layers").map(treeItem), { choose: chooseLayer }, signal);
  const load = dreamLoader(
    {
      rpc,
      status,
      signal,
      images: about.images.length,
      choices,
      shown: () => model.get("shown"),
      dreams: () => model.get("_dreams"),
    },
    () => stage,
  );
  const stage = dreamStage(
    about,
    choices(),
    {
      choose,
      dream: (after) => void load.dream(after),
      stop: load.stop,
      save: () => void load.save(),
      film: (film) => void load.film(film),
      shown: showDream,
      wipe: (wipe) => set({ wipe }),
      image: chooseImage,
      needThumbnails: (start, stop) => void load.strip(start, stop),
      say: status.say,
    },
    signal,
  );
  frame.rail.append(layers.element);
  frame.stage.append(stage.element);

  /** Traits change here at once, and in Python soon after. */
  function set(change: Partial<Traits>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Traits, value as never);
    save();
  }

  function choose(change: Partial<DreamChoices>): void {
    set(change);
  }

  function chooseLayer(name: string | null): void {
    if (name !== null && name !== unit()?.layer) choose({ target: name });
  }

  /** A dream that is chosen brings back what it was made by. */
  function showDream(number: number | null): void {
    const info = model.get("_dreams").find((each) => each.number === number);
    if (info) set({ ...info.choices, shown: number });
  }

  /** With the newest dream about it, as Python does. */
  function chooseImage(image: number): void {
    const own = model.get("_dreams").filter(({ choices: made }) => made.image === image);
    if (image !== model.get("image")) set({ image, shown: own.at(-1)?.number ?? null });
  }

  function stepImage(step: number): void {
    const last = about.images.length - 1;
    chooseImage(Math.min(last, Math.max(0, model.get("image") + step)));
  }

  function stepChannel(step: number): void {
    const now = unit();
    const count = now ? (about.channels.get(now.layer) ?? 0) : 0;
    if (!now || count === 0 || model.get("guide") !== null) return;
    const to = now.channel === null ? (step > 0 ? 0 : count - 1) : now.channel + step;
    choose({ target: targetOf({ ...now, channel: Math.min(count - 1, Math.max(0, to)) }) });
  }

  const acts: Partial<Record<Command["kind"], (step: number) => void>> = {
    unit: stepChannel,
    layer: (step) => chooseLayer(layers.neighbour(unit()?.layer ?? "", step)),
    image: (step) => showDream(stage.neighbour(step)),
    zoom: stage.zoom,
    fit: stage.whole,
    search: () => {
      openRail(frame);
      layers.focusSearch();
    },
    back: () => {
      const now = unit();
      if (now) choose({ target: now.layer });
    },
  };
  view.root.addEventListener(
    "keydown",
    (event) => {
      if (isTyping(event)) return;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key.toLowerCase() === "d" && plain && about.live) {
        event.preventDefault();
        stage.toggle();
        return;
      }
      const asked = command(event);
      // [ ] go through dreams, shift and an arrow through images.
      const act =
        asked && (asked.kind === "image" && event.shiftKey ? stepImage : acts[asked.kind]);
      if (!act) return;
      event.preventDefault();
      act("step" in asked ? asked.step : 0);
    },
    { signal },
  );

  function onChoices(): void {
    stage.show(choices());
    layers.select(unit()?.layer ?? "");
    frame.setTitle(`DeepDream · ${model.get("target")}`);
  }
  function onDreams(): void {
    stage.dreams(model.get("_dreams"), model.get("shown"));
    load.thumbnails();
  }
  for (const key of KNOBS) listen(model, `change:${key}`, onChoices, signal);
  for (const key of ["_dreams", "shown"] as const) listen(model, `change:${key}`, onDreams, signal);
  listen(model, "change:shown", load.fetch, signal);
  listen(model, "change:image", load.original, signal);
  listen(model, "change:wipe", () => stage.wipe(model.get("wipe")), signal);
  onChoices();
  stage.wipe(model.get("wipe"));
  onDreams();
  load.original();
  load.fetch();
  void load.guides();
  return view.dispose;
}

export default { render };
