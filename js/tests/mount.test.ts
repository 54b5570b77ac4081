import { afterEach, beforeEach, expect, test } from "vitest";
import { h } from "../lib/dom";
import { mount } from "../lib/mount";
import type { BaseTraits } from "../lib/protocol";
import { isDark } from "../lib/theme";
import { fakeModel } from "./fake_model";

let el: HTMLElement;
let control: AbortController;
beforeEach(() => {
  control = new AbortController();
  el = document.body.appendChild(document.createElement("div"));
});
afterEach(() => {
  control.abort();
  el.remove();
  document.body.removeAttribute("style");
  document.body.className = "";
  delete document.body.dataset.jpThemeLight;
  delete document.body.dataset.vscodeThemeKind;
});

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

test("a view lives in a shadow root of its own, with the styles given", () => {
  const view = mount(el, [".probe { color: rgb(1, 2, 3); }"], control.signal, fakeModel({}));
  const probe = view.root.appendChild(h("i", { class: "probe" }, "x"));
  expect(view.root.getRootNode()).toBeInstanceOf(ShadowRoot);
  expect(getComputedStyle(probe).color).toBe("rgb(1, 2, 3)");
});

test.each(["the host's signal", "dispose"])("%s takes everything away", (how) => {
  const model = fakeModel<BaseTraits>({});
  const view = mount(el, [], control.signal, model);
  if (how === "dispose") view.dispose();
  else control.abort();
  view.dispose();
  expect(view.signal.aborted).toBe(true);
  expect(el.childNodes).toHaveLength(0);
  expect(model.listeners()).toBe(0);
});

test("hosts without a signal are served too", () => {
  const view = mount(el, [], undefined, fakeModel({}));
  view.dispose();
  expect(el.childNodes).toHaveLength(0);
});

test("a view that is closed before it is made leaves nothing", () => {
  const view = mount(el, [], AbortSignal.abort(), fakeModel({}));
  expect(view.signal.aborted).toBe(true);
  expect(el.childNodes).toHaveLength(0);
});

test.each<[string, () => void, boolean]>([
  ["JupyterLab dark", () => (document.body.dataset.jpThemeLight = "false"), true],
  ["JupyterLab light", () => (document.body.dataset.jpThemeLight = "true"), false],
  ["VS Code dark", () => (document.body.dataset.vscodeThemeKind = "vscode-dark"), true],
  [
    "VS Code light contrast",
    () => (document.body.dataset.vscodeThemeKind = "vscode-high-contrast-light"),
    false,
  ],
  ["a dark class", () => document.body.classList.add("dark"), true],
  ["a dark background", () => (document.body.style.background = "rgb(20, 20, 30)"), true],
  ["a light background", () => (document.body.style.background = "rgb(250, 250, 240)"), false],
])("the host's own word about its theme is heard: %s", (_, make, dark) => {
  make();
  expect(isDark(el)).toBe(dark);
});

test("the theme of the host is followed as it changes", async () => {
  document.body.dataset.jpThemeLight = "true";
  const view = mount(el, [], control.signal, fakeModel<BaseTraits>({ theme: "auto" }));
  const seen: boolean[] = [];
  view.onDark((dark) => seen.push(dark));
  expect(view.root.dataset.theme).toBe("light");
  document.body.dataset.jpThemeLight = "false";
  await nextTask();
  expect(view.root.dataset.theme).toBe("dark");
  expect(seen).toEqual([true]);
});

test("the trait wins over the host, and host colours are not mixed in", async () => {
  document.body.dataset.jpThemeLight = "true";
  document.body.style.setProperty("--jp-layout-color0", "rgb(255, 250, 240)");
  const model = fakeModel<BaseTraits>({ theme: "auto" });
  const view = mount(el, [], control.signal, model);
  const paper = () => {
    view.root.style.background = "var(--cv-bg)";
    return getComputedStyle(view.root).backgroundColor;
  };
  expect(paper()).toBe("rgb(255, 250, 240)");
  model.set("theme", "dark");
  expect(view.dark()).toBe(true);
  expect(paper()).toBe("rgb(20, 22, 26)");
  document.body.dataset.jpThemeLight = "false";
  model.set("theme", "light");
  await nextTask();
  expect(view.dark()).toBe(false);
  expect(paper()).toBe("rgb(255, 255, 255)");
});

test("plain keys stay in the widget, commands go on to the host", () => {
  const view = mount(el, [], control.signal, fakeModel({}));
  const field = view.root.appendChild(h("button"));
  const heard: string[] = [];
  document.addEventListener("keydown", ({ key }) => heard.push(key), { signal: control.signal });
  const press = (key: string, ctrlKey = false) =>
    field.dispatchEvent(
      new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, composed: true }),
    );
  press("a");
  press("ArrowDown");
  press("s", true);
  expect(heard).toEqual(["s"]);
  // Lumino listens before us, in the capture phase: this is what it looks for.
  expect(el.querySelector("[data-lm-suppress-shortcuts]")).not.toBeNull();
});
