// The scatter in a real browser: hover, click, lasso, legend, layers, layout, pictures, keys.

import { afterEach, expect, test } from "vitest";
import type { CallMessage, ManifoldScatterTraits } from "../lib/protocol";
import scatter from "../widgets/manifold_scatter";
import type { FakeModel } from "./fake_model";
import { blobs, fakeScatter, MAPS } from "./fake_scatter";
import { drawn, until } from "./settled";

const left: (() => void)[] = [];
afterEach(() => {
  for (const end of left.splice(0)) end();
});

function show(model: FakeModel<ManifoldScatterTraits>, width = 1000) {
  const el = document.createElement("div");
  el.style.width = `${width}px`;
  document.body.append(el);
  const control = new AbortController();
  scatter.render({ model, el, signal: control.signal });
  const dispose = () => {
    control.abort();
    el.remove();
  };
  left.push(dispose);
  const root = el.querySelector(".convscope")?.shadowRoot as ShadowRoot;
  const find = <T extends HTMLElement>(selector: string): T => {
    const found = root.querySelector<T>(selector);
    if (!found) throw new Error(`no ${selector}`);
    return found;
  };
  const all = (selector: string) => [...root.querySelectorAll<HTMLElement>(selector)];
  const button = (name: string) => {
    const found = all("button").find(
      (each) => (each.getAttribute("aria-label") ?? each.textContent) === name,
    );
    if (!found) throw new Error(`no button ${name}`);
    return found;
  };
  const plot = () => find(".plot");
  const calls = (method: string) =>
    model.sent.filter((m): m is CallMessage => m.kind === "call" && m.method === method);
  return { el, root, find, all, button, plot, calls, dispose };
}

type Page = ReturnType<typeof show>;

async function ready(page: Page, layer = "deep"): Promise<void> {
  await until(() => page.find(".scatter").dataset.layout === `${layer} 0`, "the map");
  await until(() => page.find(".scatter").dataset.colour !== undefined, "the colours");
}

/** Where a point is on the map at first, in its own pixels. */
function placeOf(page: Page, point: number, count = 600): [number, number] {
  const xy = blobs(count, 2);
  const xs = xy.filter((_, i) => i % 2 === 0);
  const ys = xy.filter((_, i) => i % 2 === 1);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const unit = Math.max(x1 - x0, y1 - y0) / 2;
  const { clientWidth: w, clientHeight: h } = page.plot();
  const scale = (0.88 * Math.min(1, w / h) * h) / 2 / unit;
  return [
    w / 2 + ((xy[2 * point] ?? 0) - (x0 + x1) / 2) * scale,
    h / 2 - ((xy[2 * point + 1] ?? 0) - (y0 + y1) / 2) * scale,
  ];
}

function pointer(page: Page, type: string, x: number, y: number, more: PointerEventInit = {}) {
  const box = page.plot().getBoundingClientRect();
  page.plot().dispatchEvent(
    new PointerEvent(type, {
      clientX: box.left + x,
      clientY: box.top + y,
      bubbles: true,
      composed: true,
      pointerId: 1,
      ...more,
    }),
  );
}

function click(page: Page, x: number, y: number): void {
  pointer(page, "pointerdown", x, y);
  pointer(page, "pointerup", x, y);
}

function drag(page: Page, places: readonly [number, number][], more: PointerEventInit = {}): void {
  const [[x, y] = [0, 0], ...rest] = places;
  // No real pointer is down: capturing this one would fail.
  page.plot().setPointerCapture = () => undefined;
  pointer(page, "pointerdown", x, y, more);
  for (const [a, b] of rest) pointer(page, "pointermove", a, b, more);
  const [lx, ly] = rest.at(-1) ?? [x, y];
  pointer(page, "pointerup", lx, ly, more);
}

function press(page: Page, key: string): void {
  const event = { key, bubbles: true, composed: true, cancelable: true };
  page.plot().dispatchEvent(new KeyboardEvent("keydown", event));
}

const NO_PICTURES = { pictures: 0 };

test("points are painted, in colours that the legend names and counts", async () => {
  const page = show(fakeScatter(NO_PICTURES));
  await ready(page);
  expect(page.plot().dataset.painter).toBe("webgl");
  const rows = page.all(".legend-row").map((row) => row.textContent);
  expect(rows).toEqual(["ant120", "bee120", "cow108", "dog120", "elk120", "missing12"]);
  expect(page.find(".cv-said").textContent).toBe("600 points");
  expect(page.find(".cv-title").textContent).toBe("deep · UMAP");
  // The canvas holds ink of the class colours where a point lies.
  const canvas = page.find<HTMLCanvasElement>(".plot-points");
  await until(() => inkAt(canvas, placeOf(page, 1), page.plot()) !== null, "ink");
  const [r = 0, g = 0, b = 0] = inkAt(canvas, placeOf(page, 1), page.plot()) ?? [];
  expect(r).toBeGreaterThan(g + 40); // orange: bee
  expect(g).toBeGreaterThan(b + 40);
});

