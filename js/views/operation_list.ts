/** A pipeline as a list of operations, nested where they are: edited in place, moved by pointer or keyboard. */

import { h } from "../lib/dom";
import {
  branchesOf,
  insert,
  isWithin,
  move,
  type Nodes,
  nodeAt,
  type Path,
  type Slot,
  step,
  update,
} from "../lib/operations";
import type { CatalogueEntry, OperationNode } from "../lib/protocol";
import type { Distribution } from "./distribution";
import { dragger } from "./drag";
import { type Allowed, type OperationCard, operationCard } from "./operation";

export interface ListEvents {
  /** `name` names changes that are one step to undo, such as those of a drag, until one is `done`. */
  edit(nodes: OperationNode[], name?: string, done?: boolean): void;
  alone(path: Path | null): void;
  /** Ask what to add at a place, in words "One of" or "" for the outermost. */
  add(slot: Slot, into: string): void;
  say(text: string): void;
}

export interface OperationList {
  readonly element: HTMLElement;
  show(nodes: Nodes, alone: Path | null): void;
  /** Distributions of the parameters of the leaf at each path. */
  distributions(of: ReadonlyMap<string, Readonly<Record<string, Distribution>>>): void;
  insert(slot: Slot, node: OperationNode): void;
}

/** One list of cards, and which list of the pipeline it is. */
export interface Shelf {
  readonly element: HTMLElement;
  readonly parent: Path;
  readonly branch: number;
  readonly cards: readonly OperationCard[];
}

/** Pipelines of more operations than this start folded. */
const OPEN = 6;

