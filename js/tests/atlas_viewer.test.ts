import { expect, test } from "vitest";
import type { AtlasViewerTraits } from "../lib/protocol";
import atlas from "../widgets/atlas_viewer";
import { card, press } from "./card";
import { colourOf, fakeAtlas } from "./fake_atlas";
import type { FakeModel } from "./fake_model";
import { drawn, pixel, until } from "./settled";

function show(model: FakeModel<AtlasViewerTraits>, width = 960) {
  const { el, root, find, all, button, calls, dispose } = card(atlas, model, width);
  const plane = (i = 0) => all(".atlas-plane")[i] as HTMLElement;
  /** Where a place of the unit square is on the page while all is in sight. */
  const place = (x: number, y: number, i = 0) => {
    const box = plane(i).getBoundingClientRect();
    const extent = Math.min(box.width, box.height) * 0.97;
    return {
      clientX: box.left + box.width / 2 + (x - 0.5) * extent,
      clientY: box.top + box.height / 2 + (y - 0.5) * extent,
    };
  };
  const middle = (side: number, cell: number) =>
    place(((cell % side) + 0.5) / side, (Math.floor(cell / side) + 0.5) / side);
  const colour = (side: number, cell: number, i = 0) => {
    const canvas = all<HTMLCanvasElement>(".atlas-icons")[i] as HTMLCanvasElement;
    const box = canvas.getBoundingClientRect();
    const { clientX, clientY } = middle(side, cell);
    const ratio = canvas.width / box.width;
    return pixel(
      canvas,
      Math.round((clientX - box.left) * ratio),
      Math.round((clientY - box.top) * ratio),
    );
  };
  const near = (got: number[], want: number[]) =>
    got.every((v, k) => Math.abs(v - (want[k] ?? 0)) < 12);
  const settled = (side: number, cell: number, kind = "patches") =>
    until(() => near(colour(side, cell), colourOf(side, cell, kind)), `cell ${cell} of ${side}`);
  const point = (side: number, cell: number) =>
    plane().dispatchEvent(
      new PointerEvent("pointermove", { ...middle(side, cell), bubbles: true }),
    );
  const click = (side: number, cell: number) =>
    plane().dispatchEvent(new MouseEvent("click", { ...middle(side, cell), bubbles: true }));
  return {
    el,
    root,
    find,
    all,
    button,
    plane,
    place,
    colour,
    near,
    settled,
    press: (key: string) => press(plane(), key),
    point,
    click,
    calls,
    dispose,
  };
}

test("icons stand at their cells, in the colours of their tiles", async () => {
  const page = show(fakeAtlas({ level: 16, labels: false }));
  await page.settled(16, 200);
  await page.settled(16, 30);
  await drawn();
  // No cell lies on the diagonal: the paper is seen there.
  expect(page.colour(16, 17)).toEqual([0, 0, 0]);
});

test("icons of few samples are small, and the density makes them large", async () => {
  const model = fakeAtlas({ density: 1, level: 4, labels: false });
  const page = show(model);
  await page.settled(4, 4); // the first column: one sample where 20 would be even
  const edge = () => {
    const canvas = page.find<HTMLCanvasElement>(".atlas-icons");
    const box = canvas.getBoundingClientRect();
    const { clientX, clientY } = page.place(0.125 - 0.07, 0.375);
    return pixel(canvas, Math.round(clientX - box.left), Math.round(clientY - box.top));
  };
  expect(edge()).toEqual([0, 0, 0]);
  model.set("density", 8);
  await until(() => page.near(edge(), colourOf(4, 4, "patches")), "a larger icon");
});

test("zooming in shows a finer grid, home the whole again", async () => {
  const page = show(fakeAtlas({ view: "at=0.5,0.5&zoom=1" }), 700);
  await until(() => page.plane().dataset.side === "8" || page.plane().dataset.side === "16");
  const coarse = Number(page.plane().dataset.side);
  page.press("+");
  page.press("+");
  await until(() => page.calls("level").length > 0);
  await until(() => Number(page.plane().dataset.side) >= coarse);
  page.press("0");
  await until(() => Number(page.plane().dataset.side) === coarse, "the grid as before");
});

