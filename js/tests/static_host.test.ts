import { afterEach, beforeEach, expect, test } from "vitest";
import type { BaseTraits } from "../lib/protocol";
import { createRpc } from "../lib/rpc";
import { canonical, show, staticModel } from "../lib/static_host";

const WIDGET = {
  module: "probe",
  state: { _static: { page: true, left_out: [] }, theme: "auto", height: 300 },
  defaults: { maps: { bits: 16, image: 0 } },
  answers: [
    {
      method: "maps",
      params: { layer: "stem", bits: 16, image: 0 },
      value: { $buffer: 0, dtype: "uint8", shape: [3] },
      buffers: [btoa("\x01\x02\xff")],
    },
  ],
};

let control: AbortController;
beforeEach(() => {
  control = new AbortController();
});
afterEach(() => control.abort());

test("the order of arguments does not matter", () => {
  expect(canonical({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}');
});

test.each([
  { layer: "stem" },
  { image: 0, layer: "stem" },
  { bits: 16, layer: "stem", image: 0, more: undefined },
])("embedded answers come for a question however it is put: %o", async (params) => {
  const rpc = createRpc(staticModel(WIDGET), control.signal);
  const map = await rpc.call<{ data: Uint8Array }>("maps", params);
  expect([...map.data]).toEqual([1, 2, 255]);
});

test.each([
  ["maps", { layer: "head" }],
  ["top", {}],
])("what the page does not hold is an error that says so: %s", async (method, params) => {
  const rpc = createRpc(staticModel(WIDGET), control.signal);
  await expect(rpc.call(method, params)).rejects.toMatchObject({ type: "NoKernel" });
  await expect(rpc.call("maps", { layer: "stem" })).resolves.toBeDefined();
});

test("traits can be set and watched, and leaving takes the watcher away", () => {
  const model = staticModel(WIDGET);
  const seen: number[] = [];
  const watch = () => void seen.push(model.get("height"));
  model.on("change:height", watch);
  model.set("height", 400);
  model.set("height", 400);
  model.save_changes();
  model.off("change:height", watch);
  model.set("height", 500);
  expect(seen).toEqual([400]);
});

test("widgets of a page do not share their traits", () => {
  const [a, b] = [staticModel(WIDGET), staticModel(WIDGET)];
  a.set("height", 999 as BaseTraits["height"]);
  expect(b.get("height")).toBe(300);
});

test("every widget is shown in its place, and one that fails leaves the others", async () => {
  const root = document.createElement("main");
  for (const i of [0, 1, 2]) {
    const place = root.appendChild(document.createElement("div"));
    place.dataset.convscopeWidget = String(i);
  }
  const good =
    "export default () => ({ render({ model, el }) { el.textContent = model.get('height'); } })";
  const bad = "export default { render() { throw new Error('no canvas'); } }";
  const other = { ...WIDGET, state: { ...WIDGET.state, height: 77 } };
  await show(
    { bundles: { probe: good, bad }, widgets: [WIDGET, { ...WIDGET, module: "bad" }, other] },
    root,
    control.signal,
  );
  expect([...root.children].map((place) => place.textContent)).toEqual([
    "300",
    "This widget could not be shown: Error: no canvas",
    "77",
  ]);
});
