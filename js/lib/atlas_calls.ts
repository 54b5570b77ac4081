// What the atlas viewer asks Python, typed. The Python side is src/convscope/widgets/_atlas_calls.py.

import { type Level, type LevelAnswer, toLevel } from "./atlas_level";
import type { NdArray, Picture } from "./binary";
import type { CallOptions, Rpc } from "./rpc";

type Floats = NdArray<Float32Array<ArrayBuffer>>;
type Ints = NdArray<Int32Array<ArrayBuffer>>;

/** The samples of a cell, the most typical first. */
export interface CellAnswer {
  /** How many lie in the cell in all. */
  readonly count: number;
  readonly samples: Ints;
  readonly images: Ints;
  readonly names: readonly string[];
  /** Where they lie on the atlas, (n, 2). */
  readonly xy: Floats;
  /** Row and column in the layer's map, (n, 2). */
  readonly positions: Ints;
  /** Of each patch in its image: y0, x0, y1, x1 as fractions, (n, 4). */
  readonly boxes: Floats;
  /** The patches side by side, squares as high as the picture; null where images are not at hand. */
  readonly patches: Picture | null;
  /** Why there are no patches, "" where there are. */
  readonly why: string;
  /** Channels that are strongest in the mean of the cell, and their values. */
  readonly units: Ints;
  readonly strengths: Floats;
}

/** Where an image's positions fall on the atlas of a layer. */
export interface PathAnswer {
  /** (rows × columns, 2), row by row. */
  readonly xy: Floats;
  readonly rows: number;
  readonly columns: number;
  readonly picture: Picture;
  readonly name: string;
}

export interface AtlasCalls {
  level(layer: string, side: number, options?: CallOptions): Promise<Level>;
  tile(
    layer: string,
    side: number,
    kind: string,
    row: number,
    column: number,
    signal: AbortSignal,
  ): Promise<Picture | null>;
  heat(layer: string, side: number, target: number, options?: CallOptions): Promise<Float32Array>;
  cell(layer: string, side: number, cell: number, options?: CallOptions): Promise<CellAnswer>;
  /** The samples of a cell, on the atlases of other layers. */
  elsewhere(
    layer: string,
    side: number,
    cell: number,
    others: readonly string[],
    options?: CallOptions,
  ): Promise<Record<string, Float32Array>>;
  /** An image as the network sees it. */
  picture(image: number, options?: CallOptions): Promise<Picture>;
  locate(layer: string, image: number, options: CallOptions): Promise<PathAnswer>;
  /** An image that is not among those of the atlas, as the address of its data. */
  locateDropped(layer: string, data: string, options: CallOptions): Promise<PathAnswer>;
  /** What is on screen, so that it is rendered first. */
  look(layer: string, box: readonly number[], target: number | null): Promise<void>;
}

export function atlasCalls(rpc: Rpc): AtlasCalls {
  return {
    async level(layer, side, options) {
      return toLevel(await rpc.call<LevelAnswer>("level", { layer, side }, options));
    },
    tile: (layer, side, kind, row, column, signal) =>
      rpc.call("tile", { layer, side, kind, row, column }, { signal }),
    async heat(layer, side, target, options) {
      const found = await rpc.call<{ values: NdArray; scale: number }>(
        "heat",
        { layer, side, target },
        options,
      );
      return Float32Array.from(found.values.data, (value) => value * found.scale);
    },
    cell: (layer, side, cell, options) => rpc.call("cell", { layer, side, cell }, options),
    async elsewhere(layer, side, cell, others, options) {
      const found = await rpc.call<Record<string, Floats>>(
        "elsewhere",
        { layer, side, cell, others },
        options,
      );
      return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data]));
    },
    picture: (image, options) => rpc.call("picture", { image }, options),
    locate: (layer, image, options) => rpc.call("locate", { layer, image }, options),
    locateDropped: (layer, data, options) => rpc.call("locate_dropped", { layer, data }, options),
    look: (layer, box, target) => rpc.call("look", { layer, box, target }),
  };
}
