/** The keys of the augmentation preview. */

import { isTyping } from "../lib/dom";
import { command } from "./keys";

export interface PreviewActs {
  undo(): void;
  redo(): void;
  /** A new draw. */
  roll(): void;
  /** Hold the next sample (1) or the one before (−1). */
  sample(step: number): void;
  image(step: number): void;
  /** Let go of what is held and what is shown alone. */
  back(): void;
  add(): void;
}

export function previewKeys(root: HTMLElement, acts: PreviewActs, signal: AbortSignal): void {
  const act = (event: KeyboardEvent): boolean => {
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key.toLowerCase() === "z" && !isText(event)) {
      if (event.shiftKey) acts.redo();
      else acts.undo();
      event.stopPropagation();
      return true;
    }
    if (isTyping(event)) return false;
    if (event.key === "d" && !held && !event.altKey) {
      acts.roll();
      return true;
    }
    const wanted = command(event);
    if (wanted?.kind === "unit") acts.sample(wanted.step);
    else if (wanted?.kind === "image") acts.image(wanted.step);
    else if (wanted?.kind === "back") acts.back();
    else if (wanted?.kind === "search") acts.add();
    else return false;
    return true;
  };
  root.addEventListener(
    "keydown",
    (event) => {
      if (act(event)) event.preventDefault();
    },
    { signal },
  );
}

/** Whether the field under the keyboard undoes for itself. */
function isText(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && ["search", "number", "text"].includes(target.type))
  );
}