function inkAt(canvas: HTMLCanvasElement, [x, y]: [number, number], plot: HTMLElement) {
  const ratio = canvas.width / plot.clientWidth;
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(canvas, 0, 0);
  const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(
    Math.round(x * ratio),
    Math.round(y * ratio),
    1,
    1,
  ).data;
  return a > 100 ? [r, g, b] : null;
}

test("pointing tells what a point is, and choosing it draws its neighbours in the layer's space", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  const [x, y] = placeOf(page, 42);
  pointer(page, "pointermove", x, y);
  const hovered = Number(page.plot().dataset.hovered);
  expect(hovered).toBeGreaterThanOrEqual(0);
  const card = page.find(".point-card-floating");
  expect(card.hidden).toBe(false);
  await until(() => card.textContent?.includes(`picture ${hovered}`));
  expect(card.textContent).toContain("bee 90 %");
  expect(card.textContent).toContain(`position${hovered}`);
  click(page, x, y);
  expect(model.get("point")).toBe(hovered);
  await until(() => page.plot().dataset.near === "5");
  expect(page.calls("near_points")[0]?.params).toEqual({ point: hovered, count: 5, layer: "deep" });
  pointer(page, "pointerleave", -5, -5);
  expect(card.hidden).toBe(true);
  click(page, 3, 3);
  expect(model.get("point")).toBeNull();
});

test("a lasso with shift selects, ctrl adds, alt takes away, and the panel counts classes", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  const { clientWidth: w, clientHeight: h } = page.plot();
  const left: [number, number][] = [
    [2, 2],
    [w / 2, 2],
    [w / 2, h - 2],
    [2, h - 2],
  ];
  drag(page, left, { shiftKey: true });
  const first = model.get("selection");
  expect(first.length).toBeGreaterThan(100);
  const at = (i: number) => placeOf(page, i)[0];
  expect(first).toEqual(Array.from({ length: 600 }, (_, i) => i).filter((i) => at(i) < w / 2));
  expect(page.find(".selection .legend-title").textContent).toBe(`${first.length} points selected`);
  const counted = page
    .all(".selection-groups .legend-count")
    .map((each) => Number.parseInt(each.textContent ?? "", 10));
  expect(counted.reduce((a, b) => a + b, 0)).toBe(first.length);
  const right: [number, number][] = [
    [w / 2, 2],
    [w - 2, 2],
    [w - 2, h - 2],
    [w / 2, h - 2],
  ];
  drag(page, right, { shiftKey: true, ctrlKey: true });
  expect(model.get("selection").length).toBe(600);
  drag(page, right, { shiftKey: true, altKey: true });
  expect(model.get("selection")).toEqual(first);
  page.button("Clear").click();
  expect(model.get("selection")).toEqual([]);
  expect(page.find(".selection").hidden).toBe(true);
});

test("the rectangle tool selects without a key, and Esc puts it away", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  page.button("Rectangle").click();
  const { clientWidth: w, clientHeight: h } = page.plot();
  drag(page, [
    [1, 1],
    [w - 1, h - 1],
  ]);
  expect(model.get("selection").length).toBe(600);
  press(page, "Escape");
  expect(page.plot().dataset.tool).toBe("move");
  press(page, "Escape");
  expect(model.get("selection")).toEqual([]);
});

test("a category is isolated by a click, with ctrl two are, and set-aside points can't be met", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  const row = (k: number) => page.all(".legend-row")[k] as HTMLElement;
  row(1).click();
  expect(model.get("isolated")).toEqual(["bee"]);
  expect(page.find(".cv-said").textContent).toContain("only bee");
  await until(() => row(0).hasAttribute("data-aside"));
  const [x, y] = placeOf(page, 0); // an ant
  pointer(page, "pointermove", x, y);
  expect(Number(page.plot().dataset.hovered) % 5).not.toBe(0);
  row(2).dispatchEvent(new MouseEvent("click", { bubbles: true, ctrlKey: true }));
  expect(model.get("isolated")).toEqual(["bee", "cow"]);
  row(1).click();
  expect(model.get("isolated")).toEqual([]);
});

