// What points are coloured by: each column is asked for once, computed first where it has to be, and painted.

import type { ColorMap } from "./colormap";
import { number } from "./format";
import { type Column, codesOf, MISSING, nameOf, paletteOf } from "./point_colours";
import { quietly } from "./quietly";
import { latest } from "./rpc";
import type { ScatterParts } from "./scatter_parts";

export interface ScatterColumns {
  /** Ask for the column that is chosen, and paint it. */
  colour(): void;
  /** Resolves when colours that are there are here, so that points come in them; at once where they are computed first. */
  soon(): Promise<unknown>;
  /** Other maps are shown: what belongs to one map is asked for anew. */
  mapped(): void;
  /** Fetch columns that cards tell of, those that are there. */
  preload(): Promise<void>;
  /** The column that colours show, once it is here. */
  current(): Column | null;
  /** The categories that are lit: those of the trait that the column has; all when empty. */
  isolated(): readonly string[];
  value(point: number): number | null;
  /** What the columns that are here say of a point. */
  rows(point: number): readonly (readonly [label: string, value: string])[];
}

/** Columns that every card tells, without being asked for. */
const TOLD = 4;
/** Codes kept, of a million points 2 MB each. */
const KEPT = 8;

export function scatterColumns(parts: ScatterParts, coloured: () => void): ScatterColumns {
  const { calls, live, status, signal, get, stage } = parts;
  const columns = new Map<string, Column>();
  const codes = new Map<string, Uint16Array>();
  let asking: { key: string; control: AbortController } | null = null;

  const info = (name: string) => get("_columns").find((column) => column.name === name);
  /** Some columns are others for each map, such as how far its points move. */
  const mapOf = (name: string): string | undefined =>
    info(name)?.of_map ? get("layer") : undefined;
  const keyOf = (name: string): string =>
    mapOf(name) === undefined ? name : `${name}\n${get("layer")}\n${get("_version")}`;
  /** Whether a column needs no computing; of a column of this very map we may not have heard yet. */
  const isThere = (name: string): boolean =>
    !live || (info(name)?.ready === true && mapOf(name) === undefined);
  const columnOf = (name: string): Column | null => columns.get(keyOf(name)) ?? null;
  const current = (): Column | null => columnOf(get("color"));

  const map = (): ColorMap => {
    const column = current();
    if (column?.kind === "value" && column.low < 0) return "diverging";
    return parts.dark() ? "magma" : "viridis";
  };

  function isolated(): readonly string[] {
    const column = current();
    if (column?.kind !== "category") return [];
    const known = new Set([...column.names, MISSING]);
    return get("isolated").filter((name) => known.has(name));
  }

  async function fetched(name: string, key: string): Promise<void> {
    const control = new AbortController();
    asking = { key, control };
    const map = mapOf(name);
    const got = isThere(name)
      ? await quietly(status, calls.column(name, map), colour)
      : await status.run((options) => calls.compute(name, map, options), {
          signal: AbortSignal.any([signal, control.signal]),
          retried: colour,
        });
    asking = null;
    if (got) columns.set(key, got);
  }

  const asked = latest(async () => {
    const name = get("color");
    const key = keyOf(name);
    if (name && !columns.has(key)) await fetched(name, key);
    if (!signal.aborted && get("color") === name && keyOf(name) === key) paint(name, key);
  });

  let fetching: Promise<unknown> = Promise.resolve();
  function colour(): void {
    const name = get("color");
    // Another one is wanted: who computes a column that nobody looks at any more is stopped.
    if (asking && asking.key !== keyOf(name)) asking.control.abort();
    const run = asked();
    fetching = !name || isThere(name) ? run : Promise.resolve();
  }

  function paint(name: string, key: string): void {
    const column = columns.get(key) ?? null;
    const kind = map();
    const shade = column?.kind === "value" ? `${key} ${kind}` : key;
    if (!codes.has(shade)) {
      if (codes.size >= KEPT) codes.clear();
      codes.set(shade, codesOf(column, get("_count"), kind));
    }
    const lit = isolated();
    stage().plot.colour({
      codes: codes.get(shade) ?? new Uint16Array(),
      ...paletteOf(column, kind, new Set(lit)),
    });
    stage().legend.show({ name, column, map: kind, isolated: lit });
    stage().element.dataset.colour = name;
    coloured();
  }

  function words(column: Column, point: number): string {
    if (column.kind === "category") return nameOf(column, column.codes.data[point] as number);
    const value = column.values.data[point] ?? Number.NaN;
    return Number.isNaN(value) ? "missing" : number(value);
  }

  return {
    colour,
    soon: () => fetching,
    mapped() {
      // Of maps that are gone nothing is kept.
      const version = String(get("_version"));
      for (const key of columns.keys()) {
        const [, layer, made] = key.split("\n");
        if (layer !== undefined && made !== version) columns.delete(key);
      }
      if (mapOf(get("color")) !== undefined) colour();
    },
    async preload() {
      for (const { name, ready, of_map } of get("_columns").slice(0, TOLD)) {
        const key = keyOf(name);
        if (columns.has(key) || signal.aborted || !ready || (of_map && live)) continue;
        const got = await quietly(status, calls.column(name, mapOf(name)));
        if (got) columns.set(key, got);
      }
    },
    current,
    isolated,
    value(point) {
      const column = current();
      return column?.kind === "value" ? (column.values.data[point] ?? null) : null;
    },
    rows: (point) =>
      get("_columns").flatMap(({ name }) => {
        const column = columnOf(name);
        return column ? [[name, words(column, point)] as const] : [];
      }),
  };
}
