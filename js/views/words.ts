/** Layers, units and places in words. */

import { count, number, percent, shape, shortShape } from "../lib/format";
import type { FilterLayerInfo, LayerInfo, ReceptiveField } from "../lib/protocol";
import type { Maps, Reading } from "./channels";
import type { TreeItem } from "./tree";

/** `layer3.1 · 256 × 14 × 14 · ReLU`. */
export function layerTitle({ name, shape: dims, kind }: LayerInfo): string {
  return [name || "the whole network", shape(dims), kind].join(" · ");
}

export function treeItem(layer: LayerInfo): TreeItem {
  const { name, kind, shape: dims, depth } = layer;
  const label = depth === 0 ? name : name.slice(name.lastIndexOf(".") + 1);
  return {
    key: name,
    label: label || "network",
    kind,
    depth,
    detail: shortShape(dims),
    mark: !layer.used ? "unused" : layer.shared ? "shared" : "",
    tooltip: tooltip(layer),
    enabled: layer.capturable,
  };
}

function tooltip(layer: LayerInfo): string {
  const lines = [
    `${layer.name || "the whole network"}: ${layer.kind}`,
    `output ${shape(layer.shape)}${layer.grid ? `, ${layer.grid}` : ""}`,
    count(layer.parameters, "parameter"),
    `receptive field: ${fieldWords(layer.rf)}`,
  ];
  if (!layer.used) lines.push("not used in the forward pass");
  if (layer.shared) lines.push(`the same module as ${layer.shared}`);
  if (layer.calls > 1) lines.push(`called ${count(layer.calls, "time")}`);
  return lines.join("\n");
}

/** `11 × 11 pixels, every 4 × 4`. */
export function fieldWords(rf: ReceptiveField | null): string {
  if (!rf) return "unknown";
  if (rf.whole) return "the whole image";
  const gate = rf.gated ? "; a gate sees the whole image" : "";
  return `${shape(rf.size)} pixels, one unit every ${shape(rf.stride)}${gate}`;
}

/** One unit under the pointer: `channel 37 · 1.23 at row 4, column 9 · sees 91 × 91 pixels`. */
export function unitWords(
  { shape: [, h, w] }: Maps,
  rf: ReceptiveField | null,
  { channel, y, x }: { channel: number; y: number; x: number },
  { value, exact }: Reading,
): string {
  const about = exact ? "" : "about ";
  if (h * w === 1) return `channel ${channel} · ${number(value)}`;
  const sees = rf ? (rf.whole ? "the whole image" : `${shape(rf.size)} pixels`) : "unknown";
  return `channel ${channel} · ${about}${number(value)} at row ${y}, column ${x} · receptive field ${sees}`;
}

/** A layer at rest: `128 channels, 12 × 12 units each · receptive field 35 × 35 pixels, one unit every 8 × 8`. */
export function layerWords({ rf }: LayerInfo, { shape: [c, h, w] }: Maps): string {
  const units = h * w === 1 ? "one number each" : `${shape([h, w])} units each`;
  return `${count(c, "channel")}, ${units} · receptive field ${fieldWords(rf)}`;
}

/** A channel's own numbers. */
export function channelWords(maps: Maps, channel: number): string {
  const zeros = maps.zeros[channel] ?? 0;
  const parts = [
    `mean ${number(maps.mean[channel] ?? 0)}`,
    `largest ${number(maps.max[channel] ?? 0)}`,
  ];
  if (zeros >= 1) parts.push("zero everywhere");
  else if (zeros > 0) parts.push(`${percent(zeros)} zeros`);
  return parts.join(" · ");
}

/** What differs from the plain truth: maps averaged for the mosaic, values that are no numbers. */
export function reducedWords(maps: Maps): string {
  const ratio = Math.max(maps.shape[1] / maps.shown[0], maps.shape[2] / maps.shown[1]);
  const reduced = ratio > 1 ? ` · shown at 1/${number(ratio, 2)} size` : "";
  const invalid = maps.invalid ?? 0;
  return invalid > 0
    ? `${reduced} · ${count(invalid, "value")} not finite, drawn as zero`
    : reduced;
}

/** `stem.conv · 24 filters of 3 × 5 × 5 · Conv2d`. */
export function filterTitle({ name, kind, shape: dims, groups }: FilterLayerInfo): string {
  const grouped = groups > 1 ? ` · ${count(groups, "group")}` : "";
  return `${name} · ${count(dims[0], "filter")} of ${shape(dims.slice(1))} · ${kind}${grouped}`;
}

export function filterItem(layer: FilterLayerInfo): TreeItem {
  const [out, inputs, h, w] = layer.shape;
  const cut = layer.name.lastIndexOf(".") + 1;
  return {
    key: layer.name,
    label: layer.name.slice(cut),
    path: layer.name.slice(0, cut),
    kind: "",
    depth: 0,
    detail: `${out}×${inputs}×${h === w ? `${h}²` : `${h}×${w}`}`,
    mark: "",
    tooltip: filterTitle(layer),
    enabled: true,
  };
}
