/** The stage of the attribution widget: images, classes, maps and what is asked about them, kept in step. */

import type { Curves, FoundMap, Sanity, Traced } from "../lib/attribution_calls";
import {
  type About,
  type Choice,
  isMethod,
  neighbours,
  otherClass,
  resolved,
  targetWords,
} from "../lib/attribution_choice";
import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import type { Target } from "../lib/protocol";
import {
  choiceOf,
  type Found,
  foundMaps,
  isChosen,
  largeMaps,
  mapLabel,
  restWords,
  type Shown,
  sanityMaps,
  tileMaps,
  valueWords,
} from "./attribution_shown";
import { attributionTools } from "./attribution_tools";
import { classChooser } from "./class_chooser";
import type { InputImage } from "./inputs";
import { mapChecks } from "./map_checks";
import type { Colours } from "./map_colours";
import { mapLarge } from "./map_large";
import { mapTiles } from "./map_tiles";
import { bitmapSlot } from "./pictures";
import { scalebar } from "./scalebar";
import { strip } from "./strip";
import { setText } from "./surface";
import { tracePanel } from "./trace_panel";

/** What was asked about the map that is shown. */
export interface Asked {
  readonly curves: Curves | null;
  readonly sanity: Sanity | null;
  readonly missing: { readonly curves: string; readonly sanity: string };
}

export interface StageEvents {
  choose(change: Partial<Choice>): void;
  needThumbnails(start: number, stop: number): void;
  /** A position is pointed at while positions are traced; null for the one that is chosen. */
  point(position: readonly [number, number] | null): void;
  offered(targets: readonly Target[]): void;
  faithful(): void;
  sane(): void;
  say(text: string): void;
}

const NOTHING: Asked = { curves: null, sanity: null, missing: { curves: "", sanity: "" } };

