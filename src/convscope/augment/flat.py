"""A pipeline flattened to its leaves, however they are nested.

Which samples go through which leaf is part of the draw, so that a run of geometric operations stays
one resample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from convscope.augment.combine import Combinator, Label, Node
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Operation


@dataclass(frozen=True)
class Leaf:
    """One operation of a flattened pipeline, and the key by which it draws and is recorded."""

    key: str
    operation: Operation


def keyed(nodes: Sequence[Node], seen: dict[str, int] | None = None) -> Iterator[tuple[str, Node]]:
    """Name every node, depth first: by its class, and from the second of a class with a number."""
    seen = {} if seen is None else seen
    for node in nodes:
        name = type(node).__name__
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} {seen[name]}"), node
        if isinstance(node, Combinator):
            yield from keyed(node.operations, seen)


def applied(
    nodes: Sequence[Node], keys: Sequence[str], dice: Dice, labels: Sequence[Label] | None
) -> Iterator[Numbers]:
    """Draw for each leaf which samples go through it, (N,) bool.

    Parameters
    ----------
    nodes : sequence of Operation or Combinator
    keys : sequence of str
        Of all nodes, from `keyed`.
    dice : Dice
    labels : sequence or None
        One for each sample.
    """
    return _applied(nodes, iter(keys), np.ones(len(dice.samples), bool), dice, labels)


def _applied(
    nodes: Sequence[Node],
    keys: Iterator[str],
    entered: Numbers,
    dice: Dice,
    labels: Sequence[Label] | None,
) -> Iterator[Numbers]:
    for node in nodes:
        key = next(keys)
        own = dice.of(key)
        inside = entered if node.p == 1 else entered & (own.uniform("p") < node.p)
        if isinstance(node, Operation):
            yield inside
            continue
        share = node.share(own, labels)
        for child, mine in zip(node.operations, share.T, strict=True):
            yield from _applied([child], keys, inside & mine, dice, labels)
