import { expect, test } from "vitest";
import type { FilterGalleryTraits } from "../lib/protocol";
import { colourSheet, press } from "../views/sheet";
import filterGallery from "../widgets/filter_gallery";
import { card } from "./card";
import { fakeGallery } from "./fake_gallery";
import type { FakeModel } from "./fake_model";
import { pixel, until } from "./settled";

function show(model: FakeModel<FilterGalleryTraits>) {
  const page = card(filterGallery, model, 1000);
  return { ...page, said: () => page.find(".cv-said").textContent ?? "" };
}

function hover(node: HTMLElement, x: number, y: number): void {
  const box = node.getBoundingClientRect();
  node.dispatchEvent(
    new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + y, bubbles: true }),
  );
}

test("colour filters have grey for zero and the full colour at the largest weight", () => {
  // One filter of 1 × 2: the first place strongly red and weakly anti-blue, the second nothing.
  const colours = colourSheet(Float32Array.of(2, 0, -1, 0, 0, 0), [1, 1, 2], () => 2);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  press()(context, [{ sheet: colours, tile: 0, x: 0, y: 0, width: 20, height: 10 }]);
  expect(pixel(canvas, 3, 5)).toEqual([255, 128, 64]);
  expect(pixel(canvas, 15, 5)).toEqual([128, 128, 128]);
});

test("a first layer shows its filters in colour and the kernels of one", async () => {
  const page = show(fakeGallery());
  await until(() =>
    page.find(".pane-kernels .caption").textContent?.includes("red, green and blue"),
  );
  expect(page.find(".norms").hidden).toBe(true);
  expect(page.find(".pane-filters .caption").textContent).toContain("grey is zero");
  expect(page.said()).toContain("all zero: 1 of 24");
  hover(page.find(".pane-filters .mosaic-scroll"), 20, 20);
  expect(page.said()).toMatch(/^filter 0 · red .*, green .*, blue .* at row \d, column \d · norm/);
});

test("deeper layers list their filters by norm, and choosing one brings its kernels", async () => {
  const model = fakeGallery({ layer: "blocks.0.conv", sort: "norm" });
  const page = show(model);
  await until(() => page.root.querySelectorAll(".norm-row").length === 40);
  const values = [...page.root.querySelectorAll(".norm-value")].map((n) => Number(n.textContent));
  expect(values.slice(0, 39)).toEqual([...values.slice(0, 39)].sort((a, b) => b - a));
  expect(page.root.querySelectorAll(".norm-value")[39]?.textContent).toBe("all zero");
  page.find('[data-filter="3"]').click();
  expect(model.get("unit")).toBe(3);
  await until(() => page.find(".pane-kernels .caption").textContent?.startsWith("filter 3 · norm"));
  expect(page.calls("kernels").at(-1)?.params).toEqual({ layer: "blocks.0.conv", unit: 3 });
  hover(page.find(".pane-kernels .mosaic-scroll"), 20, 20);
  expect(page.said()).toMatch(/^filter 3, input \d+ · weight .* at row \d, column \d · norm/);
});

test("the bar of the kernels is centred at zero and carries the weights' numbers", async () => {
  const page = show(fakeGallery({ layer: "blocks.0.conv", unit: 2 }));
  await until(() => page.find(".pane-kernels .caption").textContent?.startsWith("filter 2"));
  const [low, high] = [page.find(".scalebar-low"), page.find(".scalebar-high")];
  expect(low.textContent).toBe(`−${high.textContent}`);
  expect(Number(high.textContent)).toBeGreaterThan(0);
});

test("the norms of all kernels are one picture to choose a filter from", async () => {
  const model = fakeGallery({ layer: "blocks.0.conv" });
  const page = show(model);
  await until(() => page.root.querySelectorAll(".norm-row").length === 40);
  const button = [...page.root.querySelectorAll<HTMLButtonElement>(".tools button")].at(-1);
  button?.click();
  expect(page.find(".matrix").hidden).toBe(false);
  const scroller = page.find(".matrix-scroll");
  hover(scroller, 5, 5);
  expect(page.said()).toMatch(/^filter 0, input 0 · norm /);
  expect(page.find(".scalebar-low").textContent).toBe("0");
  const box = scroller.getBoundingClientRect();
  scroller.dispatchEvent(
    new MouseEvent("click", {
      clientX: box.left + 5,
      clientY: box.top + box.height / 2,
      bubbles: true,
    }),
  );
  expect(model.get("unit")).toBeGreaterThan(5);
});

test("keys walk through filters and layers", async () => {
  const model = fakeGallery();
  const page = show(model);
  await until(() => page.calls("kernels").length > 0);
  const press = (key: string) =>
    page
      .find(".mosaic-scroll")
      .dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
  press("ArrowRight");
  expect(model.get("unit")).toBe(1);
  press("ArrowDown");
  expect([model.get("layer"), model.get("unit")]).toEqual(["blocks.0.conv", null]);
  await until(() => page.find(".cv-title").textContent?.includes("40 filters of 24 × 3 × 3"));
});

test("nothing is left after it is disposed", async () => {
  const model = fakeGallery();
  const page = show(model);
  await until(() => page.calls("kernels").length > 0);
  page.dispose();
  expect(model.listeners()).toBe(0);
  expect(page.el.childElementCount).toBe(0);
});
