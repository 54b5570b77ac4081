/** Keys on the scatter's card. */

export interface ScatterKeys {
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
  fit(): void;
  point(step: number): void;
  /** Whether there was a place to search in. */
  search(): boolean;
  back(): void;
}

const STEP = 60; // pixels

export function scatterKeys(
  root: HTMLElement,
  keys: ScatterKeys,
  typing: (event: KeyboardEvent) => boolean,
  signal: AbortSignal,
): void {
  const acts: Record<string, () => unknown> = {
    ArrowLeft: () => keys.pan(STEP, 0),
    ArrowRight: () => keys.pan(-STEP, 0),
    ArrowUp: () => keys.pan(0, STEP),
    ArrowDown: () => keys.pan(0, -STEP),
    "+": () => keys.zoom(1.6),
    "=": () => keys.zoom(1.6),
    "-": () => keys.zoom(1 / 1.6),
    "0": keys.fit,
    "]": () => keys.point(1),
    "[": () => keys.point(-1),
    "/": keys.search,
    Escape: keys.back,
  };
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    },
    { signal },
  );
}
