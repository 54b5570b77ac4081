/** What stands behind a cell: the real patches in it, the images they are from, the channels that are strong in it. */

import type { CellAnswer } from "../lib/atlas_calls";
import type { Level } from "../lib/atlas_level";
import type { Picture } from "../lib/binary";
import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { count, number } from "../lib/format";
import { cellFacts, cellName, classBars } from "./atlas_words";
import { bitmapSlot, pictureUrls } from "./pictures";
import { context2d, setText } from "./surface";

export interface PanelEvents {
  close(): void;
  /** A sample: its image, and the position in the layer's map. */
  sample(image: number, position: readonly [number, number]): void;
  unit(unit: number): void;
  target(index: number): void;
  needPicture(image: number): void;
}

export interface PanelContent {
  readonly layer: string;
  readonly level: Level;
  readonly cell: number;
  readonly names: readonly string[];
  readonly answer: CellAnswer | null;
  readonly unit: number | null;
}

export function atlasPanel(events: PanelEvents, signal: AbortSignal) {
  const title = h("h3", { class: "atlas-panel-title" });
  const shut = button({
    label: "Close",
    icon: "M4 4l8 8M12 4l-8 8",
    title: "Close (Esc)",
    signal,
    onClick: events.close,
  });
  const bars = h("div");
  const facts = h("p", { class: "caption" });
  const heading = h("h4", { class: "atlas-heading" });
  const patches = h("ul", { class: "atlas-patches", "aria-label": "real patches in this cell" });
  const why = h("p", { class: "caption", hidden: true });
  const name = h("figcaption", { class: "caption" });
  const frame = h("span", { class: "atlas-field", hidden: true });
  const img = h("img", { alt: "", draggable: "false" });
  const box = h("div", { class: "atlas-image-box" }, img, frame);
  const whole = h("figure", { class: "atlas-image", hidden: true }, box, name);
  const units = h("p", { class: "atlas-units" });
  const element = h(
    "aside",
    { class: "atlas-panel", "aria-label": "The chosen cell", hidden: true },
    h("header", {}, title, shut),
    bars,
    facts,
    heading,
    patches,
    why,
    whole,
    h("h4", { class: "atlas-heading" }, "Strongest channels"),
    units,
  );
  const urls = pictureUrls(signal);
  const slot = bitmapSlot(signal);
  let content: PanelContent | null = null;
  let wanted = -1;

  const imageOf = (i: number): number => content?.answer?.images.data[i] ?? -1;

  function choose(i: number): void {
    const answer = content?.answer;
    if (!answer) return;
    const { boxes, positions, names } = answer;
    [...patches.children].forEach((item, k) => {
      item.firstElementChild?.setAttribute("aria-pressed", String(k === i));
    });
    whole.hidden = false;
    setText(name, names[i] ?? "");
    const [y0 = 0, x0 = 0, y1 = 1, x1 = 1] = boxes.data.subarray(4 * i, 4 * i + 4);
    frame.style.inset = `${y0 * 100}% ${(1 - x1) * 100}% ${(1 - y1) * 100}% ${x0 * 100}%`;
    frame.hidden = true;
    wanted = imageOf(i);
    events.needPicture(wanted);
    events.sample(wanted, [positions.data[2 * i] ?? 0, positions.data[2 * i + 1] ?? 0]);
  }

  async function fill(answer: CellAnswer): Promise<void> {
    const bitmap = await slot.set(answer.patches);
    if (!bitmap || content?.answer !== answer) return;
    const side = bitmap.height;
    patches.replaceChildren(
      ...answer.names.map((text, i) => {
        const canvas = h("canvas", { width: side, height: side, "aria-hidden": "true" });
        context2d(canvas).drawImage(bitmap, i * side, 0, side, side, 0, 0, side, side);
        const open = h(
          "button",
          {
            type: "button",
            title: text,
            "aria-label": `patch of ${text}`,
            "aria-pressed": "false",
          },
          canvas,
        );
        open.addEventListener("click", () => choose(i), { signal });
        return h("li", {}, open);
      }),
    );
  }

  function showUnits(answer: CellAnswer, unit: number | null): void {
    units.replaceChildren(
      ...Array.from(answer.units.data, (index, i) => {
        const one = button({
          label: `${index}`,
          text: true,
          title: `channel ${index}: ${number(answer.strengths.data[i] ?? 0)} on average in this cell; choose it for linked widgets`,
          signal,
          onClick: () => events.unit(index),
        });
        one.setAttribute("aria-pressed", String(index === unit));
        return one;
      }),
    );
  }

  return {
    element,
    show(next: PanelContent | null): void {
      const before = content;
      content = next;
      element.hidden = !next;
      if (!next) return;
      const { level, cell, names, answer, layer } = next;
      if (before?.level !== level || before.cell !== cell || before.layer !== layer) {
        setText(title, cellName(level, cell, names));
        bars.replaceChildren(classBars(level, cell, names, events.target));
        setText(facts, `${cellFacts(level, cell)} · ${layer}`);
        whole.hidden = true;
      }
      if (answer && before?.answer !== answer) {
        const n = answer.names.length;
        const all = count(answer.count, "patch", "patches");
        setText(heading, n < answer.count ? `${n} of ${all}` : all);
        why.hidden = answer.why === "";
        setText(why, answer.why);
        patches.replaceChildren();
        void fill(answer);
      }
      if (!answer) {
        setText(heading, "Real patches");
        // Places are kept, so that nothing jumps when they come.
        patches.replaceChildren(
          ...Array.from({ length: Math.min(12, level.counts[cell] ?? 0) }, () =>
            h("li", { class: "atlas-coming" }),
          ),
        );
        units.replaceChildren();
        why.hidden = true;
      } else showUnits(answer, next.unit);
    },
    picture(image: number, picture: Picture): void {
      if (image !== wanted) return;
      box.hidden = false;
      urls.clear();
      img.src = urls.of(picture);
      frame.hidden = false;
    },
    /** A page without a kernel does not hold all images. */
    missing(image: number): void {
      if (image !== wanted) return;
      box.hidden = true;
      setText(name, `${name.textContent}: this page does not hold the whole image.`);
    },
    focus: () => shut.focus(),
  };
}
