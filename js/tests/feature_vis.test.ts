import { expect, test } from "vitest";
import { join, meant, readable, takeApart } from "../lib/feature_target";
import type { CallMessage, FeatureVisTraits } from "../lib/protocol";
import featureVis from "../widgets/feature_vis";
import { card } from "./card";
import { CLASSES, fakeFeature, frame, made } from "./fake_feature";
import type { FakeModel } from "./fake_model";
import { drawn, until } from "./settled";

function show(model: FakeModel<FeatureVisTraits>, width = 1200) {
  const { el, root, find, all, button, calls, dispose } = card(featureVis, model, width);
  const write = (selector: string, text: string) => {
    const field = find<HTMLInputElement>(selector);
    field.value = text;
    field.dispatchEvent(new Event("input"));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  };
  const press = (key: string) =>
    find(".feature-main").dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }),
    );
  return {
    ...{ el, root, find, all, button, calls, write, press, dispose },
    reached: () => find(".feature-reached").textContent ?? "",
    label: () => find(".feature-large canvas").getAttribute("aria-label") ?? "",
  };
}

test("targets are taken apart, joined and read", () => {
  expect(takeApart("a.b:3 - c:4@1,2")).toEqual({
    first: "a.b:3",
    pairing: "minus",
    second: "c:4@1,2",
    more: false,
  });
  expect(takeApart("a:3 <-> c:4").pairing).toBe("between");
  expect(takeApart("a:3 + b:4 - c:5").more).toBe(true);
  expect(takeApart("(a:3 + b:4) * c:5")).toMatchObject({ pairing: "alone", more: true });
  expect(takeApart("-a:3")).toMatchObject({ first: "-a:3", pairing: "alone" });
  expect(join("a:3", "between", "b:4")).toBe("a:3 <-> b:4");
  expect(join("a:3", "plus", "")).toBe("a:3");
  const known = { classes: CLASSES, objectives: ["stripes"] };
  expect(meant("12", "a.b", known)).toBe("a.b:12");
  expect(meant("lynx", "a.b", known)).toBe("class:lynx");
  expect(meant("stripes", "a.b", known)).toBe("stripes");
  expect(meant("c:4@1,2", "a.b", known)).toBe("c:4@1,2");
  expect(readable("-a:1 - 0.5*b:2 <-> c:3")).toBe("−a:1 − 0.5 × b:2 ↔ c:3");
});

test("before it runs, the real patches are there and the place of the picture says what to do", async () => {
  const page = show(await fakeFeature());
  await until(() => page.all(".feature-side .patches li").length === 3);
  expect(page.find(".live-empty").textContent).toBe("Run makes its picture here");
  expect(page.find(".patches span").textContent).toBe("21.0");
  expect(page.find(".cv-title").textContent).toBe("blocks.1:7 · blocks.1 128 × 12 × 12");
  expect(page.button("Continue").disabled).toBe(true);
  expect(page.find(".feature-away .patches span").textContent).toBe("−4.00");
});

test("Run shows the picture as it develops, then all its versions with their numbers", async () => {
  let answer: ((value: unknown) => void) | undefined;
  const model = await fakeFeature({}, { develop: () => new Promise((done) => (answer = done)) });
  const page = show(model);
  await until(() => page.all(".patches li").length > 0);
  page.button("Run").click();
  await until(() => page.calls("develop").length === 1);
  expect(page.calls("develop")[0]?.params).toEqual({ target: "blocks.1:7", how: "new" });
  const { id } = page.calls("develop")[0] as CallMessage;
  const send = (step: number) => {
    const [value, buffers] = frame(model, step);
    model.receive({ kind: "preview", id, value }, buffers);
  };
  send(5);
  await until(() => page.find(".feature-large .live").hasAttribute("data-live"));
  expect(page.find(".feature-made").textContent).toBe("step 5 of 192");
  expect(page.reached()).toBe("under way…");
  expect(page.all(".score-lines .score-level").length).toBe(1);
  send(20);
  await until(() => page.reached() === "reached 12.0 = 1.20 × the most your images reach (10.0)");
  expect(page.button("Stop")).toBeTruthy();
  (await until(() => answer))({
    target: "blocks.1:7",
    parts: [
      {
        part: "main",
        pictures: [made(model.picture, "blocks.1:7", 14.2)],
        unfinished: false,
      },
    ],
  });
  await until(() => !page.find(".feature-large .live").hasAttribute("data-live"), "the end");
  expect(page.reached()).toBe("reached 14.2 = 1.42 × the most your images reach (10.0)");
  expect(page.label()).toBe("what excites blocks.1:7");
  expect(page.find(".feature-large .live").hasAttribute("data-live")).toBe(false);
});

