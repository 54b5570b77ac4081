// What the feature visualisation asks Python, typed. The Python side is
// src/convscope/widgets/_feature_vis_calls.py and _feature_vis_gallery.py.

import type { TopItem } from "../views/detail";
import type { NdArray, Picture } from "./binary";
import { layerCalls } from "./layer_calls";
import type { CallOptions, Rpc } from "./rpc";

type Floats = NdArray<Float32Array<ArrayBuffer>>;

export type PartName = "main" | "negative" | "diverse";
/** Begin anew, go on where it stopped, or begin anew from the pictures that there are. */
export type How = "new" | "on" | "again";

/** A finished picture. */
export interface Made {
  readonly title: string;
  readonly picture: Picture;
  readonly reached: number;
  readonly steps: number;
  readonly seconds: number;
  readonly curve: Floats;
  readonly notes: readonly string[];
}

export interface Part {
  readonly part: PartName;
  readonly pictures: readonly Made[];
  /** It was stopped and can go on. */
  readonly unfinished: boolean;
}

export interface Shown {
  readonly target: string;
  readonly parts: readonly Part[];
}

/** Pictures under way. */
export interface Frame {
  readonly part: PartName;
  readonly step: number;
  readonly steps: number;
  readonly left: number;
  readonly pictures: readonly Picture[];
  /** (pictures, steps so far), on transformed views. */
  readonly curves: Floats;
  /** What each reaches as it is, not a number until it was looked at. */
  readonly reached: Floats;
}

/** The real images that excite one thing most. */
export interface Excited {
  readonly title: string;
  readonly maximum: number;
  readonly seen: number;
  readonly total: number;
  readonly items: readonly TopItem[];
}

/** A unit in the gallery: its picture where there is one, and the real patch that excites it most. */
export interface Tile {
  readonly unit: number;
  readonly picture?: Picture;
  readonly reached?: number;
  /** The picture is still under way. */
  readonly live?: boolean;
  readonly maximum?: number;
  readonly patch?: Picture;
}

export interface GalleryPart {
  /** All units of the layer in the order asked for. */
  readonly order: readonly number[];
  readonly tiles: readonly Tile[];
}

export interface GalleryAsked {
  readonly layer: string;
  readonly image: number;
  readonly sort: string;
  readonly count: number;
}

export function featureCalls(rpc: Rpc) {
  const { thumbnails } = layerCalls(rpc);
  return {
    thumbnails,
    /** Fails with a sentence where a target can't be read. */
    check: (target: string, options: CallOptions) =>
      rpc.call<{ target: string }>("check", { target }, options),
    look: (target: string) => rpc.call<Shown>("look", { target }),
    develop: (target: string, how: How, frame: (value: Frame) => void, options: CallOptions) =>
      rpc.call<Shown>(
        "develop",
        { target, how },
        { ...options, onPreview: (value) => frame(value as Frame) },
      ),
    examples: (
      target: string,
      preview: (rows: readonly Excited[]) => void,
      options: CallOptions = {},
    ) =>
      rpc
        .call<{ rows: Excited[] }>(
          "examples",
          { target },
          { ...options, onPreview: (value) => preview((value as { rows: Excited[] }).rows) },
        )
        .then(({ rows }) => rows),
    gallery: (
      asked: GalleryAsked,
      make: boolean,
      preview: (part: GalleryPart) => void,
      options: CallOptions = {},
    ) =>
      rpc.call<GalleryPart>(
        "gallery",
        { ...asked, make },
        { ...options, onPreview: (value) => preview(value as GalleryPart) },
      ),
  };
}

export type FeatureCalls = ReturnType<typeof featureCalls>;

/** Pictures under way as a part, for when the next one begins. */
export function asPart({ part, pictures, curves, reached, step }: Frame): Part {
  const total = curves.shape[1] ?? 0;
  return {
    part,
    unfinished: false,
    pictures: pictures.map((picture, i) => ({
      title: part,
      picture,
      reached: reached.data[i] ?? Number.NaN,
      steps: step,
      seconds: Number.NaN,
      curve: { ...curves, data: curves.data.slice(i * total, (i + 1) * total), shape: [total] },
      notes: [],
    })),
  };
}
