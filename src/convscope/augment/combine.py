"""Operations made of operations: all of them, one, some, or those of a class.

Before a pipeline runs, they are taken apart: see `convscope.augment.flat`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from convscope.augment.declare import Param, as_number, number, params_of
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Operation

Node: TypeAlias = "Operation | Combinator"
Label: TypeAlias = int | str


class Combinator(ABC):
    """Holds operations and says which of them each sample goes through.

    Attributes
    ----------
    operations : tuple of Operation or Combinator
        What it holds.
    p : float
        How probable it is for a sample to enter it.
    """

    title: str = ""
    operations: tuple[Node, ...]
    p: float

    @abstractmethod
    def share(self, dice: Dice, labels: Sequence[Label] | None) -> Numbers:
        """Draw which operations each sample goes through, (N, len(operations)) bool."""

    @abstractmethod
    def with_operations(self, operations: Iterable[Node], **changes: Any) -> Combinator:
        """Return the same combinator over other operations, one for each of its own."""

    @classmethod
    def params(cls) -> Mapping[str, Param]:
        """Return the declared parameters by name."""
        return params_of(_Declared)

    def _set_up(self, operations: Iterable[Node], p: float) -> None:
        self.operations = checked(operations, type(self).__name__)
        self.p = self.params()["p"].check(p, type(self).__name__)

    def _arguments(self) -> dict[str, Any]:
        return {"p": self.p}

    def __repr__(self) -> str:
        rest = "".join(f", {name}={value!r}" for name, value in self._arguments().items())
        return f"{type(self).__name__}([{', '.join(map(repr, self.operations))}]{rest})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))


@dataclass(frozen=True)
class _Declared:
    p: float = number(1.0, "how probable it is for a sample", low=0, high=1, step=0.01)


class Sequential(Combinator):
    """All operations in order, or with probability 1 − p none of them.

    Parameters
    ----------
    operations : iterable of Operation or Combinator
    p : float
        0 to 1.
    """

    title = "Sequence"

    def __init__(self, operations: Iterable[Node], *, p: float = 1.0) -> None:
        self._set_up(operations, p)

    def share(self, dice: Dice, labels: Sequence[Label] | None) -> Numbers:  # noqa: ARG002
        """Draw nothing: all of them."""
        return np.ones((len(dice.samples), len(self.operations)), bool)

    def with_operations(self, operations: Iterable[Node], **changes: Any) -> Sequential:
        """Return a sequence of other operations."""
        return Sequential(operations, **{**self._arguments(), **changes})


class OneOf(Combinator):
    """One of the operations, drawn for each sample.

    Parameters
    ----------
    operations : iterable of Operation or Combinator
    weights : sequence of float, optional
        How probable each is, in proportion; all alike by default.
    p : float
        0 to 1: how probable it is that any of them is applied.
    """

    title = "One of"

    def __init__(
        self, operations: Iterable[Node], *, weights: Sequence[float] | None = None, p: float = 1.0
    ) -> None:
        self._set_up(operations, p)
        self.weights: tuple[float, ...] | None = None
        if weights is not None:
            _check_weights(weights, len(self.operations))
            plain = [float(each) for each in weights]
            self.weights = tuple(int(each) if each.is_integer() else each for each in plain)

    def share(self, dice: Dice, labels: Sequence[Label] | None) -> Numbers:  # noqa: ARG002
        """Draw one."""
        count = len(self.operations)
        weights = np.asarray(self.weights or [1.0] * count, float)
        ends = np.cumsum(weights / weights.sum())
        chosen = np.searchsorted(ends[:-1], dice.uniform("which"), side="right")
        return np.asarray(chosen[:, None] == np.arange(count))

    def with_operations(self, operations: Iterable[Node], **changes: Any) -> OneOf:
        """Return a choice among other operations."""
        return OneOf(operations, **{**self._arguments(), **changes})

    def _arguments(self) -> dict[str, Any]:
        return {**({} if self.weights is None else {"weights": self.weights}), "p": self.p}


class SomeOf(Combinator):
    """Some of the operations, drawn for each sample and applied in their order.

    Parameters
    ----------
    operations : iterable of Operation or Combinator
    count : int or (int, int)
        How many: always so many, or from low to high, all alike.
    p : float
        0 to 1: how probable it is that any of them is applied.
    """

    title = "Some of"

    def __init__(
        self, operations: Iterable[Node], *, count: int | tuple[int, int] = (1, 2), p: float = 1.0
    ) -> None:
        self._set_up(operations, p)
        most = len(self.operations)
        declared = Param("span", "", count, 0, most, whole=True, name="count")
        low, high = declared.check(count, f"SomeOf of {most}")
        self.count = (int(low), int(high))

    def share(self, dice: Dice, labels: Sequence[Label] | None) -> Numbers:  # noqa: ARG002
        """Draw how many, and which."""
        kept = dice.whole("count", *self.count)
        marks = np.stack([dice.uniform(f"mark {i}") for i in range(len(self.operations))], 1)
        rank = marks.argsort(1).argsort(1)
        return np.asarray(rank < kept[:, None])

    def with_operations(self, operations: Iterable[Node], **changes: Any) -> SomeOf:
        """Return a choice among other operations."""
        return SomeOf(operations, **{**self._arguments(), **changes})

    def _arguments(self) -> dict[str, Any]:
        return {"count": self.count, "p": self.p}


class Choice(Combinator):
    """Each class its own operations, chosen by the label of the sample.

    Parameters
    ----------
    classes : mapping
        Operations by label (int or str).
    default : iterable of Operation or Combinator
        For samples of other labels; nothing by default.
    p : float
        0 to 1.
    """

    title = "By class"

    def __init__(
        self,
        classes: Mapping[Label, Iterable[Node]],
        *,
        default: Iterable[Node] = (),
        p: float = 1.0,
    ) -> None:
        if not isinstance(classes, Mapping) or not classes:
            raise ValueError(
                f"Choice: classes must give operations for each label; got {classes!r}, pass "
                "{label: [operations]}"
            )
        self.classes = {label: Sequential(_listed(each)) for label, each in classes.items()}
        self.default = Sequential(_listed(default), p=1.0)
        self._set_up([*self.classes.values(), self.default], p)

    def share(self, dice: Dice, labels: Sequence[Label] | None) -> Numbers:
        """Choose by label."""
        count = len(dice.samples)
        if labels is None:
            known = ", ".join(repr(label) for label in self.classes)
            raise ValueError(f"labels: Choice needs one for each image, to choose among {known}")
        order = {label: i for i, label in enumerate(self.classes)}
        chosen = np.asarray([order.get(label, len(order)) for label in labels[:count]])
        return np.asarray(chosen[:, None] == np.arange(len(self.operations)))

    def with_operations(self, operations: Iterable[Node], **changes: Any) -> Choice:
        """Return the choice with other operations for the same labels."""
        *own, default = [
            each.operations if isinstance(each, Combinator) else [each] for each in operations
        ]
        classes = dict(zip(self.classes, own, strict=True))
        return Choice(classes, **{"default": default, "p": self.p, **changes})

    def __repr__(self) -> str:
        classes = {label: list(each.operations) for label, each in self.classes.items()}
        default = list(self.default.operations)
        return f"Choice({classes!r}, default={default!r}, p={self.p!r})"


def checked(operations: Iterable[Node], where: str) -> tuple[Node, ...]:
    """Return operations as a tuple, or say what among them is none."""
    if not isinstance(operations, Iterable):
        raise ValueError(f"{where}: operations must be a list; got {operations!r}, put it in [ ]")
    listed: tuple[Any, ...] = tuple(operations)
    for position, each in enumerate(listed):
        if not isinstance(each, Operation | Combinator):
            hint = f"; write {each.__name__}()" if isinstance(each, type) else ""
            raise ValueError(
                f"{where}: item {position} is no operation of convscope.augment but "
                f"{each!r}{hint or ', wrap a function in Custom(...)'}"
            )
    return listed


def _listed(operations: Any) -> Iterable[Node]:
    return [operations] if isinstance(operations, Operation | Combinator) else operations


def _check_weights(weights: Sequence[float], count: int) -> None:
    numbers = [as_number(each) for each in weights]
    if len(weights) != count or any(each is None or each < 0 for each in numbers):
        raise ValueError(
            f"OneOf: weights must be {count} numbers from 0, one for each operation; "
            f"got {weights!r}"
        )
    if not any(numbers):
        raise ValueError("OneOf: weights are all 0; give one operation a weight above it")
