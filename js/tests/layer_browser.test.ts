import { expect, test } from "vitest";
import { show } from "./browser_page";
import { fakeBrowser } from "./fake_browser";
import { drawn, until } from "./settled";

test("it shows the layer, the image, its predictions and the dead channels", async () => {
  const page = show(await fakeBrowser());
  await until(() => page.find(".cv-title").textContent?.startsWith("blocks.1.act · 128 × 12 × 12"));
  await until(() => page.find(".predictions").textContent?.includes("tabby"));
  expect(page.find(".tools-dead").textContent).toBe("dead: 11 of 128");
  expect(page.find(".mosaic-canvas").getAttribute("aria-label")).toContain(
    "128 channels of blocks.1.act",
  );
  await until(() => page.root.querySelectorAll(".tree-spark svg").length > 5);
});

test("hovering tells value, place and field, and boxes the field on the image", async () => {
  const page = show(await fakeBrowser());
  await until(() => page.find(".predictions").children.length > 0);
  const scroller = page.find(".mosaic-scroll");
  const box = scroller.getBoundingClientRect();
  scroller.dispatchEvent(
    new PointerEvent("pointermove", {
      clientX: box.left + 30,
      clientY: box.top + 30,
      bubbles: true,
    }),
  );
  expect(page.said()).toMatch(
    /^channel 0 · .* at row \d+, column \d+ · receptive field 35 × 35 pixels$/,
  );
  const field = page.find(".input .heat-field");
  expect(field.hidden).toBe(false);
  expect(Number.parseFloat(field.style.width)).toBeLessThan(40);
  scroller.dispatchEvent(new PointerEvent("pointerleave"));
  expect(field.hidden).toBe(true);
});

test("an unknown receptive field is said to be unknown", async () => {
  const page = show(await fakeBrowser({ layer: "attention" }));
  await until(() => page.said().includes("receptive field unknown"));
});

test("clicking opens the channel; Python is told the unit and the place once they rest", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  const scroller = page.find(".mosaic-scroll");
  const box = scroller.getBoundingClientRect();
  scroller.dispatchEvent(
    new MouseEvent("click", { clientX: box.left + 30, clientY: box.top + 30, bubbles: true }),
  );
  expect(page.find(".detail").hidden).toBe(false);
  expect(page.find(".detail-title").textContent).toBe("channel 0 of 128");
  await until(() => model.saved.unit === 0 && model.saved.position?.length === 2);
  await until(() => page.root.querySelectorAll(".patches li").length === 15, "patches and images");
  await until(() => page.calls("channel").length === 1);
});

test("keys walk through channels, layers and images, and Esc goes back", async () => {
  const model = await fakeBrowser({ sort: "mean" });
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  page.press("ArrowRight");
  const strongest = model.get("unit");
  page.press("ArrowRight");
  expect(model.get("unit")).not.toBe(strongest);
  page.press("ArrowLeft");
  expect(model.get("unit")).toBe(strongest);
  page.press("Escape");
  expect(model.get("unit")).toBeNull();
  page.press("]");
  expect(model.get("image")).toBe(1);
  page.press("ArrowLeft", { shiftKey: true });
  expect(model.get("image")).toBe(0);
  page.press("ArrowDown");
  expect(model.get("layer")).toBe("blocks.2");
  page.press("ArrowUp");
  page.press("ArrowUp");
  expect(model.get("layer")).toBe("blocks.1.conv");
  page.press("/");
  expect(page.root.activeElement?.matches("input[type=search]")).toBe(true);
});

test("on the large map arrows move the place, and Esc hands the keyboard back to the mosaic", async () => {
  const model = await fakeBrowser({ unit: 3 });
  const page = show(model);
  await until(() => page.calls("channel").length === 1);
  const map = page.find(".detail .heat");
  map.focus();
  const press = (key: string) =>
    map.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }),
    );
  press("ArrowRight");
  const [row, column] = model.get("position") as [number, number];
  press(row > 0 ? "ArrowUp" : "ArrowDown");
  expect(model.get("position")).toEqual([row > 0 ? row - 1 : row + 1, column]);
  expect(page.said()).toMatch(/^channel 3 · .* at row \d+, column \d+/);
  expect(model.get("layer")).toBe("blocks.1.act");
  press("Escape");
  expect(model.get("unit")).toBeNull();
  expect(page.root.activeElement?.matches(".mosaic-scroll")).toBe(true);
});

test("arrows on the height handle change the height and nothing else", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  const height = model.get("height");
  page
    .find(".cv-grip")
    .dispatchEvent(
      new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }),
    );
  expect(model.get("height")).toBe(height + 20);
  expect(model.get("layer")).toBe("blocks.1.act");
});

test.each([360, 520, 700, 800, 1000])(
  "at %i px nothing reaches out of the stage",
  async (width) => {
    for (const compare of [null, 1]) {
      const page = show(await fakeBrowser({ unit: 3, compare }));
      page.el.style.width = `${width}px`;
      await until(() => page.root.querySelectorAll(".patches li").length > 0, "patches");
      await drawn();
      const stage = page.find(".cv-stage");
      expect(stage.scrollWidth).toBe(stage.clientWidth);
    }
  },
);

test("in a narrow card the search key brings the folded layers out", async () => {
  const page = show(await fakeBrowser());
  page.el.style.width = "400px";
  await drawn();
  expect(getComputedStyle(page.find(".cv-rail")).visibility).toBe("hidden");
  page.press("/");
  expect(getComputedStyle(page.find(".cv-rail")).visibility).toBe("visible");
  expect(page.root.activeElement?.matches("input[type=search]")).toBe(true);
});

test("two images stand side by side in each tile and share the scale", async () => {
  const page = show(await fakeBrowser({ compare: 3, unit: 4 }));
  await until(() => page.calls("maps").length === 2);
  await until(() => page.root.querySelectorAll(".input:not([hidden])").length === 2);
  await until(() => page.root.querySelectorAll(".detail-heats .heat:not([hidden])").length === 2);
  const marks = () => [...page.root.querySelectorAll(".strip-mark")].map((m) => m.textContent);
  await until(() => marks().join("") === "AB");
});

test("with a scale for each channel the bar says so, and shows the hovered channel's numbers", async () => {
  const page = show(await fakeBrowser({ scale: "channel" }));
  await until(
    () => page.find(".cv-extra .scalebar-label").textContent === "each channel its own min – max",
  );
  const scroller = page.find(".mosaic-scroll");
  const box = scroller.getBoundingClientRect();
  scroller.dispatchEvent(
    new PointerEvent("pointermove", {
      clientX: box.left + 30,
      clientY: box.top + 30,
      bubbles: true,
    }),
  );
  expect(page.find(".cv-extra .scalebar-label").textContent).toBe("channel 0");
  expect(page.find(".cv-extra .scalebar-low").textContent).toBe("0");
});

test("signed maps get a bar centred at zero", async () => {
  const page = show(await fakeBrowser({ layer: "blocks.1.conv" }));
  await until(() => page.find(".cv-extra .scalebar-low").textContent?.startsWith("−"));
  expect(`−${page.find(".cv-extra .scalebar-high").textContent}`).toBe(
    page.find(".cv-extra .scalebar-low").textContent,
  );
});

test("a layer without places is drawn as squares, with no map and no histogram", async () => {
  const page = show(await fakeBrowser({ layer: "head", unit: 7 }));
  await until(() => page.find(".cv-title").textContent?.startsWith("head · 1000"));
  expect(page.find(".histogram").hidden).toBe(true);
  expect(page.calls("channel")).toEqual([]);
});
