// The traits and messages that Python and JavaScript share, typed once. The Python side is
// src/convscope/widgets/_rpc.py (messages), _base.py and one file a widget (traits);
// tests/widgets/test_protocol.py reads this file and compares both, so keep one field a line.

/** JSON parameters of a call; `undefined` members are left out. */
export type Params = Record<string, unknown>;

export interface CallMessage {
  kind: "call";
  id: string;
  method: string;
  params: Params;
}

export interface CancelMessage {
  kind: "cancel";
  id: string;
}

export interface ResultMessage {
  kind: "result";
  id: string;
  value: unknown;
}

export interface ProgressMessage {
  kind: "progress";
  id: string;
  value: Progress;
}

export interface PreviewMessage {
  kind: "preview";
  id: string;
  value: unknown;
}

export interface ErrorMessage {
  kind: "error";
  id: string;
  value: Failure;
}

export type ToPython = CallMessage | CancelMessage;
export type FromPython = ResultMessage | ProgressMessage | PreviewMessage | ErrorMessage;

/** How far a job is. `total` is null when not known, `left` (seconds) when it cannot be told yet. */
export interface Progress {
  done: number;
  total: number | null;
  note: string;
  elapsed: number;
  left: number | null;
}

/** What went wrong: the Python exception's class name, and one sentence for the person. */
export interface Failure {
  type: string;
  message: string;
}

/** What a static page knows about itself; an empty object in a live widget. */
export interface StaticPage {
  page?: boolean;
  left_out?: string[];
}

export type Theme = "auto" | "light" | "dark";

export interface BaseTraits {
  theme: Theme;
  height: number;
  _title: string;
  _notice: string;
  _static: StaticPage;
}

export interface ReceptiveField {
  size: [number, number];
  stride: [number, number];
  start: [number, number];
  gated: boolean;
  whole: boolean;
}

export interface LayerInfo {
  name: string;
  kind: string;
  shape: number[] | null;
  parameters: number;
  rf: ReceptiveField | null;
  depth: number;
  leaf: boolean;
  used: boolean;
  calls: number;
  shared: string | null;
  grid: string;
  capturable: boolean;
}

export interface ImageInfo {
  name: string;
}

export interface FilterLayerInfo {
  name: string;
  kind: string;
  shape: [number, number, number, number];
  groups: number;
}

export interface LayerBrowserTraits extends BaseTraits {
  layer: string;
  image: number;
  compare: number | null;
  unit: number | null;
  position: [number, number] | null;
  scale: "shared" | "channel";
  sort: "index" | "mean" | "max" | "sparsity" | "similarity";
  colormap: "auto" | "magma" | "viridis" | "grey" | "diverging";
  opacity: number;
  _layers: LayerInfo[];
  _images: ImageInfo[];
}

export interface FilterGalleryTraits extends BaseTraits {
  layer: string;
  unit: number | null;
  sort: "index" | "norm";
  scale: "shared" | "filter";
  colormap: "auto" | "magma" | "viridis" | "grey" | "diverging";
  _layers: FilterLayerInfo[];
}

export interface MethodInfo {
  name: string;
  title: string;
  words: string;
  source: string;
  layers: boolean;
}

/** A class by index or name, "predicted", a unit as "layer:12", or the name of a function. */
export type Target = number | string;

export interface AttributionTraits extends BaseTraits {
  layer: string;
  method: string;
  target: Target;
  compare: Target | null;
  image: number;
  mode: "large" | "multiples" | "difference";
  along: "layers" | "methods" | "classes";
  layers: string[];
  methods: string[];
  opacity: number;
  wipe: number;
  scale: "auto" | "shared" | "own";
  colormap: "auto" | "magma" | "viridis" | "grey" | "diverging";
  smooth: boolean;
  position: [number, number] | null;
  trace: boolean;
  earlier: string;
  later: string;
  _layers: LayerInfo[];
  _flow: string[];
  _images: ImageInfo[];
  _methods: MethodInfo[];
  _classes: string[];
  _functions: string[];
}

export type ParamValue = number | string | boolean | null | number[];

export interface OperationNode {
  name: string;
  params: Record<string, ParamValue>;
  on: boolean;
  operations?: OperationNode[];
  classes?: [string | number, OperationNode[]][];
  default?: OperationNode[];
  title?: string;
  ref?: string;
}

/** One declared parameter; `low` and `high` are null where it has no limit. */
export interface ParamInfo {
  name: string;
  kind: "span" | "number" | "choice" | "switch" | "fill";
  help: string;
  default: ParamValue;
  low: number | null;
  high: number | null;
  step: number;
  slider: [number, number];
  unit: string;
  whole: boolean;
  choices: string[];
  optional: boolean;
}

