/** The stage of the atlas viewer: one atlas or several side by side, the chosen cell, an image's places. */

import type { AtlasCalls, CellAnswer, PathAnswer } from "../lib/atlas_calls";
import {
  boxOf,
  type Camera,
  extentOf,
  HOME,
  parseView,
  toScreen,
  viewText,
} from "../lib/atlas_camera";
import { type Level, middleOf } from "../lib/atlas_level";
import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import type { AtlasCell, AtlasLayerInfo } from "../lib/protocol";
import { debounce } from "../lib/schedule";
import { type AtlasPane, atlasPane } from "./atlas_pane";
import { atlasPanel } from "./atlas_panel";
import { atlasPath } from "./atlas_path";
import type { RailContent } from "./atlas_rail";
import { setText } from "./surface";

export interface StageContent extends RailContent {
  readonly cell: AtlasCell | null;
  readonly unit: number | null;
}

export interface StageEvents {
  choose(change: Partial<StageContent & { position: [number, number] | null }>): void;
  view(text: string): void;
  say(text: string): void;
  failed(reason: unknown): void;
  overview(layer: string, level: Level, heat: Float32Array | null): void;
  dropped(file: File): void;
  locate(layer: string, image: number): Promise<PathAnswer | null>;
  grid(side: number): void;
}

export interface StageAbout {
  readonly layers: ReadonlyMap<string, AtlasLayerInfo>;
  readonly classes: readonly string[];
  readonly axes: readonly string[];
  readonly calls: AtlasCalls;
  readonly can: ReadonlySet<string>;
  readonly dark: () => boolean;
}

/** Milliseconds without a move before what is on screen is told, so that it is rendered first. */
const CALM = 400;
const HINT = 1600;

