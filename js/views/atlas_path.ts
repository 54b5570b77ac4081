/** An image beside the atlas: every position of it, lit on the atlas when pointed at. */

import type { PathAnswer } from "../lib/atlas_calls";
import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { pictureUrls } from "./pictures";
import { setText } from "./surface";

export interface PathEvents {
  lit(position: number): void;
  go(position: number): void;
  close(): void;
}

export function atlasPath(events: PathEvents, signal: AbortSignal) {
  const urls = pictureUrls(signal);
  const img = h("img", { alt: "", draggable: "false" });
  const mark = h("span", { class: "atlas-field", hidden: true });
  const box = h("div", { class: "atlas-image-box", tabindex: 0, role: "img" }, img, mark);
  const words = h("p", { class: "caption" });
  const shut = button({
    label: "Close the image",
    icon: "M4 4l8 8M12 4l-8 8",
    signal,
    onClick: events.close,
  });
  const element = h(
    "section",
    { class: "atlas-path", "aria-label": "an image on the atlas", hidden: true },
    h("header", {}, h("h3", { class: "atlas-heading" }, "This image on the atlas"), shut),
    box,
    words,
  );
  let path: PathAnswer | null = null;
  let lit = -1;

  function light(position: number): void {
    lit = position;
    events.lit(position);
    mark.hidden = position < 0 || !path;
    if (!path || position < 0) return;
    const [row, column] = [Math.floor(position / path.columns), position % path.columns];
    const { rows, columns } = path;
    mark.style.inset = `${(row / rows) * 100}% ${(1 - (column + 1) / columns) * 100}% ${(1 - (row + 1) / rows) * 100}% ${(column / columns) * 100}%`;
    setText(words, `${path.name}: row ${row + 1}, column ${column + 1} of ${rows} × ${columns}`);
  }

  function at(event: PointerEvent | MouseEvent): number {
    if (!path) return -1;
    const bounds = box.getBoundingClientRect();
    const clamp = (value: number, n: number): number =>
      Math.min(n - 1, Math.max(0, Math.floor(value * n)));
    const row = clamp((event.clientY - bounds.top) / bounds.height, path.rows);
    return row * path.columns + clamp((event.clientX - bounds.left) / bounds.width, path.columns);
  }

  box.addEventListener("pointermove", (event) => light(at(event)), { signal });
  box.addEventListener("pointerleave", () => light(-1), { signal });
  box.addEventListener("click", (event) => events.go(at(event)), { signal });
  box.addEventListener(
    "keydown",
    (event) => {
      if (!path) return;
      const { rows, columns } = path;
      const [row, column] = [Math.floor(Math.max(0, lit) / columns), Math.max(0, lit) % columns];
      const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
        event.key
      ];
      if (event.key === "Enter" && lit >= 0) events.go(lit);
      else if (way) {
        const clamp = (value: number, n: number): number => Math.min(n - 1, Math.max(0, value));
        light(clamp(row + (way[0] ?? 0), rows) * columns + clamp(column + (way[1] ?? 0), columns));
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );

  return {
    element,
    show(next: PathAnswer | null): void {
      path = next;
      element.hidden = !next;
      lit = -1;
      mark.hidden = true;
      if (!next) return;
      urls.clear();
      img.src = urls.of(next.picture);
      box.style.setProperty("--ratio", String(next.picture.width / next.picture.height));
      box.setAttribute(
        "aria-label",
        `${next.name}; arrow keys choose a position, Enter goes to it on the atlas`,
      );
      setText(words, `${next.name}: ${next.rows} × ${next.columns} positions; point at one`);
    },
  };
}
