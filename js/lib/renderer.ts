// One WebGL context for all scatters of a page: browsers allow 8 to 16 in all, and every bundle would make its own.

import { createRenderer } from "regl-scatterplot";

export type Renderer = ReturnType<typeof createRenderer>;

interface Shared {
  readonly renderer: Renderer;
  /** Size in CSS pixels that each user draws at. */
  readonly users: Map<symbol, readonly [number, number]>;
}

export interface Lease {
  readonly renderer: Renderer;
  /** Make sure that a picture of this size fits. */
  fit(width: number, height: number): void;
  /** Called when the browser takes the context away, as it does with the oldest of too many. */
  onLost(lost: () => void, signal: AbortSignal): void;
  /** Give it back; the last one to do so frees the context. */
  release(): void;
}

// Each view comes as a module of its own, so the page itself must hold what they share.
const PLACE = Symbol.for("convscope.scatter.renderer.1");
type Page = typeof globalThis & { [PLACE]?: Shared | undefined };

/** The page's renderer, or null where the browser can't draw points on a graphics card. */
export function leaseRenderer(): Lease | null {
  const page = globalThis as Page;
  const shared = page[PLACE] ?? make();
  if (!shared) return null;
  page[PLACE] = shared;
  const me = Symbol("view");
  shared.users.set(me, [1, 1]);
  return {
    renderer: shared.renderer,
    fit(width, height) {
      shared.users.set(me, [width, height]);
      const sizes = [...shared.users.values()];
      const [w, h] = [0, 1].map((k) => Math.ceil(Math.max(...sizes.map((size) => size[k] ?? 1))));
      const { canvas } = shared.renderer;
      const ratio = globalThis.devicePixelRatio || 1;
      if (
        canvas.width !== Math.floor((w ?? 1) * ratio) ||
        canvas.height !== Math.floor((h ?? 1) * ratio)
      )
        shared.renderer.resize(w ?? 1, h ?? 1);
    },
    onLost(lost, signal) {
      const taken = () => {
        if (page[PLACE] === shared) page[PLACE] = undefined; // the next one makes a new one
        lost();
      };
      shared.renderer.canvas.addEventListener("webglcontextlost", taken, { signal });
    },
    release() {
      if (!shared.users.delete(me) || shared.users.size > 0) return;
      if (page[PLACE] === shared) page[PLACE] = undefined;
      const context = shared.renderer.canvas.getContext("webgl");
      shared.renderer.destroy();
      context?.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

function make(): Shared | null {
  const canvas = document.createElement("canvas");
  canvas.width = 2;
  canvas.height = 2;
  const context = canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
  // Positions and colours are kept in textures of floats.
  if (!context?.getExtension("OES_texture_float")) return null;
  if (!context.getExtension("OES_element_index_uint")) return null;
  try {
    const renderer = createRenderer({ canvas });
    return renderer.isSupported ? { renderer, users: new Map() } : null;
  } catch {
    return null; // the caller draws without a graphics card, and says so
  }
}
