// What the scatter asks Python for: maps, columns, pictures, layouts, problems, copies.

import { expect, test } from "vitest";
import type { CallMessage, ManifoldScatterTraits } from "../lib/protocol";
import { type SpriteSheet, sheetCutter } from "../lib/thumbnails";
import { blobs, fakeScatter, MAPS, paintSheet } from "./fake_scatter";
import { NO_PICTURES, placeOf, pointer, ready, show } from "./scatter_page";
import { drawn, until } from "./settled";

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
      duplicates: [
        { points: [3, 9], size: 2 },
        { points: [20, 21, 22, 23], size: 700 },
      ],
      groups: 2,
      suspicious: [{ point: 12, label: "cow", other: "dog", share: 0.9 }],
      doubted: 61,
      note: "",
    }),
  });
  const page = show(model);
  await ready(page);
  page.button("Find duplicates and suspicious labels").click();
  await until(() => page.all(".problem").length === 3);
  expect(page.all(".problem").map((each) => each.textContent)).toEqual([
    "point 3 = point 9",
    "point 20 = point 21 = point 22 = … (700 in all)",
    "point 12: cow, among dog",
  ]);
  page.all(".problem")[0]?.click();
  expect(model.get("selection")).toEqual([3, 9]);
  page.all(".problem")[2]?.click();
  expect(model.get("point")).toBe(12);
  expect(page.all(".rail-lists .caption").map((each) => each.textContent)).toEqual(["and 60 more"]);
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

test("a column that is not there yet is computed when it is chosen", async () => {
  const columns = [
    { name: "label", kind: "category", ready: true, of_map: false },
    { name: "correct", kind: "category", ready: false, of_map: false },
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

const SPREAD = { name: "spread", kind: "value", ready: false, of_map: true } as const;
const LABEL = { name: "label", kind: "category", ready: true, of_map: false } as const;

test("how far points move is asked for anew for each map, and for a new layout of it", async () => {
  const spread = {
    kind: "value",
    values: { data: new Float32Array(600), shape: [600] },
    low: 0,
    high: 0,
  };
  const state = { ...NO_PICTURES, color: "spread", _columns: [LABEL, SPREAD] };
  const model = fakeScatter(state, { compute: () => spread });
  const page = show(model);
  await ready(page);
  const asked = () => page.calls("compute").map(({ params }) => params);
  expect(asked()).toEqual([{ name: "spread", layer: "deep" }]);
  model.set("layer", "stem");
  await until(() => asked().length === 2, "that of the other map");
  expect(asked()[1]).toEqual({ name: "spread", layer: "stem" });
  await until(() => page.find(".scatter").dataset.layout === "stem 0");
  expect(asked().length).toBe(2); // and not twice
  model.set("_version", 1);
  await until(() => asked().length === 3, "that of the new layout");
});

test("a column that is computed is given up when another one is chosen", async () => {
  const state = { ...NO_PICTURES, color: "spread", _columns: [LABEL, SPREAD] };
  const model = fakeScatter(state, { compute: () => new Promise(() => undefined) });
  const page = show(model);
  const [first] = await until(() => page.calls("compute").length > 0 && page.calls("compute"));
  model.set("color", "label");
  await until(() => page.find(".legend-row")?.textContent === "ant120");
  expect(model.sent).toContainEqual({ kind: "cancel", id: first?.id });
});

/** A layout as it comes from Python while it forms. */
function preview(model: ReturnType<typeof fakeScatter>, id: string, depth: number): void {
  const value = { xy: { $buffer: 0, dtype: "float32", shape: [600, 2] } };
  model.receive({ kind: "preview", id, value }, [new DataView(blobs(600, depth).buffer)]);
}

test("after Stop the map from before stays, also when layouts still wait to be drawn", async () => {
  const model = fakeScatter(NO_PICTURES, { lay_out: () => new Promise(() => undefined) });
  const page = show(model);
  await ready(page);
  const hovered = () => {
    pointer(page, "pointermove", ...placeOf(page, 42));
    return page.plot().dataset.hovered;
  };
  const before = hovered();
  page.button("Lay out again").click();
  const [call] = await until(() => page.calls("lay_out").length > 0 && page.calls("lay_out"));
  for (const depth of [0, 1, 0]) preview(model, call?.id ?? "", depth);
  model.receive({ kind: "error", id: call?.id, value: { type: "Stopped", message: "Stopped." } });
  await until(() => page.calls("positions").length === 2);
  await drawn();
  await until(() => hovered() === before, "the map from before");
  for (let i = 0; i < 5; i++) await drawn();
  expect(hovered()).toBe(before);
});

test("a layout that forms is shown on its own layer only", async () => {
  const model = fakeScatter(NO_PICTURES, { lay_out: () => new Promise(() => undefined) });
  const page = show(model);
  await ready(page);
  page.button("Lay out again").click();
  const [call] = await until(() => page.calls("lay_out").length > 0 && page.calls("lay_out"));
  model.set("layer", "stem");
  await until(() => page.find(".scatter").dataset.layout === "stem 0");
  preview(model, call?.id ?? "", 1);
  model.receive({ kind: "error", id: call?.id, value: { type: "Stopped", message: "Stopped." } });
  await drawn();
  expect(page.calls("positions").length).toBe(2); // nothing had to be put back
});

test("pictures of a selection are asked for as far as they are shown", async () => {
  const selection = Array.from({ length: 60 }, (_, i) => 2 * i);
  const page = show(fakeScatter({ ...NO_PICTURES, selection }));
  await ready(page);
  const painted = () => page.all(".selection-cell canvas[data-point]").length;
  await until(() => painted() === 48);
  page.button("12 more").click();
  await until(() => painted() === 60);
  const asked = page.calls("sprites").flatMap(({ params }) => params.points as number[]);
  expect(asked.sort((a, b) => a - b)).toEqual(selection);
});

test("pictures that are drawn stay open until the next ones are there", async () => {
  const cut = sheetCutter(new AbortController().signal);
  const sheet = async (points: number[]) => {
    const { picture, points: numbers, columns, cell, sizes } = (await paintSheet(points)) as never;
    const { bytes } = picture as { bytes: Uint8Array<ArrayBuffer> };
    const blob = new Blob([bytes], { type: "image/png" });
    return { points: numbers, picture: { blob }, columns, cell, sizes } as unknown as SpriteSheet;
  };
  const [first] = await cut(await sheet([1, 2]));
  const next = cut(await sheet([3]));
  expect(first?.sheet.width).toBeGreaterThan(0); // a closed one has none
  await next;
  expect(first?.sheet.width).toBe(0);
});
