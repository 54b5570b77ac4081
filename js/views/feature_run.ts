/** Run, stop, go on, begin again from the picture. */

import { button, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import type { How } from "../lib/feature_calls";
import type { FeatureChoice } from "../lib/feature_choice";

export interface RunState {
  readonly busy: boolean;
  /** There is a picture. */
  readonly made: boolean;
  /** It was stopped before its end. */
  readonly unfinished: boolean;
  readonly auto: boolean;
}

export function featureRun(
  live: boolean,
  events: { run(how: How): void; stop(): void; choose(change: Partial<FeatureChoice>): void },
  signal: AbortSignal,
) {
  let busy = false;
  const main = button({
    label: "Run",
    title: "make the picture (R)",
    primary: true,
    text: true,
    signal,
    onClick: act,
  });
  const on = button({
    label: "Continue",
    title: "go on with this picture",
    signal,
    onClick: () => events.run("on"),
  });
  const again = button({
    label: "Restart from it",
    title: "begin anew from this picture: with other settings, it goes elsewhere",
    signal,
    onClick: () => events.run("again"),
  });
  const auto = toggle({
    label: "at once",
    title: "run as soon as a target is chosen",
    value: false,
    signal,
    onChange: (value) => events.choose({ auto: value }),
  });
  const element = h(
    "div",
    { class: "feature-run", role: "group", "aria-label": "run" },
    main,
    on,
    again,
    auto.el,
  );

  function act(): void {
    if (busy) events.stop();
    else events.run("new");
  }

  return {
    element,
    act,
    show(state: RunState) {
      busy = state.busy;
      main.textContent = busy ? "Stop" : "Run";
      main.title = busy ? "keep what there is (R)" : "make the picture (R)";
      main.classList.toggle("cv-primary", !busy && !state.unfinished);
      main.disabled = !live;
      on.classList.toggle("cv-primary", !busy && state.unfinished);
      on.disabled = !live || busy || !state.made;
      again.disabled = !live || busy || !state.made;
      auto.value = state.auto;
      auto.el.hidden = !live;
    },
  };
}
