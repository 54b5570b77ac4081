// What the scatter loads, when, and what it says when something is missing.

import type { CardContent } from "../views/point_card";
import { problemLists } from "../views/problem_lists";
import type { ScatterStage } from "../views/scatter_stage";
import type { NdArray } from "./binary";
import type { ColorMap } from "./colormap";
import { integer, number } from "./format";
import { type Frame, frameOf, squared } from "./plane";
import { type Column, codesOf, nameOf, paletteOf } from "./point_colours";
import type { LandedInfo, ManifoldScatterTraits } from "./protocol";
import { quietly } from "./quietly";
import { latest, type Rpc } from "./rpc";
import { type LinkTarget, type Settings, scatterCalls } from "./scatter_calls";
import { debounce } from "./schedule";
import type { Status } from "./status";
import {
  type SpriteSheet,
  sheetCutter,
  type Thumbnail,
  type Thumbnails,
  thumbnails,
} from "./thumbnails";

export interface ScatterParts {
  readonly rpc: Rpc;
  readonly status: Status;
  readonly signal: AbortSignal;
  readonly get: <K extends keyof ManifoldScatterTraits>(key: K) => ManifoldScatterTraits[K];
  readonly stage: () => ScatterStage;
  readonly dark: () => boolean;
  /** Other colours are shown. */
  readonly coloured: () => void;
}

export interface ScatterLoader {
  readonly thumbs: Thumbnails | null;
  layout(): void;
  colour(): void;
  near(): void;
  landed(): void;
  project(settings: Settings): void;
  problems(place: HTMLElement, look: (points: readonly number[]) => void): void;
  card(point: number): CardContent;
  /** The column that colours show, once it is here. */
  column(): Column | null;
  map(): ColorMap;
  name(point: number): string;
  value(point: number): number | null;
  /** Other widgets of the same images. */
  targets(): Promise<readonly LinkTarget[]>;
  send(id: string): void;
}

/** Columns that every card tells, without being asked for. */
const TOLD = 4;

