/** The stage of the augmentation preview: the original, what was drawn, and the grid of samples, kept in step. */

import { h } from "../lib/dom";
import { count, number, percent, shape } from "../lib/format";
import type { Drawn, ParamDraws, Thought, Thoughts } from "../lib/preview_calls";
import type { Pictures } from "../lib/preview_loader";
import type { CatalogueEntry } from "../lib/protocol";
import { later } from "../lib/schedule";
import { compare } from "./compare";
import type { Distribution } from "./distribution";
import { drawnList, sampleWords } from "./drawn_list";
import { type Caption, sampleGrid } from "./sample_grid";
import { setText } from "./surface";

/** Milliseconds after which words follow new pictures. */
const WORDS = 120;

export interface StageChoice {
  readonly held: number | null;
  readonly wipe: number;
  readonly show_masks: boolean;
  readonly show_boxes: boolean;
}

export interface StageEvents {
  hold(sample: number | null): void;
  wipe(share: number): void;
  say(text: string): void;
  /** The longest side in CSS pixels at which a sample is shown, when it changes. */
  side(pixels: number): void;
  distributions(of: ReadonlyMap<string, Readonly<Record<string, Distribution>>>): void;
}

export function previewStage(
  about: {
    names: readonly string[];
    catalogue: readonly CatalogueEntry[];
    thinks: boolean;
    /** The title of the operation at a path. */
    title: (drawn: Drawn) => string;
  },
  first: StageChoice,
  events: StageEvents,
  signal: AbortSignal,
) {
  const entries = new Map(about.catalogue.map((entry) => [entry.name, entry]));
  const sides = { grid: 0, compare: 0 };
  const grid = sampleGrid(
    { captioned: about.thinks },
    {
      hover,
      choose: (sample) => events.hold(sample === choice.held ? null : sample),
      side(pixels) {
        sides.grid = pixels;
        tellSide();
      },
    },
    signal,
  );
  const original = compare(
    {
      wipe: events.wipe,
      side(pixels) {
        sides.compare = pixels;
        tellSide();
      },
    },
    signal,
  );
  const name = h("figcaption", { class: "original-name" });
  const guess = h("p", { class: "original-guess", hidden: !about.thinks });
  const list = drawnList(about.title, entries);
  const figure = h("figure", { class: "original" }, original.element, name, guess);
  const side = h("div", { class: "preview-side" }, figure, list.element);
  const element = h("div", { class: "preview-main" }, side, grid.element);
  let choice = first;
  let pictures: Pictures | null = null;
  let thoughts: Thoughts | null = null;
  let draws: readonly ParamDraws[] = [];
  let hovered: number | null = null;
  let stale = false;
  // While pictures come one after the other, words about them would only take the time of the next.
  const tellSoon = later(retell, WORDS, signal);

  function tellSide(): void {
    // A held sample is seen as large as the original.
    events.side(Math.max(sides.grid, choice.held === null ? 0 : sides.compare));
  }

  function pointed(): number | null {
    const n = pictures?.answer.tiles.length ?? 0;
    const sample = hovered ?? choice.held;
    return sample !== null && sample < n ? sample : null;
  }

  function hover(sample: number | null): void {
    if (hovered === sample) return;
    hovered = sample;
    showPointed();
  }

  function showPointed(): void {
    const drawn = pictures?.answer.drawn ?? [];
    const sample = pointed();
    list.show(drawn, sample);
    events.distributions(distributionsOf(drawn, draws, sample));
    events.say(sample === null ? rest() : `sample ${sample + 1}: ${told(sample)}`);
  }

  function told(sample: number): string {
    const drawn = pictures?.answer.drawn ?? [];
    const thought = stale ? null : thoughts?.samples[sample];
    const words = sampleWords(about.title, entries, drawn, sample);
    return thought ? `${words} · ${thoughtWords(thought)}` : words;
  }

  function rest(): string {
    if (!pictures) return "";
    const { answer, asked } = pictures;
    const n = answer.tiles.length;
    const of =
      asked.mode === "images"
        ? `one sample of each of ${count(n, "image")}`
        : `${count(n, "sample")} of ${about.names[asked.image] ?? "the image"}`;
    return `${of}${judged(n)}${reduced()}`;
  }

  function judged(n: number): string {
    if (!thoughts || stale) return "";
    const broken = brokenOf(thoughts).filter(Boolean).length;
    return broken > 0
      ? ` · the network names another class for ${broken} of ${n}`
      : " · the network names the same class for all";
  }

  /** Lengths in pixels count at the size that is shown. */
  function reduced(): string {
    const { sizes, own } = pictures?.originals.answer ?? { sizes: [] };
    const i = own?.findIndex((size, k) => size.join() !== sizes[k]?.join()) ?? -1;
    const [now, was] = [sizes[i], own?.[i]];
    return now && was ? ` · images reduced before: ${sizeWords(was)} to ${sizeWords(now)} px` : "";
  }

  function redraw(): void {
    if (!pictures) return;
    const { samples, originals, asked, number: turn, answer } = pictures;
    const look = { masks: choice.show_masks, boxes: choice.show_boxes };
    const pairs = asked.mode === "images";
    const { held } = choice;
    const holds = held !== null && held < answer.tiles.length;
    const index = pairs && holds ? held : 0;
    grid.show({ samples, originals, pairs, look, number: turn });
    grid.hold(holds ? held : null);
    original.show({
      original: { tiles: originals, index },
      sample: holds ? { tiles: samples, index: held } : null,
      wipe: choice.wipe,
      look,
      name: originals.answer.names[index] ?? "",
    });
    element.toggleAttribute("data-held", holds);
  }

  /** Words around the pictures; after them, since they can wait a moment. */
  function retell(): void {
    if (!pictures) return;
    const { originals, asked, answer } = pictures;
    const index = asked.mode === "images" && choice.held !== null ? choice.held : 0;
    const size = originals.answer.sizes[index];
    const words = [originals.answer.names[index] ?? "", size ? `${sizeWords(size)} px` : ""];
    setText(name, words.filter(Boolean).join(" · "));
    const thought = thoughts?.originals[index];
    setText(guess, thought ? thoughtWords(thought) : "\u00a0");
    grid.labels(answer.tiles.map((_, i) => `sample ${i + 1}: ${told(i)}`));
    showPointed();
  }

  return {
    element,
    asked: grid.asked,
    show(next: StageChoice) {
      choice = next;
      redraw();
      retell();
      tellSide();
    },
    pictures(next: Pictures) {
      pictures = next;
      redraw();
      // What the network thought of the pictures before is not true any more.
      stale = true;
      element.toggleAttribute("data-stale", true);
      tellSoon();
    },
    thoughts(next: Thoughts) {
      thoughts = next;
      stale = false;
      element.toggleAttribute("data-stale", false);
      grid.captions(captionsOf(next));
      retell();
    },
    draws(next: readonly ParamDraws[]) {
      draws = next;
      showPointed();
    },
    /** The sample `step` on from the held one. */
    neighbour(step: number): number | null {
      const n = pictures?.answer.tiles.length ?? 0;
      if (n === 0) return null;
      const { held } = choice;
      return held === null ? (step > 0 ? 0 : n - 1) : Math.min(n - 1, Math.max(0, held + step));
    },
  };
}

