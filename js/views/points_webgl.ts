/** Points drawn by regl-scatterplot with the page's one WebGL context. It only draws: the camera, the pointer and picking are ours. */

import createScatterplot from "regl-scatterplot";
import type { Size } from "../lib/plane";
import { leaseRenderer } from "../lib/renderer";
import type { Dots, Painter } from "./painter";

type Triple = [x: number, y: number, code: number];

/** An index of no points (KDBush 1.0: magic, version and type, node size, count): picking is not its task. */
function noIndex(): ArrayBuffer {
  const data = new ArrayBuffer(8);
  new Uint8Array(data).set([0xdb, 0x17]);
  new Uint16Array(data, 2, 1)[0] = 16;
  return data;
}

/** A painter, or null where the browser gives no WebGL. */
export function webglPainter(
  place: HTMLElement,
  lost: () => void,
  signal: AbortSignal,
): Painter | null {
  const lease = leaseRenderer();
  if (!lease) return null;
  const gone = new AbortController(); // its own end is no loss
  lease.onLost(lost, AbortSignal.any([signal, gone.signal]));
  const canvas = document.createElement("canvas");
  const plot = createScatterplot({
    renderer: lease.renderer,
    canvas,
    width: 2,
    height: 2,
    cameraIsFixed: true,
    colorBy: "valueZ",
    pointScaleMode: "constant",
    pointSize: 4,
    pointSizeSelected: 1,
    pointOutlineWidth: 1.5,
    showReticle: false,
    deselectOnEscape: false,
    deselectOnDblClick: false,
    opacity: 1,
    // By default these hang in the document's body, outside of our shadow root.
    lassoInitiatorParentElement: place,
    lassoLongPressIndicatorParentElement: place,
  } as Parameters<typeof createScatterplot>[0]);
  let rows: Triple[] = [];
  let drawing: Promise<void> = Promise.resolve();
  let alive = true;
  let shown: Size = { width: 0, height: 0 };

  function fill({ xy, codes }: Dots): Triple[] {
    return Array.from(codes, (code, i) => [xy[2 * i] as number, xy[2 * i + 1] as number, code]);
  }

  async function draw(dots: Dots, moving: number): Promise<void> {
    if (!alive) return;
    const before = rows.length;
    rows = fill(dots);
    await plot.draw(rows, {
      zDataType: "categorical",
      spatialIndex: noIndex(),
      preventFilterReset: true,
      transition: moving > 0 && before === rows.length,
      transitionDuration: moving,
    });
  }

  return {
    canvas,
    fast: true,
    dots(dots, moving = 0) {
      // One after the other: a second one during the first is refused.
      drawing = drawing
        .then(() => draw(dots, moving))
        .catch((reason) => {
          if (alive) throw reason;
        });
      return drawing;
    },
    colours(palette, ground) {
      plot.set({
        pointColor: palette.map((colour) => [...colour]) as [number, number, number, number][],
        backgroundColor: [...ground] as [number, number, number, number],
      });
      plot.redraw();
    },
    look(size, opacity) {
      plot.set({ pointSize: size, opacity });
      plot.redraw();
    },
    select: (points) => plot.select([...points], { preventEvent: true }),
    view(camera, size) {
      if (size.width !== shown.width || size.height !== shown.height) {
        shown = size;
        lease.fit(size.width, size.height);
        plot.set({ width: size.width, height: size.height });
      }
      const { x, y, zoom } = camera;
      const matrix = [zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, 1, 0, -x * zoom, -y * zoom, 0, 1];
      plot.view(matrix, { preventEvent: true });
    },
    destroy() {
      alive = false;
      gone.abort();
      plot.destroy();
      lease.release();
    },
  };
}
