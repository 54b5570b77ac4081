// A kernel that never was, for the attribution widget: maps that depend on what is asked for.

import type { AttributionTraits, MethodInfo } from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";
import { LAYERS, paintPicture, SIDE } from "./fake_network";

const CLASSES = ["tabby", "tiger cat", "Egyptian cat", "lynx", "window screen", "espresso", "cup"];
const GUESSES = CLASSES.slice(0, 4);

const METHODS: MethodInfo[] = [
  { name: "gradcam", title: "Grad-CAM", words: "Where.", source: "2017", layers: true },
  { name: "layercam", title: "LayerCAM", words: "Sharp.", source: "2021", layers: true },
  { name: "saliency", title: "Saliency", words: "Pixels.", source: "2013", layers: false },
];

const shapeOf = (layer: string): [number, number] => {
  const [, h = 1, w = 1] = LAYERS.find(({ name }) => name === layer)?.shape ?? [1, 5, 7];
  return [h, w];
};

function floats(shape: [number, number], value: (i: number) => number) {
  return { data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(i)), shape };
}

const indexOf = (target: unknown): number =>
  target === "predicted"
    ? 0
    : typeof target === "number"
      ? target
      : CLASSES.indexOf(String(target));

/** The value of every map: 10 for each class, 1 for each position. */
function mapOf(target: unknown, layer: string) {
  return floats(shapeOf(layer), (i) => 10 * indexOf(target) + i);
}

export async function fakeAttribution(
  state: Partial<AttributionTraits> = {},
  changed: Record<string, (params: Record<string, unknown>, id: string) => unknown> = {},
): Promise<FakeModel<AttributionTraits>> {
  const painted = await paintPicture(0, SIDE);
  const { bytes, mediaType, width, height } = painted;
  const picture = { bytes, mediaType, width, height };
  return fakeModel<AttributionTraits>(
    {
      layer: "blocks.2",
      method: "gradcam",
      target: "predicted",
      compare: null,
      image: 0,
      mode: "large",
      along: "layers",
      layers: ["stem", "blocks.0", "blocks.1", "blocks.2"],
      methods: ["gradcam", "layercam", "saliency"],
      opacity: 0.6,
      wipe: 0.5,
      scale: "auto",
      colormap: "auto",
      smooth: true,
      position: null,
      trace: false,
      earlier: "",
      later: "",
      height: 680,
      _title: "Attribution",
      _layers: LAYERS,
      _flow: ["stem.conv", "stem", "blocks.0", "blocks.1", "blocks.2"],
      _images: [{ name: "picture 0" }, { name: "picture 1" }],
      _methods: METHODS,
      _classes: CLASSES,
      _functions: [],
      ...state,
    },
    {
      thumbnails: ({ start, stop }) => ({
        items: Array.from({ length: Number(stop) - Number(start) }, (_, i) => ({
          index: Number(start) + i,
          name: `picture ${i}`,
          picture,
        })),
      }),
      input: ({ image }) => ({
        picture,
        width: SIDE,
        height: SIDE,
        name: `picture ${image}`,
        predictions: GUESSES.map((name, index) => ({
          name,
          index,
          score: 0.6 / 2 ** index,
          kind: "probability",
        })),
      }),
      maps: ({ asked }) => ({
        items: (asked as [string, unknown, string][]).map(([method, target, layer]) =>
          layer === "blocks.0"
            ? { error: "no gradient reaches 'blocks.0'" }
            : {
                map: mapOf(target, layer),
                layer,
                method,
                name: CLASSES[indexOf(target)] ?? "",
                index: indexOf(target),
                score: 9.5,
              },
        ),
      }),
      prepare: () => null,
      foresee: () => null,
      between: ({ earlier, later }) => ({
        made_from: earlier ? floats(shapeOf(String(earlier)), (i) => i - 3) : null,
        feeds: later ? floats(shapeOf(String(later)), (i) => i) : null,
      }),
      faithfulness: () => ({
        fractions: floats([1, 3], (i) => i / 2),
        deletion: floats([1, 3], (i) => 0.6 / (i + 1)),
        insertion: floats([1, 3], (i) => 0.3 * i),
        deletion_area: 0.34,
        insertion_area: 0.31,
        kind: "probability",
        name: "tabby",
      }),
      sanity: ({ target, layer }) => ({ map: mapOf(target, String(layer)), similarity: 0.07 }),
      ...changed,
    },
  );
}
