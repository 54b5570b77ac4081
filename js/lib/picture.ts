// Pictures out of the page: what the stage shows, as a PNG, and files to keep.

/** Draw every canvas and image in `stage`, where they stand, on `background`. Null when there are none. */
export async function composePng(stage: HTMLElement, background: string): Promise<Blob | null> {
  const frame = stage.getBoundingClientRect();
  const pictures = [...stage.querySelectorAll<HTMLCanvasElement | HTMLImageElement>("canvas, img")]
    .map((el) => ({ el, box: el.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height > 0 && overlaps(box, frame));
  if (pictures.length === 0) return null;
  const scale = Math.max(window.devicePixelRatio, 1);
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(frame.width * scale);
  sheet.height = Math.round(frame.height * scale);
  const context = sheet.getContext("2d");
  if (!context) return null;
  context.scale(scale, scale);
  context.fillStyle = background;
  context.fillRect(0, 0, frame.width, frame.height);
  for (const { el, box } of pictures) {
    context.imageSmoothingEnabled = getComputedStyle(el).imageRendering !== "pixelated";
    // A picture may be wiped: only what is left of it is drawn.
    const seen = (el.closest("[data-wiped]") ?? el).getBoundingClientRect();
    context.save();
    context.beginPath();
    context.rect(seen.left - frame.left, seen.top - frame.top, seen.width, seen.height);
    context.clip();
    context.drawImage(el, box.left - frame.left, box.top - frame.top, box.width, box.height);
    context.restore();
  }
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

function overlaps(a: DOMRect, b: DOMRect): boolean {
  return a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
}

/** Offer `blob` to the person as a file. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the address after this task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file name from a title: "layer3.1 · 256 × 14 × 14" → "layer3.1-256-14-14.png". */
export function fileName(title: string, ending: string): string {
  const stem = title
    .normalize("NFKD")
    .replace(/[^\w.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return `${stem.slice(0, 80) || "convscope"}.${ending}`;
}
