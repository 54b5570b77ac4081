/** The left rail of the scatter: which map, which colours, how many pictures, and how the map is laid out. */

import { button, search, select, slider } from "../lib/controls";
import { h } from "../lib/dom";
import { integer, number } from "../lib/format";
import type { ColumnInfo, MapInfo } from "../lib/protocol";
import type { Settings } from "../lib/scatter_calls";
import { setAttribute, setText } from "./surface";

export interface RailContent {
  readonly maps: readonly MapInfo[];
  readonly layer: string;
  readonly columns: readonly ColumnInfo[];
  readonly color: string;
  readonly units: readonly string[];
  readonly near: number;
  readonly pictures: number;
  readonly images: boolean;
  readonly live: boolean;
}

export interface RailEvents {
  layer(name: string): void;
  color(name: string): void;
  near(count: number): void;
  pictures(share: number): void;
  project(settings: Settings): void;
  problems(): void;
}

export interface ScatterRail {
  readonly element: HTMLElement;
  /** Where the lists of problems stand. */
  readonly lists: HTMLElement;
  show(content: RailContent): void;
}

const METHODS = [
  { value: "umap", label: "UMAP" },
  { value: "tsne", label: "t-SNE" },
  { value: "pca", label: "PCA" },
] as const;
const NEIGHBOURS = [2, 5, 10, 15, 30, 50, 100, 200];
const NEAR = 50;
const UNIT = "\u0000unit";

export function scatterRail(events: RailEvents, signal: AbortSignal): ScatterRail {
  let content: RailContent | null = null;
  const maps = () => content?.maps ?? [];

  // ---- which map ----
  const depth = slider({
    label: "layer",
    title: "from layer to layer: the points move to where the next layer has them",
    min: 0,
    max: 1,
    step: 1,
    value: 0,
    format: (at) => maps()[at]?.name ?? "",
    signal,
    onInput: (at) => events.layer(maps()[at]?.name ?? ""),
  });
  const about = h("p", { class: "caption rail-words" });

  // ---- colours ----
  const color = select<string>({
    label: "colour by",
    title: "what colours mean",
    options: [],
    value: "",
    signal,
    onChange(name) {
      const unit = name === UNIT;
      units.el.hidden = !unit;
      if (unit) units.focus();
      else events.color(name);
    },
  });
  const units = search({ label: "unit, as layer:number", signal, onInput: () => undefined });
  units.el.hidden = true;
  units.el.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && units.value.trim()) events.color(units.value.trim());
    },
    { signal },
  );
  const pictures = slider({
    label: "pictures",
    title: "from points only (left) to pictures wherever they fit (right)",
    min: 0,
    max: 1,
    step: 0.05,
    value: 0.5,
    format: (share) =>
      share === 0 ? "points" : share === 1 ? "all" : `${Math.round(100 * share)} %`,
    signal,
    onInput: events.pictures,
  });
  const near = slider({
    label: "neighbours shown",
    title: "lines to this many nearest points in the layer's space, not on the map",
    min: 0,
    max: NEAR,
    step: 1,
    value: 10,
    format: integer,
    signal,
    onInput: events.near,
  });

  // ---- how it is laid out ----
  const method = select<Settings["method"]>({
    label: "method",
    options: METHODS,
    value: "umap",
    signal,
    onChange: () => dress(),
  });
  const neighbours = slider({
    label: "neighbours",
    title: "few keep small groups, many the large shape",
    min: 0,
    max: NEIGHBOURS.length - 1,
    step: 1,
    value: 3,
    format: (at) => integer(NEIGHBOURS[at] ?? 15),
    signal,
  });
  const distance = slider({
    label: "distance",
    title: "how near points may lie (min_dist): small packs groups tightly",
    min: 0,
    max: 1,
    step: 0.05,
    value: 0.1,
    format: (value) => number(value, 2),
    signal,
  });
  const perplexity = slider({
    label: "perplexity",
    title: "about how many points each one attends to",
    min: 5,
    max: 100,
    step: 5,
    value: 30,
    format: integer,
    signal,
  });
  const again = button({
    label: "Lay out again",
    title: "make a new map; it can be watched, and stopped",
    signal,
    onClick: () => events.project(settings()),
  });
  const check = button({
    label: "Find duplicates and suspicious labels",
    title:
      "points that are the same in the layer's space, and points among neighbours of another class",
    signal,
    onClick: events.problems,
  });
  const lists = h("div", { class: "rail-lists" });
  const layout = h(
    "details",
    { class: "rail-part" },
    h("summary", {}, "layout"),
    method.el,
    neighbours.el,
    distance.el,
    perplexity.el,
    again,
  );
  const checks = h("div", { class: "rail-part" }, check, lists);
  const element = h(
    "div",
    { class: "scatter-rail" },
    h("div", { class: "rail-part" }, depth.el, about),
    h("div", { class: "rail-part" }, color.el, units.el, pictures.el, near.el),
    layout,
    checks,
  );

  function settings(): Settings {
    return {
      method: method.value,
      neighbours: NEIGHBOURS[neighbours.value] ?? 15,
      min_dist: distance.value,
      perplexity: perplexity.value,
    };
  }

  function dress(): void {
    neighbours.el.hidden = method.value !== "umap";
    distance.el.hidden = method.value !== "umap";
    perplexity.el.hidden = method.value !== "tsne";
  }

  let set: MapInfo | null = null;
  return {
    element,
    lists,
    show(next) {
      content = next;
      const at = Math.max(
        0,
        next.maps.findIndex(({ name }) => name === next.layer),
      );
      const map = next.maps[at] ?? null;
      depth.el.hidden = next.maps.length < 2;
      const field = depth.el.querySelector("input");
      if (field) field.max = String(Math.max(1, next.maps.length - 1));
      depth.value = at;
      setText(about, map?.words ?? "");
      color.setOptions([
        { value: "", label: "one colour" },
        ...next.columns
          .filter(({ ready }) => ready || next.live)
          .map(({ name, ready }) => ({ value: name, label: ready ? name : `${name}…` })),
        ...(next.units.length > 0 && next.live
          ? [{ value: UNIT, label: "a unit's activation…" }]
          : []),
      ]);
      color.value = next.color;
      units.el.hidden = units.el.hidden || color.value !== UNIT;
      setAttribute(units.el, "placeholder", `unit, such as ${next.units.at(-1) ?? "layer"}:0`);
      pictures.el.hidden = !next.images;
      if (pictures.value !== next.pictures) pictures.value = next.pictures;
      if (near.value !== next.near) near.value = next.near;
      near.el.hidden = !next.live;
      layout.hidden = !next.live;
      checks.hidden = !next.live;
      // A new map's own settings are where the next one starts from.
      if (map && map !== set && JSON.stringify(map) !== JSON.stringify(set)) {
        set = map;
        method.value = map.method;
        const closest = NEIGHBOURS.reduce((a, b) =>
          Math.abs(b - map.neighbours) < Math.abs(a - map.neighbours) ? b : a,
        );
        neighbours.value = NEIGHBOURS.indexOf(closest);
        distance.value = map.min_dist;
        perplexity.value = map.perplexity;
      }
      dress();
    },
  };
}