/** Width × height, as pictures are measured. */
function sizeWords([height, width]: readonly [number, number]): string {
  return shape([width, height]);
}

function thoughtWords({ name, score, kind }: Thought): string {
  return `${name} ${kind === "probability" ? percent(score) : number(score)}`;
}

function brokenOf({ samples, originals }: Thoughts): boolean[] {
  return samples.map(({ name }, i) => name !== (originals[i] ?? originals[0])?.name);
}

function captionsOf(thoughts: Thoughts): Caption[] {
  const broken = brokenOf(thoughts);
  return thoughts.samples.map((thought, i) => {
    const was = (thoughts.originals[i] ?? thoughts.originals[0])?.name ?? "";
    const words = thoughtWords(thought);
    return {
      text: words,
      title: broken[i] ? `${words}; the original is taken for ${was}` : words,
      broken: broken[i] ?? false,
    };
  });
}

/** For each operation by its path, how each parameter is distributed, with the samples shown. */
function distributionsOf(
  drawn: readonly Drawn[],
  draws: readonly ParamDraws[],
  chosen: number | null,
): Map<string, Record<string, Distribution>> {
  const found = new Map<string, Record<string, Distribution>>();
  const shown = new Map(drawn.map((each) => [each.path.join(), each]));
  for (const { path, param, counts, range } of draws) {
    const key = path.join();
    const own = shown.get(key);
    const marks = (own?.values[param] ?? []).map((value, i) => (own?.applied[i] ? value : null));
    found.set(key, { ...found.get(key), [param]: { counts, range, marks, chosen } });
  }
  return found;
}
