import { expect, test } from "vitest";
import type { AttributionTraits, CallMessage } from "../lib/protocol";
import attribution from "../widgets/attribution";
import { card, press } from "./card";
import { fakeAttribution } from "./fake_attribution";
import type { FakeModel } from "./fake_model";
import { drawn, pixel, until } from "./settled";

function show(model: FakeModel<AttributionTraits>, width = 1300) {
  const { el, root, find, all, button, calls, dispose } = card(attribution, model, width);
  const label = () => find(".large canvas").getAttribute("aria-label") ?? "";
  return {
    ...{ el, root, find, all, button, calls, label, dispose },
    press: (key: string, options: KeyboardEventInit = {}) =>
      press(find(".attr-main"), key, options),
    said: () => find(".cv-said").textContent ?? "",
  };
}

/** Point at a share of an element's width and height. */
function hover(node: HTMLElement, x: number, y: number): void {
  const box = node.getBoundingClientRect();
  const place = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
  node.dispatchEvent(new PointerEvent("pointermove", { ...place, bubbles: true }));
}

const READY = "Grad-CAM of blocks.2 for tabby";

test("it shows one map, the likely classes, and how the method reads", async () => {
  const page = show(await fakeAttribution());
  await until(() => page.label() === READY);
  await until(() => page.all(".class-name").length === 4);
  expect(page.find(".class-row").textContent).toContain("60");
  expect(page.find(".class-name").getAttribute("aria-pressed")).toBe("true");
  expect(page.said()).toBe(`${READY} · score 9.50`);
  expect(page.find(".attr-what > .caption").textContent).toBe("Grad-CAM: Where. 2017.");
  expect(page.find(".cv-title").textContent).toBe("Grad-CAM · blocks.2");
});

test("a likely class is one click away, and Python knows", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.all(".class-name").length === 4);
  page.button("lynx").click();
  await until(() => page.label() === "Grad-CAM of blocks.2 for lynx");
  await until(() => model.saved.target === 3);
  expect(page.find<HTMLInputElement>(".classes .cv-toggle input").checked).toBe(false);
});

test("any class is found by its name; those offered are made ready before one is chosen", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.label() === READY);
  const field = page.find<HTMLInputElement>(".classes input[type=search]");
  field.value = "espr";
  field.dispatchEvent(new Event("input"));
  await until(() => page.calls("foresee").length === 1);
  expect(page.calls("foresee")[0]?.params).toEqual({
    image: 0,
    method: "gradcam",
    targets: [5],
    layer: "blocks.2",
  });
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  await until(() => page.label().endsWith("espresso"));
  expect(model.get("target")).toBe(5);
  expect(page.find(".class-rows .class-name").textContent).toBe("espresso");
  field.value = "zebra";
  field.dispatchEvent(new Event("input"));
  expect(page.find(".classes .caption").hidden).toBe(false);
});

test("pointing at the map reads its value", async () => {
  const page = show(await fakeAttribution());
  await until(() => page.label() === READY);
  await drawn();
  hover(page.find(".large canvas"), 0.95, 0.05); // 6 × 6 positions, row by row
  expect(page.said()).toBe(`5.00 at row 0, column 5 · ${READY}`);
  expect(page.find(".large .heat-field").hidden).toBe(false);
});

test("what was shown before is shown again without asking", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.label() === READY);
  model.set("layer", "blocks.1");
  await until(() => page.label().includes("blocks.1"));
  model.set("layer", "blocks.2");
  await until(() => page.label() === READY);
  expect(page.calls("maps").length).toBe(2);
});

