// What the scatter loads, when, and what it says when something is missing.

import type { CardContent } from "../views/point_card";
import { problemLists } from "../views/problem_lists";
import type { NdArray } from "./binary";
import { integer } from "./format";
import type { Column } from "./point_colours";
import type { LandedInfo } from "./protocol";
import { quietly } from "./quietly";
import { latest, type Rpc } from "./rpc";
import { type LinkTarget, type Settings, scatterCalls } from "./scatter_calls";
import { scatterColumns } from "./scatter_columns";
import { scatterLayout } from "./scatter_layout";
import type { ScatterParts } from "./scatter_parts";
import { debounce } from "./schedule";
import { type SpriteSheet, sheetCutter, type Thumbnails, thumbnails } from "./thumbnails";

export interface LoaderOptions extends Omit<ScatterParts, "calls" | "live"> {
  readonly rpc: Rpc;
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
  /** The categories that are lit; all when empty. */
  isolated(): readonly string[];
  name(point: number): string;
  value(point: number): number | null;
  /** Other widgets of the same images. */
  targets(): Promise<readonly LinkTarget[]>;
  send(id: string): void;
}

/** Cards that are remembered. */
const CARDS = 5000;

export function scatterLoader(options: LoaderOptions): ScatterLoader {
  const { rpc, status, signal, get, stage } = options;
  const calls = scatterCalls(rpc);
  const live = rpc.state() !== "static";
  const parts = { ...options, calls, live };
  const columns = scatterColumns(parts, options.coloured);
  const layout = scatterLayout(parts, columns.soon, () => {
    near();
    landed();
    columns.mapped();
  });
  let names: readonly string[] | null = null;
  let positions: NdArray | null = null;
  const known = new Map<number, { name: string; rows: [string, string][] }>();

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

  // ---- what a point is ----
  const position = (point: number): number => positions?.data[point] ?? point;
  const name = (point: number): string =>
    names?.[point] ?? known.get(point)?.name ?? `point ${position(point)}`;

  function card(point: number): CardContent {
    const rows = columns.rows(point);
    const told = new Set(rows.map(([label]) => label));
    const picture = thumbs?.get(point);
    if (!known.has(point)) ask(point);
    return {
      name: name(point),
      rows: [
        ...rows,
        ...(known.get(point)?.rows ?? []).filter(([label]) => !told.has(label)),
        ["position", integer(position(point))],
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
        if (known.size > CARDS) known.clear();
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
    stage().plot.chosen(point, []);
    if (point === null || count === 0 || !live) return;
    const got = await quietly(status, calls.near(point, count, get("layer")));
    if (!got || signal.aborted || get("point") !== point) return;
    const points = Array.from(got.points.data);
    stage().plot.chosen(point, points);
    stage().plot.element.dataset.near = String(points.length);
    thumbs?.want(points, "neighbours");
  });

  let copies: { info: LandedInfo; sheet: SpriteSheet | null } | null = null;
  const cut = sheetCutter(signal);
  const landed = latest(async () => {
    const info = get("_landed");
    if (!info || info.layer !== get("layer")) {
      stage().plot.landed(null);
      return;
    }
    if (copies?.info !== info) copies = { info, sheet: await quietly(status, calls.landed()) };
    const xy = layout.squared(info.xy.flat());
    stage().plot.landed({ point: info.point, xy, pictures: await cut(copies.sheet) });
    stage().plot.element.dataset.landed = String(info.xy.length);
    status.say(info.words);
  });

  async function problems(
    place: HTMLElement,
    look: (points: readonly number[]) => void,
  ): Promise<void> {
    const found = await status.run((call) => calls.problems(get("layer"), call), { signal });
    if (found) problemLists(place, found, name, look, signal);
  }

  // ---- at the start ----
  void (async () => {
    const got = await quietly(status, calls.names());
    names = got?.names ?? null;
    positions = got?.positions ?? null;
    if (!live && thumbs)
      for (let part = 0; ; part++) {
        const sheet = await quietly(status, calls.album(part));
        if (!sheet || signal.aborted) break;
        await thumbs.add(sheet);
      }
    await columns.preload();
    if (!signal.aborted) showPinned();
  })();

  return {
    thumbs,
    layout: layout.show,
    colour: columns.colour,
    near: () => void near(),
    landed: () => void landed(),
    project: (settings) => void layout.project(settings),
    problems: (place, look) => void problems(place, look),
    card,
    column: columns.current,
    isolated: columns.isolated,
    name,
    value: columns.value,
    async targets() {
      const got = live ? await quietly(status, calls.targets()) : null;
      return got?.targets ?? [];
    },
    send: (id) => void quietly(status, calls.showIn(id)),
  };
}
