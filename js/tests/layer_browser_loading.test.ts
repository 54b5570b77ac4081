// What a LayerBrowser asks Python, when, and what it does while it waits or gets no answer.

import { expect, onTestFinished, test, vi } from "vitest";
import type { CallMessage, LayerBrowserTraits } from "../lib/protocol";
import { show } from "./browser_page";
import { fakeBrowser } from "./fake_browser";
import { fakeModel } from "./fake_model";
import { LAYERS } from "./fake_network";
import { drawn, until } from "./settled";

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
