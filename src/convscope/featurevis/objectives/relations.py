"""Terms about several pictures: unlike each other, or like their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.featurevis.objectives.expression import Objective, Seen
from convscope.featurevis.objectives.units import Layered

if TYPE_CHECKING:
    from convscope.scope import Scope

_REACH = 4  # neighbours that alignment looks at
IMAGE = "image"


@dataclass(frozen=True, eq=False)
class Relation(Layered):
    """A term that compares the pictures of a family."""

    @property
    def penalty(self) -> bool:
        """See :class:`Term`."""
        return True

    @property
    def layers(self) -> tuple[str, ...]:
        """See :class:`Term`."""
        return () if self.layer == IMAGE else (self.layer,)

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        if self.layer == IMAGE:
            return Objective(((1.0, self),))
        return Objective(((1.0, replace(self, layer=scope.layers.find(self.layer).name)),))


@dataclass(frozen=True, eq=False)
class Diversity(Relation):
    """Minus the mean cosine between the Gram matrices of a picture and of the others."""

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"diversity {self.layer}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.layer)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        return _by_family(terms[0].layer, seen, rows, _unlike)


@dataclass(frozen=True, eq=False)
class Alignment(Relation):
    """Minus the mean square difference from neighbours, which counts less the farther they are."""

    decay: float = 2.0

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"alignment {self.layer} {self.decay:g}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.layer, self.decay)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        decay = terms[0].decay
        return _by_family(terms[0].layer, seen, rows, lambda maps: _alike(maps, decay))


def _by_family(layer: str, seen: Seen, rows: Tensor, compare: Callable[[Tensor], Tensor]) -> Tensor:
    """Compare within each family; views that are alone have nothing to be compared with."""
    maps = seen.pictures(rows) if layer == IMAGE else seen.layer(layer, rows)
    families = seen.families[rows]
    total = maps.new_zeros(len(rows))
    for family in sorted(set(families.tolist())):
        members = (families == family).nonzero()[:, 0].to(maps.device)
        if len(members) > 1:
            total = total.index_copy(0, members, compare(maps[members]).to(total))
    return total


def _unlike(maps: Tensor) -> Tensor:
    """Return minus the mean cosine of each picture's Gram matrix with the others' (N,)."""
    flat = maps.flatten(2)
    grams = (flat @ flat.mT).flatten(1)
    unit = grams / grams.norm(dim=1, keepdim=True).clamp_min(1e-10)
    cosines = unit @ unit.T
    return torch.div(cosines.diagonal() - cosines.sum(1), len(maps) - 1)


def _alike(maps: Tensor, decay: float) -> Tensor:
    """Return minus the weighed mean square difference from pictures up to four away (N,)."""
    total = maps.new_zeros(len(maps))
    for away in range(1, min(_REACH, len(maps) - 1) + 1):
        difference = (maps[away:] - maps[:-away]).square().mean(dim=(1, 2, 3))
        shares = torch.nn.functional.pad(difference, (0, away)) + torch.nn.functional.pad(
            difference, (away, 0)
        )
        total = total - shares / decay**away
    return total
