// Pictures of the state that is wanted now: one request is under way, the newest waits. When it is calm, what takes
// longer follows: distributions, and what the network thinks.

import type { Asked, ParamDraws, PreviewCalls, SamplesAnswer, Thoughts } from "./preview_calls";
import { closeTiles, decodeSheet, type Tiles } from "./preview_sheet";
import { RpcError } from "./rpc";
import { debounce, latest } from "./schedule";
import type { Status } from "./status";

export interface Pictures {
  readonly asked: Asked;
  readonly answer: SamplesAnswer;
  readonly samples: Tiles;
  readonly originals: Tiles;
  readonly number: number;
}

export interface LoaderEvents {
  /** A request has got this number; the pictures it brings have it too. */
  asked(number: number): void;
  pictures(shown: Pictures): void;
  distributions(items: readonly ParamDraws[]): void;
  thoughts(thoughts: Thoughts): void;
}

export interface PreviewLoader {
  /** Something that the pictures depend on has changed, or goes on changing while a slider moves. */
  refresh(moving?: boolean): void;
}

/** Milliseconds without a change before what takes longer is asked for; a slider held still may move on. */
const CALM = 120;
const REST = 250;

export function previewLoader(
  about: {
    calls: PreviewCalls;
    status: Status;
    thinks: boolean;
    asked: () => Asked;
    /** The side at which samples are shown while a slider moves, as `Asked` has it. */
    side: () => number | undefined;
  },
  events: LoaderEvents,
  signal: AbortSignal,
): PreviewLoader {
  const { calls, status, asked } = about;
  let number = 0;
  let shown: Pictures | null = null;
  let originals: { key: string; tiles: Promise<Tiles> } | null = null;
  let thinking = new AbortController();
  let trouble = "";
  let asking = false;
  let moving = false;

  function originalsOf(now: Asked): Promise<Tiles> {
    const { mode, image, side } = now;
    const key = JSON.stringify([mode, image, side, mode === "images" && now.samples]);
    if (originals?.key !== key) originals = { key, tiles: calls.originals(now).then(decodeSheet) };
    const { tiles } = originals;
    tiles.catch(() => {
      if (originals?.tiles === tiles) originals = null; // asked for again the next time
    });
    return tiles;
  }

  const load = latest(async () => {
    const [turn, now] = [number, asked()];
    const sheet = moving ? { ...now, side: about.side(), moving } : now;
    try {
      const beside = originalsOf(now);
      const answer = await calls.sheet(sheet, { signal, onWait: () => status.busy(true) });
      status.busy(false);
      // Decoding goes on while the next request is under way.
      void deliver(turn, now, answer, beside).catch(fail);
    } catch (reason) {
      fail(reason);
    }
  });

  async function deliver(
    turn: number,
    now: Asked,
    answer: SamplesAnswer,
    beside: Promise<Tiles>,
  ): Promise<void> {
    const [samples, next] = await Promise.all([decodeSheet(answer), beside]);
    if (signal.aborted || (shown && shown.number > turn)) {
      closeTiles(samples);
      return;
    }
    const before = shown;
    shown = { asked: now, answer, samples, originals: next, number: turn };
    events.pictures(shown);
    closeTiles(before?.samples ?? null);
    if (before && before.originals !== next) closeTiles(before.originals);
    if (trouble) status.clear();
    trouble = "";
    if (turn !== number) return;
    if (moving) rest();
    else calm();
  }

  /** One sentence in the status line; the last pictures stay. */
  function fail(reason: unknown): void {
    const error = reason instanceof RpcError ? reason : new RpcError("Error", String(reason));
    status.busy(false);
    if (signal.aborted || error.quiet) return;
    if (error.message !== trouble) status.error(error.message);
    trouble = error.message;
  }

  const calm = debounce(
    () => {
      if (!shown || shown.number !== number || moving) return;
      const { asked: now } = shown;
      void distributions(now);
      if (about.thinks) void think(now, number);
    },
    CALM,
    signal,
  );

  /** At rest all is as it is. */
  const rest = debounce(
    () => {
      if (moving && shown?.number === number) refresh(false);
    },
    REST,
    signal,
  );

  const distributions = latest(async (now: Asked) => {
    try {
      const { items } = await calls.distributions(now);
      if (!signal.aborted) events.distributions(items);
    } catch {
      // The pictures say what is wrong, and a page without a kernel may not hold it.
    }
  });

  async function think(now: Asked, turn: number): Promise<void> {
    thinking.abort();
    thinking = new AbortController();
    try {
      const thoughts = await calls.think(now, {
        signal: AbortSignal.any([signal, thinking.signal]),
      });
      if (turn === number && !signal.aborted) events.thoughts(thoughts);
    } catch (reason) {
      if (reason instanceof RpcError && reason.type === "NoKernel") return;
      fail(reason);
    }
  }

  signal.addEventListener(
    "abort",
    () => {
      closeTiles(shown?.samples ?? null);
      closeTiles(shown?.originals ?? null);
    },
    { once: true },
  );

  function refresh(goesOn = false): void {
    number++;
    moving = goesOn;
    events.asked(number);
    if (asking) return;
    asking = true;
    // Several traits that change at once are one request.
    queueMicrotask(() => {
      asking = false;
      thinking.abort();
      void load();
    });
  }

  return { refresh };
}
