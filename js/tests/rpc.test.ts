import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { NdArray } from "../lib/binary";
import type { BaseTraits, CallMessage } from "../lib/protocol";
import { BUSY_AFTER, createRpc, type KernelState, type Rpc, RpcError, TIMEOUT } from "../lib/rpc";
import { type FakeModel, fakeModel } from "./fake_model";

let model: FakeModel<BaseTraits>;
let control: AbortController;
let rpc: Rpc;
let states: KernelState[];

beforeEach(() => {
  vi.useFakeTimers();
  model = fakeModel<BaseTraits>({});
  control = new AbortController();
  rpc = createRpc(model, control.signal);
  states = [];
  rpc.onState((state) => states.push(state));
});
afterEach(() => {
  control.abort();
  vi.useRealTimers();
});

const id = (n = 0) => (model.sent[n] as CallMessage).id;
const failure = async (call: Promise<unknown>): Promise<RpcError> => {
  const reason = await call.catch((error: unknown) => error);
  expect(reason).toBeInstanceOf(RpcError);
  return reason as RpcError;
};

test("a call is sent as the protocol says and resolves with its decoded value", async () => {
  const call = rpc.call<{ map: NdArray }>("maps", { image: 3, layer: "stem" });
  expect(model.sent).toEqual([
    { kind: "call", id: id(), method: "maps", params: { image: 3, layer: "stem" } },
  ]);
  const value = { map: { $buffer: 0, dtype: "uint8", shape: [1, 2] } };
  model.receive({ kind: "result", id: id(), value }, [new DataView(Uint8Array.of(7, 9).buffer)]);
  expect([...(await call).map.data]).toEqual([7, 9]);
});

test("answers find their own call, in whatever order they come", async () => {
  const [first, second] = [rpc.call("a"), rpc.call("b")];
  expect(id(0)).not.toBe(id(1));
  model.receive({ kind: "result", id: id(1), value: "B" });
  model.receive({ kind: "result", id: "of another view", value: "?" });
  model.receive({ kind: "result", id: id(0), value: "A" });
  expect([await first, await second]).toEqual(["A", "B"]);
});

test("an error in Python rejects with its name and its sentence", async () => {
  const call = rpc.call("maps");
  const value = { type: "ValueError", message: "layer: no layer 'x'" };
  model.receive({ kind: "error", id: id(), value });
  expect(await failure(call)).toMatchObject({ ...value, quiet: false });
});

test("progress and previews are passed on and the call goes on", async () => {
  const heard: unknown[] = [];
  const note = (value: unknown) => heard.push(value);
  const call = rpc.call("top", {}, { onProgress: note, onPreview: note });
  const progress = { done: 1, total: 4, note: "", elapsed: 1, left: 3 };
  model.receive({ kind: "progress", id: id(), value: progress });
  model.receive({ kind: "preview", id: id(), value: [1] });
  model.receive({ kind: "result", id: id(), value: "done" });
  expect(await call).toBe("done");
  expect(heard).toEqual([progress, [1]]);
});

test("a buffer that is missing is an error and not an endless wait", async () => {
  const call = rpc.call("maps");
  const value = { $buffer: 0, dtype: "uint8", shape: [2] };
  model.receive({ kind: "result", id: id(), value });
  expect((await failure(call)).message).toMatch(/buffer 0 is missing/);
});

test("the kernel counts as busy after a second, and as ready with the first word", async () => {
  const onWait = vi.fn();
  const call = rpc.call("maps", {}, { onWait });
  vi.advanceTimersByTime(BUSY_AFTER - 1);
  expect(rpc.state()).toBe("ready");
  vi.advanceTimersByTime(1);
  expect(rpc.state()).toBe("busy");
  expect(onWait).toHaveBeenCalledOnce();
  model.receive({ kind: "result", id: id(), value: 1 });
  expect(await call).toBe(1);
  expect(states).toEqual(["busy", "ready"]);
});

test("a quick answer never shows the kernel as busy", async () => {
  const call = rpc.call("maps");
  vi.advanceTimersByTime(500);
  model.receive({ kind: "result", id: id(), value: 1 });
  await call;
  vi.advanceTimersByTime(60_000);
  expect(states).toEqual([]);
});

