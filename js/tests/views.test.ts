import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pictureOf } from "../lib/binary";
import { lut } from "../lib/colormap";
import { heat, overlayPixels } from "../views/heat";
import { type MosaicContent, mosaic, type Spot } from "../views/mosaic";
import { scalebar } from "../views/scalebar";
import { sheet } from "../views/sheet";
import { strip } from "../views/strip";
import { type TreeItem, tree } from "../views/tree";
import { paintPicture } from "./fake_network";
import { drawn, pixel, until } from "./settled";

let room: HTMLElement;
let control: AbortController;

beforeEach(() => {
  room = document.body.appendChild(document.createElement("div"));
  control = new AbortController();
});
afterEach(() => {
  control.abort();
  room.remove();
});

function place(element: HTMLElement, width: number, height: number): void {
  for (const node of [room, element])
    Object.assign(node.style, {
      width: `${width}px`,
      height: `${height}px`,
      position: "relative",
      overflow: "hidden",
    });
  room.append(element);
  const scroller = element.querySelector<HTMLElement>(".mosaic-scroll");
  if (scroller)
    Object.assign(scroller.style, {
      position: "absolute",
      inset: "0",
      overflow: "auto",
      scrollbarWidth: "none",
    });
  for (const mark of element.querySelectorAll<HTMLElement>(".mosaic-chosen, .mosaic-hover"))
    mark.style.position = "absolute";
}

/** 2,048 tiles of 2 × 3 pixels, tile i painted in its own colour. */
function manyTiles(painted: number[], content: Partial<MosaicContent> = {}): MosaicContent {
  const colours = sheet([2, 3], (tile, packed) => {
    painted.push(tile);
    packed.fill(((255 << 24) | (tile & 255)) >>> 0);
  });
  return {
    name: "channels",
    sheets: [colours],
    grid: [20, 30],
    order: Int32Array.from({ length: 2048 }, (_, i) => 2047 - i),
    size: 30,
    chosen: null,
    dead: new Uint8Array(2048),
    label: "2048 channels",
    describe: (i) => `channel ${i}`,
    ...content,
  };
}

test("of 2,048 channels only those in sight are painted and drawn", async () => {
  const painted: number[] = [];
  const view = mosaic({ hover: vi.fn(), choose: vi.fn(), zoom: vi.fn() }, control.signal);
  place(view.element, 340, 100);
  view.show(manyTiles(painted));
  await drawn();
  // Ten columns of 30 + 4 pixels, and five rows of 20 + 4 that touch 100 pixels.
  expect(painted.length).toBe(50);
  expect(painted[0]).toBe(2047);
  const canvas = room.querySelector("canvas") as HTMLCanvasElement;
  expect(pixel(canvas, 15, 10)[0]).toBe(2047 & 255);
  expect(pixel(canvas, 34 + 15, 10)[0]).toBe(2046 & 255);

  view.focusable.scrollTop = 2400;
  await drawn();
  await drawn();
  expect(painted.length).toBeLessThan(120);
  expect(painted).toContain(2047 - 1000);
});

test("the tile under the pointer is told with the place in the full map", () => {
  const spots: (Spot | null)[] = [];
  const view = mosaic(
    { hover: (s) => spots.push(s), choose: (s) => spots.push(s), zoom: vi.fn() },
    control.signal,
  );
  place(view.element, 340, 100);
  view.show(manyTiles([]));
  const box = view.element.getBoundingClientRect();
  const at = { clientX: box.left + 34 + 20.5, clientY: box.top + 24 + 5.5, bubbles: true };
  view.focusable.dispatchEvent(new PointerEvent("pointermove", at));
  // Second column, second row of ten: tile 11 in order is channel 2036; (5.5 / 20, 20.5 / 30) of 20 × 30 units.
  expect(spots).toEqual([{ channel: 2036, y: 5, x: 20, picture: 0 }]);
  view.focusable.dispatchEvent(new PointerEvent("pointermove", { ...at, clientX: box.left + 32 }));
  expect(spots[1]).toBeNull();
});

test("a dead channel is hatched, and the chosen one is announced", async () => {
  const dead = new Uint8Array(2048);
  dead[2047] = 1;
  const view = mosaic({ hover: vi.fn(), choose: vi.fn(), zoom: vi.fn() }, control.signal);
  place(view.element, 340, 200);
  view.show(manyTiles([], { dead, chosen: 2045, size: 60 }));
  await drawn();
  const canvas = room.querySelector("canvas") as HTMLCanvasElement;
  const line = Array.from({ length: 40 }, (_, x) => pixel(canvas, x + 5, 20)[1] ?? 0);
  expect(Math.max(...line)).toBeGreaterThan(60);
  expect(line.filter((g) => g < 10).length).toBeGreaterThan(10);
  const option = view.element.querySelector("[role=option]");
  expect(option?.getAttribute("aria-label")).toBe("channel 2045");
  expect(option?.getAttribute("aria-posinset")).toBe("3");
  expect(view.focusable.ariaActiveDescendantElement).toBe(option);
});

