/** Pointer, wheel and keys on the map: drag moves, ctrl/⌘ + wheel or two fingers zoom, shift or a tool draws round points. */

export type Tool = "move" | "lasso" | "rectangle";
export type Merge = "replace" | "add" | "remove";

export interface PlotInput {
  tool(): Tool;
  /** The pointer is at a place (pixels), or gone. */
  point(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, merge: Merge): void;
  twice(x: number, y: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  /** A closed line round points, while it grows and when it is done. */
  lasso(line: readonly number[], done: Merge | null): void;
  /** Plain wheel over the map: the page scrolls, and we say how to zoom. */
  hint(): void;
}

/** Pixels that a press may move and still be a click. */
const STILL = 4;
const DETAIL = 3; // pixels between two corners of a lasso

type Place = readonly [x: number, y: number];

export function plotInput(el: HTMLElement, input: PlotInput, signal: AbortSignal): void {
  const down = new Map<number, Place>();
  let start: Place = [0, 0];
  let moved = false;
  let line: number[] | null = null;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options: AddEventListenerOptions = {},
  ) => el.addEventListener(type, listener, { signal, ...options });

  const place = (event: MouseEvent): Place => {
    const box = el.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = place(event);
    down.set(event.pointerId, at);
    el.setPointerCapture(event.pointerId);
    if (down.size > 1) {
      line = null; // a second finger: it is a pinch
      return;
    }
    start = at;
    moved = false;
    if (input.tool() !== "move" || event.shiftKey) line = [...at];
  });
  on("pointermove", (event) => {
    const at = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      input.point(...at);
      return;
    }
    if (Math.hypot(at[0] - start[0], at[1] - start[1]) > STILL) moved = true;
    if (down.size === 2) pinch(down, event.pointerId, at, input);
    else if (line) {
      extend(line, start, at, input.tool());
      input.lasso(line, null);
    } else if (moved) input.pan(at[0] - before[0], at[1] - before[1]);
    down.set(event.pointerId, at);
  });
  on("pointerup", (event) => {
    if (!down.delete(event.pointerId)) return;
    if (line && moved) input.lasso(line, mergeOf(event));
    else if (!moved && down.size === 0) input.click(...place(event), mergeOf(event));
    line = null;
  });
  on("pointercancel", (event) => {
    down.delete(event.pointerId);
    if (line) input.lasso([], null);
    line = null;
  });
  on("pointerleave", (event) => {
    if (!down.has(event.pointerId)) input.leave();
  });
  on("dblclick", (event) => input.twice(...place(event)));
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) {
        input.hint();
        return; // the page's
      }
      event.preventDefault();
      event.stopPropagation();
      input.zoom(Math.exp(-wheelPixels(event) / 300), ...place(event));
    },
    { passive: false },
  );
}

function wheelPixels({ deltaY, deltaMode }: WheelEvent): number {
  const pixels = deltaMode === 1 ? 16 * deltaY : deltaMode === 2 ? 400 * deltaY : deltaY;
  return Math.min(240, Math.max(-240, pixels));
}

function mergeOf(event: PointerEvent): Merge {
  if (event.altKey) return "remove";
  return event.ctrlKey || event.metaKey ? "add" : "replace";
}

function extend(line: number[], [sx, sy]: Place, [x, y]: Place, tool: Tool): void {
  if (tool === "rectangle") {
    line.splice(0, line.length, sx, sy, x, sy, x, y, sx, y);
    return;
  }
  const [lx, ly] = [line.at(-2) ?? 0, line.at(-1) ?? 0];
  if (Math.hypot(x - lx, y - ly) >= DETAIL) line.push(x, y);
}

function pinch(down: ReadonlyMap<number, Place>, id: number, at: Place, input: PlotInput): void {
  const other = [...down].find(([key]) => key !== id)?.[1];
  const before = down.get(id);
  if (!other || !before) return;
  const spread = (a: Place) => Math.max(8, Math.hypot(a[0] - other[0], a[1] - other[1]));
  const middle = (a: Place) => [(a[0] + other[0]) / 2, (a[1] + other[1]) / 2] as const;
  const [mx, my] = middle(at);
  const [bx, by] = middle(before);
  input.pan(mx - bx, my - by);
  input.zoom(spread(at) / spread(before), mx, my);
}
