// The rail of a narrow card is folded away: bring it out for who asks for what is in it.

import type { Card } from "./chrome";

/** Show the rail if it is folded; its own button keeps the state. */
export function openRail({ el, rail }: Card): void {
  if (getComputedStyle(rail).visibility === "hidden")
    el.querySelector<HTMLElement>(".cv-rail-button")?.click();
}