test("versions are chosen to be seen large, with numbers of their own", async () => {
  const page = show(await fakeFeature());
  await until(() => page.all(".patches li").length > 0);
  page.press("r");
  await until(() => page.reached().startsWith("reached 14.2"));
  const cells = () => page.all<HTMLButtonElement>(".live-cell:not([hidden])");
  expect(cells().map((cell) => cell.querySelector(".live-caption")?.textContent)).toEqual([
    "−3.50",
    "12.5",
    "11.5",
  ]);
  cells()[0]?.click();
  expect(page.reached()).toBe("reached 3.50 = 1.75 × the most your images reach (2.00)");
  cells()[2]?.click();
  expect(cells()[2]?.getAttribute("aria-pressed")).toBe("true");
  expect(page.reached()).toContain("reached 11.5");
});

test("Stop keeps what there is, and Continue goes on", async () => {
  const model = await fakeFeature({}, { develop: () => new Promise(() => undefined) });
  const page = show(model);
  page.button("Run").click();
  await until(() => page.calls("develop").length === 1);
  const { id } = page.calls("develop")[0] as CallMessage;
  page.button("Stop").click();
  await until(() => model.sent.some((m) => m.kind === "cancel" && m.id === id));
  const [value, buffers] = frame(model, 20);
  model.receive({ kind: "preview", id, value }, buffers);
  await until(() => page.find(".feature-made").textContent?.startsWith("step 20"));
});

test("an unfinished picture can go on, a finished one starts again from itself", async () => {
  const model = await fakeFeature();
  const part = { part: "main", pictures: [made(model.picture, "blocks.1:7", 9)], unfinished: true };
  const answers = { look: ({ target }: Record<string, unknown>) => ({ target, parts: [part] }) };
  const page = show(await fakeFeature({}, answers));
  await until(() => !page.button("Continue").disabled);
  expect(page.button("Continue").classList.contains("cv-primary")).toBe(true);
  page.button("Continue").click();
  await until(() => page.calls("develop")[0]?.params.how === "on");
  await until(() => page.reached().startsWith("reached 14.2"));
  page.button("Restart from it").click();
  await until(() => page.calls("develop")[1]?.params.how === "again");
});

test("a unit, its neighbour, a pair, a class: Python knows the target", async () => {
  const model = await fakeFeature();
  const page = show(model);
  page.button("Next unit").click();
  expect([model.get("unit"), model.get("target")]).toEqual([8, "blocks.1:8"]);
  const field = page.find<HTMLInputElement>("[aria-label=unit]");
  field.value = "120";
  field.dispatchEvent(new Event("change"));
  expect(model.get("target")).toBe("blocks.1:120");
  field.value = "500"; // there are 128
  field.dispatchEvent(new Event("change"));
  expect([model.get("target"), field.value]).toEqual(["blocks.1:127", "127"]);
  field.value = "8";
  field.dispatchEvent(new Event("change"));
  const pairing = page.find<HTMLSelectElement>(".feature-bar select");
  pairing.value = "minus";
  pairing.dispatchEvent(new Event("change"));
  await until(() => model.get("target") === "blocks.1:8 - blocks.1:9");
  page.write("[aria-label='the second unit']", "3");
  await until(() => model.get("target") === "blocks.1:8 - blocks.1:3");
  page.press("ArrowLeft");
  expect(model.get("target")).toBe("blocks.1:7 - blocks.1:3");
  page.press("Escape");
  expect(model.get("target")).toBe("blocks.1:7");
  page.write("[aria-label='target']", "lynx");
  await until(() => model.get("target") === "class:lynx");
  await until(() => model.saved.target === "class:lynx");
});

test("classes and directions are offered while one types", async () => {
  const model = await fakeFeature();
  const page = show(model);
  const field = page.find<HTMLInputElement>("[aria-label='target']");
  field.value = "s";
  field.dispatchEvent(new Event("input"));
  const names = () => page.all(".feature-offered li").map((item) => item.textContent);
  expect(names()).toContain("stripes");
  field.value = "tig";
  field.dispatchEvent(new Event("input"));
  expect(names()).toEqual(["tiger cat"]);
  page.find(".feature-offered li").click();
  await until(() => model.get("target") === "class:tiger cat");
  expect(page.find(".feature-offered").hidden).toBe(true);
});

test("what cannot be read is said, and the target stays", async () => {
  const model = await fakeFeature();
  const page = show(model);
  page.write("[aria-label='target']", "blocs:3");
  await until(() => page.find(".cv-trouble").textContent?.includes("no layer 'blocs'"));
  expect(model.get("target")).toBe("blocks.1:7");
});

