import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { type Card, card } from "../lib/chrome";
import { h } from "../lib/dom";
import { mount, type View } from "../lib/mount";
import { fileName } from "../lib/picture";
import type { BaseTraits, CallMessage } from "../lib/protocol";
import { createRpc, type Rpc } from "../lib/rpc";
import { duration } from "../lib/status";
import { type FakeModel, fakeModel } from "./fake_model";

let el: HTMLElement;
let model: FakeModel<BaseTraits>;
let view: View;
let rpc: Rpc;
let made: Card;

function build(state: Partial<BaseTraits> = {}, width = 1000): void {
  el = document.body.appendChild(h("div", { style: `width:${width}px` }));
  model = fakeModel<BaseTraits>({ _title: "Layers", ...state });
  view = mount(el, [], undefined, model);
  rpc = createRpc(model, view.signal);
  const help = {
    paragraphs: ["Each picture is one channel.", "It cannot tell why."],
    keys: [["← →", "image"]] as [string, string][],
    source: { text: "Zeiler and Fergus 2014", href: "https://arxiv.org/abs/1311.2901" },
  };
  made = card(view, { model, rpc, help, rail: "Layers" });
}

beforeEach(() => build());
afterEach(() => {
  view.dispose();
  el.remove();
  document.body.replaceChildren();
});

const lastId = () => (model.sent.at(-1) as CallMessage).id;
/** The element with the focus, inside the shadow root. */
const focused = () => (view.root.getRootNode() as ShadowRoot).activeElement;
const text = (selector: string) => made.el.querySelector(selector)?.textContent;

test("help opens, says what the picture is, and Escape gives the focus back", async () => {
  const opener = page.getByRole("button", { name: "What is this?" });
  const panel = page.getByRole("complementary");
  expect(panel.query()).toBeNull();
  await userEvent.click(opener);
  await expect.element(panel).toHaveTextContent("Each picture is one channel.");
  await userEvent.keyboard("{Escape}");
  expect(panel.query()).toBeNull();
  expect(focused()).toBe(opener.element());
});

test("the theme button goes round and writes the trait", async () => {
  for (const theme of ["dark", "auto", "light"]) {
    await userEvent.click(page.getByRole("button", { name: /^Theme/ }));
    expect(model.saved.theme).toBe(theme);
  }
});

test("the height follows the trait, the handle's keys and its pointer", async () => {
  model.set("height", 500);
  expect(made.el.getBoundingClientRect().height).toBe(500);
  const grip = page.getByRole("separator", { name: "Height" }).element() as HTMLElement;
  grip.focus();
  await userEvent.keyboard("{ArrowDown}");
  expect(model.saved.height).toBe(520);
  const at = (type: string, clientY: number) =>
    grip.dispatchEvent(new PointerEvent(type, { clientY, pointerId: 1, bubbles: true }));
  grip.setPointerCapture = () => undefined; // made-up pointers cannot be captured
  at("pointerdown", 100);
  at("pointermove", 40);
  at("pointerup", 40);
  at("pointermove", 0);
  expect(model.saved.height).toBe(460);
  model.set("height", 250);
  for (let i = 0; i < 3; i++) await userEvent.keyboard("{ArrowUp}");
  expect(model.saved.height).toBe(240);
});

test.each([1600, 1000, 700, 360])("nothing scrolls sideways at %i px", (width) => {
  view.dispose();
  el.remove();
  build({ _notice: "No preprocessing found in the model: images go in as [0, 1]." }, width);
  made.setTitle(`blocks.12.conv_dw · ${"very-long-module-name.".repeat(12)}`);
  made.status.say("mean activation over 12 images, shared scale");
  made.status.progress({ done: 3, total: 9, note: "reading", elapsed: 1, left: 70 }, () => {});
  made.status.error("layer: no layer 'layr3'; did you mean 'layer3'?", () => {});
  for (const part of [made.el, made.el.querySelector("header"), made.status.el])
    expect(part?.scrollWidth).toBeLessThanOrEqual(part?.clientWidth ?? 0);
  expect(made.el.getBoundingClientRect().width).toBe(width);
});

