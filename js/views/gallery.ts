/** The filter gallery's stage: filters (in colour, or as norms), the kernels of one, the norms of all. */

import { domainFor, lut, resolve } from "../lib/colormap";
import { h } from "../lib/dom";
import { count, integer, number } from "../lib/format";
import { fillingSize } from "./flow";
import type { Gallery, GalleryEvents } from "./gallery_contract";
import { type GalleryChoice, galleryTools } from "./gallery_tools";
import { matrix } from "./matrix";
import { mosaic, type Spot } from "./mosaic";
import { normList } from "./norm_list";
import { scalebar } from "./scalebar";
import { colourSheet, kernelSheet } from "./sheet";
import { onResize, setText } from "./surface";
import {
  colourWords,
  descending,
  type Kernels,
  kernelWords,
  type LayerFilters,
  numbered,
  orderOf,
  reachBetween,
  reachOf,
  weightAt,
} from "./weights";

const SIZES = [16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 160] as const;
const USUAL_SIZE = 48;
const LARGEST_SIZE = 96;

export function gallery(
  first: GalleryChoice,
  dark: boolean,
  events: GalleryEvents,
  signal: AbortSignal,
): Gallery {
  let choice = first;
  let isDark = dark;
  let size = 0; // 0 fills the pane
  let all = false;
  let layer: LayerFilters | null = null;
  let chosen: Kernels | null = null;
  let order: Int32Array = new Int32Array(0);

  const bar = scalebar();
  const controls = galleryTools(first, events, zoom, showAll, signal);
  const choose = (unit: number): void => events.choose({ unit });
  const list = normList(choose, signal);
  const colours = mosaic({ hover: hoverColour, choose: (s) => choose(s.channel), zoom }, signal);
  const kernels = mosaic({ hover: hoverKernel, choose: () => undefined, zoom }, signal);
  const norms = matrix({ hover: hoverNorm, choose }, signal);
  const leftTitle = h("p", { class: "caption" });
  const rightTitle = h("p", { class: "caption" });
  const gone = h("p", { class: "caption", hidden: true });
  const left = h("div", { class: "pane pane-filters" }, leftTitle, list.element, colours.element);
  const right = h(
    "div",
    { class: "pane pane-kernels" },
    rightTitle,
    gone,
    kernels.element,
    norms.element,
  );
  const element = h(
    "div",
    { class: "gallery" },
    controls.element,
    h("div", { class: "panes" }, left, right),
  );

  function zoom(direction: number): void {
    if (all) {
      norms.zoom(direction);
      return;
    }
    const at = SIZES.findIndex((step) => step >= tileSize(kernels.element, layer?.shape[1] ?? 1));
    const next = SIZES[Math.min(SIZES.length - 1, Math.max(0, at + direction))] ?? USUAL_SIZE;
    size = direction === 0 ? 0 : next;
    refresh();
  }

  function tileSize(pane: HTMLElement, tiles: number): number {
    if (size > 0) return size;
    return fillingSize(tiles, [pane.clientWidth, pane.clientHeight], [USUAL_SIZE, LARGEST_SIZE]);
  }

  function showAll(on: boolean): void {
    all = on;
    refresh();
  }

  function current(): number | null {
    const { unit } = choice;
    return unit !== null && layer && unit < layer.shape[0] ? unit : (order[0] ?? null);
  }

  function refresh(): void {
    if (!layer) return;
    const unit = current() ?? 0;
    const matrixShown = all && layer.norms !== null;
    controls.canShowAll(layer.norms !== null && layer.shape[1] > 1);
    element.classList.toggle("in-colour", layer.rgb !== null);
    list.element.hidden = layer.rgb !== null;
    colours.element.hidden = layer.rgb === null;
    kernels.element.hidden = matrixShown;
    norms.element.hidden = !matrixShown;
    if (layer.rgb) showColours(layer, layer.rgb, unit);
    else showList(layer, unit);
    if (matrixShown && layer.norms) showNorms(layer, layer.norms, unit);
    else showKernels();
    rest();
  }

  function showList(of: LayerFilters, unit: number): void {
    setText(leftTitle, `${count(of.shape[0], "filter")} · norm of the weights`);
    list.show({ order, norms: of.outNorms, chosen: unit, dead: of.dead });
  }

  function showColours(of: LayerFilters, rgb: Float32Array, unit: number): void {
    const [n, , kh, kw] = of.shape;
    const reaches = reachOf(rgb, n);
    const most = Math.max(...reaches);
    const own = choice.scale === "filter";
    const strength = own ? "its own largest weight" : `±${number(most)}`;
    setText(leftTitle, `${count(n, "filter")} in colour · grey is zero, full colour ${strength}`);
    colours.show({
      name: "filters",
      sheets: [colourSheet(rgb, [n, kh, kw], (i) => (own ? (reaches[i] ?? 0) : most))],
      grid: [kh, kw],
      order,
      size: Math.max(24, tileSize(colours.element, n)),
      exact: size === 0,
      chosen: unit,
      dead: Uint8Array.from({ length: n }, (_, i) => Number(of.dead.has(i))),
      label: `the ${n} filters of ${of.name} in colour`,
      describe: (i) => `filter ${i}, norm ${number(of.outNorms[i] ?? 0)}`,
    });
    colours.reveal(unit);
  }

  function showKernels(): void {
    const of = layer;
    if (!of || !chosen || chosen.layer !== of.name) return;
    const [, inputs, kh, kw] = of.shape;
    const { unit, weights } = chosen;
    const norm = number(of.outNorms[unit] ?? 0);
    const rule = of.rgb
      ? "red, green and blue kernel"
      : `${count(inputs, "kernel")}, the heaviest first`;
    setText(rightTitle, `filter ${unit} · norm ${norm} · ${rule}`);
    const colour = resolve(choice.colormap, { signed: true, dark: isDark });
    kernels.show({
      name: "kernels",
      sheets: [kernelSheet(weights, [inputs, kh, kw], { table: lut(colour), domain: domainOf })],
      grid: [kh, kw],
      order: of.rgb ? numbered(inputs) : descending(chosen.norms),
      size:
        kh * kw === 1
          ? Math.max(12, Math.round((size || USUAL_SIZE) * 0.45))
          : tileSize(kernels.element, inputs),
      chosen: null,
      dead: Uint8Array.from(chosen.norms, (n) => Number(n === 0)),
      label: `the ${inputs} kernels of filter ${unit} of ${of.name}`,
      describe: (i) => `input ${i}`,
    });
  }

  /** The values that the colours of one kernel span; when they share a scale, of all that is shown. */
  function domainOf(kernel: number | null): readonly [number, number] {
    if (!layer || !chosen) return [0, 0];
    const n = layer.shape[2] * layer.shape[3];
    const part =
      choice.scale === "shared" || kernel === null
        ? (layer.rgb ?? chosen.weights)
        : chosen.weights.subarray(kernel * n, (kernel + 1) * n);
    const colour = resolve(choice.colormap, { signed: true, dark: isDark });
    return domainFor(colour, ...reachBetween(part));
  }

  function showNorms(of: LayerFilters, values: Float32Array, unit: number): void {
    const [rows, columns] = of.shape;
    setText(
      rightTitle,
      `norms of all kernels · ${integer(rows)} filters down, ${integer(columns)} inputs across`,
    );
    norms.show({
      values,
      rows,
      columns,
      order,
      table: lut(normColour()),
      domain: [0, reachBetween(values)[1]],
      chosen: unit,
      label: `norms of the ${rows} × ${columns} kernels of ${of.name}`,
    });
  }

  function normColour() {
    return resolve("auto", { signed: false, dark: isDark });
  }

  function rest(): void {
    if (!layer) return;
    const [out, inputs, kh, kw] = layer.shape;
    const silent = layer.dead.size > 0 ? ` · all zero: ${layer.dead.size} of ${out}` : "";
    events.say(`${count(out, "filter")} of ${inputs} × ${kh} × ${kw} weights${silent}`);
    showBar(null, null);
  }

  function showBar(kernel: number | null, value: number | null): void {
    if (!layer) return;
    if (all && layer.norms) {
      const domain = [0, reachBetween(layer.norms)[1]] as const;
      bar.show({ map: normColour(), domain, label: "norm", value });
      return;
    }
    const colour = resolve(choice.colormap, { signed: true, dark: isDark });
    const own = choice.scale === "filter";
    const domain = own && kernel === null ? null : domainOf(kernel);
    const label = !own ? "weight" : kernel === null ? "each its own scale" : `input ${kernel}`;
    bar.show({ map: colour, domain, label, value });
  }

  function hoverColour(spot: Spot | null): void {
    if (spot && layer?.rgb) events.say(colourWords(layer, layer.rgb, spot));
    else rest();
  }

  function hoverKernel(spot: Spot | null): void {
    if (!spot || !layer || !chosen) {
      rest();
      return;
    }
    events.say(kernelWords(layer, chosen, spot));
    showBar(spot.channel, weightAt(layer, chosen, spot));
  }

  function hoverNorm(cell: { row: number; column: number } | null): void {
    if (!cell || !layer?.norms) {
      rest();
      return;
    }
    const value = layer.norms[cell.row * layer.shape[1] + cell.column] ?? 0;
    events.say(`filter ${cell.row}, input ${cell.column} · norm ${number(value)}`);
    showBar(null, value);
  }

  onResize(element, signal, refresh);

  return {
    element,
    scalebar: bar.element,
    show(next) {
      const sorted = next.sort !== choice.sort;
      choice = next;
      if (layer && sorted) order = orderOf(layer, choice.sort);
      controls.show(next);
      refresh();
    },
    filters(next) {
      layer = next;
      order = orderOf(next, choice.sort);
      refresh();
    },
    kernels(next) {
      chosen = next;
      gone.hidden = true;
      refresh();
    },
    missing(word) {
      setText(gone, word);
      gone.hidden = word === "";
    },
    dark(on) {
      isDark = on;
      refresh();
    },
    zoom,
    current,
    neighbour(step) {
      const at = order.indexOf(current() ?? 0);
      return order[Math.min(order.length - 1, Math.max(0, at + step))] ?? null;
    },
  };
}
