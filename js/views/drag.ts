/** Dragging an operation to another place: a line shows where it would go; Escape gives it up. */

import { h } from "../lib/dom";
import { type Nodes, type Path, type Slot, slotsFor } from "../lib/operations";
import type { Shelf } from "./operation_list";

export interface DragEvents {
  shelves(): readonly Shelf[];
  drop(path: Path, slot: Slot): void;
}

/** Pixels that a pointer may shake before it drags. */
const SLOP = 4;
/** Pixels from the edge of the list at which it scrolls. */
const EDGE = 28;

interface Place {
  readonly slot: Slot;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export function dragger(root: HTMLElement, events: DragEvents, signal: AbortSignal) {
  const line = h("div", { class: "op-drop", hidden: true });
  root.append(line);

  /** The places as they stand on the screen, from the corner of the list. */
  function places(nodes: Nodes, path: Path): Place[] {
    const origin = root.getBoundingClientRect();
    return slotsFor(nodes, path).slots.flatMap((slot): Place[] => {
      const shelf = events
        .shelves()
        .find((s) => s.branch === slot.branch && s.parent.join() === slot.parent.join());
      if (!shelf || shelf.element.getClientRects().length === 0) return [];
      const box = shelf.element.getBoundingClientRect();
      const next = shelf.cards[slot.place]?.element.getBoundingClientRect();
      const last = shelf.cards.at(-1)?.element.getBoundingClientRect();
      const y = next ? next.top : last ? last.bottom : box.top;
      return [{ slot, x: box.left - origin.left, y: y - origin.top, width: box.width }];
    });
  }

  function start(event: PointerEvent, card: HTMLElement, nodes: Nodes, path: Path): void {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    const done = new AbortController();
    const own = AbortSignal.any([signal, done.signal]);
    const from = event.clientY;
    let target: Place | null = null;
    let dragging = false;
    handle.setPointerCapture(event.pointerId);

    const follow = (move: PointerEvent): void => {
      if (!dragging && Math.abs(move.clientY - from) < SLOP) return;
      dragging = true;
      card.toggleAttribute("data-dragged", true);
      scrollNear(root, move.clientY);
      const origin = root.getBoundingClientRect();
      const [x, y] = [move.clientX - origin.left, move.clientY - origin.top];
      target = nearest(places(nodes, path), x, y);
      line.hidden = !target;
      if (!target) return;
      line.style.width = `${target.width}px`;
      line.style.transform = `translate(${target.x}px, ${target.y}px)`;
    };
    const end = (drop: boolean): void => {
      done.abort();
      line.hidden = true;
      card.toggleAttribute("data-dragged", false);
      if (drop && target) events.drop(path, target.slot);
    };
    handle.addEventListener("pointermove", follow, { signal: own });
    handle.addEventListener("pointerup", () => end(dragging), { signal: own });
    handle.addEventListener("pointercancel", () => end(false), { signal: own });
    handle.addEventListener(
      "keydown",
      (key) => {
        if (key.key !== "Escape" || !dragging) return;
        key.stopPropagation();
        end(false);
      },
      { signal: own },
    );
  }

  return { start };
}

/** Height counts; where two places are as high, the pointer's side chooses the outer or the inner list. */
function nearest(places: readonly Place[], x: number, y: number): Place | null {
  let best: Place | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const away = Math.abs(place.y - y) + 0.3 * Math.abs(place.x - Math.max(0, x - 24));
    if (away >= least) continue;
    best = place;
    least = away;
  }
  return best;
}

function scrollNear(root: HTMLElement, y: number): void {
  const scroller = root.closest<HTMLElement>(".op-scroll");
  if (!scroller) return;
  const box = scroller.getBoundingClientRect();
  if (y < box.top + EDGE) scroller.scrollTop -= EDGE / 2;
  else if (y > box.bottom - EDGE) scroller.scrollTop += EDGE / 2;
}
