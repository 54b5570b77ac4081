import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { debounce, frame, latest, throttle } from "../lib/schedule";

let control: AbortController;
beforeEach(() => {
  control = new AbortController();
  vi.useFakeTimers();
});
afterEach(() => {
  control.abort();
  vi.useRealTimers();
});

test("drawing happens once a frame, however often it is asked for", () => {
  const draw = vi.fn();
  const ask = frame(draw, control.signal);
  ask();
  ask();
  vi.advanceTimersToNextFrame();
  expect(draw).toHaveBeenCalledTimes(1);
  ask();
  vi.advanceTimersToNextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
});

test("no frame is drawn after the view has gone", () => {
  const draw = vi.fn();
  const ask = frame(draw, control.signal);
  ask();
  control.abort();
  ask();
  vi.advanceTimersByTime(100);
  expect(draw).not.toHaveBeenCalled();
});

test("a throttled function runs at once, then at its pace, and never loses the last call", () => {
  const save = vi.fn();
  const throttled = throttle(save, 100, control.signal);
  for (const value of [1, 2, 3]) throttled(value);
  expect(save.mock.calls).toEqual([[1]]);
  vi.advanceTimersByTime(100);
  expect(save.mock.calls).toEqual([[1], [3]]);
  vi.advanceTimersByTime(500);
  expect(save).toHaveBeenCalledTimes(2);
  throttled(4);
  expect(save).toHaveBeenLastCalledWith(4);
});

test("a debounced function waits for quiet", () => {
  const run = vi.fn();
  const debounced = debounce(run, 50, control.signal);
  debounced("a");
  vi.advanceTimersByTime(40);
  debounced("b");
  vi.advanceTimersByTime(40);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10);
  expect(run.mock.calls).toEqual([["b"]]);
});

test("while one run is under way only the newest arguments wait", async () => {
  const seen: number[] = [];
  const gates: (() => void)[] = [];
  const run = latest(async (value: number) => {
    seen.push(value);
    await new Promise<void>((open) => gates.push(open));
  });
  const answers = [run(1), run(2), run(3), run(4)];
  expect(seen).toEqual([1]);
  gates[0]?.();
  expect(await answers[0]).toBe(true);
  expect([await answers[1], await answers[2]]).toEqual([false, false]);
  expect(seen).toEqual([1, 4]);
  gates[1]?.();
  expect(await answers[3]).toBe(true);
});

test("a run that fails says so to its caller and lets the next one go on", async () => {
  const run = latest(async (value: number) => {
    await Promise.resolve();
    if (value === 1) throw new Error("first");
  });
  const [first, second] = [run(1), run(2)];
  await expect(first).rejects.toThrow("first");
  expect(await second).toBe(true);
});
