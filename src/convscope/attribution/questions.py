"""What an attribution is asked about: classes, units of a layer, or numbers made of the output."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from convscope.scope import Scope
from convscope.strongest import as_maps
from convscope.targets import class_index, logits_of

#: One target: a class (index or name), ``"predicted"`` or None, a unit as ``"layer:12"``, or a
#: function from the model's output to one number per image.
Target = int | str | Callable[[Any], Tensor] | None

#: One target for all images, one for each in a list, or several for each in a list of lists;
#: ``[["tabby", "lynx"]]`` asks for both on all images.
Targets = Target | Sequence[Target] | Sequence[Sequence[Target]] | Tensor

PREDICTED: Literal["predicted"] = "predicted"


@dataclass(frozen=True)
class Unit:
    """A unit of a layer; its score is its mean activation over all positions."""

    layer: str
    index: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.index}"


@dataclass(frozen=True)
class Scores:
    """What a model answered to a batch of questions.

    Attributes
    ----------
    values
        (T, N), with the graph that they come from.
    names
        (N) × (T), what each is the score of, in words.
    classes
        (N, T) int64, index of the class, −1 where the target is none.
    """

    values: Tensor
    names: list[tuple[str, ...]]
    classes: Tensor


@dataclass(frozen=True)
class Questions:
    """The targets of all images.

    Attributes
    ----------
    table
        For each image as many targets as there are.
    several
        The answer has an axis of targets.
    scope
        Whose network is asked.
    """

    table: tuple[tuple[Any, ...], ...]
    several: bool
    scope: Scope

    @classmethod
    def of(cls, targets: Any, count: int, scope: Scope) -> Questions:
        """Read targets for ``count`` images, in any of the forms of :data:`Targets`.

        Raises
        ------
        TypeError, ValueError
            If they are none, or not as many as there are images.
        """
        if isinstance(targets, Tensor) or hasattr(targets, "tolist"):
            targets = targets.tolist()
        if not isinstance(targets, Sequence) or isinstance(targets, str):
            row = (_read(targets, scope),)
            return cls((row,) * count, several=False, scope=scope)
        rows = [_row(each) for each in targets]
        several = any(row is not None for row in rows)
        if several and (None in rows or len({len(row) for row in rows if row is not None}) != 1):
            raise ValueError("targets: every image needs equally many, as in [[3, 5], [3, 8]]")
        read = [
            tuple(_read(target, scope) for target in (given if row is None else row))
            for given, row in zip(([each] for each in targets), rows, strict=True)
        ]
        if several and len(read) == 1:
            read = read * count
        if len(read) != count or not read[0]:
            raise ValueError(
                f"targets: {len(read)} for {count} images; give one for each image, one for all, "
                "or [[a, b]] for several on all images"
            )
        return cls(tuple(read), several=several, scope=scope)

    @property
    def layers(self) -> list[str]:
        """The layers whose units are asked about."""
        found = (each.layer for row in self.table for each in row if isinstance(each, Unit))
        return list(dict.fromkeys(found))

    @property
    def need_output(self) -> bool:
        """Whether a target is made of the model's output."""
        return any(not isinstance(each, Unit) for row in self.table for each in row)

    def scores(self, indices: Sequence[int], output: Any, taken: dict[str, Tensor]) -> Scores:
        """Return the scores of some images, from the output and the layers taken on the way."""
        rows = [self.table[i] for i in indices]
        answers = _Answers(self.scope, output, taken, len(rows))
        columns = [answers.column(column) for column in zip(*rows, strict=True)]
        return Scores(
            values=torch.stack([values for values, _, _ in columns]),
            names=list(zip(*(names for _, names, _ in columns), strict=True)),
            classes=torch.tensor([classes for _, _, classes in columns]).T,
        )


@dataclass(frozen=True)
class _Answers:
    scope: Scope
    output: Any
    taken: dict[str, Tensor]
    count: int

    def column(self, targets: Sequence[Any]) -> tuple[Tensor, list[str], list[int]]:
        """Return one target's scores (N,), their names and the indices of their classes."""
        if any(callable(t) or isinstance(t, Unit) for t in targets):
            known = {id(t): self._score(t) for t in targets}
            values = torch.stack([known[id(t)][0][i] for i, t in enumerate(targets)])
            words = [known[id(t)][1] for t in targets]
            classes = [known[id(t)][2][i] for i, t in enumerate(targets)]
            names = [
                self.scope.class_name(k) if k >= 0 else word
                for word, k in zip(words, classes, strict=True)
            ]
            return values, names, classes
        logits = logits_of(self.output)
        if len(logits) != self.count:
            raise ValueError(
                f"model: gives {len(logits)} rows of class scores for {self.count} images; give "
                "targets= as a function of the output"
            )
        best = logits.argmax(1).tolist()
        found = [
            best[i] if t is None else class_index(t, self.scope.classes, logits.shape[1])
            for i, t in enumerate(targets)
        ]
        return logits[range(self.count), found], list(map(self.scope.class_name, found)), found

    def _score(self, target: Any) -> tuple[Tensor, str, list[int]]:
        if isinstance(target, Unit):
            maps = as_maps(self.taken[target.layer])
            if not 0 <= target.index < maps.shape[1]:
                raise ValueError(
                    f"targets: {target.layer!r} has units 0 to {maps.shape[1] - 1}, "
                    f"got {target.index}"
                )
            return maps[:, target.index].mean(dim=(1, 2)), str(target), [-1] * self.count
        if callable(target):
            values = target(self.output)
            if not isinstance(values, Tensor) or values.numel() != self.count:
                raise ValueError(
                    "targets: the function must give one number per image, a tensor "
                    f"({self.count},), got {getattr(values, 'shape', values)!r}"
                )
            name = getattr(target, "__name__", type(target).__name__)
            return values.reshape(self.count), name, [-1] * self.count
        values, _, classes = self.column([target] * self.count)
        return values, "", classes


def _row(value: Any) -> list[Any] | None:
    if isinstance(value, Tensor) and value.ndim == 1:
        return list(value.tolist())
    return list(value) if isinstance(value, (list, tuple)) else None


def _read(target: Any, scope: Scope) -> Any:
    """Return None for the predicted class, an index, a name that exists, a unit or a function."""
    if isinstance(target, str) and target not in (scope.classes or ()):
        if target == PREDICTED:
            return None
        unit = _unit(target, scope)
        if unit is not None:
            return unit
        class_index(target, scope.classes, 0)  # says which names are close
    if target is None or isinstance(target, str) or callable(target):
        return target
    try:
        return operator.index(target)
    except TypeError:
        raise TypeError(
            "targets: must be a class (index or name), 'predicted', a unit as 'layer:12', or a "
            f"function of the output, got {target!r}"
        ) from None


def _unit(target: str, scope: Scope) -> Unit | None:
    layer, colon, number = target.rpartition(":")
    if not colon or not number.isdecimal():
        return None
    found = scope.layers.find(layer)  # says which layers are close
    return Unit(found.name, int(number))
