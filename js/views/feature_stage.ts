/** The stage of the feature visualisation: the picture, its numbers, the real patches, its versions. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import {
  asPart,
  type Excited,
  type Frame,
  type How,
  type Made,
  type Part,
  type PartName,
} from "../lib/feature_calls";
import type { AboutFeatures, FeatureChoice } from "../lib/feature_choice";
import { readable, takeApart } from "../lib/feature_target";
import { integer, number } from "../lib/format";
import { excitedPatches } from "./excited_patches";
import { featureBar } from "./feature_bar";
import { featureRun } from "./feature_run";
import { madeWords, reachedWords } from "./feature_words";
import { livePicture } from "./live_picture";
import { type LiveItem, liveRow } from "./live_row";
import { scoreCurve } from "./score_curve";
import { strip } from "./strip";
import { setText } from "./surface";

export interface FeatureEvents {
  choose(change: Partial<FeatureChoice>): void;
  ask(target: string): void;
  run(how: How): void;
  stop(): void;
  needThumbnails(start: number, stop: number): void;
  say(text: string): void;
}

/** One picture among all: which part it is of, and which of that part's. */
interface Spot {
  readonly part: PartName;
  readonly index: number;
}

export function featureStage(
  about: AboutFeatures,
  gallery: HTMLElement,
  events: FeatureEvents,
  signal: AbortSignal,
) {
  let choice: FeatureChoice | null = null;
  let parts: readonly Part[] = [];
  let frame: Frame | null = null;
  let small: { picture: Picture; reached: number } | null = null; // of the gallery
  let rows: readonly Excited[] = [];
  let spot: Spot = { part: "main", index: 0 };
  let busy = false;
  let stale = false; // what is shown was made in other settings

  const images = strip(
    about.images,
    {
      choose: (image) => events.choose({ image }),
      compare: (image) => events.choose({ image }),
      need: events.needThumbnails,
    },
    signal,
  );
  const bar = featureBar(about, events.choose, events.ask, signal);
  const large = livePicture(signal);
  const run = featureRun(about.live, events, signal);
  const made = h("p", { class: "caption feature-made" });
  const reached = h("p", { class: "feature-reached", role: "status" });
  const curve = scoreCurve();
  const between = versions("from one to the other", "main");
  const goTo = (image: number): void => events.choose({ image });
  const most = excitedPatches("real patches that excite it most", goTo, signal);
  const negative = versions("its negative", "negative");
  const least = excitedPatches("real patches that excite it least", goTo, signal);
  const diverse = versions("diverse versions", "diverse");
  const away = h("div", { class: "feature-away" }, negative.element, least.element);
  const side = h(
    "div",
    { class: "feature-side" },
    h("div", { class: "feature-numbers" }, reached, curve.element),
    between.element,
    most.element,
    away,
    diverse.element,
  );
  const element = h(
    "div",
    { class: "stage feature-stage" },
    h("div", { class: "stage-images", hidden: about.images.length === 0 }, images.element),
    bar.element,
    h(
      "div",
      { class: "feature-main" },
      h("div", { class: "feature-large" }, large.element, run.element, made),
      side,
    ),
    gallery,
  );

  function versions(title: string, part: PartName) {
    const row = liveRow(title, (index) => show({ part, index }), signal);
    const own = h("section", {}, h("h3", { class: "feature-heading" }, title), row.element);
    return { element: own, row, part };
  }

  const partOf = (name: PartName): Part | undefined => parts.find(({ part }) => part === name);
  const liveOf = (name: PartName): Frame | null => (frame?.part === name ? frame : null);
  const isBetween = (): boolean =>
    choice !== null && takeApart(choice.target).pairing === "between";

  function show(next: Spot): void {
    spot = next;
    refresh();
  }

  function itemsOf(name: PartName, count: number): LiveItem[] {
    const under = liveOf(name);
    const done = partOf(name)?.pictures ?? [];
    return Array.from({ length: Math.max(count, done.length) }, (_, index) => {
      const one = done[index];
      const value = under ? (under.reached.data[index] ?? Number.NaN) : one?.reached;
      const sign = name === "negative" ? -1 : 1;
      return {
        picture: under?.pictures[index] ?? one?.picture ?? null,
        label: `${name === "diverse" ? `version ${index + 1} of ` : ""}${one ? readable(one.title) : name}`,
        caption: value !== undefined && Number.isFinite(value) ? number(sign * value) : "\u00a0",
        live: under !== null,
      };
    });
  }

  function refresh(): void {
    if (!choice) return;
    const both = isBetween();
    if (both ? spot.part !== "main" : spot.part === "main" && spot.index > 0)
      spot = { part: "main", index: 0 };
    showLarge();
    showVersions(both);
    showRows(both);
    const main = partOf("main");
    const unfinished = parts.some((part) => part.unfinished);
    run.show({ busy, made: main !== undefined, unfinished, auto: choice.auto });
  }

  function showLarge(): void {
    const live = liveOf(spot.part);
    const done = partOf(spot.part)?.pictures[spot.index];
    const target = readable(choice?.target ?? "");
    const picture = live?.pictures[spot.index] ?? done?.picture ?? small?.picture ?? null;
    const empty = about.live ? "Run makes its picture here" : "its picture is not in this page";
    large.show(picture, `what excites ${done ? readable(done.title) : target}`, empty);
    large.live(live !== null);
    const value = live
      ? (live.reached.data[spot.index] ?? Number.NaN)
      : (done?.reached ?? small?.reached ?? Number.NaN);
    setText(reached, reachedWords(value, rowOf(spot)) || (live ? "under way…" : "\u00a0"));
    setText(
      made,
      live
        ? `step ${integer(live.step)} of ${integer(live.steps)}`
        : done
          ? madeWords(done) + (stale ? " · in other settings: Run makes it anew" : "")
          : small
            ? `${target} · small, from the gallery: Run makes it larger and longer`
            : "\u00a0",
    );
    showCurve(live, done);
  }

  /** What real images reach for the same. */
  function rowOf({ part, index }: Spot): Excited | null {
    if (part === "negative") return rows[1] ?? null;
    if (!isBetween()) return rows[0] ?? null;
    return index === 0
      ? (rows[0] ?? null)
      : index + 1 === choice?.between
        ? (rows[1] ?? null)
        : null;
  }

  function showCurve(live: Frame | null, done: Made | undefined): void {
    const total = live ? (live.curves.shape[1] ?? 0) : (done?.curve.data.length ?? 0);
    const values = live
      ? live.curves.data.subarray(spot.index * total, (spot.index + 1) * total)
      : done?.curve.data;
    const row = spot.part === "diverse" ? null : rowOf(spot);
    curve.show(
      !values
        ? null
        : {
            points: Array.from(values, (value, i) => [i + 1, value] as const),
            steps: live?.steps ?? total,
            marks: [],
            what: "excitation",
            level: row && { value: row.maximum, words: "the most your images reach" },
          },
    );
  }

  function showVersions(both: boolean): void {
    between.element.hidden = !both;
    const chosen = (part: PartName) => (spot.part === part ? spot.index : null);
    if (both) between.row.show(itemsOf("main", choice?.between ?? 2), chosen("main"));
    away.hidden = both || !(choice?.negative || partOf("negative"));
    negative.row.show(itemsOf("negative", 1), chosen("negative"));
    const count = choice?.diverse ?? 0;
    diverse.element.hidden = both || (count === 0 && !partOf("diverse"));
    diverse.row.show(itemsOf("diverse", count), chosen("diverse"));
  }

  function showRows(both: boolean): void {
    const none = about.images.length === 0;
    const empty = none
      ? "Give images, as in FeatureVis(scope, images): a picture that was made can mislead, and real patches show what the unit sees."
      : about.live
        ? "not searched yet: Run searches your images too"
        : "not in this page";
    const first = rows[0] ?? null;
    most.show(first, empty, both && first ? `real patches: ${readable(first.title)}` : undefined);
    if (both) {
      least.show(rows[1] ?? null, "", rows[1] ? `real patches: ${readable(rows[1].title)}` : "");
      if (least.element.parentElement !== side) most.element.after(least.element);
    } else {
      least.show(none ? null : (rows[1] ?? null), "", undefined, -1);
      if (least.element.parentElement !== away) away.append(least.element);
    }
    least.element.hidden = !rows[1];
  }

  return {
    element,
    show(next: FeatureChoice) {
      if (choice?.target !== next.target) {
        parts = [];
        frame = null;
        small = null;
        rows = [];
        stale = false;
        spot = { part: "main", index: 0 };
      }
      choice = next;
      if (about.images.length > 0) images.select(next.image, null);
      bar.show(next);
      refresh();
      if (!busy) events.say(about.live ? `${readable(next.target)}` : readable(next.target));
    },
    parts(next: readonly Part[]) {
      parts = next;
      stale = false;
      frame = null;
      refresh();
    },
    frame(next: Frame) {
      if (frame && frame.part !== next.part) {
        // The part before has ended: its last state stays until the finished ones come.
        parts = [...parts.filter(({ part }) => part !== frame?.part), asPart(frame)];
      }
      frame = next;
      refresh();
    },
    /** A small picture of the same from the gallery. */
    small(next: typeof small) {
      small = next;
      refresh();
    },
    rows(next: readonly Excited[]) {
      rows = next;
      refresh();
    },
    /** There is no picture in these settings: what is shown stays, and says so. */
    stale() {
      stale = true;
      refresh();
    },
    busy(on: boolean) {
      busy = on;
      if (!on) frame = null;
      element.setAttribute("aria-busy", String(on));
      refresh();
    },
    thumbnails: images.fill,
    chooseUnit: bar.chooseUnit,
    focusTarget: bar.focus,
    hasPictures: () => partOf("main") !== undefined,
  };
}

export type FeatureStage = ReturnType<typeof featureStage>;
