import { describe, expect, test } from "vitest";
import type { OperationNode } from "../lib/protocol";
import { arrange } from "../views/sample_grid";
import { press } from "./card";
import { node } from "./fake_pipeline";
import { pointer, show, slide } from "./preview_page";
import { drawn, pixel, until } from "./settled";

describe("the samples", () => {
  test("while one request is under way only the newest state waits", async () => {
    const page = await show();
    const before = page.calls("sheet").length;
    const turn = page.number();
    const field = page.named<HTMLInputElement>("degrees, to");
    for (let value = 21; value <= 60; value++) {
      slide(field, value);
      await Promise.resolve();
    }
    expect(page.calls("sheet").length).toBe(before + 1);
    await until(() => page.calls("sheet").length === before + 2, "the newest");
    const asked = page.calls("sheet").at(-1)?.params["operations"] as OperationNode[];
    expect(asked[0]?.params["degrees"]).toEqual([-20, 60]);
    await until(() => page.number() === turn + 40, "its pixels");
    expect(page.calls("sheet").length).toBe(before + 2);
  });

  test("while a slider moves samples may be small, and at rest they are as they are", async () => {
    const page = await show();
    const field = page.named<HTMLInputElement>("degrees, to");
    const moved = () => page.calls("sheet").at(-1)?.params["moving"] === true;
    slide(field, 40);
    await until(moved, "a moving request");
    const small = Number(page.calls("sheet").at(-1)?.params["side"]);
    await until(() => !moved(), "the one at rest");
    const rest = Number(page.calls("sheet").at(-1)?.params["side"]);
    const shown = page.find(".sample").getBoundingClientRect().width;
    expect([small, rest >= small]).toEqual([Math.ceil(shown * devicePixelRatio), true]);
    slide(field, 41, true);
    await until(() => page.number() === Number(page.canvas.dataset["asked"]), "its pixels");
    expect(moved()).toBe(false);
    expect("moving" in (page.calls("think").at(-1)?.params ?? {})).toBe(false);
  });

  test("the canvas keeps its pixels until new ones are there", async () => {
    const page = await show();
    const [x, y] = [Math.round(page.canvas.width / 8), Math.round(page.canvas.height / 8)];
    const size = [page.canvas.width, page.canvas.height];
    slide(page.named<HTMLInputElement>("degrees, to"), 60);
    for (let turn = 0; turn < 12; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      expect(pixel(page.canvas, x, y).some((level) => level > 0)).toBe(true);
      expect([page.canvas.width, page.canvas.height]).toEqual(size);
    }
  });

  test("hovering tells what was drawn: each operation, applied or not, with its unit", async () => {
    const page = await show();
    pointer(page.all(".sample")[2] as HTMLElement, "pointerover", 0, 0);
    expect(page.find(".drawn-title").textContent).toBe("drawn for sample 3");
    const rows = page.all(".drawn-rows li");
    expect(rows.map((row) => row.children[0]?.textContent)).toEqual([
      "Rotate",
      "Flip",
      "Elastic grid",
      "Brightness",
      "Cutout",
    ]);
    const words = rows.map((row) => row.children[1]?.textContent ?? "");
    expect(words.every((word) => /°$|px$|×$|^applied$|^not applied$/.test(word))).toBe(true);
    expect(page.said()).toMatch(/^sample 3: /);
    page.find(".samples-tiles").dispatchEvent(new PointerEvent("pointerleave"));
    expect(page.said()).toBe("12 samples of picture 0");
  });

  test("under each range stand many draws, and a mark for each sample", async () => {
    const page = await show({ operations: [node("Rotate", { degrees: [-20, 20] })] });
    const strip = () => page.find('[data-param="degrees"] .param-strip');
    await until(() => !strip().hidden && strip().querySelectorAll("i").length === 12, "the marks");
    expect(strip().querySelector("path")?.getAttribute("d")).toMatch(/^M/);
    pointer(page.all(".sample")[4] as HTMLElement, "pointerover", 0, 0);
    expect([...strip().querySelectorAll("i")].findIndex((i) => i.className === "chosen")).toBe(4);
    const left = (i: Element | undefined) =>
      Number.parseFloat((i as HTMLElement).style.insetInlineStart);
    for (const mark of strip().querySelectorAll("i")) {
      expect(left(mark)).toBeGreaterThan(100 * (70 / 180) - 0.1);
      expect(left(mark)).toBeLessThan(100 * (110 / 180) + 0.1);
    }
  });

  test("a click holds a sample, and the wipe goes by keyboard and by pointer", async () => {
    const page = await show();
    page.all(".sample")[5]?.click();
    expect(page.model.get("held")).toBe(5);
    expect(page.all(".sample")[5]?.getAttribute("aria-selected")).toBe("true");
    const divider = page.find(".wipe-divider");
    expect(divider.hidden).toBe(false);
    press(divider, "ArrowRight");
    expect(page.model.get("wipe")).toBeCloseTo(0.55);
    expect(divider.getAttribute("aria-valuetext")).toMatch(/^55.% original$/);
    press(divider, "Home");
    expect(page.model.get("wipe")).toBe(0);
    const compare = page.find(".compare");
    const box = compare.getBoundingClientRect();
    compare.setPointerCapture = () => undefined;
    pointer(compare, "pointerdown", box.left + box.width / 4, box.top + 10);
    expect(page.model.get("wipe")).toBeCloseTo(0.25, 2);
    press(page.find(".samples-tiles"), "ArrowRight");
    expect(page.model.get("held")).toBe(6);
    press(page.find(".samples-tiles"), "Escape");
    expect(page.model.get("held")).toBe(null);
    expect(divider.hidden).toBe(true);
  });

  test("the wipe shows the original on its left and the sample on its right", async () => {
    const page = await show({ operations: [node("Brightness", { factor: [0.1, 0.1] })], held: 0 });
    const canvas = page.find<HTMLCanvasElement>(".compare-canvas");
    const light = async (wipe: number) => {
      page.model.set("wipe", wipe);
      await drawn();
      return pixel(canvas, canvas.width / 2, canvas.height / 4).reduce((a, b) => a + b);
    };
    expect(await light(1)).toBeGreaterThan(2 * (await light(0)));
  });

  test("the dice and the seed field draw anew", async () => {
    const page = await show();
    page.named("new draw ( d )").click();
    const rolled = page.model.get("seed");
    expect(rolled).not.toBe(7);
    const field = page.named<HTMLInputElement>("seed");
    expect(field.value).toBe(String(rolled));
    field.value = "42";
    field.dispatchEvent(new Event("change"));
    await until(() => page.calls("sheet").at(-1)?.params["seed"] === 42, "seed 42");
    field.value = "nonsense";
    field.dispatchEvent(new Event("change"));
    expect(page.model.get("seed")).toBe(42);
  });

  test("how many samples, and of one image or of many", async () => {
    const page = await show();
    const field = page.named<HTMLInputElement>("samples");
    page.find<HTMLInputElement>(".tools-number").value = "5";
    page.find<HTMLInputElement>(".tools-number").dispatchEvent(new Event("change"));
    await until(() => page.all(".sample").length === 5, "five samples");
    expect(field).toBeTruthy();
    page.model.set("mode", "images");
    await until(() => page.said().startsWith("one sample of each"), "pairs");
    const [tile] = page.all(".sample");
    expect(tile?.offsetWidth).toBeGreaterThan(1.9 * (tile?.offsetHeight ?? 0));
    press(page.find(".samples-tiles"), "]");
    expect(page.model.get("image")).toBe(1);
  });

  test("the effect of one operation alone, and back", async () => {
    const page = await show();
    page.named("the effect of Elastic grid alone").click();
    expect(page.model.get("alone")).toEqual([2, 0]);
    await until(() => page.calls("sheet").at(-1)?.params["alone"] !== null, "alone");
    page.named("the effect of Elastic grid alone").click();
    expect(page.model.get("alone")).toBe(null);
    page.named("the effect of Elastic grid alone").click();
    page.named("remove Flip").click();
    expect(page.model.get("alone")).toEqual([1, 0]);
    slide(page.find('[data-param="magnitude"] [aria-label$="to"]'), 20);
    expect(page.model.get("alone")).toEqual([1, 0]);
    page.named("remove One of").click();
    expect(page.model.get("alone")).toBe(null);
  });

  test("an error is one sentence, and the last pictures stay", async () => {
    const page = await show();
    const before = page.number();
    page.failing.add("sheet");
    slide(page.named<HTMLInputElement>("degrees, to"), 60);
    await until(
      () => page.find(".cv-trouble").textContent?.includes("larger than the image"),
      "it",
    );
    expect(page.number()).toBe(before);
    page.failing.clear();
    slide(page.named<HTMLInputElement>("degrees, to"), 61);
    await until(() => page.number() > before, "new pictures");
    expect(page.find(".cv-trouble").hidden).toBe(true);
  });

  test("with a network each sample carries its class, and a sign where it is another", async () => {
    const page = await show({ _extras: ["scope"] });
    await until(() => page.find(".sample-caption").textContent !== "", "captions");
    expect(page.find(".sample-caption").textContent).toMatch(/^tabby 90/);
    expect(page.find(".original-guess").textContent).toMatch(/^tabby 94/);
    const broken = page.all(".sample[data-broken]");
    expect(broken).toHaveLength(2);
    expect(broken[0]?.querySelector("span")?.title).toContain("the original is taken for tabby");
    expect(page.said()).toContain("another class for 2 of 12");
    slide(page.named<HTMLInputElement>("degrees, to"), 60);
    await until(() => page.find(".preview-main").hasAttribute("data-stale"), "stale");
    await until(() => !page.find(".preview-main").hasAttribute("data-stale"), "thought anew");
  });

  test("boxes and points are drawn, and can be left out", async () => {
    const page = await show({ operations: [], _extras: ["boxes", "keypoints"] });
    const lined = () => {
      const box = page.all(".sample")[0] as HTMLElement;
      const ratio = page.canvas.width / page.canvas.offsetWidth;
      // The left edge of the first box: x = 20 of 112, y = 60 of 112.
      const [x, y] = [(20 / 112) * box.offsetWidth, (60 / 112) * box.offsetWidth];
      return pixel(page.canvas, Math.round(x * ratio), Math.round(y * ratio));
    };
    const on = lined();
    page.model.set("show_boxes", false);
    await drawn();
    expect(lined()).not.toEqual(on);
    expect(page.find(".preview-tools").textContent).toContain("boxes");
  });

  test("code is shown for each target, and follows the pipeline", async () => {
    const page = await show();
    const opener = page.all<HTMLButtonElement>(".cv-tools button")[0];
    opener?.click();
    const text = page.named<HTMLTextAreaElement>("code");
    await until(() => text.value.startsWith("# convscope"), "code");
    page.all<HTMLButtonElement>(".code-bar button")[2]?.click();
    await until(() => text.value.startsWith("# yaml"), "YAML");
    page.model.set("seed", 99);
    await until(() => text.value.includes("seed=99"), "the new seed");
    press(text, "Escape");
    expect(page.find(".code-panel").hidden).toBe(true);
  });

  test("a page without a kernel keeps its sliders still, and asks without a size", async () => {
    const page = await show({ _static: { page: true } });
    expect(page.find<HTMLFieldSetElement>(".op-params").disabled).toBe(true);
    expect(page.named<HTMLInputElement>("seed").disabled).toBe(true);
    expect(page.calls("sheet")[0]?.params["side"]).toBeUndefined();
    expect(page.all(".op-grip")).toHaveLength(0);
    page.named("the effect of Rotate alone").click();
    expect(page.model.get("alone")).toEqual([0]);
  });

  test("nothing is left after it is disposed", async () => {
    const page = await show({ _extras: ["scope"], held: 1 });
    page.dispose();
    expect(page.model.listeners()).toBe(0);
    expect(page.el.childElementCount).toBe(0);
  });
});

describe("the layout of tiles", () => {
  test("is the largest that shows all, and leaves room for captions", () => {
    const wide = arrange(12, [800, 600], [224, 224], false, false);
    expect(wide.columns).toBe(4);
    expect(3 * (wide.tile[0] + 8) - 8).toBeLessThanOrEqual(600);
    expect(arrange(12, [800, 600], [224, 224], false, true).tile[0]).toBeLessThanOrEqual(195);
  });

  test("does not shrink below what can be seen, and then scrolls", () => {
    const small = arrange(64, [340, 300], [224, 224], false, false);
    expect(small.picture[1]).toBeGreaterThanOrEqual(72);
    expect(small.columns * (small.tile[1] + 8) - 8).toBeLessThanOrEqual(340);
  });

  test("keeps the shape of the original, twice beside each other for pairs", () => {
    const pairs = arrange(6, [900, 500], [100, 200], true, false);
    expect(pairs.picture[1] / pairs.picture[0]).toBeCloseTo(2, 1);
    expect(pairs.tile[1]).toBe(2 * pairs.picture[1] + 2);
  });
});