test("a plain wheel leaves the view alone and says how to zoom; with ctrl it zooms", async () => {
  const model = fakeAtlas({ level: 8 });
  const page = show(model);
  await page.settled(8, 10);
  const wheel = (ctrlKey: boolean) => {
    const event = new WheelEvent("wheel", {
      deltaY: -300,
      ctrlKey,
      cancelable: true,
      bubbles: true,
      ...page.place(0.5, 0.5),
    });
    page.plane().dispatchEvent(event);
    return event;
  };
  expect(wheel(false).defaultPrevented).toBe(false);
  expect(page.find(".atlas-stage").hasAttribute("data-hint")).toBe(true);
  expect(wheel(true).defaultPrevented).toBe(true);
  await until(() => /zoom=(?!1$)/.test(model.get("view")), "another zoom in the view");
  expect(model.get("view")).toMatch(
    /^layer=early&at=0\.(5|499\d|500\d),0\.(5|499\d|500\d)&zoom=2\.\d+$/,
  );
});

test("pointing at a cell tells its five classes, values, count and cosine", async () => {
  const page = show(fakeAtlas({ level: 4 }));
  await page.settled(4, 6);
  page.point(4, 6);
  await until(() => !page.find(".atlas-hover").hidden);
  expect(page.all(".atlas-hover .atlas-bar-name").map((each) => each.textContent)).toEqual([
    "tabby",
    "lynx",
    "espresso",
    "cup",
    "window screen",
  ]);
  expect(page.find(".atlas-hover .atlas-bar-value").textContent).toBe("0.500");
  expect(page.find(".atlas-hover .caption").textContent).toBe(
    "average of 40 samples · cosine 0.75 · spread 0.30",
  );
  expect(page.find(".cv-said").textContent).toContain("Cell 2, 3 of 4 × 4: tabby 0.500");
});

test("a click opens the real patches behind a cell; one of them shows its image; Escape closes", async () => {
  const model = fakeAtlas({ level: 4 });
  const page = show(model);
  await page.settled(4, 6);
  page.click(4, 6);
  expect(model.get("cell")).toEqual([4, 6]);
  await until(() => page.all(".atlas-patches button").length === 3);
  expect(page.find(".atlas-panel .atlas-panel-title").textContent).toBe("tabby");
  expect(page.all(".atlas-heading").map((each) => each.textContent)).toContain("3 of 40 patches");
  page.all<HTMLElement>(".atlas-patches button")[2]?.click();
  await until(() => page.find<HTMLImageElement>(".atlas-panel img").src.startsWith("blob:"));
  expect([model.get("image"), model.get("position")]).toEqual([1, [6, 7]]);
  page.button("12").click();
  expect(model.get("unit")).toBe(12);
  page.press("Escape");
  expect(page.find(".atlas-panel").hidden).toBe(true);
  expect(model.get("cell")).toBeNull();
});

test("a cell that was chosen before the page was there is opened", async () => {
  const page = show(fakeAtlas({ cell: [16, 30], unit: 4 }));
  await until(() => page.all(".atlas-patches button").length === 3);
  expect(page.button("4").getAttribute("aria-pressed")).toBe("true");
});

test("the map of a class leaves the others faint; against it, the other way round", async () => {
  const model = fakeAtlas({ level: 4, labels: false });
  const page = show(model);
  await page.settled(4, 6);
  const finder = page.find<HTMLInputElement>(".cv-search");
  finder.value = "tab";
  finder.dispatchEvent(new Event("input"));
  page.find(".class-name").click();
  expect(model.get("target")).toBe(0);
  const alpha = (cell: number) => {
    const canvas = page.find<HTMLCanvasElement>(".atlas-icons");
    const box = canvas.getBoundingClientRect();
    const { clientX, clientY } = page.place(
      ((cell % 4) + 0.5) / 4,
      (Math.floor(cell / 4) + 0.5) / 4,
    );
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    return (
      context.getImageData(Math.round(clientX - box.left), Math.round(clientY - box.top), 1, 1)
        .data[3] ?? 0
    );
  };
  await until(() => alpha(7) < 40 && alpha(6) > 240, "only cells for tabby");
  page.button("against it").click();
  await until(() => alpha(6) < 40 && alpha(7) > 240, "only cells against tabby");
  page.point(4, 6);
  expect(page.find(".atlas-sought").textContent).toBe("tabby: 1.00");
});

test("the slider goes from patches to inversions", async () => {
  const model = fakeAtlas({ level: 4, labels: false });
  const page = show(model);
  await page.settled(4, 6);
  expect(page.calls("tile").every(({ params }) => params.kind === "patches")).toBe(true);
  model.set("blend", 1);
  await page.settled(4, 6, "inversion");
});