test("many categories are searched", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `kind ${i}`);
  const codes = Uint16Array.from({ length: 600 }, (_, i) => i % 40);
  const many = {
    kind: "category",
    codes: { data: codes, shape: [600] },
    names,
    counts: names.map(() => 15),
  };
  const page = show(fakeScatter(NO_PICTURES, { column: () => many }));
  await ready(page);
  await until(() => page.all(".legend-row").length === 40);
  expect(page.find(".legend .caption").textContent).toContain("other 30 are grey");
  press(page, "/");
  const field = page.find<HTMLInputElement>(".legend input[type=search]");
  expect(page.root.activeElement).toBe(field);
  field.value = "kind 3";
  field.dispatchEvent(new Event("input"));
  expect(page.all(".legend-row").length).toBe(11); // 3, 30 … 39
  field.value = "zebra";
  field.dispatchEvent(new Event("input"));
  expect(page.find(".legend .caption").textContent).toBe("No category has this in its name.");
});

test("values have a bar, and pointing at a point points at its value", async () => {
  const page = show(fakeScatter({ ...NO_PICTURES, color: "size" }));
  await ready(page);
  const bar = page.find(".legend .scalebar");
  expect(bar.hidden).toBe(false);
  expect(bar.getAttribute("aria-label")).toBe("colour scale from 0 to 599: ");
  const [x, y] = placeOf(page, 300);
  pointer(page, "pointermove", x, y);
  expect(page.find(".scalebar-pointer").hidden).toBe(false);
});

test("the layer slider moves the points to the next map, and Python knows", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  const slider = page.find<HTMLInputElement>("input[aria-label=layer]");
  slider.value = "0";
  slider.dispatchEvent(new Event("input"));
  expect(model.get("layer")).toBe("stem");
  expect(page.find(".rail-words").textContent).toBe(MAPS[0]?.words);
  await until(() => page.find(".scatter").dataset.layout === "stem 0");
  expect(page.calls("positions").map(({ params }) => params.layer)).toEqual(["deep", "stem"]);
});

test("pictures stand where there is room, each asked for once; a slider takes them away", async () => {
  const model = fakeScatter({ pictures: 1 });
  const page = show(model);
  await ready(page);
  await until(() => Number(page.plot().dataset.pictures) > 8);
  const asked = page.calls("sprites").flatMap(({ params }) => params.points as number[]);
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.length).toBeLessThan(400);
  expect(
    page.calls("sprites").every(({ params }) => (params.points as number[]).length <= 64),
  ).toBe(true);
  model.set("pictures", 0);
  await until(() => page.plot().dataset.pictures === "0");
});

test("a new layout is watched while it forms, and stopped", async () => {
  const model = fakeScatter(NO_PICTURES, { lay_out: () => new Promise(() => undefined) });
  const page = show(model);
  await ready(page);
  const method = page.find<HTMLSelectElement>("select[aria-label=method]");
  method.value = "tsne";
  method.dispatchEvent(new Event("change"));
  page.button("Lay out again").click();
  await until(() => page.calls("lay_out").length === 1);
  const { id, params } = page.calls("lay_out")[0] as CallMessage;
  expect(params).toMatchObject({ method: "tsne", perplexity: 30 });
  const value = { done: 10, total: 100, note: "laying out", elapsed: 1, left: 9 };
  model.receive({ kind: "progress", id, value });
  const half = blobs(600, 0);
  half.fill(Number.NaN, 0, 100); // 50 points have no place yet
  const buffer = new DataView(half.buffer);
  const preview = { xy: { $buffer: 0, dtype: "float32", shape: [600, 2] } };
  model.receive({ kind: "preview", id, value: preview }, [buffer]);
  await until(() => !page.find(".cv-job").hidden);
  page.button("Stop").click();
  await until(() => model.sent.some((message) => message.kind === "cancel" && message.id === id));
  const stopped = { type: "Stopped", message: "Stopped." };
  model.receive({ kind: "error", id, value: stopped });
  // What was there before is shown again.
  await until(() => page.calls("positions").length === 2);
});

test("duplicates and suspicious labels are listed, and each is one click away", async () => {
  const model = fakeScatter(NO_PICTURES, {
    problems: () => ({
      duplicates: [[3, 9]],
      suspicious: [{ point: 12, label: "cow", other: "dog", share: 0.9 }],
      note: "",
    }),
  });
  const page = show(model);
  await ready(page);
  page.button("Find duplicates and suspicious labels").click();
  await until(() => page.all(".problem").length === 2);
  expect(page.all(".problem").map((each) => each.textContent)).toEqual([
    "point 3 = point 9",
    "point 12: cow, among dog",
  ]);
  page.all(".problem")[0]?.click();
  expect(model.get("selection")).toEqual([3, 9]);
  page.all(".problem")[1]?.click();
  expect(model.get("point")).toBe(12);
});

test("augmented copies land on the map of their layer, with their pictures", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  model.set("_landed", {
    point: 4,
    layer: "deep",
    xy: [
      [10, 5],
      [11, 6],
    ],
    words: "2 copies land",
  });
  await until(() => page.plot().dataset.landed === "2");
  expect(page.find(".cv-said").textContent).toBe("2 copies land");
  expect(page.calls("landed").length).toBe(1);
});