test("two classes are wiped on one scale, with the divider or the keyboard", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.all(".class-name").length === 4);
  page.button("compare with tiger cat").click();
  await until(
    () =>
      page
        .all(".wipe-tag")
        .map((tag) => tag.textContent)
        .join() === "tabby,tiger cat",
  );
  const bar = page.find(".cv-extra .scalebar");
  // 0 … 35 and 10 … 45: one scale for both.
  expect(bar.getAttribute("aria-label")).toBe("colour scale from 0 to 45.0: raw value");
  const divider = page.find(".wipe-divider");
  divider.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  expect(model.get("wipe")).toBe(0.55);
  expect(divider.getAttribute("aria-valuetext")).toContain("tabby");
  hover(page.all(".large canvas")[1] as HTMLElement, 0.95, 0.05);
  expect(page.said()).toBe("15.0 at row 0, column 5 · Grad-CAM of blocks.2 for tiger cat");
  page.press("Escape");
  expect(model.get("compare")).toBeNull();
});

test("two methods are compared too", async () => {
  const page = show(await fakeAttribution({ compare: "saliency" }));
  await until(
    () =>
      page
        .all(".wipe-tag")
        .map((tag) => tag.textContent)
        .join() === "Grad-CAM,Saliency",
  );
});

test("the difference of two classes is white at zero, and its scale is centred", async () => {
  const page = show(await fakeAttribution({ mode: "difference", opacity: 1, smooth: false }));
  await until(() => page.label() === `${READY} less tiger cat`);
  await drawn();
  expect(page.find(".cv-extra .scalebar").getAttribute("aria-label")).toBe(
    "colour scale from −10.0 to 10.0: tabby − tiger cat",
  );
  // tabby's map is 10 less than the other's everywhere: the darkest blue.
  expect(pixel(page.find<HTMLCanvasElement>(".large canvas"), 40, 40)).toEqual([5, 48, 97]);
  expect(page.said()).toContain("red where more of the first");
});

test("several layers stand side by side; one without a map says why", async () => {
  const model = await fakeAttribution({ mode: "multiples" });
  const page = show(model);
  await until(() => page.all(".map-tile").length === 4);
  expect(page.all(".map-name").map((name) => name.textContent)).toEqual([
    "stem",
    "blocks.0",
    "blocks.1",
    "blocks.2",
  ]);
  expect(page.all(".map-trouble")[1]?.textContent).toBe("no gradient reaches 'blocks.0'");
  expect(page.calls("maps").length).toBe(1);
  page.button("blocks.1").click();
  expect(model.get("layer")).toBe("blocks.1");
  await drawn();
  page.button("blocks.1").click();
  expect(model.get("mode")).toBe("large");
});

test("several methods and several classes stand side by side", async () => {
  const model = await fakeAttribution({ mode: "multiples", along: "methods" });
  const page = show(model);
  const names = () => page.all(".map-tile:not([hidden]) .map-name").map((name) => name.textContent);
  await until(() => names().join() === "Grad-CAM,LayerCAM,Saliency");
  model.set("along", "classes");
  await until(() => names().join() === "tabby,tiger cat,Egyptian cat,lynx");
  expect(page.find(".cv-extra .scalebar").hidden).toBe(false); // one scale
});

test("a traced position shows what it was made from and what it feeds", async () => {
  const model = await fakeAttribution({ layer: "blocks.1", trace: true });
  const page = show(model);
  await until(() => page.label().includes("blocks.1"));
  expect(page.find(".trace .caption").textContent).toBe("Point at a position of blocks.1.");
  hover(page.find(".large canvas"), 0.5, 0.5);
  await until(() => page.calls("between").length === 1);
  expect(page.calls("between")[0]?.params).toEqual({
    image: 0,
    layer: "blocks.1",
    position: [6, 6],
    earlier: "blocks.0",
    later: "blocks.2",
  });
  const labels = () =>
    page
      .all(".trace canvas")
      .map((canvas) => canvas.getAttribute("aria-label"))
      .join();
  await until(() => labels() === "made from blocks.0,feeds blocks.2");
  model.set("earlier", "stem");
  page.find(".large canvas").dispatchEvent(new PointerEvent("pointerleave"));
  model.set("position", [1, 2]);
  await until(() => labels() === "made from stem,feeds blocks.2");
});