export function atlasStage(
  about: StageAbout,
  first: StageContent,
  view: string,
  events: StageEvents,
  signal: AbortSignal,
) {
  const { calls } = about;
  let content = first;
  let camera: Camera = parseView(view)?.camera ?? HOME;
  let panes: { pane: AtlasPane; end: AbortController }[] = [];
  let answer: { key: string; cell: CellAnswer } | null = null;
  let asking = "";
  let pathOf: number | "dropped" | null = null;
  const answers = new Map<string, Promise<CellAnswer | null>>();
  const pictures = new Map<number, Picture>();

  const row = h("div", { class: "atlas-panes" });
  const hint = h("div", { class: "atlas-hint", "aria-hidden": "true" }, "ctrl + wheel zooms");
  const panel = atlasPanel(
    {
      close: () => events.choose({ cell: null }),
      sample: (image, position) =>
        events.choose({ position: [...position], ...(about.can.has("images") ? { image } : {}) }),
      unit: (unit) => events.choose({ unit: unit === content.unit ? null : unit }),
      target: (target) => events.choose({ target }),
      path: (image) => events.choose({ image }),
      needPicture: (image) => void picture(image),
    },
    signal,
  );
  const inset = atlasPath(
    {
      lit: (position) => panes.forEach(({ pane }) => void pane.lit(position)),
      go: (position) => goTo(position),
      close() {
        pathOf = null;
        showPath("", null);
        events.choose({ image: null });
      },
    },
    signal,
  );
  const side = h("div", { class: "atlas-side" }, panel.element, inset.element);
  const drop = h(
    "div",
    { class: "atlas-drop", "aria-hidden": "true" },
    "Drop the image to see where it falls",
  );
  const element = h(
    "div",
    { class: "atlas-stage" },
    h("div", { class: "atlas-room" }, row, hint, drop),
    side,
  );

  /** Pixels at the right of an element that the panel lies over. */
  function covered(under: HTMLElement): number {
    const [own, cover] = [under.getBoundingClientRect(), side.getBoundingClientRect()];
    return cover.width > 0 && cover.width < own.width ? Math.max(0, own.right - cover.left) : 0;
  }

  // ---- panes ----
  function open(layer: string): void {
    const info = about.layers.get(layer);
    if (!info) return;
    const end = new AbortController();
    const own = AbortSignal.any([signal, end.signal]);
    const pane = atlasPane(
      info,
      { calls, names: about.classes, axes: about.axes, dark: about.dark, covered, cell: samplesOf },
      {
        moved: (next, byPerson) => follow(pane, next, byPerson),
        chosen: (level, i) =>
          events.choose({
            layer,
            beside: beside(layer),
            cell: [level.side, level.cells[i] ?? 0],
            unit: layer === content.layer ? content.unit : null,
          }),
        said: events.say,
        failed: events.failed,
        grid: (grid) => layer === content.layer && events.grid(grid),
        scrolled: showHint,
        copy: () => void copy(),
        overview: (level, heat) => events.overview(layer, level, heat),
      },
      own,
    );
    pane.plane.place(camera);
    panes.push({ pane, end });
    row.append(pane.element);
    pane.choose({ ...content });
  }

  /** Choosing in a pane makes its layer the first one; the others stay beside. */
  function beside(layer: string): string[] {
    if (layer === content.layer) return [...content.beside];
    return content.beside.map((each) => (each === layer ? content.layer : each));
  }

  function arrange(): void {
    const wanted = [content.layer, ...content.beside].filter(
      (each, i, all) => all.indexOf(each) === i,
    );
    // A layer that is beside and becomes the first one keeps its place, so that nothing jumps.
    const same =
      panes.length === wanted.length && panes.every(({ pane }) => wanted.includes(pane.layer));
    if (!same) {
      for (const { pane, end } of panes)
        if (!wanted.includes(pane.layer)) {
          end.abort();
          pane.element.remove();
        }
      panes = panes.filter(({ pane }) => wanted.includes(pane.layer));
      for (const layer of wanted) if (!panes.some(({ pane }) => pane.layer === layer)) open(layer);
      const last = pathOf;
      if (last !== null) void relocate();
    }
    for (const { pane } of panes) {
      pane.title(panes.length > 1);
      pane.element.toggleAttribute("data-first", panes.length > 1 && pane.layer === content.layer);
    }
    row.style.setProperty("--panes", String(panes.length));
    element.toggleAttribute("data-several", panes.length > 1);
  }

  // ---- camera ----
  const tell = debounce(
    () => {
      events.view(viewText(content.layer, camera));
      const pane = main();
      if (pane && about.can.has("look"))
        void calls
          .look(content.layer, boxOf(camera, pane.plane.size()), content.target)
          .catch(() => undefined);
    },
    CALM,
    signal,
  );

  function follow(from: AtlasPane, next: Camera, byPerson: boolean): void {
    if (!byPerson) return;
    camera = next;
    for (const { pane } of panes) if (pane !== from) pane.plane.place(next);
    tell();
  }

  const main = (): AtlasPane | undefined =>
    panes.find(({ pane }) => pane.layer === content.layer)?.pane;

  function fly(next: Camera): void {
    camera = next;
    main()?.plane.fly(next);
  }

  let hiding: ReturnType<typeof setTimeout> | undefined;
  function showHint(): void {
    element.toggleAttribute("data-hint", true);
    clearTimeout(hiding);
    hiding = setTimeout(() => element.toggleAttribute("data-hint", false), HINT);
  }
  signal.addEventListener("abort", () => clearTimeout(hiding), { once: true });
  setText(hint, /Mac|iP/.test(navigator.platform) ? "⌘ + wheel zooms" : "ctrl + wheel zooms");

  async function copy(): Promise<void> {
    const text = viewText(content.layer, camera);
    // A page of its own has an address; in a notebook the text is what `viewer.view` takes.
    const link = document.querySelector("[data-convscope-site]")
      ? `${location.href.split("#")[0]}#${text}`
      : text;
    try {
      await navigator.clipboard.writeText(link);
      events.say(`Copied: ${link}`);
    } catch {
      // Without a secure context there is no clipboard: the text can still be read and copied by hand.
      events.say(`This view: ${link}`);
    }
  }

  // ---- the chosen cell ----
  function samplesOf(layer: string, grid: number, cell: number): Promise<CellAnswer | null> {
    const key = `${layer}/${grid}/${cell}`;
    const known = answers.get(key);
    if (known) return known;
    const coming = calls.cell(layer, grid, cell, { signal });
    answers.set(key, coming);
    coming.catch(() => answers.delete(key));
    for (const old of [...answers.keys()].slice(0, Math.max(0, answers.size - 200)))
      answers.delete(old);
    return coming;
  }

  async function showCell(): Promise<void> {
    const { cell, layer } = content;
    const key = JSON.stringify([layer, cell]);
    if (!cell) {
      asking = "";
      panel.show(null);
      for (const { pane } of panes) pane.mark(null, null);
      return;
    }
    const [grid, number] = cell;
    const found = await main()?.find(grid, number);
    if (!found || JSON.stringify([content.layer, content.cell]) !== key) return;
    const about_ = {
      layer,
      level: found.level,
      cell: found.index,
      names: about.classes,
      unit: content.unit,
    };
    panel.show({ ...about_, answer: answer?.key === key ? answer.cell : null });
    main()?.mark({ side: grid, cell: number }, null);
    if (asking !== key) reveal(middleOf(found.level, found.index));
    if (asking === key) return;
    asking = key;
    try {
      const got = await samplesOf(layer, grid, number);
      if (got && asking === key) {
        answer = { key, cell: got };
        panel.show({ ...about_, unit: content.unit, answer: got });
      }
      const others = panes.map(({ pane }) => pane.layer).filter((each) => each !== layer);
      if (others.length > 0) {
        const places = await calls.elsewhere(layer, grid, number, others, { signal });
        if (asking === key)
          for (const { pane } of panes)
            if (pane.layer !== layer) pane.mark(null, places[pane.layer] ?? null);
      }
    } catch (reason) {
      if (asking === key) asking = "";
      events.failed(reason);
    }
  }

  /** Move the view where a place is out of sight, or behind the panel. */
  function reveal([x, y]: readonly [number, number]): void {
    const pane = main();
    if (!pane) return;
    const size = pane.plane.size();
    const [left, top] = toScreen(camera, size, [x, y]);
    const box = pane.plane.element.getBoundingClientRect();
    const right = size.width - covered(pane.plane.element);
    const cover = side.getBoundingClientRect();
    const below = cover.width >= box.width ? Math.max(0, box.bottom - cover.top) : 0;
    const bottom = size.height - below;
    if (size.width === 0 || (left > 0 && top > 0 && left < right && top < bottom)) return;
    const scale = extentOf(size) * camera.zoom;
    fly({
      ...camera,
      x: x + (size.width - right) / 2 / scale,
      y: y + (size.height - bottom) / 2 / scale,
    });
  }

  async function picture(image: number): Promise<void> {
    try {
      const known = pictures.get(image) ?? (await calls.picture(image, { signal }));
      pictures.set(image, known);
      panel.picture(image, known);
    } catch (reason) {
      events.failed(reason);
    }
  }

  // ---- an image's places ----
  let located = new Map<string, PathAnswer>();

  function showPath(layer: string, found: PathAnswer | null): void {
    if (!found) {
      located = new Map();
      for (const { pane } of panes) pane.path(null);
      inset.show(null);
      return;
    }
    located.set(layer, found);
    const pane = panes.find((each) => each.pane.layer === layer)?.pane;
    pane?.path({ xy: found.xy.data, rows: found.rows, columns: found.columns, lit: -1 });
    if (layer === content.layer) inset.show(found);
  }

  async function relocate(): Promise<void> {
    const image = pathOf;
    if (typeof image !== "number") return;
    for (const { pane } of panes) {
      const found = await events.locate(pane.layer, image);
      if (pathOf !== image) return;
      if (found) showPath(pane.layer, found);
    }
  }

  function goTo(position: number): void {
    const xy = located.get(content.layer)?.xy.data;
    const [x, y] = [xy?.[2 * position], xy?.[2 * position + 1]];
    if (x === undefined || y === undefined || Number.isNaN(x)) return;
    fly({ x, y, zoom: Math.max(camera.zoom, 6) });
  }

  // ---- dropping ----
  let over = 0;
  const dragging = (event: DragEvent, step: number): void => {
    if (!about.can.has("drop") || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    over = Math.max(0, over + step);
    element.toggleAttribute("data-dropping", over > 0);
  };
  element.addEventListener("dragenter", (event) => dragging(event, 1), { signal });
  element.addEventListener("dragleave", (event) => dragging(event, -1), { signal });
  element.addEventListener("dragover", (event) => dragging(event, 0), { signal });
  element.addEventListener(
    "drop",
    (event) => {
      dragging(event, -over);
      const [file] = event.dataTransfer?.files ?? [];
      if (file && about.can.has("drop")) events.dropped(file);
    },
    { signal },
  );

  return {
    element,
    show(next: StageContent): void {
      const before = content;
      content = next;
      arrange();
      for (const { pane } of panes) pane.choose({ ...next });
      if (next.layer !== before.layer && located.size > 0) {
        const found = located.get(next.layer);
        if (found) inset.show(found);
      }
      void showCell();
      if (next.image !== pathOf && !(next.image === null && pathOf === "dropped")) {
        if (next.image === null) {
          pathOf = null;
          showPath("", null);
        } else if (about.can.has("locate")) {
          pathOf = next.image;
          void relocate();
        }
      }
    },
    /** An image that is not among those of the atlas. */
    dropped(found: ReadonlyMap<string, PathAnswer>): void {
      pathOf = "dropped";
      for (const [layer, each] of found) showPath(layer, each);
    },
    view(text: string): void {
      const asked = parseView(text);
      const next = asked?.camera ?? HOME;
      if (viewText(content.layer, next) !== viewText(content.layer, camera)) fly(next);
    },
    async renew(layer: string, sides: readonly number[]): Promise<void> {
      answers.clear();
      await panes.find(({ pane }) => pane.layer === layer)?.pane.renew(sides);
    },
    layers: () => panes.map(({ pane }) => pane.layer),
    zoom: (step: number) => main()?.plane.zoomBy(2 ** step),
    home: () => main()?.plane.home(),
    focus: () => main()?.plane.focus(),
    recolour: () => panes.forEach(({ pane }) => void pane.refresh()),
  };
}

export type AtlasStage = ReturnType<typeof atlasStage>;
