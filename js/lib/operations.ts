// A pipeline as plain nodes, and what can be done with it. Nothing is changed in place: what stays keeps its identity.
// The Python side is src/convscope/augment/previewable.py.

import type { OperationNode } from "./protocol";

export type Nodes = readonly OperationNode[];
/** `[2, 0]` is the first child of the third operation; children of classes are counted on. */
export type Path = readonly number[];

/** A list of operations within a combinator: its children, or those of one class. */
export interface Branch {
  /** The class; null where there are none, "" for all other classes. */
  readonly label: string | null;
  readonly nodes: Nodes;
}

/** A place between operations: in which list (`parent` is empty for the outermost), and before which. */
export interface Slot {
  readonly parent: Path;
  readonly branch: number;
  readonly place: number;
}

export function branchesOf({ operations, classes, default: rest }: OperationNode): Branch[] {
  if (classes)
    return [
      ...classes.map(([label, nodes]) => ({ label: String(label), nodes })),
      { label: "", nodes: rest ?? [] },
    ];
  return operations ? [{ label: null, nodes: operations }] : [];
}

export function childrenOf(node: OperationNode): Nodes {
  return branchesOf(node).flatMap(({ nodes }) => nodes);
}

export function nodeAt(nodes: Nodes, path: Path): OperationNode | undefined {
  const [place = -1, ...rest] = path;
  const node = nodes[place];
  return node && rest.length > 0 ? nodeAt(childrenOf(node), rest) : node;
}

/** Where a node stands, by its identity. */
export function pathOf(nodes: Nodes, wanted: OperationNode): Path | null {
  for (const [place, node] of nodes.entries()) {
    if (node === wanted) return [place];
    const inside = pathOf(childrenOf(node), wanted);
    if (inside) return [place, ...inside];
  }
  return null;
}

/** Every leaf and combinator with its path, as it is read. */
export function walk(nodes: Nodes, above: Path = []): { node: OperationNode; path: Path }[] {
  return nodes.flatMap((node, place) => {
    const path = [...above, place];
    return [{ node, path }, ...walk(childrenOf(node), path)];
  });
}

/** Replace the node at a path; null takes it away. */
export function update(
  nodes: Nodes,
  path: Path,
  change: (node: OperationNode) => OperationNode | null,
): OperationNode[] {
  const [place = -1, ...rest] = path;
  const node = nodes[place];
  if (!node) return [...nodes];
  const next = rest.length > 0 ? updateChild(node, rest, change) : change(node);
  return [...nodes.slice(0, place), ...(next ? [next] : []), ...nodes.slice(place + 1)];
}

function updateChild(
  node: OperationNode,
  [place = -1, ...rest]: Path,
  change: (node: OperationNode) => OperationNode | null,
): OperationNode {
  let before = 0;
  const lists = branchesOf(node).map(({ nodes }) => {
    const own = place - before;
    before += nodes.length;
    return own >= 0 && own < nodes.length ? update(nodes, [own, ...rest], change) : nodes;
  });
  return withBranches(node, lists);
}

function withBranches(node: OperationNode, lists: readonly Nodes[]): OperationNode {
  const { classes, operations = [], params } = node;
  if (classes)
    return {
      ...node,
      classes: classes.map(([label], i) => [label, [...(lists[i] ?? [])]]),
      default: [...(lists[classes.length] ?? [])],
    };
  const next = [...(lists[0] ?? [])];
  const weights = params["weights"];
  if (!Array.isArray(weights) || next.length === operations.length)
    return { ...node, operations: next };
  // Each child keeps its weight, also on a move, which leaves a copy of it behind; a new one gets the mean.
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length);
  const before = (child: OperationNode) =>
    operations.findIndex((each) => each.params === child.params);
  const kept = next.map((child) => weights[before(child)] ?? mean);
  return { ...node, operations: next, params: { ...params, weights: kept } };
}

export function insert(
  nodes: Nodes,
  { parent, branch, place }: Slot,
  node: OperationNode,
): OperationNode[] {
  const into = (list: Nodes): OperationNode[] => [
    ...list.slice(0, place),
    node,
    ...list.slice(place),
  ];
  if (parent.length === 0) return into(nodes);
  return update(nodes, parent, (above) =>
    withBranches(
      above,
      branchesOf(above).map((each, i) => (i === branch ? into(each.nodes) : each.nodes)),
    ),
  );
}

/** Move a node to a slot of the pipeline as it is; returns the new pipeline and where the node is then. */
export function move(
  nodes: Nodes,
  from: Path,
  slot: Slot,
): { nodes: OperationNode[]; path: Path } | null {
  const node = nodeAt(nodes, from);
  if (!node || isWithin(slot.parent, from)) return null;
  const hole: OperationNode = { ...node };
  const inserted = insert(
    update(nodes, from, () => hole),
    slot,
    node,
  );
  const next = update(inserted, pathOf(inserted, hole) ?? [], () => null);
  const path = pathOf(next, node);
  return path && { nodes: next, path };
}

/** Every place where a node could stand, from the first to the last as they are read. */
export function slotsOf(nodes: Nodes, parent: Path = [], branch = 0, offset = 0): Slot[] {
  const inside = nodes.flatMap((node, place) => {
    const path = [...parent, offset + place];
    let before = 0;
    const below = branchesOf(node).flatMap((each, i) => {
      const slots = slotsOf(each.nodes, path, i, before);
      before += each.nodes.length;
      return slots;
    });
    return [{ parent, branch, place }, ...below];
  });
  return [...inside, { parent, branch, place: nodes.length }];
}

/** The places that the node at a path can be moved to; its own is one of them, at `at`. */
export function slotsFor(nodes: Nodes, path: Path): { slots: Slot[]; at: number } {
  const node = nodeAt(nodes, path);
  const all = slotsOf(nodes).filter(({ parent }) => !isWithin(parent, path));
  const at = all.findIndex((slot) => nodeAfter(nodes, slot) === node);
  const [own] = all.splice(at, 1);
  // Before itself and after itself is the same place.
  const after = all.findIndex((slot) => own && sameList(slot, own) && slot.place === own.place + 1);
  if (own && after >= 0) all[after] = own;
  return { slots: all, at: after };
}

/** Move a node by one place up (−1) or down (1), into combinators and out of them. */
export function step(nodes: Nodes, path: Path, by: 1 | -1): ReturnType<typeof move> {
  const { slots, at } = slotsFor(nodes, path);
  const target = slots[at + by];
  return target ? move(nodes, path, target) : null;
}

function nodeAfter(nodes: Nodes, { parent, branch, place }: Slot): OperationNode | undefined {
  if (parent.length === 0) return nodes[place];
  const above = nodeAt(nodes, parent);
  return above && branchesOf(above)[branch]?.nodes[place];
}

function sameList(a: Slot, b: Slot): boolean {
  return a.branch === b.branch && a.parent.join() === b.parent.join();
}

/** Whether `path` is `above`, or below it. */
export function isWithin(path: Path, above: Path): boolean {
  return above.length <= path.length && above.every((place, i) => path[i] === place);
}