test("the rail stands beside the stage, and folds away on a narrow card", async () => {
  expect(made.rail.getBoundingClientRect().width).toBe(232);
  expect(page.getByRole("button", { name: "Layers" }).query()).toBeNull();
  el.style.width = "420px";
  await expect.poll(() => getComputedStyle(made.rail).visibility).toBe("hidden");
  expect(made.stage.getBoundingClientRect().width).toBeGreaterThan(400);
  const opener = page.getByRole("button", { name: "Layers" });
  await userEvent.click(opener);
  expect(getComputedStyle(made.rail).visibility).toBe("visible");
  made.rail.tabIndex = 0;
  made.rail.focus();
  await userEvent.keyboard("{Escape}");
  expect(getComputedStyle(made.rail).visibility).toBe("hidden");
  expect(focused()).toBe(opener.element());
});

test("a run shows progress with its time left, and Stop keeps what was found", async () => {
  const run = made.status.run((options) => rpc.call("top", {}, options));
  const value = { done: 3, total: 12, note: "reading images", elapsed: 4, left: 12 };
  model.receive({ kind: "progress", id: lastId(), value });
  expect(text(".cv-job")).toBe("reading images3 of 12 · 12 s leftStop");
  const bar = made.el.querySelector("progress");
  expect([bar?.value, bar?.max]).toEqual([3, 12]);
  await userEvent.click(page.getByRole("button", { name: "Stop" }));
  expect(model.sent.at(-1)).toMatchObject({ kind: "cancel" });
  expect(text(".cv-left")).toBe("stopping…");
  model.receive({ kind: "result", id: lastId(), value: { seen: 3, total: 12 } });
  expect(await run).toEqual({ seen: 3, total: 12 });
  expect(made.el.querySelector(".cv-job")?.checkVisibility()).toBe(false);
  expect(made.el.querySelector(".cv-trouble")?.checkVisibility()).toBe(false);
});

test("an error is a sentence with Retry, and Retry asks again", async () => {
  const retried = vi.fn();
  const run = made.status.run((options) => rpc.call("maps", {}, options), { retried });
  const value = { type: "ValueError", message: "images: 7 channels came, the model takes 3" };
  model.receive({ kind: "error", id: lastId(), value });
  expect(await run).toBeUndefined();
  await expect.element(page.getByRole("alert")).toHaveTextContent(value.message);
  await userEvent.click(page.getByRole("button", { name: "Retry" }));
  expect(model.sent).toHaveLength(2);
  model.receive({ kind: "result", id: lastId(), value: 42 });
  await expect.poll(() => retried.mock.calls).toEqual([[42]]);
  expect(page.getByRole("alert").query()).toBeNull();
});

test("words from Python are text and never HTML", async () => {
  const nasty = "<img src=x onerror=alert(1)>";
  model.set("_notice", nasty);
  made.setTitle(nasty);
  made.status.error(nasty);
  expect(made.el.querySelector("img")).toBeNull();
  expect(text(".cv-title")).toBe(nasty);
});

test("the newest of two runs has the bar, and the error of the older one is not lost", async () => {
  const older = made.status.run((options) => rpc.call("maps", {}, options));
  const olderId = lastId();
  const newer = made.status.run((options) => rpc.call("top", {}, options));
  const progress = { done: 1, total: 2, note: "older", elapsed: 1, left: 1 };
  model.receive({ kind: "progress", id: olderId, value: progress });
  model.receive({ kind: "progress", id: lastId(), value: { ...progress, note: "newer" } });
  expect(text(".cv-note")).toBe("newer");
  const value = { type: "ValueError", message: "no maps for this" };
  model.receive({ kind: "error", id: olderId, value });
  model.receive({ kind: "result", id: lastId(), value: "b" });
  expect([await older, await newer]).toEqual([undefined, "b"]);
  await expect.element(page.getByRole("alert")).toHaveTextContent("no maps for this");
  expect(made.el.querySelector(".cv-job")?.checkVisibility()).toBe(false);
});

