// The scatter in a real browser: hover, click, lasso, legend, keys, sizes.

import { expect, test, vi } from "vitest";
import { rgba } from "../views/painter";
import { fakeScatter } from "./fake_scatter";
import {
  click,
  drag,
  inkAt,
  NO_PICTURES,
  placeOf,
  pointer,
  press,
  ready,
  show,
} from "./scatter_page";
import { drawn, until } from "./settled";

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
  model.set("isolated", ["zebra"]); // of another column: nothing is set aside
  await drawn();
  expect(row(0).hasAttribute("data-aside")).toBe(false);
  pointer(page, "pointermove", x, y);
  expect(Number(page.plot().dataset.hovered) % 5).toBe(0);
});

test("colours of the page are read however they are written", () => {
  const bytes = (css: string) => rgba(css).map((each) => Math.round(255 * each));
  expect(bytes("#036")).toEqual([0, 51, 102, 255]);
  expect(bytes(" black ")).toEqual([0, 0, 0, 255]);
  expect(bytes("hsl(120 100% 25%)")).toEqual([0, 128, 0, 255]);
  expect(bytes("no colour")).toEqual([255, 255, 255, 255]);
});

test("points are painted when they move or change, and not for each hover", async () => {
  const page = show(fakeScatter(NO_PICTURES));
  await ready(page);
  await until(() => page.plot().dataset.zoom === "1.0", "the map at rest");
  await drawn();
  const context = page.find<HTMLCanvasElement>(".plot-points").getContext("2d");
  const paint = vi.spyOn(context as CanvasRenderingContext2D, "drawImage");
  for (const point of [3, 40, 77]) {
    pointer(page, "pointermove", ...placeOf(page, point));
    await drawn();
  }
  expect(paint).not.toHaveBeenCalled();
  press(page, "ArrowRight");
  await until(() => paint.mock.calls.length > 0, "the points where they are now");
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
