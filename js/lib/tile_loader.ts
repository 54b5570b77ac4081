// Things loaded when they come into sight: the most wanted first, a few at a time, given up when out of sight.

import { RpcError } from "./rpc";

export interface TileLoader<T> {
  /** What is there; null where there is nothing, undefined while it is not known. */
  get(key: string): T | null | undefined;
  /** What is wanted now, most wanted first: it is loaded, and what is no longer wanted is given up. */
  want(keys: readonly string[]): void;
  /** It has changed: load it again when it is wanted; what is there is shown until then. */
  stale(matches: (key: string) => boolean): void;
  /** How many are under way or wait. */
  pending(): number;
}

export interface TileLoaderOptions<T> {
  load(key: string, signal: AbortSignal): Promise<T | null>;
  arrived(key: string): void;
  failed(reason: unknown): void;
  /** It is no longer kept: let go of what it holds. */
  dropped?(value: T): void;
  /** How many are loaded at once, and how many are kept. */
  most: number;
  keep: number;
}

export function tileLoader<T>(
  { load, arrived, failed, dropped, most, keep }: TileLoaderOptions<T>,
  signal: AbortSignal,
): TileLoader<T> {
  // Maps keep the order of insertion: the first ones were used the longest ago.
  const known = new Map<string, T | null>();
  const old = new Set<string>();
  const running = new Map<string, AbortController>();
  let queue: string[] = [];
  signal.addEventListener("abort", () => [...known.keys()].forEach(forget), { once: true });

  function letGo(value: T | null | undefined): void {
    if (value !== null && value !== undefined) dropped?.(value);
  }

  function forget(key: string): void {
    letGo(known.get(key));
    known.delete(key);
    old.delete(key);
  }

  function next(): void {
    while (running.size < most && !signal.aborted) {
      const key = queue.shift();
      if (key === undefined) return;
      if (!running.has(key) && (!known.has(key) || old.has(key))) void start(key);
    }
  }

  async function start(key: string): Promise<void> {
    const control = new AbortController();
    running.set(key, control);
    old.delete(key);
    try {
      const value = await load(key, AbortSignal.any([signal, control.signal]));
      if (signal.aborted || control.signal.aborted) {
        letGo(value);
        return;
      }
      forget(key);
      known.set(key, value);
      arrived(key);
    } catch (reason) {
      if (reason instanceof RpcError && reason.quiet) return;
      // A page without a kernel holds what it holds; elsewhere somebody should know.
      if (!signal.aborted && !control.signal.aborted) {
        if (!known.has(key)) known.set(key, null);
        if (!(reason instanceof RpcError && reason.type === "NoKernel")) failed(reason);
        arrived(key);
      }
    } finally {
      // What was given up is as old as it was before.
      if (control.signal.aborted && known.has(key)) old.add(key);
      if (running.get(key) === control) running.delete(key);
      next();
    }
  }

  return {
    get(key) {
      const value = known.get(key);
      if (value !== undefined) {
        known.delete(key);
        known.set(key, value);
      }
      return value;
    },
    want(keys) {
      const wanted = new Set(keys);
      for (const [key, control] of running)
        if (!wanted.has(key)) {
          running.delete(key);
          control.abort();
        }
      queue = [...wanted].filter((key) => !running.has(key) && (!known.has(key) || old.has(key)));
      for (const key of known.keys()) {
        if (known.size <= keep) break;
        if (!wanted.has(key)) forget(key);
      }
      next();
    },
    stale(matches) {
      for (const key of known.keys()) if (matches(key)) old.add(key);
    },
    pending: () => running.size + queue.length,
  };
}
