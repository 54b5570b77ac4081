/** The stage of the dream widget: original and dream, what it is made by, the dreams so far. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { type Dreamt, type Live, type Original, sameChoices } from "../lib/dream_calls";
import type { DreamChoices, DreamInfo, ImageInfo } from "../lib/protocol";
import { choosableRow } from "./choosable";
import { dreamFilm, type Film } from "./dream_film";
import { type AboutDreams, dreamKnobs } from "./dream_knobs";
import { dreamWords, shownWords } from "./dream_words";
import { guideRow } from "./guide_row";
import { bitmapSlot } from "./pictures";
import { scoreCurve } from "./score_curve";
import { type Strip, strip } from "./strip";
import { context2d } from "./surface";
import { wiped } from "./wiped";

export interface DreamEvents {
  choose(change: Partial<DreamChoices>): void;
  /** Dream from the original, or on from a dream. */
  dream(after: number | null): void;
  stop(): void;
  save(): void;
  film(film: Film): void;
  shown(number: number): void;
  wipe(share: number): void;
  image(image: number): void;
  needThumbnails(start: number, stop: number): void;
  say(text: string): void;
}

/** "dream": a dream comes; "film": frames come; null: nothing is under way. */
export type Busy = "dream" | "film" | null;

export function dreamStage(
  about: AboutDreams & {
    /** Height and width of the first image in sight. */
    readonly size: readonly [number, number];
    readonly images: readonly ImageInfo[];
    readonly guides: readonly ImageInfo[];
    readonly films: readonly string[];
    readonly live: boolean;
  },
  first: DreamChoices,
  events: DreamEvents,
  signal: AbortSignal,
) {
  let choices = first;
  let size = about.size;
  let dreaming = first.image; // about which image
  let dreams: readonly DreamInfo[] = [];
  let shown: number | null = null;
  let share = 0.5;
  let busy: Busy = null;
  let original: ImageBitmap | null = null;
  let second: ImageBitmap | null = null;
  let found: Dreamt | null = null;
  let points: (readonly [number, number])[] = [];
  let live: Live | null = null;

  const slots = [bitmapSlot(signal), bitmapSlot(signal)] as const;
  const pictures = wiped("wipe between the original and the dream", events, signal);
  const curve = scoreCurve();
  const knobs = dreamKnobs(about, first, events.choose, signal);
  const film = dreamFilm(about.films, events.film, signal);
  const row = choosableRow("dreams so far", events.shown, signal);
  const guides = about.guides.length > 0 ? guideRow(about.guides, events.choose, signal) : null;
  const start = button({ label: "Dream", primary: true, signal, onClick: () => toggle() });
  const on = button({
    label: "Dream on",
    title: "take the dream as the image, and dream again",
    signal,
    onClick: () => shown !== null && events.dream(shown),
  });
  const save = button({
    label: "Save the dream as PNG",
    title: "save the dream as PNG, in its full size",
    icon: "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
    signal,
    onClick: events.save,
  });
  const acts = h(
    "div",
    { class: "dream-acts", role: "group", "aria-label": "dreaming" },
    start,
    on,
    save,
  );
  const side = h("div", { class: "dream-side" }, acts, curve.element, knobs.element);
  if (guides) knobs.element.append(guides.element);
  knobs.element.append(film.element);
  const images = about.images.length > 1 ? imageStrip() : null;
  const element = h(
    "div",
    { class: "stage dream-stage" },
    ...(images ? [h("div", { class: "stage-images" }, images.element)] : []),
    h(
      "div",
      { class: "dream-body" },
      h("div", { class: "dream-main" }, pictures.element, row.element),
      side,
    ),
  );

  function imageStrip(): Strip {
    const { image: choose, needThumbnails: need } = events;
    const names = about.images.map(({ name }) => name);
    return strip(names, { choose, compare: choose, need }, signal);
  }

  const current = (): DreamInfo | undefined => dreams.find(({ number }) => number === shown);

  /** What the main button does now. */
  function toggle(): void {
    if (busy !== null) events.stop();
    else {
      const info = current();
      events.dream(info && goesOn(info) ? info.after : null);
    }
  }

  /** There is no dream to show. */
  function forget(): void {
    second = null;
    found = null;
    points = [];
    showPictures();
    showCurve();
  }

  const goesOn = (info: DreamInfo): boolean => !info.complete && sameChoices(info.choices, choices);

  function showActs(): void {
    const info = current();
    start.textContent = busy ? "Stop" : info && goesOn(info) ? "Continue" : "Dream";
    start.title = busy ? "keep what there is" : "D";
    start.disabled = !about.live;
    start.classList.toggle("cv-primary", busy === null);
    on.disabled = !about.live || busy !== null || !info?.complete;
    save.disabled = busy !== null || shown === null;
    film.possible(about.live && busy === null && shown !== null);
  }

  function showPictures(): void {
    pictures.show({
      size,
      first: original,
      second,
      share,
      names: ["original", live?.film ? "film" : "dream"],
      label: second ? `the original and the dream of ${dreamtOf()}` : "the original",
    });
  }

  const dreamtOf = (): string => (busy ? choices : (current()?.choices ?? choices)).target;

  function showCurve(): void {
    const steps = live?.steps ?? current()?.steps ?? points.length;
    const each = (busy ? choices : (current()?.choices ?? choices)).steps;
    const marks = Array.from(
      { length: Math.floor((steps - 1) / each) },
      (_, i) => (i + 1) * each + 1,
    );
    curve.show({ points, steps, marks, what: "score" });
  }

  function rest(): void {
    const info = current();
    if (busy === "film") events.say(`a film of going into dream ${shown}`);
    else if (busy) events.say(`dreaming of ${choices.target}`);
    else if (info && found?.number === shown)
      events.say(shownWords(info, [found.height, found.width], found.seconds));
    else events.say(about.live ? "Choose a layer and press Dream." : "");
  }

  function showRow(): void {
    row.element.hidden = dreams.length < 2;
    const items = dreams.map((info) => ({
      key: info.number,
      label: dreamWords(info),
      mark: info.complete ? String(info.number) : `${info.number} …`,
    }));
    row.show(items, shown);
  }

  return {
    element,
    toggle,
    guides: guides?.row ?? null,
    row,
    show(next: DreamChoices) {
      if (next.image !== choices.image) forget();
      choices = next;
      knobs.show(next, size);
      images?.select(next.image, null);
      guides?.show(next);
      showActs();
    },
    dreams(next: readonly DreamInfo[], number: number | null) {
      dreams = next;
      shown = number;
      if (number === null && found && !busy) forget();
      showRow();
      showActs();
      rest();
    },
    wipe(next: number) {
      share = next;
      showPictures();
    },
    /** Null: it could not be had. */
    async original(next: Original | null) {
      if (!next) {
        original = null;
        showPictures();
        return;
      }
      const picture = await slots[0].set(next.picture);
      if (next.image !== choices.image) return;
      original = picture;
      size = [next.height, next.width];
      knobs.show(choices, size);
      showPictures();
    },
    async dreamt(next: Dreamt) {
      if (busy) return;
      second = await slots[1].set(next.picture);
      if (busy) return;
      found = next;
      live = null;
      points = Array.from(next.scores.data, (value, i) => [i + 1, value] as const);
      showPictures();
      showCurve();
      rest();
    },
    /** Something begins, or has ended. */
    busy(next: Busy) {
      busy = next;
      dreaming = choices.image;
      live = null;
      element.setAttribute("aria-busy", String(next !== null));
      showActs();
      rest();
    },
    async live(next: Live) {
      const seen = (): boolean => busy !== null && choices.image === dreaming;
      if (!seen()) return;
      const picture = await slots[1].set(next.picture);
      if (!seen()) return;
      second = picture;
      live = next;
      const { step, score } = next;
      if (step !== undefined && score !== undefined) {
        if (step <= (points.at(-1)?.[0] ?? 0)) points = [];
        points.push([step, score]);
        showCurve();
      }
      showPictures();
    },
    thumbnails: (items: Parameters<Strip["fill"]>[0]) => images?.fill(items),
    zoom: pictures.zoom,
    whole: pictures.whole,
    /** The dream as it is shown, as a file. */
    async png(): Promise<Blob | null> {
      if (!second) return null;
      const canvas = new OffscreenCanvas(second.width, second.height);
      context2d(canvas).drawImage(second, 0, 0);
      return canvas.convertToBlob({ type: "image/png" });
    },
    /** The dream number `step` on from the one shown. */
    neighbour(step: number): number | null {
      const at = dreams.findIndex(({ number }) => number === shown);
      return dreams[Math.min(dreams.length - 1, Math.max(0, at + step))]?.number ?? null;
    },
  };
}

export type DreamStage = ReturnType<typeof dreamStage>;
