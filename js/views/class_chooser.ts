/** What is looked for: the likely classes one click away, all others by their name. */

import { button, search, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import { number, percent } from "../lib/format";
import type { Target } from "../lib/protocol";
import type { Prediction } from "./predictions";
import { setAttribute, setText } from "./surface";

export interface ChooserContent {
  readonly guesses: readonly Prediction[];
  /** What is chosen, as it is kept, and the class that it means for this image. */
  readonly target: Target;
  readonly resolved: Target;
  /** The second one, null for none. */
  readonly compare: Target | null;
  /** The chosen target in words. */
  readonly words: string;
}

export interface ChooserEvents {
  choose(target: Target): void;
  compare(target: Target | null): void;
  /** These are offered in the list. */
  offered(targets: readonly Target[]): void;
}

export interface Chooser {
  readonly element: HTMLElement;
  show(content: ChooserContent): void;
  focusSearch(): void;
}

/** Names that are offered while one types. */
const OFFERED = 8;

export function classChooser(
  names: { classes: readonly string[]; functions: readonly string[] },
  events: ChooserEvents,
  signal: AbortSignal,
): Chooser {
  const follow = toggle({
    label: "the most likely class",
    title: "look for what the network names first, in each image its own",
    value: true,
    signal,
    onChange: (on) => events.choose(on ? "predicted" : (content?.resolved ?? 0)),
  });
  const rows = h("ul", { class: "class-rows", "aria-label": "likely classes" });
  const finder = search({
    label: "search classes",
    placeholder: "search all classes…",
    title: "search classes by name or number ( / )",
    signal,
    onInput: offer,
  });
  const offered = h("ul", { class: "class-rows", "aria-label": "classes found" });
  const none = h("p", { class: "caption", hidden: true }, "No class has this name.");
  const element = h(
    "section",
    { class: "classes", "aria-label": "what is looked for" },
    h("h3", { class: "attr-heading" }, "What is looked for"),
    follow.el,
    rows,
    finder.el,
    offered,
    none,
  );
  finder.el.hidden = names.classes.length === 0;
  let content: ChooserContent | null = null;

  function offer(text: string): void {
    const found = matching(names.classes, text.trim());
    none.hidden = text.trim() === "" || found.length > 0;
    offered.replaceChildren(...found.map((index) => row(index, names.classes[index] ?? "", null)));
    mark();
    events.offered(found);
  }

  function row(target: Target, name: string, guess: Prediction | null): HTMLElement {
    const probability = guess?.kind === "probability";
    const value = guess ? (probability ? percent(guess.score) : number(guess.score)) : "";
    const main = button({
      label: name,
      text: true,
      title: `${name}${value ? `: ${value}` : ""}: look for it`,
      signal,
      onClick(event) {
        if (event.shiftKey) events.compare(target);
        else events.choose(target);
      },
    });
    main.classList.add("class-name");
    const beside = button({
      label: "vs",
      text: true,
      title: `compare with ${name} (shift + click on its name)`,
      signal,
      onClick: () => events.compare(isSecond(target) ? null : target),
    });
    beside.classList.add("class-beside");
    setAttribute(beside, "aria-label", `compare with ${name}`);
    const item = h(
      "li",
      { class: "class-row" },
      main,
      h("span", { class: "class-value" }, value),
      beside,
    );
    item.dataset.target = JSON.stringify(target);
    item.style.setProperty("--share", String(probability ? (guess?.score ?? 0) : 0));
    return item;
  }

  function isSecond(target: Target): boolean {
    return content?.compare === target || content?.compare === names.classes[Number(target)];
  }

  function mark(): void {
    for (const list of [rows, offered]) {
      for (const item of list.children as HTMLCollectionOf<HTMLElement>) {
        const target = JSON.parse(item.dataset.target ?? "null") as Target;
        const [main, , beside] = item.children;
        if (main) setAttribute(main, "aria-pressed", String(target === content?.resolved));
        if (beside) setAttribute(beside, "aria-pressed", String(isSecond(target)));
      }
    }
  }

  finder.el.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" && event.key !== "ArrowDown") return;
      event.preventDefault();
      const first = offered.querySelector<HTMLElement>(".class-name");
      if (event.key === "Enter") first?.click();
      else first?.focus();
    },
    { signal },
  );

  return {
    element,
    show(next) {
      const same = content?.guesses === next.guesses && content.resolved === next.resolved;
      content = next;
      follow.value = next.target === "predicted";
      follow.el.hidden = next.guesses.length === 0;
      if (!same) {
        const likely = next.guesses.map((guess) => row(guess.index, guess.name, guess));
        const known = next.guesses.some(({ index }) => index === next.resolved);
        const extra = known || next.resolved === "predicted" ? [] : [next.resolved];
        const others = names.functions.filter((name) => name !== next.resolved);
        rows.replaceChildren(
          ...extra.map((target) => row(target, next.words, null)),
          ...likely,
          ...others.map((name) => row(name, name, null)),
        );
        setText(none, "No class has this name.");
      }
      mark();
    },
    focusSearch: () => finder.focus(),
  };
}

/** Indices of the classes that a text may mean: its number, names that begin with it, then those that hold it. */
export function matching(classes: readonly string[], text: string): number[] {
  if (text === "") return [];
  const wanted = text.toLowerCase();
  const found = /^\d+$/.test(text) && Number(text) < classes.length ? [Number(text)] : [];
  const begins = (name: string): boolean =>
    name
      .toLowerCase()
      .split(/[\s,-]+/)
      .some((word) => word.startsWith(wanted));
  const inside = (name: string): boolean => name.toLowerCase().includes(wanted);
  for (const fits of [begins, inside])
    classes.forEach((name, i) => {
      if (fits(name) && !found.includes(i)) found.push(i);
    });
  return found.slice(0, OFFERED);
}
