/** The atlas of one layer: plane, minimap, card beside the pointer, and what they need to be loaded. */

import type { AtlasCalls, CellAnswer } from "../lib/atlas_calls";
import type { Camera } from "../lib/atlas_camera";
import type { AtlasChoice } from "../lib/atlas_choice";
import { cellAt, type Level, middleOf, opacities } from "../lib/atlas_level";
import { h } from "../lib/dom";
import type { AtlasLayerInfo } from "../lib/protocol";
import { RpcError } from "../lib/rpc";
import type { Look } from "./atlas_compose";
import { hoverCard } from "./atlas_hover";
import { inkOf, type Path } from "./atlas_overlay";
import { atlasPlane } from "./atlas_plane";
import { atlasSingles } from "./atlas_singles";
import { cellSentence } from "./atlas_words";
import { minimap } from "./minimap";
import { setText } from "./surface";
import { viewTools } from "./view_tools";

export interface PaneEvents {
  moved(camera: Camera, byPerson: boolean): void;
  chosen(level: Level, cell: number): void;
  said(sentence: string): void;
  failed(reason: unknown): void;
  grid(side: number): void;
  scrolled(): void;
  copy(): void;
  /** The level that its minimap shows has come. */
  overview(level: Level, heat: Float32Array | null): void;
}

/** Milliseconds before what could not be loaded is asked for again. */
const RETRY = 3000;

export interface PaneContext {
  readonly calls: AtlasCalls;
  readonly names: readonly string[];
  readonly axes: readonly string[];
  readonly dark: () => boolean;
  /** Pixels at the right of an element that something lies over. */
  readonly covered: (element: HTMLElement) => number;
  readonly cell: (layer: string, side: number, cell: number) => Promise<CellAnswer | null>;
}

