/** A row of small pictures with their numbers: patches or images that excite a unit most. */

import type { Picture } from "../lib/binary";
import { h } from "../lib/dom";
import { pictureUrls } from "./pictures";

export interface Patch {
  readonly picture: Picture;
  /** What it is, for the tooltip and for those who do not see it. */
  readonly label: string;
  /** The number under it. */
  readonly caption: string;
}

export interface Patches {
  readonly element: HTMLElement;
  show(items: readonly Patch[]): void;
}

export function patches(label: string, choose: (i: number) => void, signal: AbortSignal): Patches {
  const urls = pictureUrls(signal);
  const list = h("ul", { class: "patches", "aria-label": label });
  list.addEventListener(
    "click",
    (event) => {
      const item = (event.target as Element).closest("li");
      const i = item ? [...list.children].indexOf(item) : -1;
      if (i >= 0) choose(i);
    },
    { signal },
  );
  return {
    element: list,
    show(items) {
      urls.clear();
      list.replaceChildren(
        ...items.map(({ picture, label: name, caption }) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", title: name, "aria-label": `${name}: ${caption}` },
              h("img", { src: urls.of(picture), alt: "", draggable: "false" }),
              h("span", {}, caption),
            ),
          ),
        ),
      );
    },
  };
}
