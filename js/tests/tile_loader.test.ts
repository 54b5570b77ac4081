import { expect, onTestFinished, test } from "vitest";
import { type TileLoaderOptions, tileLoader } from "../lib/tile_loader";
import { until } from "./settled";

/** A loader of numbered loads, which tests answer by hand. */
function loader(options: Partial<TileLoaderOptions<string>> = {}) {
  const waiting = new Map<string, (value: string) => void>();
  const gone: string[] = [];
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const tiles = tileLoader<string>(
    {
      load: (key) => new Promise((resolve) => waiting.set(key, resolve)),
      arrived: () => undefined,
      failed: () => undefined,
      dropped: (value) => gone.push(value),
      most: 4,
      keep: 2,
      ...options,
    },
    end.signal,
  );
  const answer = async (key: string, value: string): Promise<void> => {
    waiting.get(key)?.(value);
    waiting.delete(key);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { tiles, waiting, gone, answer, end };
}

test("what is no longer kept is let go of, and what is wanted never", async () => {
  const { tiles, gone, answer, end } = loader();
  tiles.want(["a", "b", "c"]);
  for (const key of ["a", "b", "c"]) await answer(key, `${key}1`);
  expect(gone).toEqual([]); // three are wanted, though two would be kept
  tiles.want(["c"]);
  expect(gone).toEqual(["a1"]);
  end.abort();
  expect(gone).toEqual(["a1", "b1", "c1"]);
});

test("what comes after it was given up is let go of, and what it would replace stays", async () => {
  const { tiles, waiting, gone, answer } = loader();
  tiles.want(["a"]);
  await answer("a", "a1");
  tiles.stale(() => true);
  tiles.want(["a"]);
  tiles.want([]); // out of sight before it came
  await answer("a", "a2");
  expect(gone).toEqual(["a2"]);
  expect(tiles.get("a")).toBe("a1");
  tiles.want(["a"]); // it is as old as before
  await until(() => waiting.has("a"), "another load");
  await answer("a", "a3");
  expect(tiles.get("a")).toBe("a3");
  expect(gone).toEqual(["a2", "a1"]);
});

test("what fails leaves what was there", async () => {
  let turn = 0;
  const { tiles } = loader({
    load: () => (turn++ === 0 ? Promise.resolve("a1") : Promise.reject(new Error("no"))),
  });
  tiles.want(["a"]);
  await until(() => tiles.get("a") === "a1", "the first");
  tiles.stale(() => true);
  tiles.want(["a"]);
  await until(() => tiles.pending() === 0 && turn === 2, "the failure");
  expect(tiles.get("a")).toBe("a1");
});
