/** The stage of the attribution widget: images, classes, maps and what is asked about them, kept in step. */

import type { Curves, FoundMap, Sanity, Traced, Unfound } from "../lib/attribution_calls";
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
import { number } from "../lib/format";
import type { Target } from "../lib/protocol";
import { attributionTools } from "./attribution_tools";
import type { ChannelMap } from "./channels";
import { classChooser } from "./class_chooser";
import type { InputImage } from "./inputs";
import { mapChecks } from "./map_checks";
import { type Colours, coloursOf, lessOther } from "./map_colours";
import { type LargeMap, mapLarge } from "./map_large";
import { mapTiles } from "./map_tiles";
import { bitmapSlot } from "./pictures";
import { scalebar } from "./scalebar";
import { strip } from "./strip";
import { setText } from "./surface";
import { tracePanel } from "./trace_panel";

export type Found = FoundMap | Unfound;

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
  const maps = (): FoundMap[] => found.filter((each) => "map" in each);

  /** Positions belong to the layer's own map, which another method or a difference may not show. */
  function hasPositions(side: number): boolean {
    return maps()[side]?.layer === choice.layer;
  }

  function label(each: FoundMap): string {
    const method = about.methods.get(each.method)?.title ?? each.method;
    return `${method}${each.layer === "input" ? "" : ` of ${each.layer}`} for ${each.name}`;
  }

  /** What tells a map from those beside it. */
  function name(each: FoundMap): string {
    if (choice.mode === "multiples" && choice.along === "layers") return each.layer;
    const byMethod =
      choice.mode === "multiples" ? choice.along === "methods" : isMethod(choice.compare, about);
    return byMethod ? (about.methods.get(each.method)?.title ?? each.method) : each.name;
  }

  /** The maps that lie over the image: one, two to wipe between, or a difference. */
  function largeMaps(): LargeMap[] {
    const known = maps();
    const [one, other] = known;
    if (!one) return [];
    if (choice.mode === "difference") {
      if (!other) return [];
      const map = lessOther(one.map, other.map);
      const [colours] = coloursOf([map], { shared: false, colormap: "diverging", dark });
      const words = `${one.name} − ${other.name}`;
      return [
        { ...(colours as Colours), map, name: words, label: `${label(one)} less ${other.name}` },
      ];
    }
    const colours = coloursOf(
      known.map(({ map }) => map),
      { shared: choice.scale !== "own", colormap: choice.colormap, dark },
    );
    return known.map((each, i) => ({
      ...(colours[i] as Colours),
      map: each.map,
      name: name(each),
      label: label(each),
    }));
  }

  function showLarge(): void {
    const shown = largeMaps();
    large.show({
      image: bitmap,
      size: size(),
      maps: shown,
      position: hasPositions(0) ? choice.position : null,
      opacity: choice.opacity,
      smooth: choice.smooth,
      share: choice.wipe,
    });
    mark(null, 0);
    showBar(shown[0] ?? null, null);
  }

  function showTiles(): void {
    const shared =
      choice.scale === "shared" || (choice.scale === "auto" && choice.along === "classes");
    const colours = coloursOf(
      maps().map(({ map }) => map),
      { shared, colormap: choice.colormap, dark },
    );
    const first = resolved(choice.target, about, guesses());
    let at = 0;
    tiles.show({
      image: bitmap,
      size: size(),
      opacity: choice.opacity,
      smooth: choice.smooth,
      scales: !shared,
      tiles: found.map((each, i) => {
        if ("error" in each) {
          const names = choice.along === "layers" ? choice.layers : choice.methods;
          return { name: names[i] ?? "", label: "", chosen: false, map: null, trouble: each.error };
        }
        const chosen = {
          layers: each.layer === choice.layer,
          methods: each.method === choice.method,
          classes: each.index === first || each.name === first,
        }[choice.along];
        const own = { ...(colours[at++] as Colours), map: each.map };
        return { name: name(each), label: label(each), chosen, map: own, trouble: "" };
      }),
    });
    showBar(shared ? { ...(colours[0] as Colours), name: "" } : null, null);
  }

  function chooseTile(i: number): void {
    const each = found[i];
    if (!each || "error" in each) return;
    const change: Partial<Choice> =
      choice.along === "layers"
        ? { layer: each.layer }
        : choice.along === "methods"
          ? { method: each.method }
          : { target: each.index >= 0 ? each.index : each.name };
    const same = Object.entries(change).every(([key, value]) => {
      const now = choice[key as keyof Choice];
      return value === (key === "target" ? resolved(now as string, about, guesses()) : now);
    });
    events.choose(same ? { mode: "large" } : change);
  }

  function hoverTile(i: number, unit: readonly [number, number] | null): void {
    const each = found[i];
    if (!unit || !each || "error" in each) rest();
    else events.say(valueWords(label(each), each.map, unit));
  }

  function hoverLarge(unit: readonly [number, number] | null, side: number): void {
    const map = largeMaps()[side];
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

  function severalWords(): string {
    const what = targetWords(resolved(choice.target, about, guesses()), about);
    if (choice.along === "classes") return `the likely classes of ${input?.name ?? "the image"}`;
    return `what each of ${found.length} ${choice.along} finds of ${what}`;
  }

  /** What stands there while nothing is pointed at. */
  function rest(): void {
    const known = maps();
    const trouble = found.find((each) => "error" in each);
    const [one, other] = known;
    const words = !one
      ? trouble && "error" in trouble
        ? trouble.error
        : ""
      : choice.mode === "multiples"
        ? severalWords()
        : choice.mode === "difference"
          ? other
            ? `${label(one)} less ${other.name}: red where more of the first was found, blue of the second`
            : "A difference needs a second class: choose one with “vs”."
          : `${label(one)}${other ? ` and ${name(other)}` : ""} · score ${number(one.score)}`;
    const pinned = hasPositions(0) ? choice.position : null;
    const value =
      pinned && one && choice.mode === "large" ? valueWords(label(one), one.map, pinned) : "";
    events.say(value || words);
    if (choice.mode !== "multiples") showBar(largeMaps()[0] ?? null, null);
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
    const { sanity } = asked;
    let pair: { before: LargeMap; after: LargeMap } | null = null;
    if (one && sanity) {
      // Each has its own scale: shuffled weights give values of another size.
      const two = coloursOf([one.map, sanity.map], {
        shared: false,
        colormap: choice.colormap,
        dark,
      });
      const [before, after] = two as [Colours, Colours];
      pair = {
        before: { ...before, map: one.map, name: "", label: label(one) },
        after: { ...after, map: sanity.map, name: "", label: `${label(one)}, weights shuffled` },
      };
    }
    checks.element.hidden = choice.mode !== "large";
    checks.show({
      image: bitmap,
      size: size(),
      opacity: choice.opacity,
      smooth: choice.smooth,
      curves: asked.curves,
      sanity: pair && sanity && { found: sanity, ...pair },
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

function valueWords(
  label: string,
  { data, width }: ChannelMap,
  [row, column]: readonly [number, number],
): string {
  const value = data[row * width + column] ?? Number.NaN;
  return `${number(value)} at row ${row}, column ${column} · ${label}`;
}
