// A FilterGallery's kernel that never was: convolutions of three layers, answering as Python does.

import type { FilterGalleryTraits, FilterLayerInfo } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";
import { array, noise } from "./fake_network";

export const FILTER_LAYERS: FilterLayerInfo[] = [
  { name: "stem.conv", kind: "Conv2d", shape: [24, 3, 5, 5], groups: 1 },
  { name: "blocks.0.conv", kind: "Conv2d", shape: [40, 24, 3, 3], groups: 1 },
  { name: "blocks.1.conv", kind: "Conv2d", shape: [128, 40, 3, 3], groups: 1 },
];

/** A FilterGallery's model: colour stripes in the first layer, random kernels in the others. */
export function fakeGallery(
  state: Partial<FilterGalleryTraits> = {},
): FakeModel<FilterGalleryTraits> {
  const kernelsOf = (name: unknown, unit: number): { weights: Float32Array; shape: number[] } => {
    const [, inputs, kh, kw] = FILTER_LAYERS.find((l) => l.name === name)?.shape ?? [1, 1, 1, 1];
    const random = noise(unit * 13 + inputs);
    const weights = Float32Array.from({ length: inputs * kh * kw }, () => random() - 0.5);
    for (let i = 0; i < inputs; i++) {
      const [angle, size] = [random() * Math.PI, random() ** 3 * 1.2];
      for (let y = 0; y < kh; y++)
        for (let x = 0; x < kw; x++) {
          const wave = Math.sin(
            1.6 * ((x - kw / 2) * Math.cos(angle) + (y - kh / 2) * Math.sin(angle)) + i,
          );
          weights[(i * kh + y) * kw + x] = unit === 7 ? 0 : size * (wave + 0.2 * (random() - 0.5));
        }
    }
    return { weights, shape: [inputs, kh, kw] };
  };
  const norm = (part: Float32Array) => Math.sqrt(part.reduce((sum, w) => sum + w * w, 0));
  return fakeModel<FilterGalleryTraits>(
    {
      layer: "stem.conv",
      unit: null,
      sort: "index",
      scale: "shared",
      colormap: "auto",
      height: 560,
      _title: "FilterGallery",
      _layers: FILTER_LAYERS,
      ...state,
    },
    {
      filters: ({ layer: name }) => {
        const shape = FILTER_LAYERS.find((l) => l.name === name)?.shape ?? [1, 1, 1, 1];
        const [out, inputs, kh, kw] = shape;
        const all = Array.from({ length: out }, (_, unit) => kernelsOf(name, unit).weights);
        const n = kh * kw;
        const norms = Float32Array.from({ length: out * inputs }, (_, i) =>
          norm(
            (all[Math.floor(i / inputs)] as Float32Array).subarray(
              (i % inputs) * n,
              ((i % inputs) + 1) * n,
            ),
          ),
        );
        const rgb = Float32Array.from(
          { length: out * n * 3 },
          (_, i) => all[Math.floor(i / (3 * n))]?.[(i % 3) * n + (Math.floor(i / 3) % n)] ?? 0,
        );
        return {
          shape,
          rgb: inputs === 3 ? array(rgb, [out, kh, kw, 3]) : null,
          out_norms: array(Float32Array.from(all, norm)),
          norms: array(norms, [out, inputs]),
          dead: array(Int32Array.of(7)),
        };
      },
      kernels: ({ layer: name, unit }) => {
        const { weights, shape } = kernelsOf(name, Number(unit));
        const n = (shape[1] ?? 1) * (shape[2] ?? 1);
        return {
          weights: array(weights, shape),
          norms: array(
            Float32Array.from({ length: shape[0] ?? 1 }, (_, i) =>
              norm(weights.subarray(i * n, (i + 1) * n)),
            ),
          ),
        };
      },
    },
  );
}
