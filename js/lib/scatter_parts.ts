// What the parts of the scatter's loader share: the widget's state, its stage, and what Python can be asked.

import type { ScatterStage } from "../views/scatter_stage";
import type { ManifoldScatterTraits } from "./protocol";
import type { ScatterCalls } from "./scatter_calls";
import type { Status } from "./status";

export interface ScatterParts {
  readonly calls: ScatterCalls;
  /** Whether there is a kernel to ask. */
  readonly live: boolean;
  readonly status: Status;
  readonly signal: AbortSignal;
  readonly get: <K extends keyof ManifoldScatterTraits>(key: K) => ManifoldScatterTraits[K];
  readonly stage: () => ScatterStage;
  readonly dark: () => boolean;
}
