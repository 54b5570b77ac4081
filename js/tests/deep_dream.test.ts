import { expect, test } from "vitest";
import { octaveSizes, unitOf } from "../lib/dream_calls";
import type { DeepDreamTraits } from "../lib/protocol";
import { show } from "./dream_page";
import { CHOICES, colour, dreamInfo, fakeDream } from "./fake_dream";
import type { FakeModel } from "./fake_model";
import { drawn, until } from "./settled";

const said = (page: ReturnType<typeof show>) => page.find(".cv-said").textContent ?? "";

/** Answer a job as Python does: its dream is told of first, then it has ended. */
function finish(model: FakeModel<DeepDreamTraits>, id: string, info = dreamInfo(0)): void {
  model.set("_dreams", [info]);
  model.set("shown", info.number);
  model.receive({ kind: "result", id, value: { number: info.number } });
}

test("the sizes of a dream are those that Python walks through", () => {
  const choices = { ...CHOICES, octaves: 9, octave_scale: 1.4 };
  expect(octaveSizes([40, 60], choices)).toEqual([
    [20, 31],
    [29, 43],
    [40, 60],
  ]);
});

test("a target is a layer, a channel of one, or something longer", () => {
  const names = new Set(["a", "a.b"]);
  expect(unitOf("a.b", names)).toEqual({ layer: "a.b", channel: null });
  expect(unitOf(" a:12 ", names)).toEqual({ layer: "a", channel: 12 });
  expect(unitOf("a:12 - a.b:3", names)).toBeNull();
  expect(unitOf("c", names)).toBeNull();
});

test("before the first dream the original stands alone, with no divider", async () => {
  const page = show(fakeDream());
  await until(() => page.colours()[1]?.[0] === 200);
  expect(page.colours()).toEqual([
    [200, 0, 0],
    [200, 0, 0],
  ]);
  expect(page.find<HTMLElement>(".wipe-divider").hidden).toBe(true);
  expect(said(page)).toBe("Choose a layer and press Dream.");
  expect(page.main().textContent).toBe("Dream");
});

test("a dream comes octave by octave over the original, and its curve with it", async () => {
  const model = fakeDream();
  const page = show(model);
  await until(() => page.colours()[1]?.[0] === 200);
  page.main().click();
  const [call] = page.calls("develop");
  expect(call?.params).toEqual({ ...CHOICES, after: null });
  expect(page.main().textContent).toBe("Stop");
  expect(said(page)).toBe("dreaming of deep");
  const { bytes, ...tag } = await colour("rgb(0 120 0)", 27, 18);
  const preview = (step: number, score: number) =>
    model.receive(
      {
        kind: "preview",
        id: call?.id,
        value: { picture: { $buffer: 0, ...tag }, octave: 1, octaves: 3, step, steps: 12, score },
      },
      [bytes.buffer],
    );
  preview(1, 4);
  preview(2, 5);
  await until(() => page.colours()[1]?.[1] === 120);
  expect(page.colours()[0]).toEqual([200, 0, 0]);
  await until(() => page.find(".score-words").textContent === "score 4.00 → 5.00");
  expect(page.root.querySelectorAll(".score-lines line")).toHaveLength(2); // three octaves
  finish(model, call?.id ?? "");
  await until(() => page.colours()[1]?.[2] === 200);
  expect(page.find(".score-words").textContent).toBe("score 2.00 → 13.0");
  expect(said(page)).toBe("dream 0 · deep · 60 × 40 pixels · 12 steps in 3\u2009s");
  expect(page.main().textContent).toBe("Dream");
});

test("stop asks Python to end, what is half done goes on, and a changed choice begins anew", async () => {
  const model = fakeDream();
  const page = show(model);
  page.main().click();
  const [call] = page.calls("develop");
  page.main().click();
  expect(model.sent.at(-1)).toEqual({ kind: "cancel", id: call?.id });
  finish(model, call?.id ?? "", dreamInfo(0, { step: 5, complete: false }));
  await until(() => page.main().textContent === "Continue");
  await until(() => said(page).includes("left at step 5 of 12"));
  expect(page.button("Dream on").disabled).toBe(true);
  model.set("steps", 7);
  expect(page.main().textContent).toBe("Dream");
});