test("ctrl + wheel zooms, the plain wheel is left to the page", () => {
  const zoom = vi.fn();
  const view = mosaic({ hover: vi.fn(), choose: vi.fn(), zoom }, control.signal);
  place(view.element, 340, 100);
  const wheel = (ctrlKey: boolean) => {
    const event = new WheelEvent("wheel", { deltaY: -10, ctrlKey, cancelable: true });
    view.focusable.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(wheel(false)).toBe(false);
  expect(zoom).not.toHaveBeenCalled();
  expect(wheel(true)).toBe(true);
  expect(zoom).toHaveBeenCalledWith(1);
});

const content = {
  image: null,
  size: [20, 30] as const,
  map: { data: Float32Array.of(0, 1, 2, 3, 4, 5), height: 2, width: 3 },
  field: null,
  position: null,
  colour: "grey" as const,
  domain: [0, 5] as const,
  opacity: 1,
  smooth: false,
  label: "a map",
};

test("a map over the image is flat squares, or values interpolated between their centres", () => {
  const grey = (image: ImageData, x: number, y: number) =>
    image.data[4 * (y * image.width + x)] ?? 0;
  const flat = overlayPixels(content, content.map, 30, 20);
  expect([0, 9, 10, 29].map((x) => grey(flat, x, 0))).toEqual([0, 0, 51, 102]);
  const smooth = overlayPixels({ ...content, smooth: true }, content.map, 30, 20);
  expect(grey(smooth, 0, 0)).toBe(0);
  expect(grey(smooth, 9, 0)).toBeGreaterThan(10);
  expect(grey(smooth, 9, 0)).toBeLessThan(51);
});

test("the heat map tells the unit under the pointer and draws the field's box", () => {
  const hover = vi.fn();
  const view = heat({ hover }, control.signal);
  place(view.element, 300, 200);
  const canvas = view.element.querySelector("canvas") as HTMLCanvasElement;
  Object.assign(canvas.style, { width: "300px", height: "200px", display: "block" });
  view.show(content);
  const box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(
    new PointerEvent("pointermove", { clientX: box.left + 250, clientY: box.top + 150 }),
  );
  expect(hover).toHaveBeenCalledWith([1, 2]);
  view.box({ x: 15, y: 5, width: 6, height: 10 });
  const field = view.element.querySelector<HTMLElement>(".heat-field");
  expect([field?.style.left, field?.style.top, field?.style.width, field?.style.height]).toEqual([
    "50%",
    "25%",
    "20%",
    "50%",
  ]);
});

test("the keyboard moves the place on a map, from its strongest unit on and never out of it", () => {
  const choose = vi.fn();
  const view = heat({ choose }, control.signal);
  place(view.element, 300, 200);
  view.show(content);
  expect(view.element.tabIndex).toBe(0);
  const press = (key: string, position: readonly [number, number] | null) => {
    view.show({ ...content, position });
    view.element.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    return choose.mock.lastCall?.[0];
  };
  expect(press("ArrowUp", null)).toEqual([1, 2]);
  expect(press("ArrowUp", [1, 2])).toEqual([0, 2]);
  expect(press("ArrowLeft", [0, 2])).toEqual([0, 1]);
  expect(press("Home", [1, 1])).toEqual([1, 0]);
  expect(press("End", [1, 0])).toEqual([1, 2]);
  expect(press("PageDown", [0, 0])).toEqual([1, 0]);
  const times = choose.mock.calls.length;
  press("Escape", [0, 0]);
  expect(choose).toHaveBeenCalledTimes(times);
});

test("the colour bar carries the data's numbers, or says that there is no one scale", () => {
  const view = scalebar();
  view.show({ map: "viridis", domain: [-0.5, 12.345], label: "activation", value: 12.345 });
  expect(view.element.textContent).toBe("−0.50012.3activation");
  expect(view.element.querySelector<HTMLElement>(".scalebar-pointer")?.style.left).toBe("100%");
  view.show({ map: "viridis", domain: null, label: "each channel its own min – max" });
  expect(view.element.textContent).toBe("minmaxeach channel its own min – max");
});

test("a strip of 5,000 images makes cells and asks for thumbnails only where one looks", async () => {
  const need = vi.fn();
  const names = Array.from({ length: 5000 }, (_, i) => `image ${i}`);
  const view = strip(names, { choose: vi.fn(), compare: vi.fn(), need }, control.signal);
  place(view.element, 520, 60);
  view.element.style.overflow = "auto hidden";
  view.select(0, null);
  await until(() => need.mock.calls.length > 0, "a request");
  expect(need.mock.calls).toEqual([[0, 24]]);
  view.element.scrollLeft = 52 * 2000;
  await until(() => need.mock.calls.length > 1, "a second request");
  expect(need.mock.calls.slice(1).flat()).toContain(1992);
  expect(view.element.querySelectorAll("[role=option]").length).toBeLessThan(40);
  expect(need.mock.calls.length).toBeLessThan(5);
});

test("arrows move along the strip, shift chooses the second image", async () => {
  const [choose, compare] = [vi.fn(), vi.fn()];
  const view = strip(["a", "b", "c"], { choose, compare, need: vi.fn() }, control.signal);
  place(view.element, 300, 60);
  view.select(1, null);
  await drawn();
  const key = (name: string, shiftKey = false) =>
    view.element.dispatchEvent(
      new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true }),
    );
  key("ArrowRight");
  key("Home");
  key("ArrowRight", true);
  expect(choose.mock.calls).toEqual([[2], [0]]);
  expect(compare).toHaveBeenCalledWith(2);
  const painted = await paintPicture(1, 20);
  view.fill([
    {
      index: 1,
      picture: pictureOf(painted.bytes as Uint8Array<ArrayBuffer>, painted.mediaType, 20, 20),
    },
  ]);
  await drawn();
  const cell = view.element.querySelector("[aria-selected=true]");
  expect(cell?.getAttribute("aria-label")).toBe("b");
  expect(cell?.querySelector("img")?.src).toMatch(/^blob:/);
});

