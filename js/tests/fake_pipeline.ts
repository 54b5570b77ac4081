// A pipeline that never was: a catalogue of a few operations, samples painted in the page, answered as Python does.

import { branchesOf } from "../lib/operations";
import type {
  AugmentPreviewTraits,
  CatalogueEntry,
  OperationNode,
  ParamInfo,
} from "../lib/protocol";
import { type FakeModel, fakeModel } from "./fake_model";
import { type Encoded, noise, paintPicture } from "./fake_network";

export const SIDE = 112;

function param(name: string, kind: ParamInfo["kind"], more: Partial<ParamInfo> = {}): ParamInfo {
  return {
    name,
    kind,
    help: `what ${name} does`,
    default: kind === "span" ? [0, 1] : 1,
    low: 0,
    high: 1,
    step: 0.01,
    slider: [0, 1],
    unit: "",
    whole: false,
    choices: [],
    optional: false,
    ...more,
  };
}

const P = param("p", "number", { help: "how probable it is for a sample" });

function entry(
  name: string,
  group: string,
  help: string,
  params: ParamInfo[],
  more: Partial<CatalogueEntry> = {},
): CatalogueEntry {
  return {
    name,
    title: name,
    group,
    help,
    nests: false,
    addable: true,
    params: [...params, P],
    ...more,
  };
}

export const CATALOGUE: CatalogueEntry[] = [
  entry("Rotate", "place", "turns about the centre", [
    param("degrees", "span", {
      default: [-15, 15],
      low: -180,
      high: 180,
      step: 1,
      slider: [-90, 90],
      unit: "°",
    }),
    param("fit", "choice", { default: "crop", choices: ["crop", "keep", "expand"] }),
    param("fill", "fill", { default: 0 }),
  ]),
  entry("Flip", "place", "mirrors left and right", [
    param("axis", "choice", {
      default: "horizontal",
      choices: ["horizontal", "vertical", "either"],
    }),
  ]),
  entry(
    "ElasticGrid",
    "shape",
    "moves the nodes of a grid",
    [
      param("rows", "number", {
        default: 4,
        low: 2,
        high: 20,
        step: 1,
        slider: [2, 12],
        whole: true,
      }),
      param("magnitude", "span", {
        default: [2, 8],
        slider: [0, 30],
        step: 0.5,
        unit: "px",
        high: null,
      }),
    ],
    { title: "Elastic grid" },
  ),
  entry("Brightness", "colour", "lighter or darker", [
    param("factor", "span", { default: [0.7, 1.3], slider: [0, 2], high: null, unit: "×" }),
  ]),
  entry("Greyscale", "colour", "takes the colour away", []),
  entry("Cutout", "erase", "covers a part", [
    param("size", "number", { default: null, optional: true, slider: [0, 64], unit: "px" }),
    param("noise", "switch", { default: true }),
  ]),
  entry("OneOf", "combine", "one of its operations", [], { title: "One of", nests: true }),
  entry(
    "SomeOf",
    "combine",
    "some of its operations",
    [param("count", "span", { default: [1, 2], whole: true, step: 1, slider: [0, 2] })],
    { title: "Some of", nests: true },
  ),
  entry("Custom", "texture", "a function", [], { addable: false }),
];

export function node(name: string, params: OperationNode["params"] = {}): OperationNode {
  const declared = CATALOGUE.find((each) => each.name === name)?.params ?? [];
  const usual = Object.fromEntries(declared.map((each) => [each.name, each.default]));
  return { name, params: { ...usual, ...params }, on: true };
}

export const OPERATIONS: OperationNode[] = [
  node("Rotate", { degrees: [-20, 20], p: 0.7 }),
  node("Flip", { p: 0.5 }),
  {
    ...node("OneOf"),
    operations: [node("ElasticGrid"), node("Brightness")],
  },
  node("Cutout", { p: 0.3 }),
];

interface Leaf {
  path: number[];
  node: OperationNode;
}

function leavesOf(nodes: readonly OperationNode[], above: number[] = []): Leaf[] {
  return nodes.flatMap((each, i) => {
    if (!each.on) return [];
    const path = [...above, i];
    const inside = branchesOf(each).flatMap((branch) => branch.nodes);
    return branchesOf(each).length > 0 ? leavesOf(inside, path) : [{ path, node: each }];
  });
}

type Asked = Pick<
  AugmentPreviewTraits,
  "operations" | "seed" | "samples" | "mode" | "image" | "alone"
>;

function drawnOf({ operations, seed, samples, alone }: Asked) {
  return leavesOf(operations).map(({ path, node: leaf }) => {
    const random = noise(
      seed * 31 + path.join("").length * 7 + leaf.name.length * 101 + Number(path.at(-1)),
    );
    const only = alone && alone.join() === path.join();
    const p = only ? 1 : alone ? 0 : Number(leaf.params["p"]);
    const values: Record<string, number[]> = {};
    for (const [name, value] of Object.entries(leaf.params))
      if (Array.isArray(value) && value.length === 2)
        values[name] = Array.from({ length: samples }, () => {
          const [low = 0, high = 0] = value;
          return low + random() * (high - low);
        });
    return {
      path,
      name: leaf.name,
      applied: Array.from({ length: samples }, () => random() < p),
      values: { ...values, seed: Array.from({ length: samples }, () => 7) } as typeof values,
    };
  });
}