export function operationList(
  catalogue: readonly CatalogueEntry[],
  allowed: Allowed,
  events: ListEvents,
  signal: AbortSignal,
): OperationList {
  const entries = new Map(catalogue.map((entry) => [entry.name, entry]));
  const top = h("ol", { class: "ops", "aria-label": "operations" });
  const element = h("div", { class: "op-list" }, top);
  const drag = dragger(element, { shelves: () => shelves, drop: moveTo }, signal);
  const paths = new Map<OperationCard, Path>();
  let nodes: Nodes = [];
  let alone: Path | null = null;
  let shelves: Shelf[] = [];

  const titleOf = (node: OperationNode): string =>
    node.title || entries.get(node.name)?.title || node.name;

  function moved(to: ReturnType<typeof move>): void {
    if (!to) return;
    const { path } = to;
    const node = nodeAt(to.nodes, path);
    events.edit(to.nodes);
    cardAt(path)?.focus();
    const parent = path.length > 1 ? nodeAt(to.nodes, path.slice(0, -1)) : null;
    const count = parent ? branchesOf(parent).flatMap((b) => b.nodes).length : to.nodes.length;
    const inside = parent ? ` in ${titleOf(parent)}` : "";
    if (node) events.say(`${titleOf(node)} is now ${(path.at(-1) ?? 0) + 1} of ${count}${inside}`);
  }

  function moveTo(path: Path, slot: Slot): void {
    moved(move(nodes, path, slot));
  }

  function cardAt(path: Path): OperationCard | undefined {
    return [...paths].find(([, at]) => at.join() === path.join())?.[0];
  }

  function make(node: OperationNode): OperationCard {
    const entry = entries.get(node.name) ?? unknown(node);
    const path = (): Path => paths.get(card) ?? [];
    const card = operationCard(
      entry,
      node,
      allowed,
      {
        param(name, value, done) {
          const next = update(nodes, path(), (old) => ({
            ...old,
            params: { ...old.params, [name]: value },
          }));
          events.edit(next, `${path()}.${name}`, done);
        },
        on: (on) => events.edit(update(nodes, path(), (old) => ({ ...old, on }))),
        alone: () => events.alone(alone?.join() === path().join() ? null : path()),
        remove() {
          const at = path();
          events.edit(update(nodes, at, () => null));
          events.say(`${titleOf(node)} removed; undo brings it back`);
          (cardAt(at) ?? cardAt([...at.slice(0, -1), (at.at(-1) ?? 1) - 1]))?.focus();
        },
        add(branch) {
          const { length } = branchesOf(card.node)[branch]?.nodes ?? [];
          events.add({ parent: path(), branch, place: length }, titleOf(card.node));
        },
        grab: (event) => drag.start(event, card.element, nodes, path()),
        step: (by) => moved(step(nodes, path(), by)),
      },
      signal,
    );
    return card;
  }

  /** Put the cards of a list in order; cards that can show a node are kept, with their focus and folds. */
  function fill(shelf: Omit<Shelf, "cards">, of: Nodes, offset: number, pool: Pool): void {
    const before = shelves.find(({ element: list }) => list === shelf.element)?.cards ?? [];
    const cards = of.map((node, i) => pool.take(node, before[i]) ?? make(node));
    pool.next.push({ ...shelf, cards });
    for (const [i, card] of cards.entries()) {
      if (shelf.element.children[i] !== card.element)
        shelf.element.insertBefore(card.element, shelf.element.children[i] ?? null);
      const path = [...shelf.parent, offset + i];
      const node = of[i];
      if (!node) continue;
      paths.set(card, path);
      card.show(node, alone?.join() === path.join());
      let count = 0;
      branchesOf(node).forEach((branch, b) => {
        const list = card.lists[b];
        if (list) fill({ element: list, parent: path, branch: b }, branch.nodes, count, pool);
        count += branch.nodes.length;
      });
    }
  }

  /** A long pipeline is seen as a whole first: all but its first operation are folded. */
  function foldMost(): void {
    const leaves = [...paths.keys()].filter(({ lists }) => lists.length === 0);
    if (leaves.length > OPEN) for (const card of leaves.slice(1)) card.fold(true);
  }

  return {
    element,
    show(next, path) {
      const first = paths.size === 0;
      nodes = next;
      alone = path;
      const pool = pooled([...paths.keys()], next);
      fill({ element: top, parent: [], branch: 0 }, next, 0, pool);
      for (const card of pool.left()) {
        paths.delete(card);
        card.dispose();
      }
      shelves = pool.next;
      if (first) foldMost();
      element.toggleAttribute("data-alone", path !== null);
      for (const [card, at] of paths)
        card.element.toggleAttribute("data-spared", path !== null && isWithin(at, path));
    },
    distributions(of) {
      for (const [card, path] of paths) card.distributions(of.get(path.join()) ?? {});
    },
    insert(slot, node) {
      events.edit(insert(nodes, slot, node));
      const path = [...paths].find(([card]) => card.node === node)?.[1];
      const card = path && cardAt(path);
      card?.element.scrollIntoView({ block: "nearest" });
      card?.focus();
      events.say(`${titleOf(node)} added`);
    },
  };
}

interface Pool {
  /** The card of this very node, else the one that stood here if it can show it; once. */
  take(node: OperationNode, here: OperationCard | undefined): OperationCard | null;
  left(): Iterable<OperationCard>;
  readonly next: Shelf[];
}

function pooled(cards: readonly OperationCard[], nodes: Nodes): Pool {
  const free = new Set(cards);
  const own = new Map(cards.map((card) => [card.node, card]));
  const wanted = new Set<OperationNode>();
  const collect = (of: Nodes): void => {
    for (const node of of) {
      wanted.add(node);
      for (const branch of branchesOf(node)) collect(branch.nodes);
    }
  };
  collect(nodes);
  return {
    next: [],
    take(node, here) {
      const same = own.get(node);
      const found =
        same && free.has(same)
          ? same
          : here && free.has(here) && !wanted.has(here.node) && here.fits(node)
            ? here
            : null;
      if (found) free.delete(found);
      return found;
    },
    left: () => free,
  };
}

/** A card for what the catalogue does not know: its name, and nothing to set. */
function unknown({ name }: OperationNode): CatalogueEntry {
  return { name, title: name, group: "", help: "", nests: false, addable: false, params: [] };
}