test("a dream can be dreamt on from", async () => {
  const model = fakeDream({ _dreams: [dreamInfo(4)], shown: 4 });
  const page = show(model);
  await until(() => page.colours()[1]?.[2] === 200);
  page.button("Dream on").click();
  expect(page.calls("develop")[0]?.params.after).toBe(4);
});

test("sliders, channel, target and guide are choices", async () => {
  const model = fakeDream();
  const page = show(model);
  const field = (label: string) =>
    page.root.querySelector<HTMLInputElement>(`input[aria-label="${label}"]`) as HTMLInputElement;
  const type = (label: string, value: string, event: string) => {
    field(label).value = value;
    field(label).dispatchEvent(new Event(event, { bubbles: true }));
  };
  type("octaves", "5", "input");
  type("channel", "99", "change");
  expect([model.get("octaves"), model.get("target")]).toEqual([5, "deep:7"]);
  type("channel", "", "change");
  expect(model.get("target")).toBe("deep");
  type("what becomes stronger", "stem:1 - deep:2", "change");
  expect(model.get("target")).toBe("stem:1 - deep:2");
  expect(field("channel").disabled).toBe(true);
  model.set("target", "deep:3");
  page.find<HTMLElement>('[aria-label="guide: sky"]').click();
  expect([model.get("guide"), model.get("target")]).toEqual([1, "deep"]);
  expect(field("channel").disabled).toBe(true);
  page.find<HTMLElement>('[aria-label="no guide"]').click();
  expect(model.get("guide")).toBeNull();
  page.button("the original's recipe").click();
  expect([model.get("octaves"), model.get("jitter"), model.get("steps")]).toEqual([4, 32, 10]);
});

test("choosing an earlier dream brings back what it was made by", async () => {
  const other = dreamInfo(1, { choices: { ...CHOICES, target: "stem:2", seed: 8 } });
  const model = fakeDream({ _dreams: [other, dreamInfo(2)], shown: 2 });
  const page = show(model);
  const cell = await until(() => page.find<HTMLElement>('.choose[aria-label^="dream 1: stem:2"]'));
  cell.click();
  expect([model.get("shown"), model.get("target"), model.get("seed")]).toEqual([1, "stem:2", 8]);
  await until(() => page.calls("dreamt").at(-1)?.params.number === 1);
  expect(page.find(".cv-title").textContent).toBe("DeepDream · stem:2");
});

test("keys dream, stop, and walk through layers, channels and dreams", async () => {
  const model = fakeDream({ _dreams: [dreamInfo(0), dreamInfo(1)], shown: 1 });
  const page = show(model);
  page.press("ArrowRight");
  expect(model.get("target")).toBe("deep:0");
  page.press("Escape");
  page.press("ArrowUp");
  expect(model.get("target")).toBe("stem");
  page.press("[");
  expect(model.get("shown")).toBe(0);
  page.press("d");
  expect(page.calls("develop")).toHaveLength(1);
  page.press("d");
  expect(model.sent.at(-1)?.kind).toBe("cancel");
});

test("the wipe is a trait", async () => {
  const model = fakeDream({ _dreams: [dreamInfo(0)], shown: 0 });
  const page = show(model);
  await until(() => !page.find<HTMLElement>(".wipe-divider").hidden);
  page.press("End", {}, ".wipe-divider");
  expect(model.get("wipe")).toBe(1);
  await drawn();
  expect(page.colours()[1]).toEqual([200, 0, 0]);
});

const PAIR = [{ name: "meadow" }, { name: "tower" }];

