// What was there before, to go back to. Changes with the same name in a row, such as those of one drag, are one step.

export interface History<T> {
  /** Remember what a change replaced. */
  push(before: T, name?: string | null): void;
  /** What comes next is another step, whatever its name. */
  seal(): void;
  undo(now: T): T | null;
  redo(now: T): T | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

const DEPTH = 100;

export function history<T>(): History<T> {
  const past: T[] = [];
  const future: T[] = [];
  let last: string | null = null;
  const go = (from: T[], to: T[], now: T): T | null => {
    const then = from.pop();
    if (then === undefined) return null;
    to.push(now);
    last = null;
    return then;
  };
  return {
    push(before, name = null) {
      future.length = 0;
      if (name === null || name !== last) past.push(before);
      if (past.length > DEPTH) past.shift();
      last = name;
    },
    seal() {
      last = null;
    },
    undo: (now) => go(past, future, now),
    redo: (now) => go(future, past, now),
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
  };
}
