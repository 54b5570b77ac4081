/** The stage of the attribution widget: images, classes, maps and what is asked about them, kept in step. */

import type { Curves, Sanity, Traced } from "../lib/attribution_calls";
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
import { attributionMaps, type Looked, type MapsEvents } from "./attribution_maps";
import { type Found, foundMaps, sanityMaps } from "./attribution_shown";
import { attributionTools } from "./attribution_tools";
import { classChooser } from "./class_chooser";
import type { InputImage } from "./inputs";
import { mapChecks } from "./map_checks";
import { bitmapSlot } from "./pictures";
import { strip } from "./strip";
import { setText } from "./surface";
import { tracePanel } from "./trace_panel";

/** What was asked about the map that is shown. */
export interface Asked {
  readonly curves: Curves | null;
  readonly sanity: Sanity | null;
  readonly missing: { readonly curves: string; readonly sanity: string };
}

export interface StageEvents extends MapsEvents {
  needThumbnails(start: number, stop: number): void;
  offered(targets: readonly Target[]): void;
  faithful(): void;
  sane(): void;
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
  const maps = attributionMaps(looked, events, signal);
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
    maps.element,
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

  function looked(): Looked {
    return {
      choice,
      about,
      found,
      guesses: guesses(),
      image: input?.name ?? "the image",
      dark,
      bitmap,
      size: size(),
    };
  }

  function showSide(): void {
    const [one] = foundMaps({ found });
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
      sanity: one && asked.sanity ? sanityMaps(one, asked.sanity, looked()) : null,
      missing: asked.missing,
    });
  }

  function refresh(): void {
    const several = choice.mode === "multiples";
    main.dataset.mode = choice.mode;
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
    maps.refresh();
    showSide();
    maps.rest();
  }

  return {
    element,
    scalebar: maps.scalebar,
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
    focusMap: maps.focus,
    /** The likely class `step` on from the chosen one. */
    neighbour(step: number): number | null {
      const all = guesses().map(({ index }) => index);
      const at = all.indexOf(Number(resolved(choice.target, about, guesses())));
      return all[Math.min(all.length - 1, Math.max(0, at + step))] ?? null;
    },
  };
}

export type AttributionStage = ReturnType<typeof attributionStage>;
