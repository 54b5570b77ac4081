// LayerBrowser: the layers of a network, and what their channels make of an image.
// The Python side is src/convscope/widgets/layer_browser.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { layerCalls, type Top } from "../lib/layer_calls";
import { bind, listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { LayerBrowserTraits } from "../lib/protocol";
import { createRpc, latest, RpcError } from "../lib/rpc";
import { debounce, throttle } from "../lib/schedule";
import css from "../styles/layer_browser.css";
import { LAYER_HELP } from "../views/help";
import { type Command, command } from "../views/keys";
import { type Choice, type Loaded, stage } from "../views/stage";
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
/** Up to this many images are searched without being asked; beyond, a button starts it. */
const SEARCH_UNASKED = 64;

function choiceOf(model: Model<LayerBrowserTraits>): Choice {
  return Object.fromEntries(CHOICES.map((key) => [key, model.get(key)])) as unknown as Choice;
}

function render({ model, el, signal: ended }: RenderProps<LayerBrowserTraits>): () => void {
  const view = mount(el, [css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const calls = layerCalls(rpc);
  const {
    rail,
    stage: room,
    status,
    setTitle,
  } = card(view, { model, rpc, help: LAYER_HELP, rail: "Layers" });
  const layers = new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const names = model.get("_images").map(({ name }) => name);
  const save = throttle(() => model.save_changes(), 150, signal);
  const tops = new Map<string, Top>();
  let loaded: Loaded | null = null;
  let job = new AbortController();

  const board = stage(
    names,
    choiceOf(model),
    view.dark(),
    {
      choose,
      say: status.say,
      search: () => void search(),
      needThumbnails: (start, stop) =>
        void quietly(calls.thumbnails(start, stop)).then(
          (got) => got && board.thumbnails(got.items),
        ),
    },
    signal,
  );
  const layerTree = tree(model.get("_layers").map(treeItem), { choose: chooseLayer }, signal);
  rail.append(layerTree.element);
  room.append(board.element);
  status.extra.append(board.scalebar);
  view.onDark(board.dark);

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Choice> & { layer?: string }): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Choice, value as never);
    save();
  }

  function chooseLayer(name: string | null): void {
    const channels = layers.get(name ?? "")?.shape?.[0] ?? Number.POSITIVE_INFINITY;
    const unit = model.get("unit");
    if (name === null || name === model.get("layer")) return;
    choose({ layer: name, position: null, unit: unit !== null && unit < channels ? unit : null });
  }

  /** An answer that may be missing: a page without a kernel goes on without it. */
  async function quietly<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (reason) {
      const error = reason instanceof RpcError ? reason : new RpcError("Error", String(reason));
      if (!error.quiet && error.type !== "NoKernel") status.error(error.message);
      return null;
    }
  }

  const shown = (): number[] => {
    const second = model.get("compare");
    return second === null ? [model.get("image")] : [model.get("image"), second];
  };

  const loadInputs = latest(async () => {
    const images = await quietly(Promise.all(shown().map(calls.input)));
    if (images) await board.inputs(images);
    const curves = await quietly(calls.summary(model.get("image")));
    if (curves) layerTree.sparklines(curves);
  });

  const loadMaps = latest(async () => {
    const layer = layers.get(model.get("layer"));
    if (!layer) return;
    const images = shown();
    board.busy(true);
    const ask = () =>
      status.run((o) => Promise.all(images.map((i) => calls.maps(i, layer.name, o))), {
        signal,
        retried: () => void loadMaps(),
      });
    const stacks = await ask();
    board.busy(false);
    if (!stacks || signal.aborted) return;
    loaded = { layer, stacks };
    setTitle(layerTitle(layer));
    board.layer(loaded);
    loadUnit();
  });

  const loadUnit = debounce(
    () => {
      const unit = model.get("unit");
      if (unit === null || !loaded || unit >= (loaded.stacks[0]?.shape[0] ?? 0)) return;
      void loadFull(loaded, unit);
      showTop(unit);
    },
    120,
    signal,
  );

  async function loadFull({ layer, stacks }: Loaded, unit: number): Promise<void> {
    if (stacks[0] && stacks[0].shape[1] * stacks[0].shape[2] === 1) return;
    const got = await quietly(
      Promise.all(shown().map((image) => calls.channel(image, layer.name, unit))),
    );
    if (!got?.[0]) return;
    board.full({
      layer: layer.name,
      unit,
      maps: got.map(({ map }) => map),
      bins: got[0].bins,
      of: stacks,
    });
  }

  function showTop(unit: number): void {
    const known = tops.get(JSON.stringify([model.get("layer"), unit]));
    const unasked = rpc.state() === "static" || names.length <= SEARCH_UNASKED;
    board.top(known ?? null, "", !known && !unasked);
    if (!known && unasked) void search();
  }

  async function search(): Promise<void> {
    const [layer, unit] = [model.get("layer"), model.get("unit")];
    if (unit === null) return;
    job.abort();
    job = new AbortController();
    const mine = AbortSignal.any([signal, job.signal]);
    board.top(null, "looking through your images…", false);
    const ask = calls.top.bind(null, layer, unit);
    const found =
      rpc.state() === "static"
        ? await quietly(ask({ signal: mine }))
        : await status.run(ask, { signal: mine, retried: () => showTop(unit) });
    if (mine.aborted) return;
    if (found) tops.set(JSON.stringify([layer, unit]), found);
    board.top(
      found ?? null,
      found ? "" : rpc.state() === "static" ? "What excites it most is not in this page." : "",
      !found && rpc.state() !== "static",
    );
  }

  const acts: Record<Command["kind"], (step: number) => void> = {
    unit: (step) => choose({ unit: board.neighbour(step), position: null }),
    layer: (step) => chooseLayer(layerTree.neighbour(model.get("layer"), step)),
    image: (step) =>
      choose({ image: Math.min(names.length - 1, Math.max(0, model.get("image") + step)) }),
    zoom: board.zoom,
    fit: () => board.zoom(0),
    search: () => layerTree.focusSearch(),
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

  for (const key of CHOICES)
    listen(model, `change:${key}`, () => board.show(choiceOf(model)), signal);
  for (const key of ["layer", "image", "compare"] as const)
    listen(model, `change:${key}`, () => void loadMaps(), signal);
  for (const key of ["image", "compare"] as const)
    listen(model, `change:${key}`, () => void loadInputs(), signal);
  listen(model, "change:unit", loadUnit, signal);
  bind(model, "layer", layerTree.select, signal);
  board.show(choiceOf(model));
  void loadMaps();
  void loadInputs();
  return view.dispose;
}

export default { render };
