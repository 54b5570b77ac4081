/** Tiles in sight: loaded, decoded as large as they are shown, made ready to be drawn; old ones forgotten. */

import type { Level } from "../lib/atlas_level";
import type { Picture } from "../lib/binary";
import { type TileLoader, tileLoader } from "../lib/tile_loader";
import { composer, type IconKind, kindsOf, type Look, type TilePlace } from "./atlas_compose";

export interface Sheet {
  readonly bitmap: ImageBitmap;
  /** When it was first there, in the frames' milliseconds. */
  readonly since: number;
}

export interface SheetsOptions {
  load(
    side: number,
    kind: IconKind,
    place: TilePlace,
    signal: AbortSignal,
  ): Promise<Picture | null>;
  /** Something has come: draw again. */
  changed(): void;
  failed(reason: unknown): void;
}

interface Made extends Sheet {
  readonly pixels: number;
  readonly version: number;
}

/** Milliseconds of a frame that may go into making sheets. */
const BUDGET = 3;
/** Sheets that are kept, in pixels. */
const KEEP = 40e6;

export function atlasSheets(options: SheetsOptions, signal: AbortSignal) {
  const compose = composer();
  const files: TileLoader<Picture> = tileLoader(
    {
      load(key, stop) {
        const [side, kind, row, column] = key.split("/");
        return options.load(
          Number(side),
          kind as IconKind,
          { row: Number(row), column: Number(column) },
          stop,
        );
      },
      arrived: options.changed,
      failed: options.failed,
      most: 6,
      keep: 1500,
    },
    signal,
  );
  const decoded = new Map<
    string,
    { bitmap: ImageBitmap | null; pixels: number; of: Picture | null }
  >();
  const made = new Map<string, Made>();
  const decoding = new Set<string>();
  let version = 0;
  let look: Look = { blend: 0, density: 1 };
  let heats: ReadonlyMap<number, Float32Array> = new Map();
  signal.addEventListener("abort", () => clear(), { once: true });

  function clear(): void {
    for (const { bitmap } of made.values()) bitmap.close();
    for (const { bitmap } of decoded.values()) bitmap?.close();
    made.clear();
    decoded.clear();
  }

  const name = (side: number, { row, column }: TilePlace): string => `${side}/${row}/${column}`;
  const file = (side: number, kind: IconKind, { row, column }: TilePlace): string =>
    `${side}/${kind}/${row}/${column}`;

  function decode(key: string, picture: Picture, level: Level, pixels: number): void {
    if (decoding.has(key)) return;
    decoding.add(key);
    const side = level.tile * pixels;
    const smaller = pixels < level.size;
    void createImageBitmap(
      picture.blob,
      smaller ? { resizeWidth: side, resizeHeight: side, resizeQuality: "medium" } : {},
    )
      .then((bitmap) => {
        if (signal.aborted) {
          bitmap.close();
          return;
        }
        decoded.get(key)?.bitmap?.close();
        decoded.set(key, { bitmap, pixels, of: picture });
      })
      .catch((reason: unknown) => {
        decoded.set(key, { bitmap: null, pixels, of: picture });
        options.failed(new Error(`A tile of the atlas can't be read: ${reason}`));
      })
      .finally(() => {
        decoding.delete(key);
        options.changed();
      });
  }

  /** The tile's pictures that are at hand; asks for decoding where there is a better one. */
  function pictures(
    level: Level,
    place: TilePlace,
    pixels: number,
  ): { kinds: Map<IconKind, ImageBitmap>; whole: boolean } {
    const kinds = new Map<IconKind, ImageBitmap>();
    let whole = true;
    for (const kind of kindsOf(level, place, look)) {
      const key = file(level.side, kind, place);
      const picture = files.get(key);
      if (picture === undefined) whole = false;
      if (!picture) continue;
      const there = decoded.get(key);
      if (!there || there.of !== picture || there.pixels < pixels) {
        decode(key, picture, level, pixels);
        if (!there?.bitmap) whole = false;
      }
      if (there?.bitmap) kinds.set(kind, there.bitmap);
    }
    return { kinds, whole };
  }

  function forget(needed: ReadonlySet<string>): void {
    const size = (of: ReadonlyMap<string, { bitmap: ImageBitmap | null }>): number =>
      [...of.values()].reduce((sum, { bitmap }) => sum + (bitmap?.width ?? 0) ** 2, 0);
    let [sheets, arts] = [size(made), size(decoded)];
    for (const [key, { bitmap }] of made) {
      if (sheets <= KEEP) break;
      if (needed.has(key)) continue;
      sheets -= bitmap.width ** 2;
      bitmap.close();
      made.delete(key);
    }
    for (const [key, { bitmap }] of decoded) {
      if (arts <= KEEP) break;
      const [side, , row, column] = key.split("/");
      if (needed.has(`${side}/${row}/${column}`)) continue;
      arts -= (bitmap?.width ?? 0) ** 2;
      bitmap?.close();
      decoded.delete(key);
    }
  }

  return {
    /** How a tile is drawn now, null where nothing of it is there yet. */
    get(side: number, place: TilePlace): Sheet | null {
      return made.get(name(side, place)) ?? null;
    },
    /**
     * These tiles are in sight, most wanted first: load what is missing, and make what can be made in a
     * part of a frame. Returns whether more is to be made.
     */
    want(
      level: Level,
      places: readonly TilePlace[],
      around: readonly TilePlace[],
      pixels: number,
      now: number,
    ): boolean {
      files.want(
        [...places, ...around].flatMap((place) =>
          kindsOf(level, place, look).map((kind) => file(level.side, kind, place)),
        ),
      );
      const start = performance.now();
      let more = false;
      const needed = new Set<string>();
      for (const place of places) {
        const key = name(level.side, place);
        needed.add(key);
        const there = made.get(key);
        const { kinds, whole } = pictures(level, place, pixels);
        const finest = Math.max(0, ...[...kinds.values()].map(({ width }) => width / level.tile));
        const reach = Math.min(pixels, finest);
        if (there && there.version === version && there.pixels >= reach && there.pixels > 0)
          continue;
        if (!there && (!whole || (kinds.size === 0 && kindsOf(level, place, look).length > 0)))
          continue;
        if (kinds.size === 0) continue;
        if (performance.now() - start > BUDGET) {
          more = true;
          continue;
        }
        there?.bitmap.close();
        made.delete(key);
        const bitmap = compose(level, place, reach, kinds, look, heats.get(level.side));
        made.set(key, {
          bitmap,
          pixels: reach,
          // Half a picture is made again when the rest of it is there.
          version: whole ? version : version - 1,
          since: there?.since ?? now,
        });
      }
      forget(needed);
      return more;
    },
    /** Icons look otherwise now: sheets are made again, the old ones shown meanwhile. */
    restyle(next: Look, nextHeats: ReadonlyMap<number, Float32Array>): void {
      look = next;
      heats = nextHeats;
      version++;
    },
    /** Icons of a grid have come to be. */
    stale(side: number): void {
      files.stale((key) => key.startsWith(`${side}/`));
      version++;
    },
    pending: files.pending,
    clear,
  };
}

export type AtlasSheets = ReturnType<typeof atlasSheets>;
