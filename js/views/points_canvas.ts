/** Points drawn by the processor, for browsers without WebGL: one small square a point. */

import { type Camera, type Size, scaleOf, toScreen } from "../lib/plane";
import type { Dots, Paint, Painter } from "./painter";
import { context2d, fitCanvas } from "./surface";

export function canvasPainter(signal: AbortSignal): Painter {
  const canvas = document.createElement("canvas");
  const context = context2d(canvas);
  let dots: Dots = { xy: new Float32Array(), codes: new Uint16Array() };
  let palette: readonly Paint[] = [];
  let chosen: readonly number[] = [];
  let [side, cover] = [4, 1];
  let at: { camera: Camera; size: Size } | null = null;
  let asked = 0;

  function paint(): void {
    asked = 0;
    if (!at || signal.aborted) return;
    const { camera, size } = at;
    if (!fitCanvas(canvas, size.width, size.height))
      context.clearRect(0, 0, canvas.width, canvas.height);
    const ratio = canvas.width / Math.max(1, size.width);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    stamp(pixels, camera, size, ratio);
    context.putImageData(pixels, 0, 0);
    outline(camera, size, ratio);
  }

  /** Blend every point into the picture's bytes: far faster than a call for each. */
  function stamp(pixels: ImageData, camera: Camera, size: Size, ratio: number): void {
    const { data, width, height } = pixels;
    const { xy, codes } = dots;
    const scale = scaleOf(camera, size) * ratio;
    const half = Math.max(0.5, (side * ratio) / 2);
    const [ox, oy] = [width / 2 - camera.x * scale, height / 2 + camera.y * scale];
    for (let i = 0; i < codes.length; i++) {
      const cx = ox + (xy[2 * i] as number) * scale;
      const cy = oy - (xy[2 * i + 1] as number) * scale;
      if (!(cx > -half && cy > -half && cx < width + half && cy < height + half)) continue;
      const [r, g, b, a] = palette[codes[i] as number] ?? [0.5, 0.5, 0.5, 1];
      const alpha = a * cover;
      const [x0, x1] = [Math.max(0, Math.round(cx - half)), Math.min(width, Math.round(cx + half))];
      const y1 = Math.min(height, Math.round(cy + half));
      for (let y = Math.max(0, Math.round(cy - half)); y < y1; y++)
        for (let x = x0; x < x1; x++) {
          const p = 4 * (y * width + x);
          const under = ((data[p + 3] as number) / 255) * (1 - alpha);
          const all = alpha + under;
          if (all <= 0) continue;
          data[p] = ((r * alpha + ((data[p] as number) / 255) * under) / all) * 255;
          data[p + 1] = ((g * alpha + ((data[p + 1] as number) / 255) * under) / all) * 255;
          data[p + 2] = ((b * alpha + ((data[p + 2] as number) / 255) * under) / all) * 255;
          data[p + 3] = all * 255;
        }
    }
  }

  function outline(camera: Camera, size: Size, ratio: number): void {
    context.lineWidth = ratio;
    context.strokeStyle = "#888";
    context.beginPath();
    for (const i of chosen) {
      const [x, y] = toScreen(camera, size, dots.xy[2 * i] ?? 0, dots.xy[2 * i + 1] ?? 0);
      const r = (side / 2 + 1.5) * ratio;
      context.rect(x * ratio - r, y * ratio - r, 2 * r, 2 * r);
    }
    context.stroke();
  }

  function ask(): void {
    if (asked === 0 && !signal.aborted) asked = requestAnimationFrame(paint);
  }

  return {
    canvas,
    fast: false,
    async dots(next) {
      dots = next;
      ask();
    },
    colours(next) {
      palette = next;
      ask();
    },
    look(size, opacity) {
      [side, cover] = [size, opacity];
      ask();
    },
    select(points) {
      chosen = points;
      ask();
    },
    view(camera, size) {
      at = { camera, size };
      ask();
    },
    destroy: () => cancelAnimationFrame(asked),
  };
}