export function attributionStage(
  about: About & { readonly images: readonly string[]; readonly functions: readonly string[] },
  first: Choice,
  isDark: boolean,
  events: StageEvents,
  signal: AbortSignal,
) {
  let choice = first;
  let dark = isDark;
  let input: InputImage | null = null;
  let bitmap: ImageBitmap | null = null;
  let found: readonly Found[] = [];
  let asked = NOTHING;
  let trace: { position: readonly [number, number] | null; traced: Traced | null; busy: boolean } =
    {
      position: null,
      traced: null,
      busy: false,
    };

  const slot = bitmapSlot(signal);
  const bar = scalebar();
  const images = strip(
    about.images,
    {
      choose: (image) => events.choose({ image }),
      compare: (image) => events.choose({ image }),
      need: events.needThumbnails,
    },
    signal,
  );
  const chooser = classChooser(
    about,
    {
      choose: (target) => events.choose({ target }),
      offered: events.offered,
      compare: (target) =>
        events.choose({
          compare: target,
          ...(choice.mode === "multiples" ? { mode: "large" } : {}),
        }),
    },
    signal,
  );
  const tools = attributionTools(about, first, events.choose, signal);
  const large = mapLarge(
    {
      hover: hoverLarge,
      choose(unit, side) {
        if (hasPositions(side)) events.choose({ position: [...unit] });
      },
      wipe: (wipe) => events.choose({ wipe }),
    },
    signal,
  );
  const tiles = mapTiles({ hover: hoverTile, choose: chooseTile }, signal);
  const tracing = tracePanel(
    about.flow,
    {
      toggle: (on) => events.choose({ trace: on }),
      earlier: (earlier) => events.choose({ earlier }),
      later: (later) => events.choose({ later }),
      say: events.say,
    },
    signal,
  );
  const checks = mapChecks(events, signal);
  const how = h("p", { class: "caption" });
  const main = h(
    "div",
    { class: "attr-main" },
    h("div", { class: "attr-what" }, chooser.element, how),
    h("div", { class: "attr-maps" }, large.element, tiles.element),
    h("div", { class: "attr-side" }, tracing.element, checks.element),
  );
  const element = h(
    "div",
    { class: "stage" },
    h("div", { class: "stage-images" }, images.element),
    tools.element,
    main,
  );

  const size = (): readonly [number, number] => [input?.height ?? 1, input?.width ?? 1];
  const guesses = () => input?.predictions ?? [];
  const maps = (): FoundMap[] => foundMaps({ found });

  const shown = (): Shown => ({
    choice,
    about,
    found,
    guesses: guesses(),
    image: input?.name ?? "the image",
    dark,
  });

  /** Positions belong to the layer's own map, which another method or a difference may not show. */
  function hasPositions(side: number): boolean {
    return maps()[side]?.layer === choice.layer;
  }

  function showLarge(): void {
    const over = largeMaps(shown());
    large.show({
      image: bitmap,
      size: size(),
      maps: over,
      position: hasPositions(0) ? choice.position : null,
      opacity: choice.opacity,
      smooth: choice.smooth,
      share: choice.wipe,
    });
    mark(null, 0);
    showBar(over[0] ?? null, null);
  }

  function showTiles(): void {
    const { tiles: side, shared } = tileMaps(shown());
    tiles.show({
      image: bitmap,
      size: size(),
      opacity: choice.opacity,
      smooth: choice.smooth,
      scales: !shared,
      tiles: side,
    });
    showBar(shared && { ...shared, name: "" }, null);
  }

  function chooseTile(i: number): void {
    const each = found[i];
    if (!each || "error" in each) return;
    const change = choiceOf(each, shown());
    events.choose(isChosen(change, shown()) ? { mode: "large" } : change);
  }

  function hoverTile(i: number, unit: readonly [number, number] | null): void {
    const each = found[i];
    if (!unit || !each || "error" in each) rest();
    else events.say(valueWords(mapLabel(each, about), each.map, unit));
  }

  function hoverLarge(unit: readonly [number, number] | null, side: number): void {
    const map = largeMaps(shown())[side];
    const traced = choice.trace && hasPositions(side);
    if (traced) events.point(unit);
    if (!unit || !map) {
      mark(null, 0);
      rest();
      return;
    }
    mark(unit, side);
    showBar(map, map.map.data[unit[0] * map.map.width + unit[1]] ?? null);
    events.say(valueWords(map.label, map.map, unit));
  }

  /** Outline the position that is pointed at, else the one that is chosen. */
  function mark(unit: readonly [number, number] | null, side: number): void {
    const map = maps()[side]?.map ?? null;
    const pinned = hasPositions(0) ? choice.position : null;
    const coarse = map && map.height * map.width <= 64 * 64;
    large.mark(coarse ? map : null, size(), unit ?? pinned);
  }

  function showBar(map: (Colours & { readonly name: string }) | null, value: number | null): void {
    const several = choice.mode === "multiples";
    bar.element.hidden = !map;
    if (!map) return;
    const { colour, domain } = map;
    const label = several
      ? "one scale for all"
      : choice.mode === "difference"
        ? map.name
        : "raw value";
    bar.show({ map: colour, domain, label, value });
  }

  /** What stands there while nothing is pointed at: the chosen position, else what is shown. */
  function rest(): void {
    const over = choice.mode === "multiples" ? [] : largeMaps(shown());
    const pinned = hasPositions(0) ? choice.position : null;
    const [one] = over;
    events.say(one && pinned ? valueWords(one.label, one.map, pinned) : restWords(shown()));
    if (one) showBar(one, null);
  }

  function showSide(): void {
    const [one] = maps();
    const { earlier, later } = neighbours(choice, about);
    tracing.show({
      on: choice.trace,
      possible: about.methods.get(choice.method)?.layers === true && choice.mode !== "multiples",
      layer: choice.layer,
      position: trace.position,
      earlier,
      later,
      traced: trace.traced,
      busy: trace.busy,
      image: bitmap,
      size: size(),
      opacity: choice.opacity,
      smooth: choice.smooth,
      dark,
    });
    checks.element.hidden = choice.mode !== "large";
    checks.show({
      image: bitmap,
      size: size(),
      opacity: choice.opacity,
      smooth: choice.smooth,
      curves: asked.curves,
      sanity: one && asked.sanity ? sanityMaps(one, asked.sanity, shown()) : null,
      missing: asked.missing,
    });
  }

  function refresh(): void {
    const several = choice.mode === "multiples";
    main.dataset.mode = choice.mode;
    large.element.hidden = several;
    tiles.element.hidden = !several;
    tools.show(choice, guesses());
    const method = about.methods.get(choice.method);
    setText(how, method ? `${method.title}: ${method.words} ${method.source}.` : "");
    how.hidden = several && choice.along === "methods";
    const second =
      choice.mode === "difference"
        ? otherClass(choice, about, guesses())
        : isMethod(choice.compare, about)
          ? null
          : choice.compare;
    const target = resolved(choice.target, about, guesses());
    chooser.show({
      guesses: guesses(),
      target: choice.target,
      resolved: target,
      compare: second === null ? null : resolved(second, about, guesses()),
      words: targetWords(target, about),
    });
    if (several) showTiles();
    else showLarge();
    showSide();
    rest();
  }

  return {
    element,
    scalebar: bar.element,
    show(next: Choice) {
      choice = next;
      images.select(next.image, null);
      refresh();
    },
    async input(next: InputImage) {
      const pixels = await slot.set(next.picture);
      input = next;
      bitmap = pixels;
      refresh();
    },
    maps(next: readonly Found[]) {
      found = next;
      refresh();
    },
    asked(next: Asked | null) {
      asked = next ?? NOTHING;
      showSide();
    },
    trace(next: typeof trace) {
      trace = next;
      showSide();
    },
    thumbnails: (items: readonly { index: number; picture: Picture }[]) => images.fill(items),
    dark(on: boolean) {
      dark = on;
      refresh();
    },
    busy: (on: boolean) => element.setAttribute("aria-busy", String(on)),
    focusSearch: chooser.focusSearch,
    focusMap: large.focus,
    /** The likely class `step` on from the chosen one. */
    neighbour(step: number): number | null {
      const all = guesses().map(({ index }) => index);
      const at = all.indexOf(Number(resolved(choice.target, about, guesses())));
      return all[Math.min(all.length - 1, Math.max(0, at + step))] ?? null;
    },
  };
}

export type AttributionStage = ReturnType<typeof attributionStage>;
