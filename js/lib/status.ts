// The status line: what is shown, progress with time left and Stop, one-sentence errors with Retry.

import { button } from "./controls";
import { h } from "./dom";
import type { Progress } from "./protocol";
import { type CallOptions, RpcError } from "./rpc";

export interface Status {
  el: HTMLElement;
  /** A place at the end of the line, for a scale bar. */
  extra: HTMLElement;
  /** What is shown now; stays until the next `say`. */
  say(text: string): void;
  /** A lasting remark from Python ("No preprocessing found in the model: …"); "" takes it away. */
  notice(text: string): void;
  progress(progress: Progress, stop?: () => void): void;
  /** One sentence in place of the text, with Retry where trying again makes sense. */
  error(sentence: string, retry?: () => void): void;
  /** Say that the kernel is busy with something else; `false` takes it away. */
  busy(on: boolean): void;
  /** Take progress and error away. */
  clear(): void;
  /**
   * Run a call with everything the line offers: progress, Stop, "kernel busy", errors with Retry.
   * Of several at a time the newest has the progress bar; errors are always shown.
   * Resolves to undefined when it failed (the line says why) or was ended by a newer request.
   * `retried` is called with the value when a Retry succeeds later.
   */
  run<T>(
    task: (options: CallOptions) => Promise<T>,
    options?: RunOptions<T>,
  ): Promise<T | undefined>;
}

export interface RunOptions<T> {
  /** Ends the task when it aborts, as Stop does. */
  signal?: AbortSignal;
  onPreview?: (value: unknown) => void;
  retried?: (value: T) => void;
}

export function statusLine(signal: AbortSignal): Status {
  const text = h("span", { class: "cv-said" });
  const remark = h("span", { class: "cv-notice", hidden: true });
  const live = h("div", { class: "cv-live", role: "status", "aria-live": "polite" }, text, remark);
  const job = h("div", { class: "cv-job", hidden: true });
  const trouble = h("div", { class: "cv-trouble", role: "alert", hidden: true });
  const waiting = h(
    "div",
    { class: "cv-waiting", role: "status", hidden: true },
    "Kernel busy: waiting for it to answer…",
  );
  const extra = h("div", { class: "cv-extra" });
  const el = h("div", { class: "cv-status" }, live, waiting, job, trouble, extra);
  const bar = jobBar(job, signal);

  const status: Status = {
    el,
    extra,
    say(said) {
      if (text.textContent !== said) text.textContent = said;
    },
    notice(said) {
      remark.textContent = said;
      remark.hidden = said === "";
    },
    progress: bar.show,
    error(sentence, retry) {
      bar.hide();
      status.busy(false);
      complain(trouble, sentence, retry, signal);
    },
    busy: (on) => {
      waiting.hidden = !on;
    },
    clear() {
      bar.hide();
      status.busy(false);
      trouble.hidden = true;
    },
    run: (task, options = {}) => run(status, bar, task, options),
  };
  return status;
}

/** Put a sentence into the place of errors, with Retry where given and a way to take it away. */
function complain(
  place: HTMLElement,
  sentence: string,
  retry: (() => void) | undefined,
  signal: AbortSignal,
): void {
  const hide = () => {
    place.hidden = true;
  };
  const again = () => {
    hide();
    retry?.();
  };
  place.replaceChildren(h("span", {}, sentence));
  if (retry) place.append(button({ label: "Retry", signal, onClick: again }));
  place.append(button({ label: "Dismiss", icon: "M4 4l8 8M12 4l-8 8", signal, onClick: hide }));
  place.hidden = false;
}

async function run<T>(
  status: Status,
  bar: JobBar,
  task: (options: CallOptions) => Promise<T>,
  options: RunOptions<T>,
): Promise<T | undefined> {
  const stop = new AbortController();
  const key = bar.claim();
  const mine = () => bar.owner() === key;
  const done = () => {
    if (!mine()) return;
    bar.hide();
    status.busy(false);
  };
  status.clear(); // what went wrong before is of no interest once something else is asked for
  try {
    const value = await task({
      signal: options.signal,
      stop: stop.signal,
      onProgress: (progress) => {
        if (!mine()) return;
        status.busy(false);
        status.progress(progress, () => stop.abort());
      },
      onPreview: options.onPreview,
      onWait: () => mine() && status.busy(true),
    });
    done();
    return value;
  } catch (reason) {
    done();
    const error = reason instanceof RpcError ? reason : new RpcError("Error", String(reason));
    if (!error.quiet) status.error(error.message, retryOf(status, error, task, options));
    return undefined;
  }
}

function retryOf<T>(
  status: Status,
  error: RpcError,
  task: (options: CallOptions) => Promise<T>,
  options: RunOptions<T>,
): (() => void) | undefined {
  // A static page never answers, and a closed widget neither.
  if (error.type === "NoKernel" || error.type === "KernelGone") return undefined;
  return () => {
    void status.run(task, options).then((value) => {
      if (value !== undefined) options.retried?.(value);
    });
  };
}

interface JobBar {
  show(progress: Progress, stop?: () => void): void;
  hide(): void;
  /** The newest run owns the bar; of older ones only errors are shown. */
  claim(): symbol;
  owner(): symbol | null;
}

function jobBar(el: HTMLElement, signal: AbortSignal): JobBar {
  const note = h("span", { class: "cv-note" });
  const bar = h("progress", { "aria-label": "progress" });
  const left = h("span", { class: "cv-left" });
  let owner: symbol | null = null;
  let onStop: (() => void) | undefined;
  const stop = button({
    label: "Stop",
    signal,
    onClick() {
      stop.disabled = true;
      left.textContent = "stopping…";
      onStop?.();
    },
  });
  el.append(note, bar, left, stop);
  return {
    show({ done, total, note: words, left: seconds }, stopper) {
      if (stop.disabled) return; // asked to stop: what it has is on its way
      onStop = stopper;
      stop.hidden = !stopper;
      note.textContent = words;
      if (total === null || total === 0) bar.removeAttribute("value");
      else {
        bar.max = total;
        bar.value = done;
      }
      left.textContent = [
        total ? `${done} of ${total}` : "",
        seconds === null ? "" : duration(seconds),
      ]
        .filter(Boolean)
        .join(" · ");
      el.hidden = false;
    },
    hide() {
      el.hidden = true;
      stop.disabled = false;
      onStop = undefined;
    },
    claim: () => (owner = Symbol("run")),
    owner: () => owner,
  };
}

/** "12 s left", "4 min left", "1 h 20 min left". */
export function duration(seconds: number): string {
  if (seconds < 1) return "almost done";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
