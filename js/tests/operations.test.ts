import { expect, test } from "vitest";
import {
  childrenOf,
  insert,
  isWithin,
  move,
  nodeAt,
  pathOf,
  slotsFor,
  step,
  update,
  walk,
} from "../lib/operations";
import type { OperationNode } from "../lib/protocol";

const leaf = (name: string): OperationNode => ({ name, params: { p: 1 }, on: true });
const group = (name: string, ...operations: OperationNode[]): OperationNode => ({
  ...leaf(name),
  operations,
});

/** `a b(c d) e` as text, so that tests can be read. */
const words = (nodes: readonly OperationNode[]): string =>
  nodes
    .map((n) => (n.operations || n.classes ? `${n.name}(${words(childrenOf(n))})` : n.name))
    .join(" ");

type Moved = NonNullable<ReturnType<typeof move>>;
const PIPE = [leaf("a"), group("b", leaf("c"), leaf("d")), leaf("e")];

test("paths lead to nodes and back", () => {
  expect(nodeAt(PIPE, [1, 1])?.name).toBe("d");
  expect(nodeAt(PIPE, [1, 4])).toBeUndefined();
  for (const { node, path } of walk(PIPE)) expect(pathOf(PIPE, node)).toEqual(path);
  expect(isWithin([1, 1], [1])).toBe(true);
  expect(isWithin([1], [1, 1])).toBe(false);
});

test("a change makes new nodes on its way only", () => {
  const next = update(PIPE, [1, 0], (node) => ({ ...node, on: false }));
  expect(nodeAt(next, [1, 0])?.on).toBe(false);
  expect(nodeAt(PIPE, [1, 0])?.on).toBe(true);
  expect(next[0]).toBe(PIPE[0]);
  expect(nodeAt(next, [1, 1])).toBe(nodeAt(PIPE, [1, 1]));
  expect(words(update(PIPE, [1], () => null))).toBe("a e");
});

test("a node goes through every place when it is moved down, and back up", () => {
  let state: Moved = { nodes: PIPE, path: [0] };
  const seen: string[] = [];
  for (let next: Moved | null = state; next; next = step(next.nodes, next.path, 1)) {
    state = next;
    seen.push(words(next.nodes));
  }
  expect(seen).toEqual([
    "a b(c d) e",
    "b(a c d) e",
    "b(c a d) e",
    "b(c d a) e",
    "b(c d) a e",
    "b(c d) e a",
  ]);
  const back: string[] = [];
  for (let next: Moved | null = state; next; next = step(next.nodes, next.path, -1))
    back.push(words(next.nodes));
  expect(back).toEqual([...seen].reverse());
});

test("a combinator moves as a whole and never into itself", () => {
  expect(words(step(PIPE, [1], -1)?.nodes ?? [])).toBe("b(c d) a e");
  expect(words(step(PIPE, [1], 1)?.nodes ?? [])).toBe("a e b(c d)");
  expect(move(PIPE, [1], { parent: [1], branch: 0, place: 0 })).toBeNull();
  expect(slotsFor(PIPE, [1]).slots).toHaveLength(3);
});

test("dropping a node where it is changes nothing", () => {
  for (const { path } of walk(PIPE)) {
    const { slots, at } = slotsFor(PIPE, path);
    expect(words(move(PIPE, path, slots[at] as (typeof slots)[number])?.nodes ?? [])).toBe(
      words(PIPE),
    );
  }
});

test("operations of classes are counted on, and each class keeps its own", () => {
  const choice: OperationNode = {
    ...leaf("x"),
    classes: [
      ["cat", [leaf("c")]],
      [3, [leaf("d"), leaf("f")]],
    ],
    default: [leaf("g")],
  };
  const pipe = [choice, leaf("e")];
  expect(words(pipe)).toBe("x(c d f g) e");
  expect(nodeAt(pipe, [0, 2])?.name).toBe("f");
  const less = update(pipe, [0, 1], () => null)[0] as OperationNode;
  expect(less.classes?.map(([label, nodes]) => [label, words(nodes)])).toEqual([
    ["cat", "c"],
    [3, "f"],
  ]);
  const more = insert(pipe, { parent: [0], branch: 1, place: 0 }, leaf("n"))[0] as OperationNode;
  expect(words(more.classes?.[1]?.[1] ?? [])).toBe("n d f");
  expect(words(more.default ?? [])).toBe("g");
});

test("the weights of a choice follow its operations", () => {
  const pipe = [
    { ...group("b", leaf("c"), leaf("d")), params: { p: 1, weights: [3, 1] } },
    leaf("e"),
  ];
  const weights = (nodes?: readonly OperationNode[]) => nodes?.[0]?.params["weights"];
  expect(weights(update(pipe, [0, 0], () => null))).toEqual([1]);
  expect(weights(insert(pipe, { parent: [0], branch: 0, place: 1 }, leaf("n")))).toEqual([3, 2, 1]);
  expect(weights(step(pipe, [0, 0], 1)?.nodes)).toEqual([1, 3]);
  expect(weights(update(pipe, [0, 0], (node) => ({ ...node, on: false })))).toEqual([3, 1]);
});
