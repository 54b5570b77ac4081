/** The stage of the atlas viewer: one atlas or several side by side, the chosen cell, an image's places. */

import type { AtlasCalls, PathAnswer } from "../lib/atlas_calls";
import {
  boxOf,
  type Camera,
  extentOf,
  HOME,
  parseView,
  toScreen,
  viewText,
} from "../lib/atlas_camera";
import type { Level } from "../lib/atlas_level";
import { h } from "../lib/dom";
import type { AtlasCell, AtlasLayerInfo } from "../lib/protocol";
import { debounce } from "../lib/schedule";
import { atlasBehind } from "./atlas_behind";
import { dropTarget } from "./atlas_drop";
import { type AtlasPane, atlasPane } from "./atlas_pane";
import { atlasPlaces } from "./atlas_places";
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
  locate(layer: string, image: number | File): Promise<PathAnswer | null>;
  grid(side: number): void;
}

export interface StageAbout {
  /** As they are now: a build may have gone on. */
  readonly layers: () => ReadonlyMap<string, AtlasLayerInfo>;
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

  const row = h("div", { class: "atlas-panes" });
  const hint = h("div", { class: "atlas-hint", "aria-hidden": "true" }, "ctrl + wheel zooms");
  const all = (): AtlasPane[] => panes.map(({ pane }) => pane);
  const behind = atlasBehind(
    {
      calls,
      names: about.classes,
      hasImages: about.can.has("images"),
      content: () => content,
      panes: all,
      main,
      reveal,
      events,
    },
    signal,
  );
  const places = atlasPlaces(
    {
      panes: all,
      layer: () => content.layer,
      locate: events.locate,
      go: ([x, y]) => fly({ x, y, zoom: Math.max(camera.zoom, 6) }),
      closed: () => events.choose({ image: null }),
    },
    signal,
  );
  const side = h("div", { class: "atlas-side" }, behind.element, places.element);
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
    const info = about.layers().get(layer);
    if (!info) return;
    const end = new AbortController();
    const own = AbortSignal.any([signal, end.signal]);
    const pane = atlasPane(
      info,
      {
        calls,
        names: about.classes,
        axes: about.axes,
        dark: about.dark,
        covered,
        cell: behind.samplesOf,
      },
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
      places.renew();
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

  function main(): AtlasPane | undefined {
    return panes.find(({ pane }) => pane.layer === content.layer)?.pane;
  }

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

  function dropped(file: File): void {
    events.choose({ image: null });
    places.dropped(file);
  }
  if (about.can.has("drop")) dropTarget(element, dropped, signal);

  return {
    element,
    show(next: StageContent): void {
      const before = content;
      content = next;
      arrange();
      for (const pane of all()) pane.choose({ ...next });
      if (next.layer !== before.layer) places.renew();
      behind.show();
      if (about.can.has("locate")) places.choose(next.image);
    },
    /** An image that is not among those of the atlas. */
    dropped,
    closeImage: places.close,
    view(text: string): void {
      const asked = parseView(text);
      const next = asked?.camera ?? HOME;
      if (viewText(content.layer, next) !== viewText(content.layer, camera)) fly(next);
    },
    async renew(layer: string, sides: readonly number[]): Promise<void> {
      behind.forget();
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