export function atlasPane(
  info: AtlasLayerInfo,
  { calls, names, axes, dark, covered, cell: cellOf }: PaneContext,
  events: PaneEvents,
  signal: AbortSignal,
) {
  const levels = new Map<number, Level>();
  const heats = new Map<number, Float32Array>();
  const asked = new Set<string>();
  const loading = new Map<number, Promise<void>>();
  const { name: layer } = info;
  let sides: readonly number[] = info.sides;
  let choice: AtlasChoice | null = null;
  let look: Look = { blend: 0, density: 1 };
  let shades: ReadonlyMap<number, Float32Array> = new Map();
  let chosen: { side: number; cell: number } | null = null;
  let marks: Float32Array | null = null;
  let path: Path | null = null;

  const card = hoverCard();
  const map = minimap(
    { moveTo: (x, y) => plane.place({ ...plane.camera(), x, y }, true), home: () => plane.home() },
    signal,
  );
  const plane = atlasPlane(
    {
      label: `Activation atlas of ${layer}: arrow keys go from cell to cell, Enter opens one, plus and minus zoom`,
      sheets: {
        load: (side, kind, { row, column }, stop) =>
          calls.tile(layer, side, kind, row, column, stop),
        failed: events.failed,
      },
      singles: (changed) =>
        atlasSingles((side, cell) => cellOf(layer, side, cell), events.failed, changed, signal),
      events: {
        moved(camera, byPerson) {
          map.frame(camera, plane.size());
          events.moved(camera, byPerson);
        },
        pointed: hover,
        chosen(i) {
          const level = plane.level();
          if (level) events.chosen(level, i);
        },
        grid: events.grid,
        needLevel: (side) => void need(side),
        scrolled: events.scrolled,
      },
    },
    signal,
  );
  const tools = viewTools(plane, events.copy, signal);
  const heading = h("div", { class: "atlas-name" }, layer);
  const empty = h("p", { class: "atlas-empty", hidden: true });
  const ends = axes.map((text, i) =>
    h("span", { class: "atlas-axis", "data-end": i === 0 ? "left" : "right" }, text),
  );
  const element = h(
    "section",
    { class: "atlas-pane", "aria-label": `atlas of ${layer}` },
    plane.element,
    heading,
    ...ends,
    empty,
    card.element,
    h("div", { class: "atlas-corner" }, tools, map.element),
  );

  function hover(i: number, at: readonly [number, number] | null): void {
    const level = plane.level();
    if (!level || i < 0 || !at) {
      card.show(null);
      events.said("");
      return;
    }
    const heat = choice?.target === null ? null : heats.get(level.side);
    const target =
      heat && choice?.target !== null && choice
        ? { name: names[choice.target] ?? `class ${choice.target}`, value: heat[i] ?? 0 }
        : null;
    const { width, height } = plane.size();
    const room = { width: width - covered(element), height };
    card.show({ level, cell: i, names, at, room, target });
    events.said(cellSentence(level, i, names));
  }

  // ---- loading ----
  function need(side: number): Promise<void> {
    const there = loading.get(side);
    if (there || side === 0) return there ?? Promise.resolve();
    const coming = load(side);
    loading.set(side, coming);
    return coming;
  }

  async function load(side: number): Promise<void> {
    try {
      levels.set(side, await calls.level(layer, side, { signal }));
      await needHeat(side);
    } catch (reason) {
      fail(reason);
      // It may be asked for again, but not with every frame.
      setTimeout(() => loading.delete(side), RETRY);
    }
    refresh();
  }

  /** Attribution to the class by cell; where a page does not hold it, that of the coarser cell around it. */
  async function needHeat(side: number): Promise<void> {
    const target = choice?.target ?? null;
    const key = `heat/${side}/${target}`;
    if (target === null || asked.has(key)) return;
    asked.add(key);
    try {
      const found = await calls.heat(layer, side, target, { signal });
      if (choice?.target === target) heats.set(side, found);
    } catch (reason) {
      if (!(reason instanceof RpcError && reason.type === "NoKernel")) fail(reason);
      const fine = levels.get(side);
      const coarse = [...heats.keys()].filter((other) => other < side).sort((a, b) => b - a)[0];
      const level = coarse === undefined ? undefined : levels.get(coarse);
      const values = coarse === undefined ? undefined : heats.get(coarse);
      if (!values && choice?.target === target)
        events.failed(new Error(`The map of ${names[target]} is not in this page.`));
      if (fine && level && values)
        heats.set(
          side,
          Float32Array.from(
            { length: fine.count },
            (_, i) => values[cellAt(level, ...middleOf(fine, i))] ?? 0,
          ),
        );
    }
  }

  function fail(reason: unknown): void {
    if (!signal.aborted && !(reason instanceof RpcError && reason.quiet)) events.failed(reason);
  }

  // ---- showing ----
  function restyle(): void {
    if (!choice) return;
    const { target, sign } = choice;
    shades =
      target === null
        ? new Map()
        : new Map(
            [...heats].map(([side, heat]) => {
              const direction = sign === "positive" ? 1 : -1;
              const strongest = heat.reduce(
                (most, value) => Math.max(most, direction * value),
                1e-9,
              );
              return [side, opacities(heat, sign, strongest)];
            }),
          );
  }

  function refresh(): void {
    if (!choice) return;
    restyle();
    plane.show({
      sides,
      levels,
      fixed: choice.level !== null && sides.includes(choice.level) ? choice.level : null,
      look,
      heats: shades,
      names,
      labels: choice.labels && choice.target === null,
      density: choice.density,
      chosen,
      marks,
      path,
      ink: inkOf(element, dark()),
    });
    const coarsest = levels.get(sides[0] ?? 0) ?? null;
    const overview = levels.get(sides[1] ?? 0) ?? coarsest;
    const heat = (overview && choice.target !== null && heats.get(overview.side)) || null;
    map.show({ level: overview, heat, dark: dark() });
    map.frame(plane.camera(), plane.size());
    if (overview) events.overview(overview, heat);
    empty.hidden = sides.length > 0;
    setText(empty, "Nothing is laid out yet: the atlas appears here as it is built.");
  }

  return {
    layer,
    element,
    plane,
    choose(next: AtlasChoice): void {
      const other = next.target !== choice?.target;
      if (other) heats.clear();
      if (next.blend !== look.blend || next.density !== look.density)
        look = { blend: next.blend, density: next.density };
      choice = next;
      if (other && next.target !== null) {
        for (const key of asked) if (key.startsWith("heat/")) asked.delete(key);
        const all = [...levels.keys()].sort((a, b) => a - b);
        void all
          .reduce((before, side) => before.then(() => needHeat(side)), Promise.resolve())
          .then(refresh);
      }
      const first = sides[0];
      if (first !== undefined) void need(first);
      refresh();
    },
    /** The build has gone on: what is there is loaded again, and shown until it has come. */
    async renew(next: readonly number[]): Promise<void> {
      sides = next;
      asked.clear();
      const known = new Set([...levels.keys(), ...next.slice(0, 1)]);
      for (const side of known) {
        if (!next.includes(side)) levels.delete(side);
        else {
          loading.delete(side);
          heats.delete(side);
          plane.stale(side);
          await need(side);
        }
      }
      refresh();
    },
    mark(next: { side: number; cell: number } | null, samples: Float32Array | null): void {
      chosen = next;
      marks = samples;
      refresh();
    },
    path(next: Path | null): void {
      path = next;
      refresh();
    },
    lit(position: number): void {
      if (path) path = { ...path, lit: position };
      refresh();
    },
    /** The number of a cell in the list of its level, once that is loaded. */
    async find(side: number, cell: number): Promise<{ level: Level; index: number } | null> {
      await need(side);
      const level = levels.get(side);
      const index = level?.at[cell] ?? -1;
      return level && index >= 0 ? { level, index } : null;
    },
    title(several: boolean): void {
      heading.hidden = !several;
    },
    refresh,
  };
}

export type AtlasPane = ReturnType<typeof atlasPane>;
