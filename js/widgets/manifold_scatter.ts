// ManifoldScatter: the images that a layer takes for alike, close together on a map.
// The Python side is src/convscope/widgets/manifold_scatter.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { count, integer } from "../lib/format";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import { coloured, countsOf, nameOf } from "../lib/point_colours";
import type { ManifoldScatterTraits } from "../lib/protocol";
import { createRpc } from "../lib/rpc";
import type { LinkTarget } from "../lib/scatter_calls";
import { type ScatterLoader, scatterLoader } from "../lib/scatter_loader";
import { throttle } from "../lib/schedule";
import css from "../styles/manifold_scatter.css";
import shared from "../styles/views.css";
import type { Merge } from "../views/plot_input";
import { SCATTER_HELP } from "../views/scatter_help";
import { scatterKeys } from "../views/scatter_keys";
import { scatterRail } from "../views/scatter_rail";
import { type ScatterStage, scatterStage } from "../views/scatter_stage";

type Traits = ManifoldScatterTraits;
type Choice = Pick<
  Traits,
  "layer" | "color" | "isolated" | "selection" | "point" | "near" | "pictures"
>;

function render({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [shared, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: SCATTER_HELP, rail: "Map" });
  const { status } = frame;
  const get = <K extends keyof Traits>(key: K): Traits[K] => model.get(key);
  const save = throttle(() => model.save_changes(), 150, signal);
  let targets: readonly LinkTarget[] = [];

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Choice>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Choice, value as never);
    save();
  }

  const load: ScatterLoader = scatterLoader({
    ...{ rpc, status, signal, get },
    stage: () => stage,
    dark: view.dark,
    coloured: showSelection,
  });
  const stage: ScatterStage = scatterStage(
    () => load.thumbs,
    {
      hover(point, x, y) {
        stage.pointer(point < 0 ? null : load.card(point), x, y);
        stage.legend.value(point < 0 ? null : load.value(point));
      },
      choose: (point) => choose({ point }),
      select: (points, merge) => choose({ selection: merged(get("selection"), points, merge) }),
      isolate: (isolated) => choose({ isolated }),
      clear: () => choose({ selection: [] }),
      goTo: () => stage.plot.goTo(get("selection")),
      send: load.send,
    },
    signal,
  );
  const rail = scatterRail(
    {
      layer: (layer) => choose({ layer }),
      color: (color) => choose({ color, isolated: [] }),
      near: (near) => choose({ near }),
      pictures: (pictures) => choose({ pictures }),
      project: load.project,
      problems: () => load.problems(rail.lists, look),
    },
    signal,
  );
  frame.rail.append(rail.element);
  frame.stage.append(stage.element);
  view.onDark(() => {
    stage.plot.theme();
    load.colour();
  });

  /** Show points that are spoken of. */
  function look(points: readonly number[]): void {
    choose({ point: points[0] ?? null, ...(points.length > 1 ? { selection: [...points] } : {}) });
    stage.plot.goTo(points);
  }

  function showSelection(): void {
    const points = get("selection");
    stage.plot.selection(points);
    const column = load.column();
    const counts = column?.kind === "category" && points.length > 0 ? countsOf(column, points) : [];
    const colours = column?.kind === "category" ? coloured(column, new Set(load.isolated())) : null;
    stage.selection.show({
      points,
      total: get("_count"),
      groups: counts
        .map((n, code) => ({
          name: column?.kind === "category" ? nameOf(column, code) : "",
          count: n,
          colour: colours?.get(code) ?? "var(--point-rest)",
        }))
        .filter((group) => group.count > 0)
        .sort((a, b) => b.count - a.count),
      groupedBy: get("color"),
      names: load.name,
      chosen: get("point"),
      targets,
    });
    say();
    void load.targets().then((found) => {
      if (JSON.stringify(found) === JSON.stringify(targets)) return;
      targets = found;
      showSelection();
    });
  }

  function say(): void {
    const parts = [count(get("_count"), "point")];
    const chosen = get("selection").length;
    if (chosen > 0) parts.push(`${integer(chosen)} selected`);
    const point = get("point");
    if (point !== null) parts.push(`${load.name(point)} chosen`);
    const only = load.isolated();
    if (only.length > 0) parts.push(`only ${only.join(", ")}`);
    if (!stage.plot.fast) parts.push("this browser gives no WebGL: drawn by the processor");
    status.say(parts.join(" · "));
  }

  function showRail(): void {
    const map = get("_maps").find(({ name }) => name === get("layer")) ?? get("_maps")[0];
    rail.show({
      maps: get("_maps"),
      layer: get("layer"),
      columns: get("_columns"),
      color: get("color"),
      units: get("_units"),
      near: get("near"),
      pictures: get("pictures"),
      images: get("_images"),
      live: rpc.state() !== "static",
    });
    const method = { umap: "UMAP", tsne: "t-SNE", pca: "PCA" }[map?.method ?? "umap"];
    frame.setTitle([get("_title"), get("layer"), method].filter(Boolean).join(" · "));
  }

  scatterKeys(
    view.root,
    {
      pan: stage.plot.panBy,
      zoom: stage.plot.zoomBy,
      fit: stage.plot.fit,
      point: (step) => {
        const [now, last] = [get("point"), get("_count") - 1];
        const point = now === null ? 0 : Math.min(last, Math.max(0, now + step));
        choose({ point });
      },
      search: () => stage.legend.focusSearch(),
      back() {
        if (stage.chosenTool !== "move") stage.tool("move");
        else if (get("point") !== null) choose({ point: null });
        else if (get("selection").length > 0) choose({ selection: [] });
        else choose({ isolated: [] });
      },
    },
    isTyping,
    signal,
  );

  const on = (keys: readonly (keyof Traits)[], act: () => void): void => {
    for (const key of keys) listen(model as Model<Traits>, `change:${key}`, act, signal);
  };
  on(["layer", "_version"], load.layout);
  on(["color", "isolated"], load.colour);
  on(["point", "near", "layer"], load.near);
  on(["_landed"], load.landed);
  on(["selection", "point"], showSelection);
  on(["pictures"], () => stage.plot.pictures(get("pictures")));
  on(["layer", "color", "near", "pictures", "_maps", "_columns"], showRail);
  showRail();
  stage.plot.pictures(get("pictures"));
  load.layout();
  load.colour();
  load.near();
  showSelection();
  return view.dispose;
}

function merged(before: readonly number[], points: readonly number[], merge: Merge): number[] {
  if (merge === "replace") return [...points];
  const given = new Set(points);
  const kept = before.filter((i) => !given.has(i));
  return merge === "remove" ? kept : [...kept, ...points].sort((a, b) => a - b);
}

export default { render };
