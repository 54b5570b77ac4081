// FilterGallery: the weights that a network's convolutions multiply with.
// The Python side is src/convscope/widgets/filter_gallery.py; traits and messages: lib/protocol.ts.

import type { NdArray } from "../lib/binary";
import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import type { FilterGalleryTraits, FilterLayerInfo } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc, latest, RpcError } from "../lib/rpc";
import { throttle } from "../lib/schedule";
import css from "../styles/filter_gallery.css";
import shared from "../styles/views.css";
import { gallery } from "../views/gallery";
import type { GalleryChoice } from "../views/gallery_tools";
import { FILTER_HELP } from "../views/help";
import { type Command, command } from "../views/keys";
import { tree } from "../views/tree";
import { filterItem, filterTitle } from "../views/words";

const CHOICES = ["unit", "sort", "scale", "colormap"] as const;
type Floats = NdArray<Float32Array<ArrayBuffer>>;

interface FiltersAnswer {
  shape: [number, number, number, number];
  rgb: Floats | null;
  out_norms: Floats;
  norms: Floats | null;
  dead: NdArray<Int32Array<ArrayBuffer>>;
}

function choiceOf(model: Model<FilterGalleryTraits>): GalleryChoice {
  return Object.fromEntries(
    CHOICES.map((key) => [key, model.get(key)]),
  ) as unknown as GalleryChoice;
}

function render({ model, el, signal: ended }: RenderProps<FilterGalleryTraits>): () => void {
  const view = mount(el, [shared, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const help = FILTER_HELP;
  const frame = card(view, { model, rpc, help, rail: "Layers" });
  const { rail, stage, status, setTitle } = frame;
  const layers = new Map(model.get("_layers").map((layer) => [layer.name, layer]));
  const save = throttle(() => model.save_changes(), 150, signal);
  const board = gallery(choiceOf(model), view.dark(), { choose, say: status.say }, signal);
  const items = model.get("_layers").map(filterItem);
  const layerTree = tree(items, { choose: chooseLayer }, signal);
  let loaded: FilterLayerInfo | null = null;
  rail.append(layerTree.element);
  stage.append(board.element);
  status.extra.append(board.scalebar);
  view.onDark(board.dark);

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<GalleryChoice> & { layer?: string }): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof GalleryChoice, value as never);
    save();
  }

  function chooseLayer(name: string | null): void {
    if (name !== null && name !== model.get("layer")) choose({ unit: null, layer: name });
  }

  const loadFilters = latest(async () => {
    const layer = layers.get(model.get("layer"));
    if (!layer) return;
    const { name } = layer;
    const answer = await status.run(
      (options) => rpc.call<FiltersAnswer>("filters", { layer: name }, options),
      { signal, retried: () => void loadFilters() },
    );
    if (!answer || signal.aborted) return;
    const { shape, rgb, norms } = answer;
    loaded = layer;
    setTitle(filterTitle(layer));
    board.filters({
      name,
      shape,
      rgb: rgb?.data ?? null,
      norms: norms?.data ?? null,
      outNorms: answer.out_norms.data,
      dead: new Set(answer.dead.data),
    });
    void loadKernels();
  });

  const loadKernels = latest(async () => {
    const unit = board.current();
    if (!loaded || unit === null) return;
    const { name } = loaded;
    try {
      const { weights, norms } = await rpc.call<{ weights: Floats; norms: Floats }>("kernels", {
        layer: name,
        unit,
      });
      board.kernels({ layer: name, unit, weights: weights.data, norms: norms.data });
    } catch (reason) {
      const error = reason instanceof RpcError ? reason : new RpcError("Error", String(reason));
      if (error.type === "NoKernel")
        board.missing(`The kernels of filter ${unit} are not in this page.`);
      else if (!error.quiet) status.error(error.message, () => void loadKernels());
    }
  });

  const acts: Record<Command["kind"], (step: number) => void> = {
    unit: (step) => choose({ unit: board.neighbour(step) }),
    layer: (step) => chooseLayer(layerTree.neighbour(model.get("layer"), step)),
    image: () => undefined,
    zoom: board.zoom,
    fit: () => board.zoom(0),
    search: () => {
      openRail(frame);
      layerTree.focusSearch();
    },
    back: () => choose({ unit: null }),
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
  for (const key of ["unit", "sort"] as const)
    listen(model, `change:${key}`, () => void loadKernels(), signal);
  const onLayer = (): void => {
    layerTree.select(model.get("layer"));
    void loadFilters();
  };
  listen(model, "change:layer", onLayer, signal);
  onLayer();
  return view.dispose;
}

export default { render };
