"""One call of an aten operator, and the table of rules that say what its outputs see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, NamedTuple, TypeAlias

from .spans import Dim, Reach, Span, UnknownReachError, merge

# What the outputs see: one for all of them, or one each; None: nothing of the input.
Outcome: TypeAlias = "Reach | list[Reach] | None"
Rule: TypeAlias = "Callable[[Call], Outcome]"

RULES: dict[str, Rule] = {}
TOLERANT: set[Rule] = set()  # rules that may give an answer although an operand is unknown


class Operand(NamedTuple):
    """A tensor argument that depends on the input, as it was before the call."""

    name: str  # of the argument
    shape: tuple[int, ...]
    reach: Reach | None  # None: unknown


@dataclass(frozen=True, slots=True)
class Call:
    """An operator with its arguments by name, and the shapes of what it returned."""

    name: str
    arguments: dict[str, Any]
    operands: tuple[Operand, ...]  # only those that depend on the input
    shapes: tuple[tuple[int, ...], ...]  # of the output tensors
    extents: tuple[int, ...]  # size of the input along each spatial axis

    def operand(self, *names: str) -> Operand | None:
        """Give the first operand that is one of these arguments, if it depends on the input."""
        return next((operand for operand in self.operands if operand.name in names), None)

    def per_axis(self, name: str, count: int, default: int = 1) -> list[int]:
        """Give an argument as one integer an axis."""
        value = self.arguments.get(name)
        if value is None or value == []:
            return [default] * count
        values = [int(v) for v in value] if isinstance(value, Sequence) else [int(value)]
        return values * count if len(values) == 1 else values


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule that looks at all operands itself."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def main_rule(
    *names: str,
) -> Callable[[Callable[[Call, Operand], Reach | list[Reach]]], Rule]:
    """Register a rule about the main operand; others may only see the whole input (gates)."""

    def register(function: Callable[[Call, Operand], Reach | list[Reach]]) -> Rule:
        @wraps(function)
        def whole_rule(call: Call) -> Outcome:
            main = call.operand("self", "input", "src")
            if main is None or main.reach is None:
                raise UnknownReachError
            others = [operand.reach for operand in call.operands if operand is not main]
            if any(other is None or not other.whole for other in others):
                raise UnknownReachError
            seen = function(call, main)
            if not others:
                return seen
            every = seen if isinstance(seen, list) else [seen]
            return [replace(reach, gated=not reach.whole) for reach in every]

        return rule(*names)(whole_rule)

    return register


def known(operand: Operand) -> Reach:
    """Give what an operand sees, or stop when that is unknown."""
    if operand.reach is None:
        raise UnknownReachError
    return operand.reach


def covers(span: Span, size: int, extents: Sequence[int]) -> bool:
    """Say whether a dimension of this size is one unit that sees all of its axis."""
    first, last = span.at(0)
    return size == 1 and first <= 0 and last >= extents[span.axis] - 1


def spread(call: Call, reach: Reach, shape: Sequence[int], target: Sequence[int]) -> Reach:
    """Give what a tensor sees after broadcasting to a shape."""
    dims: list[Dim] = [None] * (len(target) - len(shape))
    for dim, old, new in zip(reach.dims, shape, target[len(dims) :], strict=True):
        if old == new or dim is None:
            dims.append(dim)
        elif isinstance(dim, Span) and covers(dim, old, call.extents):
            dims.append(None)
        else:  # one place of the map shown to all places
            raise UnknownReachError
    return reach.with_dims(dims)


def combine(call: Call, operands: Sequence[Operand]) -> Reach:
    """Give what an element-wise operation on operands of broadcastable shapes sees."""
    target = call.shapes[0]
    return merge([spread(call, known(op), op.shape, target) for op in operands])