const ITEMS: TreeItem[] = [
  ["stem", 0, "Sequential"],
  ["stem.conv", 1, "Conv2d"],
  ["blocks", 0, "Sequential"],
  ["blocks.0", 1, "Conv2d"],
  ["blocks.1", 1, "ReLU"],
].map(([key, depth, kind]) => ({
  key: String(key),
  label: String(key),
  kind: String(kind),
  depth: Number(depth),
  detail: "",
  mark: key === "blocks.1" ? "unused" : "",
  tooltip: "",
  enabled: key !== "blocks.1",
}));

test("the tree is walked by the keyboard as any tree", () => {
  const choose = vi.fn();
  const view = tree(ITEMS, { choose }, control.signal);
  room.append(view.element);
  view.select("stem");
  const rows = [...view.element.querySelectorAll<HTMLElement>("[role=treeitem]")];
  const shown = () =>
    rows.filter((row) => !row.hidden).map((row) => row.getAttribute("aria-level"));
  const key = (name: string) => {
    const at = rows.find((row) => row.tabIndex === 0);
    at?.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  };
  key("ArrowLeft"); // closes the stem
  expect(shown()).toEqual(["1", "1", "2", "2"]);
  expect(rows[0]?.getAttribute("aria-expanded")).toBe("false");
  key("ArrowDown");
  expect(choose).toHaveBeenLastCalledWith("blocks");
  key("End"); // an unused layer can be reached, not chosen
  expect(choose).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe(rows[4]);
  key("ArrowLeft");
  expect(document.activeElement).toBe(rows[2]);
  expect(rows[4]?.getAttribute("aria-disabled")).toBe("true");
});

test("search leaves what was found, and Enter goes there", () => {
  const choose = vi.fn();
  const view = tree(ITEMS, { choose }, control.signal);
  room.append(view.element);
  const search = view.element.querySelector("input") as HTMLInputElement;
  search.value = "conv";
  search.dispatchEvent(new Event("input"));
  const names = [
    ...view.element.querySelectorAll<HTMLElement>("[role=treeitem]:not([hidden]) .tree-name"),
  ].map((n) => n.textContent);
  expect(names).toEqual(["stem", "stem.conv", "blocks", "blocks.0"]);
  search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  expect(choose).toHaveBeenCalledWith("stem.conv");
});

test("labels from users are text, never HTML", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const view = tree(
    [{ ...(ITEMS[0] as TreeItem), label: evil, kind: evil }],
    { choose: vi.fn() },
    control.signal,
  );
  room.append(view.element);
  expect(view.element.querySelector("img")).toBeNull();
  expect(view.element.textContent).toContain(evil);
});

test("the grey map has 256 steps", () => {
  expect(new Set(lut("grey")).size).toBe(256);
});
