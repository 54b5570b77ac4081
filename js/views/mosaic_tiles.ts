/** Where the tiles of a mosaic stand, and what is painted of those in sight. */

import { type Flow, flow } from "./flow";
import type { Placed, press, Sheet } from "./sheet";
import { fitCanvas } from "./surface";

/** A place in the mosaic: (y, x) counts in `grid`, `picture` the pictures side by side. */
export interface Spot {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly picture: number;
}

export interface MosaicContent {
  /** What the tiles are called, in the plural: "channels". */
  readonly name: string;
  /** One sheet a picture; two stand side by side in each tile. */
  readonly sheets: readonly Sheet[];
  /** How finely a place in a tile is told apart: rows and columns. */
  readonly grid: readonly [number, number];
  readonly order: ArrayLike<number>;
  /** Longer side of one picture in CSS pixels. */
  readonly size: number;
  /** Keep to that size; otherwise tiles grow a little where that fills the rows to the edge. */
  readonly exact?: boolean;
  readonly chosen: number | null;
  readonly dead: Uint8Array;
  /** What the picture is, in words: for those who do not see it. */
  readonly label: string;
  describe(channel: number): string;
}

const GAP = 4;
/** Between the two images of one tile. */
const PAIR_GAP = 1;

export interface Drawn {
  readonly content: MosaicContent;
  readonly picture: readonly [number, number];
  readonly gap: number;
  readonly flow: Flow;
  /** Where each channel stands in the order. */
  readonly rank: Int32Array;
}

export function arrange(content: MosaicContent, width: number): Drawn {
  const images = Math.max(1, content.sheets.length);
  const picture = pictureSize(content, images, width);
  const tile = [images * picture[0] + (images - 1) * PAIR_GAP, picture[1]] as const;
  const gap = gapOf(content);
  const rank = new Int32Array(content.order.length);
  for (let i = 0; i < rank.length; i++) rank[content.order[i] ?? 0] = i;
  return {
    content,
    picture,
    gap,
    flow: flow(content.order.length, width, tile, gap),
    rank,
  };
}

function gapOf({ size }: MosaicContent): number {
  return size < 28 ? 2 : GAP;
}

/** The size asked for, grown a little where that fills the rows to the edge. */
function pictureSize(
  content: MosaicContent,
  images: number,
  width: number,
): readonly [number, number] {
  const { sheets, size, order, exact } = content;
  const [h, w] = sheets[0]?.shown ?? [1, 1];
  const gap = gapOf(content);
  const wide = Math.max(8, Math.round((size * w) / Math.max(h, w)));
  const columns = Math.floor((width + gap) / (images * wide + (images - 1) * PAIR_GAP + gap));
  const room = Math.floor((width + gap) / Math.max(1, columns)) - gap - (images - 1) * PAIR_GAP;
  const grown = exact || columns < 3 || columns > order.length ? wide : Math.floor(room / images);
  return [Math.min(grown, Math.max(8, width)), Math.max(8, Math.round((grown * h) / w))];
}

export function drawWindow(
  context: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  scroller: HTMLElement,
  drawn: Drawn,
  stamp: ReturnType<typeof press>,
): void {
  const { clientWidth: width, clientHeight: height, scrollTop: top } = scroller;
  fitCanvas(canvas, width, height);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(
    canvas.width / Math.max(1, width),
    0,
    0,
    canvas.height / Math.max(1, height),
    0,
    0,
  );
  context.clearRect(0, 0, width, height);
  const { content, flow: tiles, picture } = drawn;
  const [first, last] = tiles.window(top, height);
  const inSight = Array.from({ length: last - first }, (_, i) => content.order[first + i] ?? 0);
  const corners = inSight.map((_, i) => tiles.place(first + i));
  const placed = inSight.flatMap((tile, i): Placed[] => {
    const { x, y } = corners[i] ?? { x: 0, y: 0 };
    return content.sheets.map((sheet, k) => {
      const left = x + k * (picture[0] + PAIR_GAP);
      return { sheet, tile, x: left, y: y - top, width: picture[0], height: picture[1] };
    });
  });
  stamp(context, placed);
  inSight.forEach((channel, i) => {
    const { x, y } = corners[i] ?? { x: 0, y: 0 };
    if (content.dead[channel]) hatch(context, x, y - top, tileWidth(drawn), picture[1]);
  });
}

function tileWidth(drawn: Drawn): number {
  const images = Math.max(1, drawn.content.sheets.length);
  return images * drawn.picture[0] + (images - 1) * PAIR_GAP;
}

/** A silent channel is crossed out by a hatch, so that it is not mistaken for a dark one. */
function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = "rgb(150 150 150 / 0.75)";
  context.lineWidth = 1;
  context.beginPath();
  // One stroke is enough for a small tile.
  const step = height < 28 ? width + height : 8;
  for (let d = height < 28 ? height : 4; d < width + height; d += step) {
    context.moveTo(x + d, y);
    context.lineTo(x + d - height, y + height);
  }
  context.stroke();
  context.restore();
}

export function mark(node: HTMLElement, drawn: Drawn, channel: number | null): void {
  node.hidden = channel === null || channel >= drawn.rank.length;
  if (channel === null || node.hidden) return;
  const { x, y } = drawn.flow.place(drawn.rank[channel] ?? 0);
  node.style.transform = `translate(${x}px, ${y}px)`;
  node.style.width = `${tileWidth(drawn)}px`;
  node.style.height = `${drawn.picture[1]}px`;
}

export function locate(drawn: Drawn, x: number, y: number): Spot | null {
  const i = drawn.flow.at(x, y);
  if (i === null) return null;
  const origin = drawn.flow.place(i);
  const picture = Math.min(
    drawn.content.sheets.length - 1,
    Math.floor((x - origin.x) / (drawn.picture[0] + PAIR_GAP)),
  );
  const [h, w] = drawn.content.grid;
  const unit = (at: number, length: number, units: number): number =>
    Math.min(units - 1, Math.max(0, Math.floor((at / length) * units)));
  return {
    channel: drawn.content.order[i] ?? 0,
    y: unit(y - origin.y, drawn.picture[1], h),
    x: unit(x - origin.x - picture * (drawn.picture[0] + PAIR_GAP), drawn.picture[0], w),
    picture,
  };
}

export function scrollTo(scroller: HTMLElement, drawn: Drawn, channel: number): void {
  const top = drawn.flow.place(drawn.rank[channel] ?? 0).y;
  const bottom = top + drawn.picture[1];
  if (top < scroller.scrollTop) scroller.scrollTop = top - GAP;
  else if (bottom > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = bottom + GAP - scroller.clientHeight;
}