async function paintSheet(
  asked: Asked,
  source: ImageBitmap,
  augmented: boolean,
): Promise<Encoded & { columns: number }> {
  const n = asked.samples;
  const columns = Math.ceil(Math.sqrt(n));
  const canvas = new OffscreenCanvas(columns * SIDE, Math.ceil(n / columns) * SIDE);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  const drawn = augmented ? drawnOf(asked) : [];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(i % columns) * SIDE, Math.floor(i / columns) * SIDE];
    context.save();
    context.beginPath();
    context.rect(x, y, SIDE, SIDE);
    context.clip();
    context.translate(x + SIDE / 2, y + SIDE / 2);
    for (const { name, applied, values } of drawn) {
      if (!applied[i]) continue;
      if (name === "Rotate") context.rotate(((values["degrees"]?.[i] ?? 0) * Math.PI) / 180);
      if (name === "Flip") context.scale(-1, 1);
      if (name === "Brightness") context.filter = `brightness(${values["factor"]?.[i] ?? 1})`;
    }
    context.drawImage(source, -SIDE / 2, -SIDE / 2);
    context.restore();
  }
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { bytes, mediaType: blob.type, width: canvas.width, height: canvas.height, columns };
}

export interface FakePreview {
  model: FakeModel<AugmentPreviewTraits>;
  /** Answer the next calls of a method with an error. */
  failing: Set<string>;
}

/** An AugmentPreview's model over painted pictures. */
export async function fakePreview(
  state: Partial<AugmentPreviewTraits> = {},
  images = 5,
): Promise<FakePreview> {
  const failing = new Set<string>();
  const pictures = await Promise.all(
    Array.from({ length: images }, (_, i) => paintPicture(i, SIDE)),
  );
  const bitmaps = await Promise.all(
    pictures.map(({ bytes, mediaType }) =>
      createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType })),
    ),
  );
  const names = pictures.map((_, i) => `picture ${i}`);
  const sheet = async (asked: Asked, augmented: boolean) => {
    if (failing.has("sheet") && augmented)
      throw new Error("Crop: size 300 is larger than the image");
    const n = augmented || asked.mode === "images" ? asked.samples : 1;
    const source = bitmaps[asked.image] as ImageBitmap;
    const picture = await paintSheet({ ...asked, samples: n }, source, augmented);
    const each = <T>(make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
    return {
      pixels: picture,
      masks: null,
      columns: picture.columns,
      cell: [SIDE, SIDE],
      tiles: each(() => [SIDE, SIDE]),
      sizes: each(() => [SIDE, SIDE]),
      boxes: state._extras?.includes("boxes") ? each((i) => [[20, 30, 70, 90 - i, i]]) : null,
      points: state._extras?.includes("keypoints") ? each(() => [[50, 50, 1]]) : null,
      names: each((i) => names[asked.mode === "images" ? (asked.image + i) % images : asked.image]),
    };
  };
  const model = fakeModel<AugmentPreviewTraits>(
    {
      operations: OPERATIONS,
      seed: 7,
      samples: 12,
      mode: "samples",
      image: 0,
      alone: null,
      held: null,
      wipe: 0.5,
      show_masks: true,
      show_boxes: true,
      height: 640,
      _title: "AugmentPreview",
      _catalogue: CATALOGUE,
      _images: names.map((name) => ({ name })),
      _editable: true,
      _targets: ["convscope", "torchvision", "yaml"],
      _extras: [],
      ...state,
    },
    {
      sheet: async (params) => ({
        ...(await sheet(params as unknown as Asked, true)),
        drawn: drawnOf(params as unknown as Asked),
        note: "",
      }),
      originals: (params) =>
        sheet({ operations: [], alone: null, seed: 0, ...params } as never, false),
      distributions: (params) => ({
        items: leavesOf(params["operations"] as OperationNode[]).flatMap(({ path, node: leaf }) =>
          Object.entries(leaf.params).flatMap(([name, value]) => {
            if (!Array.isArray(value)) return [];
            const random = noise(path.length + 3);
            const info = CATALOGUE.find((c) => c.name === leaf.name)?.params.find(
              (q) => q.name === name,
            );
            const [low, high] = info?.slider ?? [0, 1];
            const counts = Array.from({ length: 40 }, (_, i) => {
              const at = low + ((i + 0.5) / 40) * (high - low);
              return at >= (value[0] ?? 0) && at <= (value[1] ?? 0)
                ? Math.round(30 + 12 * random())
                : 0;
            });
            return [{ path, param: name, counts, range: [low, high] }];
          }),
        ),
      }),
      think: (params) => ({
        samples: Array.from({ length: Number(params["samples"]) }, (_, i) => ({
          name: i % 5 === 3 ? "window screen" : "tabby",
          score: 0.9 - i * 0.05,
          kind: "probability",
        })),
        originals: [{ name: "tabby", score: 0.94, kind: "probability" }],
      }),
      code: (params) => ({
        text: `# ${params["target"]}\nPipeline([...], seed=${params["seed"]})\n`,
      }),
    },
  );
  return { model, failing };
}