test("keys go from cell to cell and open one", async () => {
  const model = fakeAtlas({ level: 4, cell: null });
  const page = show(model);
  await page.settled(4, 6);
  page.point(4, 6);
  page.press("ArrowRight");
  page.press("Enter");
  expect(model.get("cell")).toEqual([4, 7]);
});

test("layers side by side move together, and a cell's samples are marked in the others", async () => {
  const model = fakeAtlas({ level: 4, labels: false });
  const page = show(model);
  await page.settled(4, 6);
  page.button("show late beside").click();
  await until(() => page.all(".atlas-plane").length === 2);
  page.button("Zoom in").click();
  await until(() => /zoom=2$/.test(model.get("view")), "the zoom of both");
  const reticles = page.all(".atlas-pane .minimap-reticle").map((each) => each.style.inset);
  expect(reticles[0]).toBe(reticles[1]);
  page.button("Whole atlas").click();
  await until(() => /zoom=1$/.test(model.get("view")), "all again");
  page
    .plane(0)
    .dispatchEvent(new MouseEvent("click", { ...page.place(0.625, 0.375), bubbles: true }));
  await until(() => page.calls("elsewhere").length === 1);
  expect(page.calls("elsewhere")[0]?.params).toMatchObject({ layer: "early", others: ["late"] });
});

test("an image shows where its positions fall, and a position is lit", async () => {
  const model = fakeAtlas({ level: 4 });
  const page = show(model);
  await page.settled(4, 6);
  model.set("image", 1);
  await until(() => !page.find(".atlas-path").hidden);
  expect(page.find(".atlas-path .caption").textContent).toContain("cup.jpg: 2 × 2 positions");
  const box = page.find(".atlas-path .atlas-image-box");
  const { left, top, width, height } = box.getBoundingClientRect();
  box.dispatchEvent(
    new PointerEvent("pointermove", { clientX: left + width * 0.8, clientY: top + height * 0.2 }),
  );
  expect(page.find(".atlas-path .caption").textContent).toContain("row 1, column 2");
});

test("a dropped image is looked for, however large it is", async () => {
  const page = show(fakeAtlas({ level: 4 }));
  await page.settled(4, 6);
  const canvas = new OffscreenCanvas(3000, 2000);
  canvas.getContext("2d")?.fillRect(0, 0, 3000, 2000);
  const files = new DataTransfer();
  files.items.add(new File([await canvas.convertToBlob()], "mine.png", { type: "image/png" }));
  page
    .find(".atlas-room")
    .dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
  await until(() => page.calls("locate_dropped").length === 1);
  expect(String(page.calls("locate_dropped")[0]?.params.data).length).toBeLessThan(1_000_000);
  await until(() => page.find(".atlas-path .caption").textContent?.startsWith("mine.png"));
});

test("tiles out of sight are given up", async () => {
  const model = fakeAtlas({ level: 16 }, { tile: () => new Promise(() => undefined) });
  const page = show(model);
  const far = await until(
    () => page.calls("tile").find(({ params }) => params.row === 2 && params.column === 2)?.id,
    "a tile in the middle",
  );
  model.set("view", "at=0.02,0.02&zoom=16");
  await until(() => model.sent.some((m) => m.kind === "cancel" && m.id === far), "a cancel");
});

test("a build that goes on tells how far it is, and brings its icons in", async () => {
  const model = fakeAtlas({
    level: 4,
    _progress: { stage: "rendering", done: 1, total: 4, left: 100 },
  });
  const page = show(model);
  await until(() => !page.find(".cv-job").hidden);
  expect(page.find(".cv-note").textContent).toBe("rendering");
  expect(page.find(".cv-left").textContent).toContain("2 min left");
  await page.settled(4, 6);
  const before = page.calls("tile").length;
  model.set("_fresh", { early: 1 });
  await until(() => page.calls("tile").length > before, "tiles asked for again");
  model.set("_progress", {});
  await until(() => page.find(".cv-job").hidden);
});

test("it fits 360 pixels, and leaves nothing behind", async () => {
  const model = fakeAtlas({ level: 4 });
  const page = show(model, 360);
  await page.settled(4, 6);
  expect(page.find(".cv-card").scrollWidth).toBeLessThanOrEqual(360);
  page.dispose();
  expect(model.listeners()).toBe(0);
  expect(page.el.childElementCount).toBe(0);
});
