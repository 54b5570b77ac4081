"""The product of objectives: large only where all of them are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from convscope.featurevis.objectives.expression import Objective, Plan, Seen, Term

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True, eq=False)
class Product(Term):
    """The scores of several objectives, multiplied (Lucid's ``*`` of two objectives)."""

    factors: tuple[Objective, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """See :class:`Term`."""
        return tuple(dict.fromkeys(name for each in self.factors for name in each.layers))

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return " * ".join(_spelt(each) for each in self.factors)

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), len(self.factors))

    @property
    def penalty(self) -> bool:
        """See :class:`Term`."""
        return all(not each.activation.terms for each in self.factors)

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        return Objective(((1.0, Product(tuple(each.resolved(scope) for each in self.factors))),))

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        first, *rest = zip(*(term.factors for term in terms), strict=True)
        found = Plan(first).scores(seen, rows)
        for factors in rest:
            found = found * Plan(factors).scores(seen, rows)
        return found


def product(one: Objective, other: Objective) -> Objective:
    """Return the product of two objectives; what is one already gets one factor more."""
    factors: list[Objective] = []
    weight = 1.0
    for each in (one, other):
        if len(each.terms) == 1:
            share, term = each.terms[0]
            weight *= share
            alone = Objective(((1.0, term),))
            factors += term.factors if isinstance(term, Product) else (alone,)
        else:
            factors.append(each)
    return Objective(((weight, Product(tuple(factors))),))


def _spelt(objective: Objective) -> str:
    """Return a factor as text, in brackets where it is a sum."""
    return objective.key if len(objective.terms) == 1 else f"({objective.key})"