test("one of several images is chosen, and the newest dream about it is shown", async () => {
  const about = (image: number) => ({ choices: { ...CHOICES, image } });
  const model = fakeDream({
    _images: PAIR,
    _dreams: [dreamInfo(0, about(1)), dreamInfo(1, about(0)), dreamInfo(2, about(1))],
    shown: 1,
  });
  const page = show(model);
  await until(() => page.colours()[1]?.[2] === 200);
  page.press("ArrowRight", { shiftKey: true });
  expect([model.get("image"), model.get("shown")]).toEqual([1, 2]);
  await until(() => page.colours()[0]?.[1] === 200);
  const place = page.find(".wiped-place").getBoundingClientRect();
  expect(place.height / place.width).toBeCloseTo(50 / 30, 1);
  expect(page.find(".knobs-sizes").textContent?.endsWith("30 × 50")).toBe(true);
  const cell = page.find<HTMLElement>('.choose[aria-label^="dream 1"]');
  cell.click(); // a dream about the first one
  expect([model.get("image"), model.get("shown")]).toEqual([0, 1]);
});

test("an image without a dream stands alone, also while another one is dreamt about", async () => {
  const model = fakeDream({ _images: PAIR, _dreams: [dreamInfo(0)], shown: 0 });
  const page = show(model);
  await until(() => page.colours()[1]?.[2] === 200);
  page.main().click();
  const [call] = page.calls("develop");
  (await until(() => page.all(".strip-cell")[1])).click();
  expect([model.get("image"), model.get("shown")]).toEqual([1, null]);
  await until(() => page.colours()[1]?.[1] === 200);
  const { bytes, ...tag } = await colour("rgb(0 0 99)");
  const value = { picture: { $buffer: 0, ...tag }, octave: 1, octaves: 3, step: 1, steps: 12 };
  model.receive({ kind: "preview", id: call?.id, value: { ...value, score: 4 } }, [bytes.buffer]);
  await drawn();
  expect(page.colours()).toEqual([
    [0, 200, 0],
    [0, 200, 0],
  ]);
  expect(page.find<HTMLElement>(".wipe-divider").hidden).toBe(true);
});

test("of an image that cannot be had, the one before is not shown in its place", async () => {
  const original = async ({ image }: { image?: unknown }) => {
    if (image === 1) throw new Error("tower: can't be decoded");
    return { image, picture: await colour("rgb(200 0 0)"), width: 60, height: 40 };
  };
  const model = fakeDream({ _images: PAIR }, { original });
  const page = show(model);
  await until(() => page.colours()[1]?.[0] === 200);
  model.set("image", 1);
  await until(() => page.find(".cv-trouble").textContent?.includes("can't be decoded"));
  await until(() => page.colours()[0]?.[0] === 0);
});

test("one image needs no strip", () => {
  expect(show(fakeDream()).all(".strip")).toHaveLength(0);
});

test("an error is a sentence, and the button is there again", async () => {
  const model = fakeDream();
  const page = show(model);
  page.main().click();
  const id = page.calls("develop")[0]?.id;
  const value = { type: "ValueError", message: "guide: needs a whole layer as target" };
  model.receive({ kind: "error", id, value });
  await until(() => page.find(".cv-trouble").textContent?.includes("needs a whole layer"));
  expect(page.main().textContent).toBe("Dream");
});

test("a page without a kernel shows its dreams and offers no new ones", async () => {
  const model = fakeDream({ _static: { page: true }, _dreams: [dreamInfo(0)], shown: 0 });
  const page = show(model);
  await until(() => page.colours()[1]?.[2] === 200);
  expect([page.main().disabled, page.button("Dream on").disabled]).toEqual([true, true]);
});

test("a view that goes while it dreams ends the dream, and nothing is left of it", async () => {
  const model = fakeDream();
  const page = show(model);
  page.main().click();
  const id = page.calls("develop")[0]?.id;
  page.dispose();
  expect(model.sent).toContainEqual({ kind: "cancel", id });
  expect(model.listeners()).toBe(0);
  expect(page.el.childElementCount).toBe(0);
});

test("on a narrow card the choices stand below the picture", async () => {
  const page = show(fakeDream(), 400);
  await drawn();
  const [picture, side] = [page.find(".dream-main"), page.find(".dream-side")];
  expect(side.getBoundingClientRect().top).toBeGreaterThanOrEqual(
    picture.getBoundingClientRect().bottom,
  );
  expect(side.getBoundingClientRect().right).toBeLessThanOrEqual(400);
});