test("without a word the call is given up, Python is told, and the next one may come", async () => {
  const call = rpc.call("maps");
  const reason = failure(call);
  vi.advanceTimersByTime(TIMEOUT);
  expect(await reason).toMatchObject({ type: "Timeout" });
  expect((await reason).message).toMatch(/^No answer from the kernel for 120 s/);
  expect(model.sent[1]).toEqual({ kind: "cancel", id: id() });
  const next = rpc.call("maps");
  model.receive({ kind: "result", id: id(), value: "late" });
  model.receive({ kind: "result", id: id(2), value: "new" });
  expect(await next).toBe("new");
});

test("any word from the kernel, also a late one, shows that it is there again", async () => {
  const reason = failure(rpc.call("maps"));
  vi.advanceTimersByTime(TIMEOUT);
  await reason;
  expect(rpc.state()).toBe("busy");
  model.receive({ kind: "result", id: id(), value: "late" });
  expect(rpc.state()).toBe("ready");
});

test("a job that talks is never given up", async () => {
  const call = rpc.call("top", {}, { timeout: 1000 });
  const value = { done: 0, total: null, note: "", elapsed: 0, left: null };
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(900);
    model.receive({ kind: "progress", id: id(), value });
  }
  model.receive({ kind: "result", id: id(), value: "after 9 s" });
  expect(await call).toBe("after 9 s");
});

test("aborting tells Python once and rejects quietly", async () => {
  const mine = new AbortController();
  const call = rpc.call("top", {}, { signal: mine.signal });
  const reason = failure(call);
  mine.abort();
  mine.abort();
  expect(await reason).toMatchObject({ type: "AbortError", quiet: true });
  expect(model.sent.slice(1)).toEqual([{ kind: "cancel", id: id() }]);
});

test("stopping tells Python and takes what it has; a job that keeps silent is given up", async () => {
  const stop = new AbortController();
  const call = rpc.call("top", {}, { stop: stop.signal });
  stop.abort();
  expect(model.sent.slice(1)).toEqual([{ kind: "cancel", id: id() }]);
  model.receive({ kind: "result", id: id(), value: { seen: 3, total: 12 } });
  expect(await call).toEqual({ seen: 3, total: 12 });
  const again = new AbortController();
  const silent = failure(rpc.call("top", {}, { stop: again.signal }));
  again.abort();
  vi.advanceTimersByTime(5000);
  expect(await silent).toMatchObject({ type: "AbortError", quiet: true });
});

test("aborting after the answer sends nothing", async () => {
  const mine = new AbortController();
  const call = rpc.call("top", {}, { signal: mine.signal });
  model.receive({ kind: "result", id: id(), value: 1 });
  await call;
  mine.abort();
  expect(model.sent).toHaveLength(1);
});

test("a call that is aborted before it starts is never sent", async () => {
  expect(await failure(rpc.call("a", {}, { signal: AbortSignal.abort() }))).toMatchObject({
    type: "AbortError",
  });
  expect(model.sent).toEqual([]);
});

test.each(["comm_live_update", "comm:close", "destroy"])(
  "a kernel that goes (%s) ends open calls and refuses new ones with a sentence",
  async (event) => {
    const open = failure(rpc.call("maps"));
    model.emit(event);
    expect(await open).toMatchObject({ type: "KernelGone" });
    expect((await open).message).toMatch(/Run the cell again/);
    expect(await failure(rpc.call("maps"))).toMatchObject({ type: "KernelGone" });
    expect(model.sent).toHaveLength(1);
    expect(states).toEqual(["gone"]);
  },
);

test("a host that cannot send any more counts as gone", async () => {
  model.send = () => {
    throw new Error("Kernel is dead");
  };
  expect((await failure(rpc.call("maps"))).message).toMatch(/Kernel is dead/);
  expect(rpc.state()).toBe("gone");
});

test("closing the view ends its calls and leaves no listener behind", async () => {
  const open = failure(rpc.call("maps"));
  control.abort();
  expect(await open).toMatchObject({ type: "AbortError" });
  expect(model.listeners()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a static page is known from the start and stays one", async () => {
  const page = fakeModel<BaseTraits>({ _static: { page: true } });
  const still = createRpc(page, control.signal);
  expect(still.state()).toBe("static");
  void still.call("maps").catch(() => undefined);
  vi.advanceTimersByTime(5000);
  expect(still.state()).toBe("static");
});
