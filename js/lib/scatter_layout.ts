// Where the points are: the map that is chosen, and new ones while they form.

import type { NdArray } from "./binary";
import { type Frame, frameOf, squared } from "./plane";
import { quietly } from "./quietly";
import { latest } from "./rpc";
import type { Settings } from "./scatter_calls";
import type { ScatterParts } from "./scatter_parts";

export interface ScatterLayout {
  /** Show the map that is chosen. */
  show(): void;
  /** Make a new one, and show it while it forms. */
  project(settings: Settings): Promise<void>;
  /** Places of the map in the square. */
  squared(xy: readonly number[]): Float32Array;
}

/** Points without a place yet are out of sight. */
const NOWHERE = 9;

/** `coloured` resolves once the points have colours, `placed` is told that they have places. */
export function scatterLayout(
  parts: ScatterParts,
  coloured: () => Promise<unknown>,
  placed: () => void,
): ScatterLayout {
  const { calls, status, signal, get, stage } = parts;
  let frame: Frame = { x: 0, y: 0, unit: 1 };
  let shown = ""; // which map; "" while none, or one that forms
  let newest = 0; // the job whose layouts are shown

  const show = latest(async () => {
    const [layer, version] = [get("layer"), get("_version")];
    const key = `${layer} ${version}`;
    if (key === shown) return;
    const got = await quietly(status, calls.positions(layer, version), () => void show());
    const moving = shown !== "";
    if (!moving) await coloured();
    if (!got || signal.aborted) return;
    shown = key;
    await place(got.xy, moving);
    placed();
    stage().element.dataset.layout = key;
  });

  async function place({ data }: NdArray, moving: boolean): Promise<void> {
    frame = frameOf(data);
    const xy = squared(data, frame);
    for (let i = 0; i < xy.length; i++) if (!Number.isFinite(xy[i])) xy[i] = NOWHERE;
    await stage().plot.points(xy, moving);
  }

  async function project(settings: Settings): Promise<void> {
    const job = ++newest;
    const layer = get("layer");
    // The last preview may wait for the one before it to be drawn, until the job has long ended.
    const preview = latest(async (xy: NdArray) => {
      if (job !== newest || get("layer") !== layer) return;
      shown = "";
      await place(xy, false);
    });
    const done = await status.run((options) => calls.project(settings, options), {
      signal,
      onPreview: (value) => void preview((value as { xy: NdArray }).xy),
    });
    if (job !== newest) return; // a newer one took its place
    newest++;
    if (done && get("_version") !== done.version) return; // the trait is on its way
    if (shown === "") void show(); // back to what there is
  }

  return {
    show: () => void show(),
    project,
    squared: (xy) => squared(xy, frame),
  };
}
