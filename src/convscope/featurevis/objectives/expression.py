"""What a picture is made to maximise: a weighted sum of terms, one number for each picture."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True)
class Seen:
    """What a batch of views gave.

    Attributes
    ----------
    maps
        For each layer (N, C, H, W).
    images
        (N, C, H, W) in [0, 1]: the pictures before any transform.
    families
        (N,) int64 on the CPU: views with one number belong together, for terms that compare.
    """

    maps: Mapping[str, Tensor]
    images: Tensor
    families: Tensor

    def layer(self, name: str, rows: Tensor) -> Tensor:
        """Return the maps of some views."""
        return _rows(self.maps[name], rows)

    def pictures(self, rows: Tensor) -> Tensor:
        """Return the pictures of some views."""
        return _rows(self.images, rows)


@dataclass(frozen=True, eq=False)
class Term:
    """One thing to maximise. Terms of one group are computed together, whatever their units."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers whose activations it needs."""
        return ()

    @property
    def key(self) -> str:
        """Text that names it, such as "layer3:12"."""
        raise NotImplementedError

    @property
    def group(self) -> Hashable:
        """What terms must share to be computed at once."""
        return (type(self), self.layers)

    @property
    def penalty(self) -> bool:
        """Whether it is about the picture, or pictures together, and no unit's activation."""
        return False

    def resolved(self, scope: Scope) -> Objective:
        """Return the same with names and places that this network has.

        Raises
        ------
        ValueError
            If it has no such layer, unit or class.
        """
        del scope
        return Objective(((1.0, self),))

    def places(self, maps: Tensor) -> Tensor:
        """Return what each place adds (N, H, W), from the maps (N, C, H, W) of the term's layer."""
        raise NotImplementedError

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """Return one number for each of ``terms`` (T,), of the views ``rows`` (T,)."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Objective:
    """A weighted sum of terms. ``+``, ``-``, ``*`` and ``sum`` work on it.

    The product of two objectives is large where both are; it means that only while both are
    positive, as after a ReLU.

    Attributes
    ----------
    terms
        Weights and terms.

    Examples
    --------
    >>> from convscope.featurevis.objectives import channel
    >>> channel("layer3", 12) - 0.5 * channel("layer3", 40)
    Objective('layer3:12 - 0.5*layer3:40')
    >>> channel("layer3", 12) * (channel("layer3", 7) + channel("layer3", 8))
    Objective('layer3:12 * (layer3:7 + layer3:8)')
    """

    terms: tuple[tuple[float, Term], ...]

    def __add__(self, other: Objective | float) -> Objective:
        if isinstance(other, (int, float)):
            return self if other == 0 else NotImplemented  # sum() starts from 0
        return Objective(self.terms + other.terms)

    __radd__ = __add__

    def __neg__(self) -> Objective:
        return -1 * self

    def __sub__(self, other: Objective) -> Objective:
        return self + -other

    def __mul__(self, factor: Objective | float) -> Objective:
        if isinstance(factor, Objective):
            from convscope.featurevis.objectives.product import product  # it is made of objectives

            return product(self, factor)
        if not isinstance(factor, (int, float)):
            return NotImplemented
        return Objective(tuple((weight * factor, term) for weight, term in self.terms))

    __rmul__ = __mul__

    def __truediv__(self, factor: float) -> Objective:
        return self * (1 / factor)

    @property
    def key(self) -> str:
        """The objective as text; pictures of one key, seed and number are the same."""
        text = ""
        for weight, term in self.terms:
            sign = ("-" if weight < 0 else "+") if not text else (" - " if weight < 0 else " + ")
            factor = "" if abs(weight) == 1 else f"{abs(weight):g}*"
            text += ("" if sign == "+" else sign) + factor + term.key
        return text

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that are needed."""
        return tuple(dict.fromkeys(name for _, term in self.terms for name in term.layers))

    @property
    def activation(self) -> Objective:
        """The part that is about units, without penalties and comparisons."""
        return replace(self, terms=tuple(pair for pair in self.terms if not pair[1].penalty))

    def resolved(self, scope: Scope) -> Objective:
        """Return the same in names that this network has, checked."""
        parts = [weight * term.resolved(scope) for weight, term in self.terms]
        return Objective(tuple(pair for part in parts for pair in part.terms))

    def __repr__(self) -> str:
        return f"Objective({self.key!r})"


class Plan:
    """How the objectives of a batch are computed: all terms of one group at once.

    Parameters
    ----------
    objectives
        One for each view.
    """

    def __init__(self, objectives: Sequence[Objective]) -> None:
        self.count = len(objectives)
        groups: dict[Hashable, tuple[list[Term], list[int], list[float]]] = {}
        for row, objective in enumerate(objectives):
            for weight, term in objective.terms:
                terms, rows, weights = groups.setdefault(term.group, ([], [], []))
                terms.append(term)
                rows.append(row)
                weights.append(weight)
        self._groups = [
            (terms, torch.tensor(rows), torch.tensor(weights))
            for terms, rows, weights in groups.values()
        ]

    def scores(self, seen: Seen, views: Tensor | None = None) -> Tensor:
        """Return one number for each objective (N,), float32 or wider.

        Parameters
        ----------
        seen
            What the views gave.
        views
            (N,) int64, which view each objective is about; by default the first one is about the
            first, and so on.
        """
        total = None
        for terms, rows, weights in self._groups:
            looked_at = rows if views is None else views[rows]
            scores = type(terms[0]).scores(terms, seen, looked_at)
            scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
            if total is None:
                total = scores.new_zeros(self.count)
            total = total.index_add(0, rows.to(scores.device), scores * weights.to(scores))
        if total is None:
            raise ValueError("objective: it is empty; name at least one unit")
        return total


def digest(tensor: Tensor) -> str:
    """Return a few letters that stand for the values of a tensor."""
    values = tensor.detach().float().cpu().contiguous().numpy().tobytes()
    return hashlib.blake2b(values, digest_size=6).hexdigest()


def _rows(tensor: Tensor, rows: Tensor) -> Tensor:
    if len(rows) == len(tensor) and bool((rows == torch.arange(len(tensor))).all()):
        return tensor  # a gather would copy all of it
    return tensor[rows.to(tensor.device)]