test("keys pan, zoom and walk; ctrl + wheel zooms and a plain wheel is the page's", async () => {
  const model = fakeScatter(NO_PICTURES);
  const page = show(model);
  await ready(page);
  const hover = (point: number) => {
    pointer(page, "pointermove", ...placeOf(page, point));
    return page.plot().dataset.hovered;
  };
  const before = hover(5);
  for (let i = 0; i < 6; i++) press(page, "ArrowRight");
  expect(hover(5)).not.toBe(before);
  press(page, "0");
  await until(() => hover(5) === before, "all points in sight again");
  press(page, "]");
  expect(model.get("point")).toBe(0);
  press(page, "]");
  expect(model.get("point")).toBe(1);
  const wheel = (ctrlKey: boolean) => {
    const event = new WheelEvent("wheel", {
      deltaY: -100,
      ctrlKey,
      cancelable: true,
      bubbles: true,
    });
    page.plot().dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(wheel(false)).toBe(false);
  expect(page.find(".plot-hint").dataset.shown).toBe("true");
  expect(wheel(true)).toBe(true);
});

test("a column that is not there yet is computed when it is chosen", async () => {
  const columns = [
    { name: "label", kind: "category", ready: true },
    { name: "correct", kind: "category", ready: false },
  ] as ManifoldScatterTraits["_columns"];
  const right = {
    kind: "category",
    codes: { data: Uint16Array.from({ length: 600 }, (_, i) => Number(i % 4 === 0)), shape: [600] },
    names: ["right", "wrong"],
    counts: [450, 150],
  };
  const model = fakeScatter({ ...NO_PICTURES, _columns: columns }, { compute: () => right });
  const page = show(model);
  await ready(page);
  const select = page.find<HTMLSelectElement>("select[aria-label='colour by']");
  expect([...select.options].map((option) => option.textContent)).toContain("correct…");
  select.value = "correct";
  select.dispatchEvent(new Event("change"));
  await until(
    () =>
      page
        .all(".legend-row")
        .map((row) => row.textContent)
        .join() === "right450,wrong150",
  );
  expect(page.calls("compute")[0]?.params).toEqual({ name: "correct" });
});

test("two scatters share one drawing context, which goes with the last", async () => {
  const [one, two] = [show(fakeScatter(NO_PICTURES)), show(fakeScatter(NO_PICTURES))];
  await ready(one);
  await ready(two);
  const shared = () =>
    (globalThis as Record<symbol, unknown>)[Symbol.for("convscope.scatter.renderer.1")] as
      | { users: Map<symbol, unknown> }
      | undefined;
  expect(shared()?.users.size).toBe(2);
  one.dispose();
  expect(shared()?.users.size).toBe(1);
  two.dispose();
  expect(shared()).toBeUndefined();
});

test("where the browser takes the graphics context away, or has none, the processor draws", async () => {
  const page = show(fakeScatter(NO_PICTURES));
  await ready(page);
  const place = Symbol.for("convscope.scatter.renderer.1");
  const { renderer } = (globalThis as Record<symbol, unknown>)[place] as {
    renderer: { canvas: HTMLCanvasElement };
  };
  renderer.canvas.getContext("webgl")?.getExtension("WEBGL_lose_context")?.loseContext();
  await until(() => page.plot().dataset.painter === "canvas");
  const canvas = () => page.find<HTMLCanvasElement>(".plot-points");
  await until(() => inkAt(canvas(), placeOf(page, 1), page.plot()) !== null, "ink");
  const [r = 0, g = 0, b = 0] = inkAt(canvas(), placeOf(page, 1), page.plot()) ?? [];
  expect(r).toBeGreaterThan(g + 40); // orange: bee
  expect(g).toBeGreaterThan(b + 40);
  click(page, ...placeOf(page, 1));
  expect(page.find(".cv-said").textContent).toContain("drawn by the processor");
});

test("it fits from 360 to 1600 px, and nothing is left when it goes", async () => {
  const model = fakeScatter({ pictures: 0.5, selection: [1, 2, 3, 6], point: 4 });
  const page = show(model, 360);
  await ready(page);
  const groups = page.all(".selection-groups li").map((each) => each.textContent);
  expect(groups).toEqual(["bee2 · 50\u2009%", "cow1 · 25\u2009%", "dog1 · 25\u2009%"]);
  for (const width of [360, 700, 1200, 1600]) {
    page.el.style.width = `${width}px`;
    await drawn();
    const stage = page.find(".cv-stage");
    expect(stage.scrollWidth, `at ${width} px`).toBeLessThanOrEqual(stage.clientWidth);
    expect(page.plot().clientWidth, `at ${width} px`).toBeGreaterThan(200);
  }
  page.dispose();
  expect(model.listeners()).toBe(0);
});
