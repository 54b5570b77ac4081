import { expect, test } from "vitest";
import type { AtlasViewerTraits } from "../lib/protocol";
import atlas from "../widgets/atlas_viewer";
import { card } from "./card";
import { fakeAtlas, SIDES } from "./fake_atlas";
import type { FakeModel } from "./fake_model";
import { until } from "./settled";

const layers = (sides: number[], kinds: ("patches" | "inversion")[]) =>
  ["early", "late"].map((name) => ({ name, detail: "32 × 8 × 8", sides, kinds }));

function show(model: FakeModel<AtlasViewerTraits>) {
  const page = card(atlas, model, 960);
  const grids = () =>
    [...page.find<HTMLSelectElement>("select[aria-label=grid]").options].map((o) => o.label);
  const slider = () => page.find<HTMLInputElement>("input[aria-label='patches – inversions']");
  const hidden = (element: HTMLElement) => element.closest("[hidden]") !== null;
  const side = (i: number) => page.all(".atlas-plane")[i]?.dataset.side;
  const caption = () => page.find(".atlas-path .caption").textContent ?? "";
  return { ...page, grids, slider, hidden, side, caption };
}

async function drop(room: HTMLElement): Promise<void> {
  const files = new DataTransfer();
  const canvas = new OffscreenCanvas(30, 20);
  canvas.getContext("2d")?.fillRect(0, 0, 30, 20);
  files.items.add(new File([await canvas.convertToBlob()], "mine.png", { type: "image/png" }));
  room.dispatchEvent(
    new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }),
  );
}

test("grids and inversions that a build brings can be chosen, and seen beside", async () => {
  const model = fakeAtlas({ _layers: layers([], ["patches"]), level: null });
  const page = show(model);
  expect(page.grids()).toEqual(["grid by zoom"]);
  expect(page.hidden(page.slider())).toBe(true);
  model.set("_layers", layers(SIDES, ["patches", "inversion"]));
  model.set("_fresh", { early: 1, late: 1 });
  expect(page.grids()).toEqual(["grid by zoom", "4 × 4", "8 × 8", "16 × 16"]);
  expect(page.hidden(page.slider())).toBe(false);
  await until(() => page.side(0), "a grid");
  page.button("show late beside").click();
  await until(() => page.side(1), "a grid of the layer beside");
});

test("a dropped image stays until it is closed, also on layers opened later", async () => {
  const model = fakeAtlas({ level: 4, image: 1 });
  const page = show(model);
  await until(() => page.caption().startsWith("cup.jpg"), "the chosen image");
  await drop(page.find(".atlas-room"));
  await until(() => page.caption().startsWith("mine.png"), "the dropped image");
  expect(model.get("image")).toBeNull();
  model.set("target", 0);
  page.button("show late beside").click();
  await until(() => page.calls("locate_dropped").length === 2, "its places on the other layer");
  expect(page.calls("locate_dropped")[1]?.params.layer).toBe("late");
  expect(page.caption()).toContain("mine.png");
  const press = () =>
    page
      .find(".atlas-plane")
      .dispatchEvent(
        new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true }),
      );
  press();
  expect(model.get("target")).toBeNull();
  expect(page.find(".atlas-path").hidden).toBe(false);
  press();
  expect(page.find(".atlas-path").hidden).toBe(true);
});

test("a page that does not hold an image says so where it would stand", async () => {
  const absent = Object.assign(new Error("not here"), { name: "NoKernel" });
  const model = fakeAtlas(
    { level: 4, cell: [4, 6] },
    {
      picture: () => {
        throw absent;
      },
    },
  );
  const page = show(model);
  await until(() => page.all(".atlas-patches button").length === 3, "patches");
  page.all<HTMLElement>(".atlas-patches button")[2]?.click();
  const name = page.find(".atlas-panel figcaption");
  await until(() => name.textContent?.endsWith("does not hold the whole image."), "the sentence");
  expect(name.textContent).toContain("cup.jpg");
  expect(page.hidden(page.find(".atlas-panel img"))).toBe(true);
});

test("only what a page can do is offered", async () => {
  const page = show(fakeAtlas({ _can: ["images", "locate"], level: 4 }));
  expect(page.hidden(page.button("Choose or drop an image…"))).toBe(true);
  expect(page.hidden(page.find(".atlas-rail .strip"))).toBe(false);
  const alone = show(fakeAtlas({ _can: ["drop"], _images: [], level: 4 }));
  expect(alone.hidden(alone.button("Choose or drop an image…"))).toBe(false);
  expect(alone.hidden(alone.find(".atlas-rail .strip"))).toBe(true);
});
