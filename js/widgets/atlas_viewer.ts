// The activation atlas: what a network sees in many images, laid out so that like lies near like.
// The Python side is src/convscope/widgets/atlas_viewer.py; traits and messages: lib/protocol.ts.

import { atlasCalls } from "../lib/atlas_calls";
import { parseView } from "../lib/atlas_camera";
import { SHOWN, type Shown, targetIndex } from "../lib/atlas_choice";
import { locator } from "../lib/atlas_locate";
import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { layerCalls } from "../lib/layer_calls";
import { listen, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { AtlasViewerTraits } from "../lib/protocol";
import { quietly } from "../lib/quietly";
import { openRail } from "../lib/rail";
import { createRpc, RpcError } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import behindStyle from "../styles/atlas_behind.css";
import railStyle from "../styles/atlas_rail.css";
import css from "../styles/atlas_viewer.css";
import images from "../styles/images.css";
import modes from "../styles/modes.css";
import { ATLAS_HELP } from "../views/atlas_help";
import { atlasRail } from "../views/atlas_rail";
import { atlasStage, type StageContent } from "../views/atlas_stage";
import { command } from "../views/keys";

type Traits = AtlasViewerTraits;

function render({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [images, modes, railStyle, behindStyle, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: ATLAS_HELP, rail: "Atlas" });
  const { status } = frame;
  const classes = model.get("_classes");
  const names = model.get("_images").map(({ name }) => name);
  const can = new Set(model.get("_can"));
  const calls = atlasCalls(rpc);
  const { thumbnails } = layerCalls(rpc);
  const live = rpc.state() !== "static";
  const save = throttle(() => model.save_changes(), 150, signal);
  let told = model.get("view");
  let shown = 0;

  const content = (): StageContent => {
    const shown = Object.fromEntries(SHOWN.map((key) => [key, model.get(key)])) as unknown as Shown;
    return { ...shown, target: targetIndex(shown.target, classes) };
  };

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Traits>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Traits, value as never);
    save();
  }

  function failed(reason: unknown): void {
    if (reason instanceof RpcError && (reason.quiet || reason.type === "NoKernel")) return;
    status.error(reason instanceof Error ? reason.message : String(reason));
  }

  const layers = () => new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const places = locator({ calls, status, signal, live });
  const rail = atlasRail(
    { layers: model.get("_layers"), classes, images: can.has("images") ? names : [], can },
    content(),
    {
      choose: (change) => choose(change as Partial<Traits>),
      dropped: (file) => stage.dropped(file),
      async needThumbnails(start, stop) {
        const got = await quietly(status, thumbnails(start, stop));
        if (got) rail.thumbnails(got.items);
      },
    },
    signal,
  );
  const stage = atlasStage(
    { layers, classes, axes: model.get("_axes"), calls, can, dark: view.dark },
    content(),
    addressed() ?? model.get("view"),
    {
      choose: (change) => choose(change as Partial<Traits>),
      view(text) {
        told = text;
        choose({ view: text });
      },
      say: (text) => status.say(text || resting()),
      failed,
      overview: (layer, level, heat) => rail.overview(layer, level, heat, view.dark()),
      locate: places.of,
      grid: title,
    },
    signal,
  );
  frame.rail.append(rail.element);
  frame.stage.append(stage.element);
  view.onDark(() => {
    stage.recolour();
    void overviews();
  });

  /** A page of its own may be opened at a view: its address says which. */
  function addressed(): string | null {
    const asked = live ? null : parseView(location.hash);
    if (asked?.layer && layers().has(asked.layer)) model.set("layer", asked.layer);
    return asked && location.hash;
  }

  /** Small maps of the layers that are not shown, one after the other. */
  async function overviews(): Promise<void> {
    for (const { name, sides } of layers().values()) {
      const [side] = sides;
      if (side === undefined || stage.layers().includes(name)) continue;
      const { target } = content();
      try {
        const level = await calls.level(name, side, { signal });
        const heat = target === null ? null : await calls.heat(name, side, target, { signal });
        rail.overview(name, level, heat, view.dark());
      } catch (reason) {
        failed(reason);
      }
    }
  }

  function resting(): string {
    const { target, sign, layer } = content();
    const speaks =
      target === null
        ? ""
        : ` · where it speaks ${sign === "positive" ? "for" : "against"} ${classes[target]}`;
    return `${layers().get(layer)?.detail ?? ""}${speaks}`;
  }

  function title(side = shown): void {
    shown = side;
    const grid = side ? ` · ${side} × ${side}` : "";
    frame.setTitle(
      `${model.get("_title")} · ${[model.get("layer"), ...model.get("beside")].join(" | ")}${grid}`,
    );
  }

  function back(): void {
    if (model.get("cell")) choose({ cell: null });
    else if (model.get("target") !== null) choose({ target: null });
    else {
      stage.closeImage();
      choose({ image: null });
    }
  }

  function nextImage(step: number): void {
    if (names.length === 0 || !can.has("locate")) return;
    const now = model.get("image");
    choose({ image: now === null ? 0 : Math.min(names.length - 1, Math.max(0, now + step)) });
  }

  view.root.addEventListener(
    "keydown",
    (event) => {
      const asked = isTyping(event) ? null : command(event);
      if (!asked) return;
      if (asked.kind === "zoom") stage.zoom(asked.step);
      else if (asked.kind === "fit") stage.home();
      else if (asked.kind === "image") nextImage(asked.step);
      else if (asked.kind === "back") back();
      else if (asked.kind === "search" && classes.length > 0) {
        openRail(frame);
        rail.focusSearch();
      } else return;
      event.preventDefault();
    },
    { signal },
  );

  function show(): void {
    rail.show(content());
    stage.show(content());
    status.say(resting());
  }

  function progress(): void {
    const { stage: what, done = 0, total = 0, left = null } = model.get("_progress");
    if (!what) status.clear();
    else status.progress({ done, total, note: what, elapsed: 0, left });
  }

  const on = (keys: readonly (keyof Traits)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  on(SHOWN, show);
  on(["layer", "beside"], () => title());
  on(["target"], () => void overviews());
  on(["view"], () => {
    if (model.get("view") === told) return;
    told = model.get("view");
    stage.view(told);
  });
  const follow = (): void => {
    const to = addressed();
    if (to) stage.view(to);
  };
  if (!live) addEventListener("hashchange", follow, { signal });
  on(["_progress"], progress);
  on(["_layers"], () => rail.layers(model.get("_layers")));
  let seen = model.get("_fresh");
  on(["_fresh"], () => {
    const now = model.get("_fresh");
    for (const [layer, count] of Object.entries(now))
      if (seen[layer] !== count) void stage.renew(layer, layers().get(layer)?.sides ?? []);
    seen = now;
  });
  title();
  show();
  progress();
  void overviews();
  return view.dispose;
}

export default { render };
