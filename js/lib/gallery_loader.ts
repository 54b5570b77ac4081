// The gallery of a layer: what is known at once, the rest when it is asked for.

import type { UnitGallery } from "../views/unit_gallery";
import type { FeatureCalls, GalleryPart } from "./feature_calls";
import type { FeatureChoice } from "./feature_choice";
import { quietly } from "./quietly";
import type { Rpc } from "./rpc";
import { debounce } from "./schedule";
import type { Status } from "./status";

export function galleryLoader(
  parts: {
    rpc: Rpc;
    calls: FeatureCalls;
    status: Status;
    signal: AbortSignal;
    choice: () => FeatureChoice;
    save: () => void;
    /** A tile has come or changed. */
    changed: () => void;
  },
  gallery: () => UnitGallery,
) {
  const { calls, status, signal, choice } = parts;
  const live = parts.rpc.state() !== "static";
  let current = new AbortController();
  let rendering: AbortController | null = null;

  const asked = () => {
    const { layer, image, sort } = choice();
    return { layer, image, sort, count: live ? gallery().count() : 0 };
  };

  function take(key: string): (part: GalleryPart) => void {
    return (part) => {
      if (JSON.stringify(asked()) !== key) return;
      gallery().part(part);
      parts.changed();
    };
  }

  const refresh = debounce(
    async () => {
      if (rendering) return;
      current.abort();
      current = new AbortController();
      const now = asked();
      const show = take(JSON.stringify(now));
      const mine = AbortSignal.any([signal, current.signal]);
      const found = await quietly(status, calls.gallery(now, false, show, { signal: mine }));
      if (found && !mine.aborted) show(found);
    },
    150,
    signal,
  );

  async function render(): Promise<void> {
    const own = new AbortController();
    rendering = own;
    current.abort();
    parts.save();
    const now = asked();
    const show = take(JSON.stringify(now));
    gallery().busy(true);
    const found = await status.run(
      (options) => {
        options.stop?.addEventListener("abort", () => own.abort(), { once: true });
        return calls.gallery(now, true, show, { ...options, stop: own.signal });
      },
      { signal },
    );
    if (found) show(found);
    if (rendering !== own || signal.aborted) return;
    rendering = null;
    gallery().busy(false);
    refresh();
  }

  return {
    refresh: () => void refresh(),
    render: () => void render(),
    stop: () => rendering?.abort(),
  };
}
