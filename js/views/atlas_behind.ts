/** The chosen cell: its panel, its samples on the atlases of other layers. */

import type { AtlasCalls, CellAnswer } from "../lib/atlas_calls";
import { middleOf } from "../lib/atlas_level";
import type { Picture } from "../lib/binary";
import { RpcError } from "../lib/rpc";
import type { AtlasPane } from "./atlas_pane";
import { atlasPanel } from "./atlas_panel";
import type { StageContent, StageEvents } from "./atlas_stage";

export interface BehindParts {
  readonly calls: AtlasCalls;
  readonly names: readonly string[];
  readonly hasImages: boolean;
  readonly content: () => StageContent;
  readonly panes: () => readonly AtlasPane[];
  readonly main: () => AtlasPane | undefined;
  /** Bring a place of the main pane into sight. */
  readonly reveal: (at: readonly [number, number]) => void;
  readonly events: Pick<StageEvents, "choose" | "failed">;
}

/** Cells whose samples are kept, and images. */
const KEEP = 200;

export function atlasBehind(parts: BehindParts, signal: AbortSignal) {
  const { calls, names, content, panes, main, events } = parts;
  const answers = new Map<string, Promise<CellAnswer | null>>();
  const pictures = new Map<number, Picture>();
  let shown: { key: string; answer: CellAnswer } | null = null;
  let cellKey = "";
  let markKey = "";

  const panel = atlasPanel(
    {
      close: () => events.choose({ cell: null }),
      sample: (image, position) =>
        events.choose({ position: [...position], ...(parts.hasImages ? { image } : {}) }),
      unit: (unit) => events.choose({ unit: unit === content().unit ? null : unit }),
      target: (target) => events.choose({ target }),
      needPicture: (image) => void picture(image),
    },
    signal,
  );

  function samplesOf(layer: string, side: number, cell: number): Promise<CellAnswer | null> {
    const key = `${layer}/${side}/${cell}`;
    const known = answers.get(key);
    if (known) return known;
    const coming = calls.cell(layer, side, cell, { signal });
    answers.set(key, coming);
    coming.catch(() => answers.delete(key));
    for (const old of [...answers.keys()].slice(0, Math.max(0, answers.size - KEEP)))
      answers.delete(old);
    return coming;
  }

  async function show(): Promise<void> {
    const { cell, layer } = content();
    const key = JSON.stringify([layer, cell]);
    const same = (): boolean => JSON.stringify([content().layer, content().cell]) === key;
    if (!cell) {
      cellKey = "";
      markKey = "";
      panel.show(null);
      for (const pane of panes()) pane.mark(null, null);
      return;
    }
    const [side, number] = cell;
    const found = await main()?.find(side, number);
    if (!found || !same()) return;
    const about = { layer, level: found.level, cell: found.index, names };
    const fill = (): void =>
      panel.show({
        ...about,
        unit: content().unit,
        answer: shown?.key === key ? shown.answer : null,
      });
    fill();
    main()?.mark({ side, cell: number }, null);
    if (cellKey !== key) {
      cellKey = key;
      parts.reveal(middleOf(found.level, found.index));
    }
    try {
      const answer = shown?.key === key ? shown.answer : await samplesOf(layer, side, number);
      if (answer && same()) {
        shown = { key, answer };
        fill();
        await mark(key, same);
      }
    } catch (reason) {
      events.failed(reason);
    }
  }

  /** The samples of the cell on the other atlases. */
  async function mark(key: string, same: () => boolean): Promise<void> {
    const { cell, layer } = content();
    const others = panes()
      .map((pane) => pane.layer)
      .filter((each) => each !== layer);
    const wanted = JSON.stringify([key, others]);
    if (!cell || others.length === 0 || markKey === wanted) return;
    markKey = wanted;
    // One by one: a page without a kernel holds the answers for each, and not for all sets of them.
    for (const other of others) {
      const places = await calls.elsewhere(layer, ...cell, [other], { signal });
      if (!same()) return;
      for (const pane of panes()) if (pane.layer === other) pane.mark(null, places[other] ?? null);
    }
  }

  async function picture(image: number): Promise<void> {
    try {
      const known = pictures.get(image) ?? (await calls.picture(image, { signal }));
      pictures.set(image, known);
      for (const old of [...pictures.keys()].slice(0, Math.max(0, pictures.size - KEEP)))
        pictures.delete(old);
      panel.picture(image, known);
    } catch (reason) {
      if (reason instanceof RpcError && reason.type === "NoKernel") panel.missing(image);
      else events.failed(reason);
    }
  }

  return {
    element: panel.element,
    samplesOf,
    show: () => void show(),
    /** The build has gone on. */
    forget(): void {
      answers.clear();
      shown = null;
    },
  };
}