export interface CatalogueEntry {
  name: string;
  title: string;
  group: string;
  help: string;
  nests: boolean;
  addable: boolean;
  params: ParamInfo[];
}

export interface AugmentPreviewTraits extends BaseTraits {
  operations: OperationNode[];
  seed: number;
  samples: number;
  mode: "samples" | "images";
  image: number;
  alone: number[] | null;
  held: number | null;
  wipe: number;
  show_masks: boolean;
  show_boxes: boolean;
  _catalogue: CatalogueEntry[];
  _images: ImageInfo[];
  _editable: boolean;
  _targets: string[];
  _extras: string[];
}

/** One map of the points: how it was made, and how far it can be trusted (with the error of an estimate, else 0). */
export interface MapInfo {
  name: string;
  method: "umap" | "tsne" | "pca";
  neighbours: number;
  min_dist: number;
  perplexity: number;
  trustworthiness: number;
  error: number;
  words: string;
}

export interface ColumnInfo {
  name: string;
  kind: "category" | "value";
  ready: boolean;
  /** Each map has its own. */
  of_map: boolean;
}

/** Copies of an image and where they land, in the map's own coordinates. */
export interface LandedInfo {
  point: number;
  layer: string;
  xy: [number, number][];
  words: string;
}

export interface ManifoldScatterTraits extends BaseTraits {
  layer: string;
  color: string;
  isolated: string[];
  selection: number[];
  point: number | null;
  near: number;
  pictures: number;
  _maps: MapInfo[];
  _columns: ColumnInfo[];
  _units: string[];
  _count: number;
  _images: boolean;
  _landed: LandedInfo | null;
  _version: number;
}

export interface DreamChoices {
  image: number;
  target: string;
  octaves: number;
  octave_scale: number;
  steps: number;
  rate: number;
  jitter: number;
  guide: number | null;
  tile: number;
  clip: boolean;
  seed: number;
}

/** A dream that is kept; `after` is the number of the one that it goes on from. */
export interface DreamInfo {
  number: number;
  choices: DreamChoices;
  after: number | null;
  step: number;
  steps: number;
  complete: boolean;
}

export interface FeatureVisTraits extends BaseTraits {
  target: string;
  layer: string;
  unit: number | null;
  steps: number;
  size: number;
  transforms: "standard" | "light" | "none";
  decorrelate: boolean;
  param: "fourier" | "pixel" | "maco";
  rate: number | null;
  smooth: number;
  alpha: boolean;
  seed: number;
  negative: boolean;
  diverse: number;
  diversity: number;
  between: number;
  auto: boolean;
  image: number;
  sort: "image" | "index";
  _layers: LayerInfo[];
  _images: ImageInfo[];
  _classes: string[];
  _objectives: string[];
  _made: number;
}

export interface DeepDreamTraits extends BaseTraits {
  image: number;
  target: string;
  octaves: number;
  octave_scale: number;
  steps: number;
  rate: number;
  jitter: number;
  guide: number | null;
  tile: number;
  clip: boolean;
  seed: number;
  shown: number | null;
  wipe: number;
  _layers: LayerInfo[];
  _images: ImageInfo[];
  _dreams: DreamInfo[];
  _guides: ImageInfo[];
  _films: string[];
  _size: [number, number];
}

/** A layer of an atlas: its grids (cells a side), and which icons it has. */
export interface AtlasLayerInfo {
  name: string;
  detail: string;
  sides: number[];
  kinds: ("patches" | "inversion")[];
}

/** How far the build of an atlas is; an empty object when it has ended. */
export interface AtlasProgress {
  stage?: string;
  done?: number;
  total?: number;
  left?: number | null;
}

/** A chosen cell: cells a side of its grid, and its number there (row × side + column). */
export type AtlasCell = [side: number, cell: number];

export interface AtlasViewerTraits extends BaseTraits {
  layer: string;
  beside: string[];
  view: string;
  level: number | null;
  cell: AtlasCell | null;
  target: number | string | null;
  sign: "positive" | "negative";
  blend: number;
  density: number;
  labels: boolean;
  image: number | null;
  unit: number | null;
  position: [number, number] | null;
  _layers: AtlasLayerInfo[];
  _classes: string[];
  _images: ImageInfo[];
  _axes: string[];
  _progress: AtlasProgress;
  _fresh: Record<string, number>;
  _can: string[];
}
