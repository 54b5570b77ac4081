import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import type { CallMessage, LayerBrowserTraits } from "../lib/protocol";
import layerBrowser from "../widgets/layer_browser";
import { type FakeModel, fakeModel } from "./fake_model";
import { fakeBrowser, LAYERS } from "./fake_network";
import { drawn, until } from "./settled";

const open: { el: HTMLElement; dispose(): void }[] = [];
afterEach(() => {
  for (const { el, dispose } of open.splice(0)) {
    dispose();
    el.remove();
  }
});

function show(model: FakeModel<LayerBrowserTraits>) {
  const el = document.body.appendChild(document.createElement("div"));
  el.style.width = "1000px";
  const dispose = layerBrowser.render({ model, el });
  open.push({ el, dispose });
  const root = el.firstElementChild?.shadowRoot as ShadowRoot;
  const find = <T extends HTMLElement>(selector: string) => root.querySelector<T>(selector) as T;
  const said = () => find(".cv-said").textContent ?? "";
  const calls = (method: string) =>
    model.sent.filter((m): m is CallMessage => m.kind === "call" && m.method === method);
  const press = (key: string, options: KeyboardEventInit = {}) =>
    find(".mosaic-scroll").dispatchEvent(
      new KeyboardEvent("keydown", {
        key,
        bubbles: true,
        composed: true,
        cancelable: true,
        ...options,
      }),
    );
  return { el, root, find, said, calls, press, dispose };
}

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

test("a layer switch keeps the old picture until the new one is there, and skips what lies between", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  const before = page.calls("maps").length;
  for (const layer of ["stem", "stem.conv", "blocks.0", "blocks.2"]) model.set("layer", layer);
  expect(page.find(".cv-title").textContent).toContain("blocks.1.act");
  expect(page.find(".stage").getAttribute("aria-busy")).toBe("true");
  await until(() => page.find(".cv-title").textContent?.startsWith("blocks.2 · 512"));
  expect(
    page
      .calls("maps")
      .slice(before)
      .map((call) => call.params.layer),
  ).toEqual(["stem", "blocks.2"]);
});

test("going back to a layer seen before asks nothing", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  model.set("layer", "stem");
  await until(() => page.find(".cv-title").textContent?.startsWith("stem ·"));
  const asked = page.calls("maps").length;
  model.set("layer", "blocks.1.act");
  await until(() => page.find(".cv-title").textContent?.startsWith("blocks.1.act"));
  expect(page.calls("maps").length).toBe(asked);
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

test("an error is one sentence with Retry, and the picture stays", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.said().includes("128 channels"));
  const call = () => page.calls("maps").at(-1);
  const send = model.send;
  model.send = (content) => void model.sent.push(content as CallMessage);
  model.set("layer", "stem");
  await until(() => call()?.params.layer === "stem");
  model.receive({
    kind: "error",
    id: call()?.id,
    value: { type: "RuntimeError", message: "layer: out of memory; try fewer." },
  });
  await until(() => page.find(".cv-trouble").textContent?.includes("out of memory"));
  expect(page.find(".cv-title").textContent).toContain("blocks.1.act");
  model.send = send;
  page.root.querySelector<HTMLButtonElement>(".cv-trouble button")?.click();
  await until(() => page.find(".cv-title").textContent?.startsWith("stem ·"));
});

test("when an image cannot be run, Retry brings its picture and its maps", async () => {
  const model = await fakeBrowser();
  const page = show(model);
  await until(() => page.find(".input-name").textContent === "picture 0");
  const { send } = model;
  model.send = (content) => {
    const { id, kind } = content as CallMessage;
    const value = { type: "RuntimeError", message: "the model had enough" };
    if (kind === "call") setTimeout(() => model.receive({ kind: "error", id, value }));
  };
  model.set("image", 2);
  await until(() => page.find(".cv-trouble").textContent?.includes("had enough"));
  const retry = await until(() => page.root.querySelector<HTMLButtonElement>(".cv-trouble button"));
  await drawn();
  expect(retry.textContent).toBe("Retry");
  model.send = send;
  page.root.querySelector<HTMLButtonElement>(".cv-trouble button")?.click();
  await until(() => page.find(".input-name").textContent === "picture 2");
  await until(() => page.calls("maps").some((call) => call.params.image === 2));
  await until(() => page.find(".cv-trouble").hidden);
});

test("a page without a kernel keeps its picture and says what it does not hold", async () => {
  const live = await fakeBrowser({ unit: 3 });
  const state = Object.fromEntries(
    [
      "layer",
      "image",
      "compare",
      "unit",
      "position",
      "scale",
      "sort",
      "colormap",
      "opacity",
      "_layers",
      "_images",
    ].map((key) => [key, live.get(key as "layer")]),
  ) as unknown as LayerBrowserTraits;
  const model = fakeModel<LayerBrowserTraits>({ ...state, _static: { page: true } });
  const answer = (content: CallMessage) => {
    model.sent.push(content);
    setTimeout(() => {
      const held =
        ["maps", "input", "thumbnails"].includes(content.method) &&
        (content.params.layer ?? "blocks.1.act") === "blocks.1.act";
      if (!held)
        model.receive({
          kind: "error",
          id: content.id,
          value: { type: "NoKernel", message: "This page does not hold it." },
        });
      else live.send(content);
    });
  };
  model.send = (content) => answer(content as CallMessage);
  live.on("msg:custom", (...args: never[]) => model.emit("msg:custom", ...args));
  const page = show(model);
  await until(() => page.find(".detail-title").textContent === "channel 3 of 128");
  await until(() => page.find(".excitement").textContent?.includes("not in this page"));
  expect(page.root.querySelectorAll(".histogram-bars rect").length).toBeGreaterThan(1);
  expect(page.calls("thumbnails").map((c) => c.params)).toEqual([{ start: 0, stop: 8 }]);
  model.set("layer", "stem");
  await until(() => page.find(".cv-trouble").textContent?.includes("does not hold it"));
  expect(page.find(".cv-title").textContent).toContain("blocks.1.act");
});

test("of 2,048 channels only those in sight are drawn, once for each look", async () => {
  const big = LAYERS.map((l) => (l.name === "blocks.2" ? { ...l, shape: [2048, 6, 6] } : l));
  const page = show(await fakeBrowser({ _layers: big, layer: "blocks.2" }));
  await until(() => page.find(".cv-title").textContent?.includes("2048"));
  const scroller = page.find(".mosaic-scroll");
  const draw = vi.spyOn(CanvasRenderingContext2D.prototype, "drawImage");
  onTestFinished(() => draw.mockRestore());
  for (let i = 0; i < 20; i++) {
    draw.mockClear();
    scroller.scrollTop = 10 + i * 150;
    await drawn();
    expect(draw.mock.calls.length).toBeGreaterThan(0);
    expect(draw.mock.calls.length).toBeLessThan(512);
  }
});

test("nothing is left after it is disposed", async () => {
  const model = await fakeBrowser({ unit: 2 });
  const page = show(model);
  await until(() => page.root.querySelectorAll(".patches li").length > 0);
  page.dispose();
  expect(model.listeners()).toBe(0);
  expect(page.el.childElementCount).toBe(0);
});