test("asking for something else takes an old error away", async () => {
  made.status.error("of yesterday");
  void made.status.run((options) => rpc.call("maps", {}, options));
  expect(page.getByRole("alert").query()).toBeNull();
});

test("a busy kernel is said after a second, in the badge and the line, and taken back", async () => {
  const run = made.status.run((options) => rpc.call("maps", {}, options));
  await expect.poll(() => text(".cv-state"), { timeout: 3000 }).toBe("kernel busy");
  expect(made.el.querySelector(".cv-waiting")?.checkVisibility()).toBe(true);
  model.receive({ kind: "result", id: lastId(), value: 1 });
  expect(await run).toBe(1);
  expect(text(".cv-state")).toBe("");
  expect(made.el.querySelector(".cv-waiting")?.checkVisibility()).toBe(false);
});

test("a kernel that went away is said, and there is no Retry", async () => {
  const run = made.status.run((options) => rpc.call("maps", {}, options));
  model.emit("comm_live_update");
  await run;
  expect(text(".cv-state")).toBe("no kernel");
  await expect.element(page.getByRole("alert")).toHaveTextContent(/Run the cell again/);
  expect(page.getByRole("button", { name: "Retry" }).query()).toBeNull();
});

test("a static page says so, says what it lacks, and offers the stage's picture only", async () => {
  view.dispose();
  build({ _static: { page: true, left_out: ["maps of layer4"] } });
  expect(text(".cv-state")).toBe("static page");
  expect(text(".cv-help")).toContain("Not in this page: maps of layer4.");
  await userEvent.click(page.getByRole("button", { name: "PNG" }));
  await expect.element(page.getByRole("button", { name: /^Figure/ })).toBeDisabled();
  await expect.element(page.getByRole("button", { name: /on the stage/ })).toBeEnabled();
});

test("the stage's picture is saved under the title's name", async () => {
  const canvas = made.stage.appendChild(h("canvas", { width: 40, height: 30 }));
  canvas.getContext("2d")?.fillRect(0, 0, 40, 30);
  made.setTitle("layer3.1 · 256 × 14 × 14");
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  await userEvent.click(page.getByRole("button", { name: "PNG" }));
  await userEvent.click(page.getByRole("button", { name: /on the stage/ }));
  await expect.poll(() => clicked.mock.contexts.length).toBe(1);
  expect((clicked.mock.contexts[0] as HTMLAnchorElement).download).toBe("layer3.1-256-14-14.png");
  clicked.mockRestore();
});

test("the figure's picture comes from Python", async () => {
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  await userEvent.click(page.getByRole("button", { name: "PNG" }));
  await userEvent.click(page.getByRole("button", { name: /^Figure/ }));
  expect(model.sent.at(-1)).toMatchObject({ method: "png", params: {} });
  const value = { $buffer: 0, mediaType: "image/png", width: 2, height: 1 };
  model.receive({ kind: "result", id: lastId(), value }, [new DataView(new ArrayBuffer(4))]);
  await expect.poll(() => clicked.mock.contexts.length).toBe(1);
  clicked.mockRestore();
});

test("nothing is left when the view goes", () => {
  view.dispose();
  expect(model.listeners()).toBe(0);
  expect(el.childNodes).toHaveLength(0);
});

test.each([
  [0.4, "almost done"],
  [12.4, "12 s left"],
  [89, "89 s left"],
  [250, "4 min left"],
  [4800, "80 min left"],
  [6000, "1 h 40 min left"],
])("%d s are written as %s", (seconds, words) => expect(duration(seconds)).toBe(words));

test.each([
  ["../../etc/passwd", "etc-passwd.png"],
  ["  ", "convscope.png"],
  ["blocks.3 · tête", "blocks.3-te-te.png"],
])("the file name of %s is %s", (title, name) => expect(fileName(title, "png")).toBe(name));
