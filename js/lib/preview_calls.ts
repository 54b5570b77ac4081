// What the augmentation preview asks Python, typed. The Python side is src/convscope/widgets/augment_preview.py.

import type { NdArray, Picture } from "./binary";
import type { OperationNode } from "./protocol";
import type { CallOptions, Rpc } from "./rpc";

/** What is to be shown: all that the pictures depend on. */
export interface Asked extends Record<string, unknown> {
  operations: readonly OperationNode[];
  seed: number;
  samples: number;
  mode: "samples" | "images";
  image: number;
  alone: readonly number[] | null;
  /** Longest side of a tile in pixels; left out in pages without a kernel, which hold one size. */
  side?: number;
  /** A slider is moving: samples may be made as small as they are shown. */
  moving?: boolean;
}

/** Tiles side by side in one picture, and what lies on them in pixels of the samples themselves. */
export interface SheetAnswer {
  pixels: Picture | NdArray<Uint8Array<ArrayBuffer>>;
  /** Masks as colours, laid out like the pixels; null where there are none. */
  masks: Picture | null;
  columns: number;
  /** Height and width of a cell of the sheet. */
  cell: [number, number];
  /** Height and width of each tile, in the upper left of its cell. */
  tiles: [number, number][];
  /** Height and width of each sample. */
  sizes: [number, number][];
  /** x0, y0, x1, y1 and the number of its class for each box of each sample. */
  boxes: [number, number, number, number, number][][] | null;
  /** x, y and whether it is to be seen, for each point of each sample. */
  points: [number, number, number][][] | null;
  names: string[];
  /** Height and width of images before they were reduced; of originals only. */
  own?: [number, number][];
}

/** What one operation drew for each sample. */
export interface Drawn {
  path: number[];
  name: string;
  applied: boolean[];
  values: Record<string, number[]>;
}

export interface SamplesAnswer extends SheetAnswer {
  drawn: Drawn[];
}

export interface ParamDraws {
  path: number[];
  param: string;
  counts: number[];
  range: [number, number];
}

export interface Thought {
  name: string;
  score: number;
  kind: "probability" | "score";
}

export interface Thoughts {
  samples: Thought[];
  /** Of the original of each sample. */
  originals: Thought[];
}

export interface PreviewCalls {
  sheet(asked: Asked, options?: CallOptions): Promise<SamplesAnswer>;
  originals(asked: Asked, options?: CallOptions): Promise<SheetAnswer>;
  distributions(asked: Asked): Promise<{ items: ParamDraws[] }>;
  think(asked: Asked, options: CallOptions): Promise<Thoughts>;
  code(asked: Asked, target: string): Promise<{ text: string }>;
}

export function previewCalls(rpc: Rpc): PreviewCalls {
  return {
    sheet: (asked, options) => rpc.call("sheet", asked, options),
    originals: ({ samples, mode, image, side }, options) =>
      rpc.call("originals", { samples, mode, image, side }, options),
    distributions: ({ operations, seed, image }) =>
      rpc.call("distributions", { operations, seed, image }),
    think: ({ side: _, moving: __, ...asked }, options) => rpc.call("think", asked, options),
    code: ({ operations, seed }, target) => rpc.call("code", { operations, seed, target }),
  };
}