export function scatterLoader(parts: ScatterParts): ScatterLoader {
  const { rpc, status, signal, get, stage } = parts;
  const calls = scatterCalls(rpc);
  const live = rpc.state() !== "static";
  const columns = new Map<string, Column>();
  const codes = new Map<string, Uint16Array>();
  let names: readonly string[] | null = null;
  let positions: NdArray | null = null;
  const known = new Map<number, { name: string; rows: [string, string][] }>();
  let frame: Frame = { x: 0, y: 0, unit: 1 };
  let shownLayout = "";

  const arrived = (): void => {
    stage().plot.redraw();
    stage().selection.redraw();
    showPinned();
  };
  const thumbs = get("_images")
    ? thumbnails(
        async (points) => (live ? quietly(status, calls.sprites(points)) : null),
        arrived,
        signal,
      )
    : null;

  // ---- where the points are ----
  const layout = latest(async () => {
    const [layer, version] = [get("layer"), get("_version")];
    const key = `${layer} ${version}`;
    if (key === shownLayout) return;
    const got = await quietly(status, calls.positions(layer, version), () => void layout());
    if (!got || signal.aborted) return;
    const moving = shownLayout !== "";
    shownLayout = key;
    await place(got.xy, moving);
    near();
    landed();
    parts.stage().element.dataset.layout = key;
  });

  async function place({ data }: NdArray, moving: boolean): Promise<void> {
    frame = frameOf(data);
    const xy = squared(data, frame);
    // Not placed yet: out of sight.
    for (let i = 0; i < xy.length; i++) if (!Number.isFinite(xy[i])) xy[i] = 9;
    await stage().plot.points(xy, moving);
  }

  // ---- colours ----
  const map = (): ColorMap => {
    const column = columns.get(get("color"));
    if (column?.kind === "value" && column.low < 0) return "diverging";
    return parts.dark() ? "magma" : "viridis";
  };

  const colour = latest(async () => {
    const name = get("color");
    if (name && !columns.has(name)) {
      const ready = get("_columns").some((column) => column.name === name && column.ready);
      const got =
        ready || !live
          ? await quietly(status, calls.column(name), () => void colour())
          : await status.run((options) => calls.compute(name, options), {
              signal,
              retried: () => void colour(),
            });
      if (signal.aborted || get("color") !== name) return;
      if (got) columns.set(name, got);
    }
    paint();
  });

  function paint(): void {
    const name = get("color");
    const column = columns.get(name) ?? null;
    const kind = map();
    const key = column?.kind === "value" ? `${name} ${kind}` : name;
    if (!codes.has(key)) {
      if (codes.size > 8) codes.clear();
      codes.set(key, codesOf(column, get("_count"), kind));
    }
    const isolated = new Set(column?.kind === "category" ? get("isolated") : []);
    stage().plot.colour({
      codes: codes.get(key) ?? new Uint16Array(),
      ...paletteOf(column, kind, isolated),
    });
    showLegend();
    stage().element.dataset.colour = name;
    parts.coloured();
  }

  function showLegend(): void {
    const name = get("color");
    const column = columns.get(name) ?? null;
    stage().legend.show({
      name,
      column,
      map: map(),
      isolated: get("isolated"),
      points: null,
    });
  }

  // ---- what a point is ----
  const name = (point: number): string =>
    names?.[point] ?? known.get(point)?.name ?? `point ${point}`;

  function valueWords(column: Column, point: number): string {
    if (column.kind === "category") return nameOf(column, column.codes.data[point] as number);
    const value = column.values.data[point] ?? Number.NaN;
    return Number.isNaN(value) ? "missing" : number(value);
  }

  function card(point: number): CardContent {
    const rows = [...columns].map(([label, column]) => [label, valueWords(column, point)] as const);
    const picture: Thumbnail | undefined = thumbs?.get(point);
    if (!known.has(point)) ask(point);
    return {
      name: name(point),
      rows: [
        ...rows,
        ...(known.get(point)?.rows ?? []).filter(([label]) => !columns.has(label)),
        ["position", integer(positions?.data[point] ?? point)],
      ],
      picture: picture?.sheet ?? null,
      part: picture ? [picture.x, picture.y, picture.width, picture.height] : null,
    };
  }

  const ask = debounce(
    (point: number) => {
      if (!live) return;
      void (async () => {
        if (thumbs && !thumbs.known.has(point)) {
          const sheet = await quietly(status, calls.sprites([point]));
          if (sheet) await thumbs.add(sheet);
        }
        if (known.has(point)) return;
        const got = await quietly(status, calls.card(point));
        if (known.size > 5000) known.clear();
        if (got) known.set(point, got);
        stage().refresh(point, card);
        showPinned();
      })();
    },
    60,
    signal,
  );

  function showPinned(): void {
    const point = get("point");
    stage().pinned(point === null ? null : card(point));
  }

  // ---- neighbours, and where copies land ----
  const near = latest(async () => {
    const [point, count] = [get("point"), get("near")];
    showPinned();
    if (point === null || count === 0 || !live) {
      stage().plot.chosen(point, []);
      return;
    }
    stage().plot.chosen(point, []);
    const got = await quietly(status, calls.near(point, count, get("layer")));
    if (!got || signal.aborted || get("point") !== point) return;
    const points = Array.from(got.points.data);
    stage().plot.chosen(point, points);
    stage().plot.element.dataset.near = String(points.length);
    thumbs?.want(points);
  });

  let copies: { info: LandedInfo; sheet: SpriteSheet | null } | null = null;
  const landed = latest(async () => {
    const info = get("_landed");
    if (!info || info.layer !== get("layer")) {
      stage().plot.landed(null);
      return;
    }
    if (copies?.info !== info) copies = { info, sheet: await quietly(status, calls.landed()) };
    const xy = squared(info.xy.flat(), frame);
    stage().plot.landed({ point: info.point, xy, pictures: await cut(copies.sheet) });
    stage().plot.element.dataset.landed = String(info.xy.length);
    status.say(info.words);
  });

  const cut = sheetCutter(signal);

  // ---- long work ----
  const preview = latest(async (xy: NdArray) => place(xy, false));

  async function project(settings: Settings): Promise<void> {
    const before = shownLayout;
    const done = await status.run((options) => calls.project(settings, options), {
      signal,
      onPreview: (value) => {
        shownLayout = "";
        void preview((value as { xy: NdArray }).xy);
      },
    });
    if (done && get("_version") !== done.version) return; // the trait is on its way
    if (shownLayout === "" || shownLayout !== before) void layout(); // back to what there is
  }

  async function problems(
    place: HTMLElement,
    look: (points: readonly number[]) => void,
  ): Promise<void> {
    const found = await status.run((options) => calls.problems(get("layer"), options), { signal });
    if (found) problemLists(place, found, name, look, signal);
  }

  // ---- at the start ----
  void (async () => {
    const told = get("_columns").slice(0, TOLD);
    const got = await quietly(status, calls.names());
    names = got?.names ?? null;
    positions = got?.positions ?? null;
    if (!live && thumbs)
      for (let part = 0; ; part++) {
        const sheet = await quietly(status, calls.album(part));
        if (!sheet || signal.aborted) break;
        await thumbs.add(sheet);
      }
    for (const { name: column, ready } of told) {
      if (columns.has(column) || signal.aborted || !ready) continue;
      const known = await quietly(status, calls.column(column));
      if (known) columns.set(column, known);
    }
    showPinned();
  })();

  return {
    thumbs,
    layout: () => void layout(),
    colour: () => void colour(),
    near: () => void near(),
    landed: () => void landed(),
    project: (settings) => void project(settings),
    problems: (place, look) => void problems(place, look),
    card,
    column: () => columns.get(get("color")) ?? null,
    map,
    name,
    value(point) {
      const column = columns.get(get("color"));
      return column?.kind === "value" ? (column.values.data[point] ?? null) : null;
    },
    async targets() {
      const got = live ? await quietly(status, calls.targets()) : null;
      return got?.targets ?? [];
    },
    send: (id) => void quietly(status, calls.showIn(id)),
  };
}