test("all between two stand in a row, each with what the images reach at the ends", async () => {
  const picture = (await fakeFeature()).picture;
  const answers = {
    develop: ({ target }: Record<string, unknown>) => ({
      target,
      parts: [
        {
          part: "main",
          pictures: [14, 9, 12].map((value) => made(picture, `blocks.1:${value}`, value)),
          unfinished: false,
        },
      ],
    }),
  };
  const page = show(await fakeFeature({ target: "blocks.1:7 <-> blocks.1:9" }, answers));
  await until(() => page.all(".patches li").length > 0);
  page.button("Run").click();
  const row = "[aria-label='from one to the other'] .live-cell:not([hidden])";
  await until(() => page.all(row).length === 3 && page.reached().startsWith("reached 14.0"));
  expect(page.reached()).toBe("reached 14.0 = 1.40 × the most your images reach (10.0)");
  page.all<HTMLButtonElement>(row)[1]?.click();
  expect(page.reached()).toBe("reached 9.00");
  expect(page.find(".feature-away").hidden).toBe(true);
});

test("the gallery shows patches, renders, and a tile opens its unit with its small picture", async () => {
  const model = await fakeFeature();
  const page = show(model);
  await until(() => page.all(".unit:not([hidden])").length === 5);
  expect(
    page.all(".unit").map((unit) => unit.querySelector(".live-caption span")?.textContent),
  ).toEqual(["9", "7", "3", "11", "0"]);
  expect(page.all(".unit[aria-selected=true]").length).toBe(1);
  page.button("Render 5").click();
  await until(() => page.find(".unit-times").textContent === "4.5×");
  expect(page.calls("gallery").find(({ params }) => params.make)?.params).toEqual({
    layer: "blocks.1",
    image: 0,
    sort: "image",
    count: 24,
    make: true,
  });
  page.all<HTMLButtonElement>(".unit")[2]?.click();
  expect(model.get("target")).toBe("blocks.1:3");
  await until(() => page.find(".feature-made").textContent?.includes("small, from the gallery"));
});

test("the layer, the image and the settings change what is asked", async () => {
  const model = await fakeFeature();
  const page = show(model);
  await until(() => page.calls("gallery").length > 0);
  page.press("ArrowUp");
  await until(() => model.get("layer") !== "blocks.1");
  expect(model.get("target")).toBe(`${model.get("layer")}:7`);
  page.press("]");
  expect(model.get("image")).toBe(1);
  await until(() => page.calls("gallery").some(({ params }) => params.image === 1));
  const before = page.calls("look").length;
  const steps = page.find<HTMLInputElement>(".feature-knobs input[aria-label=steps]");
  steps.value = "256";
  steps.dispatchEvent(new Event("input"));
  await until(() => page.calls("look").length > before);
  await until(() => model.saved.steps === 256);
});

test("what was made in other settings stays, and says so", async () => {
  const model = await fakeFeature();
  const page = show(model);
  page.button("Run").click();
  await until(() => page.reached().startsWith("reached 14.2"));
  model.set("seed", 3);
  await until(() => page.find(".feature-made").textContent?.includes("in other settings"));
  expect(page.reached()).toContain("reached 14.2");
  page.button("Run").click();
  await until(() => !page.find(".feature-made").textContent?.includes("in other settings"));
});

test("at once runs as soon as a unit is chosen", async () => {
  const model = await fakeFeature({ auto: true });
  const page = show(model);
  await until(() => page.calls("develop").length === 1);
  model.set("target", "blocks.1:9");
  await until(() => page.calls("develop")[1]?.params.target === "blocks.1:9");
});

test("without images it says why they are wanted", async () => {
  const page = show(await fakeFeature({ _images: [] }));
  await until(() =>
    page.find(".feature-side").textContent?.includes("a picture that was made can mislead"),
  );
  expect(page.find(".stage-images").hidden).toBe(true);
  expect(page.calls("examples").length).toBe(0);
});

test("it fits from 360 to 1600 px, in both themes, and nothing is left when it goes", async () => {
  const model = await fakeFeature({ target: "blocks.1:7 - blocks.1:9" });
  const page = show(model, 360);
  await until(() => page.all(".patches li").length > 0);
  for (const width of [360, 700, 1200, 1600]) {
    page.el.style.width = `${width}px`;
    await drawn();
    const stage = page.find(".cv-stage");
    expect(stage.scrollWidth, `at ${width} px`).toBeLessThanOrEqual(stage.clientWidth);
    expect(page.find(".feature-large .live").clientWidth, `at ${width} px`).toBeGreaterThan(150);
  }
  page.dispose();
  expect(model.listeners()).toBe(0);
});
