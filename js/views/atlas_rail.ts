/** What is chosen about an atlas: layers with their small maps, a class, icons, an image. */

import type { AtlasChoice } from "../lib/atlas_choice";
import type { Level } from "../lib/atlas_level";
import { button, search, select, slider, toggle } from "../lib/controls";
import { h } from "../lib/dom";
import type { AtlasLayerInfo } from "../lib/protocol";
import { atlasImages } from "./atlas_images";
import { matching } from "./class_chooser";
import { drawDensity } from "./minimap";
import { setText } from "./surface";

export interface RailContent extends AtlasChoice {
  readonly layer: string;
  readonly beside: readonly string[];
  readonly image: number | null;
}

export interface RailEvents {
  choose(change: Partial<RailContent>): void;
  needThumbnails(start: number, stop: number): void;
  dropped(file: File): void;
}

export interface RailAbout {
  readonly layers: readonly AtlasLayerInfo[];
  readonly classes: readonly string[];
  readonly images: readonly string[];
  readonly can: ReadonlySet<string>;
}

export function atlasRail(
  about: RailAbout,
  first: RailContent,
  events: RailEvents,
  signal: AbortSignal,
) {
  let content = first;

  // ---- layers ----
  const maps = new Map<string, HTMLCanvasElement>();
  const rows = about.layers.map((info) => {
    const canvas = h("canvas", {
      class: "atlas-thumb",
      "aria-hidden": "true",
      width: 1,
      height: 1,
    });
    maps.set(info.name, canvas);
    const name = h(
      "button",
      { type: "button", class: "atlas-layer-name", title: `Show ${info.name}` },
      canvas,
      h("span", {}, h("b", {}, info.name), h("small", {}, info.detail)),
    );
    name.addEventListener(
      "click",
      () =>
        events.choose({
          layer: info.name,
          beside: content.beside.filter((each) => each !== info.name),
        }),
      { signal },
    );
    const side = button({
      label: "+",
      text: true,
      title: `Show ${info.name} beside`,
      signal,
      onClick() {
        const on = content.beside.includes(info.name);
        events.choose({
          beside: on
            ? content.beside.filter((each) => each !== info.name)
            : [...content.beside, info.name],
        });
      },
    });
    side.setAttribute("aria-label", `show ${info.name} beside`);
    return { info, name, side, element: h("li", {}, name, side) };
  });
  const layers = h(
    "section",
    { class: "atlas-section" },
    h("h3", { class: "atlas-heading" }, rows.length > 1 ? "Layers" : "Layer"),
    h("ul", { class: "atlas-layers" }, ...rows.map(({ element }) => element)),
  );

  // ---- classes ----
  const finder = search({
    label: "search classes",
    placeholder: "search all classes…",
    title: "where the atlas speaks for a class ( / )",
    signal,
    onInput: offer,
  });
  const offered = h("ul", { class: "class-rows", "aria-label": "classes found" });
  const none = h("p", { class: "caption", hidden: true }, "No class has this name.");
  const chip = h("div", { class: "atlas-chip", hidden: true });
  const chipName = h("span", {});
  const chipOff = button({
    label: "Show all classes again",
    icon: "M4 4l8 8M12 4l-8 8",
    signal,
    onClick: () => events.choose({ target: null }),
  });
  chip.append(chipName, chipOff);
  const signs = (["positive", "negative"] as const).map((sign) => {
    const one = button({
      label: sign === "positive" ? "for it" : "against it",
      text: true,
      title:
        sign === "positive"
          ? "where activations raise its score"
          : "where activations lower its score",
      signal,
      onClick: () => events.choose({ sign }),
    });
    one.dataset.sign = sign;
    return one;
  });
  const signBox = h(
    "div",
    { class: "cv-modes", role: "group", "aria-label": "for or against" },
    ...signs,
  );
  const classes = h(
    "section",
    { class: "atlas-section", hidden: about.classes.length === 0 },
    h("h3", { class: "atlas-heading" }, "Class"),
    finder.el,
    offered,
    none,
    chip,
    signBox,
  );

  function offer(text: string): void {
    const found = matching(about.classes, text.trim());
    none.hidden = text.trim() === "" || found.length > 0;
    offered.replaceChildren(
      ...found.map((index) => {
        const one = button({
          label: about.classes[index] ?? "",
          text: true,
          title: `where the atlas speaks for ${about.classes[index]}`,
          signal,
          onClick: () => pick(index),
        });
        one.classList.add("class-name");
        return h("li", { class: "class-row" }, one);
      }),
    );
  }

  function pick(index: number): void {
    finder.value = "";
    offer("");
    events.choose({ target: index });
  }

  finder.el.addEventListener(
    "keydown",
    (event) => {
      const buttons = [...offered.querySelectorAll<HTMLElement>("button")];
      if (event.key === "Enter") buttons[0]?.click();
      else if (event.key === "ArrowDown") buttons[0]?.focus();
      else return;
      event.preventDefault();
    },
    { signal },
  );

  // ---- icons ----
  const blend = slider({
    label: "patches – inversions",
    title: "real patches, inversions, or one over the other",
    min: 0,
    max: 1,
    step: 0.05,
    value: first.blend,
    format: (v) => (v === 0 ? "patches" : v === 1 ? "inversions" : `${Math.round(v * 100)} %`),
    signal,
    onInput: (value) => events.choose({ blend: value }),
  });
  blend.el.hidden = !haveBoth(about.layers);
  const density = slider({
    label: "density",
    title: "how large icons are: more, and cells with few samples are drawn larger",
    min: -2.3,
    max: 3,
    step: 0.1,
    value: Math.log2(first.density),
    format: (v) => `× ${(2 ** v).toFixed(v < 0 ? 2 : 1)}`,
    signal,
    onInput: (value) => events.choose({ density: Number((2 ** value).toFixed(3)) }),
  });
  const grid = select({
    label: "grid",
    title: "which grid is shown",
    options: gridsOf(about.layers),
    value: String(first.level ?? "auto"),
    signal,
    onChange: (value) => events.choose({ level: value === "auto" ? null : Number(value) }),
  });
  const labels = toggle({
    label: "labels",
    title: "the class that each cell speaks most for",
    value: first.labels,
    signal,
    onChange: (on) => events.choose({ labels: on }),
  });
  labels.el.hidden = about.classes.length === 0;
  const icons = h(
    "section",
    { class: "atlas-section" },
    h("h3", { class: "atlas-heading" }, "Icons"),
    blend.el,
    density.el,
    h("div", { class: "atlas-row" }, grid.el, labels.el),
  );

  const images = atlasImages(
    about,
    {
      choose: (image) => events.choose({ image }),
      needThumbnails: events.needThumbnails,
      dropped: events.dropped,
    },
    signal,
  );

  const element = h("div", { class: "atlas-rail" }, layers, classes, icons, images.element);
  return {
    element,
    show(next: RailContent): void {
      content = next;
      for (const { info, name, side } of rows) {
        const main = info.name === next.layer;
        name.setAttribute("aria-pressed", String(main));
        side.hidden = rows.length < 2 || main;
        side.setAttribute("aria-pressed", String(next.beside.includes(info.name)));
      }
      chip.hidden = next.target === null;
      signBox.hidden = next.target === null;
      if (next.target !== null)
        setText(chipName, about.classes[next.target] ?? `class ${next.target}`);
      for (const one of signs)
        one.setAttribute("aria-pressed", String(one.dataset.sign === next.sign));
      blend.value = next.blend;
      density.value = Math.log2(next.density);
      grid.value = String(next.level ?? "auto");
      labels.value = next.labels;
      images.select(next.image);
    },
    overview(layer: string, level: Level, heat: Float32Array | null, dark: boolean): void {
      const canvas = maps.get(layer);
      if (canvas) drawDensity(canvas, { level, heat, dark });
    },
    /** A build has gone on: there may be other grids and icons. */
    layers(infos: readonly AtlasLayerInfo[]): void {
      grid.setOptions(gridsOf(infos));
      grid.value = String(content.level ?? "auto");
      blend.el.hidden = !haveBoth(infos);
    },
    thumbnails: images.thumbnails,
    focusSearch: () => finder.focus(),
  };
}

/** Only where there are both does the slider from patches to inversions do something. */
function haveBoth(layers: readonly AtlasLayerInfo[]): boolean {
  return layers.some(({ kinds }) => kinds.length > 1);
}

function gridsOf(layers: readonly AtlasLayerInfo[]): { value: string; label: string }[] {
  const sides = [...new Set(layers.flatMap((layer) => layer.sides))].sort((a, b) => a - b);
  return [
    { value: "auto", label: "grid by zoom" },
    ...sides.map((side) => ({ value: String(side), label: `${side} × ${side}` })),
  ];
}
