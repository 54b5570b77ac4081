/** An image on the atlas: one of its own from a strip, or one that a person chooses or drops. */

import { button } from "../lib/controls";
import { h } from "../lib/dom";
import { strip } from "./strip";

export interface ImagesEvents {
  choose(image: number): void;
  needThumbnails(start: number, stop: number): void;
  dropped(file: File): void;
}

export function atlasImages(
  about: { readonly images: readonly string[]; readonly can: ReadonlySet<string> },
  events: ImagesEvents,
  signal: AbortSignal,
) {
  const file = h("input", {
    type: "file",
    accept: "image/*",
    class: "atlas-file",
    "aria-label": "an image of your own",
  });
  file.addEventListener(
    "change",
    () => {
      const [one] = file.files ?? [];
      if (one) events.dropped(one);
      file.value = "";
    },
    { signal },
  );
  const open = button({
    label: "Choose or drop an image…",
    text: true,
    title: "where its positions fall on the atlas",
    signal,
    onClick: () => file.click(),
  });
  const { choose, needThumbnails: need } = events;
  const list = strip(about.images, { choose, compare: choose, need }, signal);
  const own = about.can.has("locate") && about.images.length > 0;
  const drop = about.can.has("drop");
  list.element.hidden = !own;
  open.hidden = !drop;
  const element = h(
    "section",
    { class: "atlas-section", hidden: !own && !drop },
    h("h3", { class: "atlas-heading" }, "An image on the atlas"),
    list.element,
    open,
    file,
  );
  return {
    element,
    /** An image behind a patch need not be among those of the strip. */
    select(image: number | null): void {
      list.select(image !== null && image < about.images.length ? image : -1, null);
    },
    thumbnails: list.fill,
  };
}
