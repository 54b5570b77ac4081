// Calls to Python over custom messages. The Python side is src/convscope/widgets/_rpc.py.
// Never call from `initialize`: its answer cannot arrive before `initialize` has ended.

import { type Bytes, decode } from "./binary";
import { listen, type Model } from "./model";
import type { BaseTraits, FromPython, Params, Progress, ToPython } from "./protocol";

export { latest } from "./schedule";

/** Milliseconds without a word before the kernel counts as busy, and before a call is given up. */
export const BUSY_AFTER = 1000;
export const TIMEOUT = 120_000;
/** Milliseconds that a job has to hand over what it found when it is asked to stop. */
const PATIENCE = 5000;

/** "busy": has not answered for a second; "gone": restarted or closed; "static": a page without one. */
export type KernelState = "ready" | "busy" | "gone" | "static";

/**
 * Why a call has no answer. `type` is a Python exception's name, or one of ours:
 * "NoKernel", "KernelGone", "Timeout", "Stopped", "Superseded", "AbortError".
 */
export class RpcError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
    this.name = "RpcError";
  }

  /** Nothing went wrong: the person, or a newer request, ended the call. */
  get quiet(): boolean {
    return ["Stopped", "Superseded", "AbortError"].includes(this.type);
  }
}

export interface CallOptions {
  /** Aborting tells Python to stop, and rejects with type "AbortError". */
  signal?: AbortSignal;
  /** Aborting asks Python to stop, and waits a little for what it has found so far. */
  stop?: AbortSignal;
  /** Milliseconds without a word from Python after which the call is given up. */
  timeout?: number;
  onProgress?: (progress: Progress) => void;
  onPreview?: (value: unknown) => void;
  /** No answer yet after a second: the kernel is probably busy with a cell. */
  onWait?: () => void;
}

export interface Rpc {
  call<T>(method: string, params?: Params, options?: CallOptions): Promise<T>;
  state(): KernelState;
  onState(changed: (state: KernelState) => void): void;
}

interface Pending {
  options: CallOptions;
  /** Tell Python to stop, and give the call up. */
  abandon: (why: string) => void;
  settle: (outcome: { value: unknown } | { error: RpcError }) => void;
  heard: () => void;
}

const GONE = "The kernel was restarted or the widget closed. Run the cell again.";

/** Calls over `model` until `signal` aborts; all views of a widget share its model, so ids are random. */
export function createRpc<T extends BaseTraits>(model: Model<T>, signal: AbortSignal): Rpc {
  const pending = new Map<string, Pending>();
  const kernel = kernelState(model.get("_static")?.page ? "static" : "ready");

  listen(
    model,
    "msg:custom",
    (message: FromPython, buffers: Bytes[] = []) => {
      kernel.set("ready"); // also an answer to another view, or one that comes too late, is a sign of life
      receive(pending.get(message?.id), message, buffers);
    },
    signal,
  );
  const gone = () => {
    kernel.set("gone");
    for (const { settle } of [...pending.values()])
      settle({ error: new RpcError("KernelGone", GONE) });
  };
  // Fired by ipywidgets' models when the comm closes or the kernel restarts; other hosts stay silent.
  for (const event of ["comm_live_update", "comm:close", "destroy"])
    listen(model, event, gone, signal);
  signal.addEventListener(
    "abort",
    () => {
      for (const { abandon } of [...pending.values()]) abandon("The view was closed.");
    },
    { once: true },
  );

  return {
    state: kernel.get,
    onState: kernel.listen,
    call: <R>(method: string, params: Params = {}, options: CallOptions = {}) => {
      if (signal.aborted || options.signal?.aborted)
        return Promise.reject(new RpcError("AbortError", "The request was stopped."));
      if (kernel.get() === "gone") return Promise.reject(new RpcError("KernelGone", GONE));
      return start(model, pending, kernel, method, params, options) as Promise<R>;
    },
  };
}

function start<T extends BaseTraits>(
  model: Model<T>,
  pending: Map<string, Pending>,
  kernel: Kernel,
  method: string,
  params: Params,
  options: CallOptions,
): Promise<unknown> {
  const id = randomId();
  const send = (message: ToPython) => model.send(message);
  return new Promise((resolve, reject) => {
    const clock = timers(kernel, options, () => {
      send({ kind: "cancel", id });
      settle({ error: new RpcError("Timeout", silence(options.timeout ?? TIMEOUT)) });
    });
    const abandon: Pending["abandon"] = (why) => {
      if (kernel.get() !== "gone") send({ kind: "cancel", id });
      settle({ error: new RpcError("AbortError", why) });
    };
    const stop = () => abandon("The request was stopped.");
    let patience: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      send({ kind: "cancel", id });
      patience = setTimeout(stop, PATIENCE);
    };
    const settle: Pending["settle"] = (outcome) => {
      if (!pending.delete(id)) return;
      clock.end();
      clearTimeout(patience);
      options.stop?.removeEventListener("abort", ask);
      options.signal?.removeEventListener("abort", stop);
      if ("error" in outcome) reject(outcome.error);
      else resolve(outcome.value);
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    options.stop?.addEventListener("abort", ask, { once: true });
    pending.set(id, { options, abandon, settle, heard: clock.heard });
    try {
      send({ kind: "call", id, method, params });
    } catch (reason) {
      kernel.set("gone");
      settle({ error: new RpcError("KernelGone", `${GONE} (${reason})`) });
    }
  });
}

function receive(call: Pending | undefined, message: FromPython, buffers: Bytes[]): void {
  if (!call) return; // answers to other views, and late ones
  call.heard();
  if (message.kind === "progress") call.options.onProgress?.(message.value);
  else if (message.kind === "error")
    call.settle({ error: new RpcError(message.value.type, message.value.message) });
  else {
    let value: unknown;
    try {
      value = decode(message.value, buffers);
    } catch (reason) {
      call.settle({ error: new RpcError("BadAnswer", `The answer cannot be read: ${reason}`) });
      return;
    }
    if (message.kind === "preview") call.options.onPreview?.(value);
    else call.settle({ value });
  }
}

interface Kernel {
  get(): KernelState;
  set(state: KernelState): void;
  listen(changed: (state: KernelState) => void): void;
}

function kernelState(initial: KernelState): Kernel {
  let state = initial;
  const listeners: ((state: KernelState) => void)[] = [];
  return {
    get: () => state,
    set(next) {
      // A static page never becomes anything else, and a closed comm never opens again.
      if (next === state || state === "static" || state === "gone") return;
      state = next;
      for (const changed of listeners) changed(next);
    },
    listen: (changed) => void listeners.push(changed),
  };
}

/** Watch the silence of one call: busy after a second, given up after its timeout. */
function timers(kernel: Kernel, options: CallOptions, giveUp: () => void) {
  let silent: ReturnType<typeof setTimeout>;
  const restart = () => {
    clearTimeout(silent);
    silent = setTimeout(giveUp, options.timeout ?? TIMEOUT);
  };
  const busy = setTimeout(() => {
    kernel.set("busy");
    options.onWait?.();
  }, BUSY_AFTER);
  restart();
  return {
    heard() {
      clearTimeout(busy);
      restart();
    },
    end() {
      clearTimeout(busy);
      clearTimeout(silent);
    },
  };
}

function silence(timeout: number): string {
  const seconds = Math.round(timeout / 1000);
  return `No answer from the kernel for ${seconds} s. It is busy, or gone; try again when it is free.`;
}

function randomId(): string {
  // crypto.randomUUID is missing on plain-http hosts
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
}
