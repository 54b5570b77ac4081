// Waiting in tests: for what is expected, never for a time.

/** Resolves with the first answer of `look` that is not null, undefined or false. */
export async function until<T>(look: () => T | null | undefined | false, what = "it"): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited 10 s for ${what}: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Two animation frames: whatever was to be drawn is drawn. */
export function drawn(): Promise<void> {
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
  );
}

/** The red, green and blue of one pixel of a canvas, given in its own pixels. */
export function pixel(canvas: HTMLCanvasElement, x: number, y: number): number[] {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
}
