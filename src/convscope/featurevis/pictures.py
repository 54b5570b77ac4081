"""Which pictures a run makes: targets times copies times tries, each with its own name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.featurevis.objectives import Objective, as_objective
from convscope.featurevis.settings import Settings

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True)
class Picture:
    """One picture of a run.

    Attributes
    ----------
    target
        Position of its target.
    copy, attempt
        Which copy of the target, and which try.
    family
        Pictures of one family may be compared with each other.
    title
        The target as it was asked for.
    objective
        What is maximised, in names of the network, with penalties.
    alike
        It has the random numbers that pictures of other targets have.
    """

    target: int
    copy: int
    attempt: int
    family: int
    title: str
    objective: Objective
    alike: bool = False

    @property
    def key(self) -> str:
        """Names its random numbers; it does not depend on the rest of the batch."""
        return f"{'' if self.alike else self.title} #{self.copy}.{self.attempt}"


def pictures_of(scope: Scope, targets: Any, settings: Settings) -> list[Picture]:
    """Return the pictures for one target or a list of them, families side by side."""
    single = isinstance(targets, str | Objective) or is_pair(targets)
    wanted = list(targets) if isinstance(targets, Iterable) and not single else [targets]
    if not wanted:
        raise ValueError("targets: there is none; name a unit, such as 'layer3:12'")
    found = []
    for index, target in enumerate(wanted):
        plain = as_objective(target)
        whole = plain if settings.chosen_penalty is None else plain + settings.chosen_penalty
        resolved = whole.resolved(scope)
        for attempt in range(settings.tries):
            for copy in range(settings.copies):
                family = 0 if settings.together else index * settings.tries + attempt
                place = (index, copy, attempt, family)
                found.append(Picture(*place, plain.key, resolved, settings.alike))
    return found


def chosen(pictures: Sequence[Picture], activations: Tensor) -> list[int]:
    """Return the positions of the pictures to give: for each target those of the best try."""
    best: dict[int, tuple[float, int]] = {}
    for attempt in sorted({each.attempt for each in pictures}):
        for target in {each.target for each in pictures}:
            own = [i for i, p in enumerate(pictures) if (p.target, p.attempt) == (target, attempt)]
            mean = float(activations[own].nan_to_num(-torch.inf).mean())
            if target not in best or mean > best[target][0]:
                best[target] = (mean, attempt)
    return [i for i, p in enumerate(pictures) if best[p.target][1] == p.attempt]


def is_pair(value: Any) -> bool:
    """Tell whether a value is a layer and a unit."""
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int)
