// When to draw and when to tell Python: at most once a frame, at most every so often, only the newest.

/** Returns a function that asks for `draw` in the next frame, however often it is called. */
export function frame(draw: (time: number) => void, signal: AbortSignal): () => void {
  let handle = 0;
  signal.addEventListener("abort", () => cancelAnimationFrame(handle), { once: true });
  return () => {
    if (handle !== 0 || signal.aborted) return;
    handle = requestAnimationFrame((time) => {
      handle = 0;
      draw(time);
    });
  };
}

/** Calls `fn` at once, then at most every `ms`; the last call is never lost. */
export function throttle<A extends unknown[]>(
  fn: (...args: A) => void,
  ms: number,
  signal: AbortSignal,
): (...args: A) => void {
  let waiting: A | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = (args: A) => {
    fn(...args);
    timer = setTimeout(() => {
      timer = undefined;
      const next = waiting;
      waiting = null;
      if (next) run(next);
    }, ms);
  };
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return (...args) => {
    if (signal.aborted) return;
    if (timer === undefined) run(args);
    else waiting = args;
  };
}

/** Calls `fn` `ms` after the first of some calls, once for all of them. */
export function later(fn: () => void, ms: number, signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return () => {
    if (timer !== undefined || signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      fn();
    }, ms);
  };
}

/** Calls `fn` once `ms` after the last call. */
export function debounce<A extends unknown[]>(
  fn: (...args: A) => void,
  ms: number,
  signal: AbortSignal,
): (...args: A) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return (...args) => {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(fn, ms, ...args);
  };
}

/**
 * Latest wins: while one run of `fn` is under way, only the newest arguments wait for their turn.
 * The promise of a call whose arguments were dropped resolves to false, others to true.
 */
export function latest<A extends unknown[]>(
  fn: (...args: A) => Promise<void>,
): (...args: A) => Promise<boolean> {
  let running = false;
  let waiting: { args: A; settle: (ran: boolean | Promise<boolean>) => void } | null = null;
  const run = async (args: A): Promise<boolean> => {
    running = true;
    try {
      await fn(...args);
      return true;
    } finally {
      running = false;
      const next = waiting;
      waiting = null;
      if (next) next.settle(run(next.args));
    }
  };
  return (...args) => {
    if (!running) return run(args);
    waiting?.settle(false);
    return new Promise((settle) => {
      waiting = { args, settle };
    });
  };
}