test("curves of deletion and insertion come when asked for, and belong to their map", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.label() === READY);
  expect(page.find(".curves").hidden).toBe(true);
  page.button("Delete and insert").click();
  await until(() => page.all(".curves polyline").length === 2);
  expect(page.find(".curves-key.curves-deletion").textContent).toContain("0.34 (low: faithful)");
  expect(page.find(".curves").hidden).toBe(false);
  model.set("target", 2);
  await until(() => page.find(".curves").hidden);
  model.set("target", "predicted");
  await until(() => !page.find(".curves").hidden);
});

test("curves can be stopped, and what is wrong is said in a sentence", async () => {
  const model = await fakeAttribution({}, { faithfulness: () => new Promise(() => undefined) });
  const page = show(model);
  await until(() => page.label() === READY);
  page.button("Delete and insert").click();
  await until(() => page.calls("faithfulness").length === 1);
  const { id } = page.calls("faithfulness")[0] as CallMessage;
  const value = { done: 3, total: 42, note: "covering and uncovering", elapsed: 1, left: 9 };
  model.receive({ kind: "progress", id, value });
  await until(() => !page.find(".cv-job").hidden);
  page.button("Stop").click();
  await until(() => model.sent.some((message) => message.kind === "cancel" && message.id === id));
});

test("the sanity check shows both maps and reads the correlation", async () => {
  const page = show(await fakeAttribution());
  await until(() => page.label() === READY);
  page.button("Shuffle a copy").click();
  await until(() => page.find(".checks .attr-words").textContent?.includes("0.07"));
  expect(page.find(".checks .attr-words").textContent).toContain("it depends on the weights");
  expect(page.all(".checks .heat").length).toBe(2);
});

test("keys walk through classes, layers and images", async () => {
  const model = await fakeAttribution();
  const page = show(model);
  await until(() => page.all(".class-name").length === 4);
  page.press("ArrowRight");
  expect(model.get("target")).toBe(1);
  page.press("ArrowUp");
  expect(model.get("layer")).not.toBe("blocks.2");
  page.press("]");
  expect(model.get("image")).toBe(1);
  page.press("/");
  expect(page.root.activeElement?.getAttribute("aria-label")).toBe("search classes");
});

test("a layer chosen while the input is explained is explained by Grad-CAM", async () => {
  const model = await fakeAttribution({ method: "saliency" });
  const page = show(model);
  await until(() => page.label() === "Saliency for tabby");
  expect(page.find(".trace .caption").textContent).toContain("explains the input");
  page
    .all(".tree-row")
    .find((row) => row.title.startsWith("blocks.1:"))
    ?.click();
  expect(model.get("method")).toBe("gradcam");
});

test("an error is one sentence with Retry", async () => {
  let broken = true;
  const failing = () => {
    if (broken) throw new Error("no gradient reaches 'blocks.2'");
    return { items: [] };
  };
  const page = show(await fakeAttribution({}, { maps: failing }));
  await until(() => page.find(".cv-trouble").textContent?.includes("no gradient reaches"));
  broken = false;
  expect(page.button("Retry")).toBeTruthy();
});

test("it fits from 360 to 1600 px, and nothing is left when it goes", async () => {
  const model = await fakeAttribution({ compare: 1 });
  const page = show(model, 360);
  await until(() => page.all(".class-name").length === 4);
  for (const width of [360, 700, 1200, 1600]) {
    page.el.style.width = `${width}px`;
    await drawn();
    const stage = page.find(".cv-stage");
    expect(stage.scrollWidth, `at ${width} px`).toBeLessThanOrEqual(stage.clientWidth);
    expect(page.find(".large-frame").clientWidth, `at ${width} px`).toBeGreaterThan(200);
  }
  page.dispose();
  expect(model.listeners()).toBe(0);
});
