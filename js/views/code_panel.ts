/** The pipeline as code of a chosen library, to read and to copy. */

import { button } from "../lib/controls";
import { disclosure } from "../lib/disclosure";
import { h } from "../lib/dom";
import { setAttribute, setText } from "./surface";

export interface CodeEvents {
  /** The code for a target, or a sentence why there is none. */
  code(target: string): Promise<{ text: string } | { error: string }>;
  say(text: string): void;
}

const NAMES: Readonly<Record<string, string>> = {
  yaml: "YAML",
  convscope: "convscope",
  torchvision: "torchvision",
  kornia: "kornia",
  albumentations: "albumentations",
};

export function codePanel(targets: readonly string[], events: CodeEvents, signal: AbortSignal) {
  const opener = button({
    label: "Code",
    icon: "M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4",
    text: true,
    title: "Copy the pipeline as code",
    signal,
    onClick: () => void load(),
  });
  const text = h("textarea", { class: "code-text", readonly: true, spellcheck: "false" });
  text.setAttribute("aria-label", "code");
  const tabs = targets.map((target) =>
    button({
      label: NAMES[target] ?? target,
      signal,
      onClick() {
        chosen = target;
        void load();
      },
    }),
  );
  const copy = button({ label: "Copy", primary: true, signal, onClick: () => void toClipboard() });
  const close = button({
    label: "Close",
    icon: "M4 4l8 8M12 4l-8 8",
    signal,
    onClick() {
      panel.close();
      opener.focus();
    },
  });
  const bar = h("div", { class: "code-bar", role: "group", "aria-label": "copy as" }, ...tabs);
  bar.append(copy, close);
  const element = h(
    "section",
    { class: "code-panel", "aria-label": "the pipeline as code" },
    bar,
    text,
  );
  const panel = disclosure(opener, element, null, signal);
  let chosen = targets[0] ?? "";

  async function load(): Promise<void> {
    tabs.forEach((tab, i) => {
      setAttribute(tab, "aria-pressed", String(targets[i] === chosen));
    });
    const target = chosen;
    const answer = await events.code(target);
    if (target !== chosen) return;
    text.value = "text" in answer ? answer.text : answer.error;
    copy.disabled = !("text" in answer);
  }

  async function toClipboard(): Promise<void> {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      // Pages without https have no clipboard but the old one.
      document.execCommand("copy");
    }
    events.say(`copied as ${NAMES[chosen] ?? chosen}`);
    setText(copy, "Copied");
    setTimeout(() => setText(copy, "Copy"), 1500);
  }

  return {
    opener,
    element,
    /** The pipeline has changed: what is open is written anew. */
    changed(): void {
      if (!element.hidden) void load();
    },
  };
}
