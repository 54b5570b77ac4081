// What the scatter asks Python for. The answers come from src/convscope/widgets/_scatter_calls.py.

import type { NdArray } from "./binary";
import type { Column } from "./point_colours";
import type { CallOptions, Rpc } from "./rpc";
import type { SpriteSheet } from "./thumbnails";

export interface Near {
  readonly points: NdArray;
  readonly distances: NdArray;
}

export interface Suspicious {
  readonly point: number;
  readonly label: string;
  /** The label of most of its neighbours, and their share. */
  readonly other: string;
  readonly share: number;
}

export interface Problems {
  /** Points that are the same, or nearly, in groups: the first groups, of each the first points. */
  readonly duplicates: readonly { readonly points: readonly number[]; readonly size: number }[];
  /** How many groups there are. */
  readonly groups: number;
  /** The first ones. */
  readonly suspicious: readonly Suspicious[];
  /** How many there are. */
  readonly doubted: number;
  /** Why there is nothing to say about labels; "" where there is. */
  readonly note: string;
}

export interface Settings {
  readonly method: "umap" | "tsne" | "pca";
  readonly neighbours: number;
  readonly min_dist: number;
  readonly perplexity: number;
}

export interface LinkTarget {
  readonly id: string;
  readonly title: string;
}

export interface ScatterCalls {
  /** Positions (N, 2) in the map's own coordinates. */
  positions(layer: string, version: number): Promise<{ xy: NdArray }>;
  /** A column that is there; of a map, where each has its own. */
  column(name: string, layer?: string): Promise<Column>;
  /** A column that is made first. */
  compute(name: string, layer: string | undefined, options: CallOptions): Promise<Column>;
  sprites(points: number[]): Promise<SpriteSheet>;
  /** Pictures that an exported page holds, in parts. */
  album(part: number): Promise<SpriteSheet>;
  /** All names where they are not too many, and positions in the data where they are not 0, 1, 2, … */
  names(): Promise<{ names: string[] | null; positions: NdArray | null }>;
  card(point: number): Promise<{ name: string; rows: [string, string][] }>;
  near(point: number, count: number, layer: string): Promise<Near>;
  problems(layer: string, options: CallOptions): Promise<Problems>;
  project(settings: Settings, options: CallOptions): Promise<{ version: number }>;
  landed(): Promise<SpriteSheet | null>;
  targets(): Promise<{ targets: LinkTarget[] }>;
  showIn(target: string): Promise<null>;
}

export function scatterCalls(rpc: Rpc): ScatterCalls {
  return {
    positions: (layer, version) => rpc.call("positions", { layer, version }),
    column: (name, layer) => rpc.call("column", { name, layer }),
    compute: (name, layer, options) => rpc.call("compute", { name, layer }, options),
    sprites: (points) => rpc.call("sprites", { points }),
    album: (part) => rpc.call("album", { part }),
    names: () => rpc.call("names"),
    card: (point) => rpc.call("card", { point }),
    near: (point, count, layer) => rpc.call("near_points", { point, count, layer }),
    problems: (layer, options) => rpc.call("problems", { layer }, options),
    project: (settings, options) => rpc.call("lay_out", { ...settings }, options),
    landed: () => rpc.call("landed"),
    targets: () => rpc.call("targets"),
    showIn: (target) => rpc.call("show_in", { target }),
  };
}
