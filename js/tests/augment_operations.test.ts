import { describe, expect, test } from "vitest";
import type { CatalogueEntry } from "../lib/protocol";
import { press } from "./card";
import { CATALOGUE, node, OPERATIONS } from "./fake_pipeline";
import { first, pointer, show, slide } from "./preview_page";
import { until } from "./settled";

describe("the list of operations", () => {
  test("shows each with its parameters, and children within what holds them", async () => {
    const page = await show();
    expect(page.titles()).toEqual([
      "Rotate",
      "Flip",
      "One of",
      "Elastic grid",
      "Brightness",
      "Cutout",
    ]);
    const nested = page.find('ol[aria-label="in One of"]');
    expect(nested.querySelectorAll(".op")).toHaveLength(2);
    const rows = page.find(".op").querySelectorAll<HTMLElement>(".param");
    expect([...rows].map((row) => row.dataset["param"])).toEqual(["degrees", "fit", "fill", "p"]);
    expect(rows[0]?.querySelector(".param-value")?.textContent).toBe("−20 – 20°");
    expect(rows[0]?.title).toBe("what degrees does");
  });

  test("a slider changes its value alone, and the other end keeps its own", async () => {
    const page = await show({ operations: [node("Rotate", { degrees: [-12.34, 20] })] });
    slide(page.named<HTMLInputElement>("degrees, to"), 33);
    expect(first(page).params["degrees"]).toEqual([-12.34, 33]);
    expect(page.find(".param-value").textContent).toBe("−12.3 – 33°");
    await until(() => page.model.saved.operations === page.model.get("operations"), "the save");
  });

  test("choices, switches and values that may be missing", async () => {
    const page = await show({ operations: [node("Cutout"), node("Rotate")] });
    const own = (name: string) => page.find<HTMLInputElement>(`[data-param="${name}"] input`);
    expect(page.find<HTMLInputElement>('[data-param="size"] input[type="range"]').disabled).toBe(
      true,
    );
    own("size").click();
    expect(first(page).params["size"]).toBe(32);
    own("size").click();
    expect(first(page).params["size"]).toBe(null);
    own("noise").click();
    expect(first(page).params["noise"]).toBe(false);
    const fit = page.find<HTMLSelectElement>('[data-param="fit"] select');
    fit.value = "keep";
    fit.dispatchEvent(new Event("change"));
    expect(page.model.get("operations")[1]?.params["fit"]).toBe("keep");
    const fill = page.find<HTMLSelectElement>('[data-param="fill"] select');
    fill.value = "edge";
    fill.dispatchEvent(new Event("change"));
    expect(page.model.get("operations")[1]?.params["fill"]).toBe("edge");
  });

  test("operations are switched off and removed, and undo brings them back", async () => {
    const page = await show();
    page.named("Flip switched on").click();
    expect(page.model.get("operations")[1]?.on).toBe(false);
    page.named("remove One of").click();
    expect(page.titles()).toEqual(["Rotate", "Flip", "Cutout"]);
    page.named("undo (ctrl + z)").click();
    page.named("undo (ctrl + z)").click();
    expect(page.model.get("operations")).toBe(OPERATIONS);
    press(page.find(".cv-card"), "z", { ctrlKey: true, shiftKey: true });
    expect(page.model.get("operations")[1]?.on).toBe(false);
  });

  test("a whole drag of a slider is one step back", async () => {
    const page = await show();
    const field = page.named<HTMLInputElement>("degrees, to");
    for (const value of [25, 30, 35]) slide(field, value);
    slide(field, 40, true);
    press(page.find(".cv-card"), "z", { ctrlKey: true });
    expect(first(page).params["degrees"]).toEqual([-20, 20]);
    expect(field.valueAsNumber).toBe(20);
  });

  test("the keyboard moves an operation, into a combinator and out of it, and says where it is", async () => {
    const page = await show();
    const grip = page.named("move Flip: drag, or arrow keys");
    grip.focus();
    press(grip, "ArrowUp");
    expect(page.titles().slice(0, 2)).toEqual(["Flip", "Rotate"]);
    expect(page.said()).toBe("Flip is now 1 of 4");
    expect(page.root.activeElement).toBe(grip);
    press(grip, "ArrowDown");
    press(grip, "ArrowDown");
    expect(page.said()).toBe("Flip is now 1 of 3 in One of");
    expect(page.find('ol[aria-label="in One of"] .op-name').textContent).toContain("Flip");
    expect(page.root.activeElement).toBe(grip);
  });

  test("the pointer drags an operation to where the line stands, and Escape gives it up", async () => {
    const page = await show();
    const grip = page.named("move Rotate: drag, or arrow keys");
    grip.setPointerCapture = () => undefined;
    const card = page.all<HTMLElement>(".ops > .op");
    const flip = card[1]?.getBoundingClientRect() as DOMRect;
    const start = grip.getBoundingClientRect();
    pointer(grip, "pointerdown", start.left + 5, start.top + 5);
    pointer(grip, "pointermove", start.left + 5, flip.bottom - 2);
    expect(page.find(".op-drop").hidden).toBe(false);
    press(grip, "Escape");
    expect(page.find(".op-drop").hidden).toBe(true);
    pointer(grip, "pointerup", start.left + 5, flip.bottom - 2);
    expect(page.titles()[0]).toBe("Rotate");
    pointer(grip, "pointerdown", start.left + 5, start.top + 5);
    pointer(grip, "pointermove", start.left + 5, flip.bottom - 2);
    pointer(grip, "pointerup", start.left + 5, flip.bottom - 2);
    expect(page.titles().slice(0, 3)).toEqual(["Flip", "Rotate", "One of"]);
  });

  test("an operation is found by what it does and added with its usual values", async () => {
    const page = await show();
    press(page.find(".samples-tiles"), "/");
    const field = page.named<HTMLInputElement>("search operations");
    expect(page.root.activeElement).toBe(field);
    expect(page.all(".add-option").map((o) => o.textContent)).not.toContain("Custom");
    const look = (text: string) => {
      field.value = text;
      field.dispatchEvent(new Event("input"));
      return page.all(".add-title").map((title) => title.textContent);
    };
    expect(look("right")).toEqual(["Brightness", "Flip"]); // by its name, then by what it does
    expect(look("colour away")).toEqual(["Greyscale"]);
    press(field, "Enter");
    expect(page.model.get("operations").at(-1)).toEqual(node("Greyscale"));
    expect(page.find(".add-menu").hidden).toBe(true);
    expect(page.said()).toBe("Greyscale added");
    press(page.root.activeElement as HTMLElement, "z", { ctrlKey: true });
    press(page.root.activeElement as HTMLElement, "z", { ctrlKey: true, shiftKey: true });
    expect(page.titles().at(-1)).toBe("Greyscale");
  });

  test("a combinator has its own place to add, and Escape leaves the menu", async () => {
    const page = await show();
    const add = page.named("add to One of");
    add.focus();
    add.click();
    const field = page.named<HTMLInputElement>("search operations");
    press(field, "Escape");
    expect(page.root.activeElement).toBe(add);
    add.click();
    press(field, "ArrowDown");
    press(field, "Enter");
    expect(page.model.get("operations")[2]?.operations?.map(({ name }) => name)).toEqual([
      "ElasticGrid",
      "Brightness",
      "Flip",
    ]);
  });

  test("what Python sets is shown in the same controls", async () => {
    const page = await show();
    const field = page.named<HTMLInputElement>("degrees, to");
    page.model.set("operations", [node("Rotate", { degrees: [-5, 55], p: 0.2 })]);
    expect(page.titles()).toEqual(["Rotate"]);
    expect(page.named("degrees, to")).toBe(field);
    expect(field.valueAsNumber).toBe(55);
  });

  test("a pipeline of another library brings its own operations", async () => {
    const page = await show();
    const other = { ...(CATALOGUE[1] as CatalogueEntry), name: "HFlip", title: "Mirror" };
    page.model.set("operations", [{ name: "HFlip", params: { p: 0.5 }, on: true }]);
    page.model.set("_catalogue", [other]);
    const titles = [...page.el.children].flatMap((host) => [
      ...(host.shadowRoot?.querySelectorAll(".op-name > span:first-child") ?? []),
    ]);
    expect(titles.map((title) => title.textContent)).toEqual(["Mirror"]);
  });

  test("folding keeps the values in sight", async () => {
    const page = await show();
    page.find(".op-name").click();
    const card = page.find(".op");
    expect(card.hasAttribute("data-folded")).toBe(true);
    expect(card.querySelector(".op-brief")?.textContent).toBe("−20 – 20° · p 0.7");
  });

  test("a pipeline that cannot be edited has switches and sliders, but nothing to move", async () => {
    const page = await show({ _editable: false });
    expect(page.all(".op-grip, .op-away, .rail-add, .op-add")).toHaveLength(0);
    expect(page.named("degrees, to")).toBeTruthy();
  });
});
