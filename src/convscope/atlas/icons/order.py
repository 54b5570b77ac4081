"""Which cells are rendered first: what is on screen, then what is dense."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

_CLASS, _SIGHT = 8.0, 64.0  # weights against density, which lies between 0 and 1
Box = tuple[float, float, float, float]


class Order(Protocol):
    """Ranks cells."""

    def __call__(self, waiting: Tensor) -> Tensor:
        """Return a number for each of the cells ``waiting`` (K,) int64; the highest is next."""


def in_turn(waiting: Tensor) -> Tensor:
    """Rank cells as they are listed."""
    return -waiting.double()


@dataclass(frozen=True)
class _Wish:
    """What the viewer looks at."""

    box: Box | None = None
    scores: Tensor | None = None


class ScreenOrder:
    """Ranks cells on screen first, then by class, then by density; the screen may move.

    It may be told from another thread than that which renders.

    Parameters
    ----------
    places
        (M, 2) centres of the cells, x and y as the layout has them.
    counts
        (M,) samples in the cells.

    Examples
    --------
    >>> places = torch.tensor([[0.1, 0.1], [0.9, 0.9], [0.8, 0.9]])
    >>> order = ScreenOrder(places, torch.tensor([50, 20, 30]))
    >>> order(torch.arange(3)).argmax().item()
    0
    >>> order.look_at((0.5, 0.5, 1.0, 1.0))
    >>> order(torch.arange(3)).argmax().item()
    2
    """

    def __init__(self, places: Tensor, counts: Tensor) -> None:
        if places.ndim != 2 or places.shape[1] != 2 or len(counts) != len(places):
            raise ValueError(
                f"places: must be (M, 2) with a count for each, got {tuple(places.shape)} and "
                f"{len(counts)} counts"
            )
        self._places = places.double()
        self._counts = counts.double()
        self._wish = _Wish()  # replaced as a whole, so that no reader sees half of a change

    def look_at(self, box: Box | None) -> None:
        """Put cells inside (x0, y0, x1, y1) first; None: no part is in sight."""
        self._wish = replace(self._wish, box=box)

    def prefer(self, scores: Tensor | None) -> None:
        """Put cells with high scores (M,), such as attribution to a class, first within the box."""
        if scores is not None and len(scores) != len(self._places):
            raise ValueError(f"scores: {len(scores)} for {len(self._places)} cells")
        self._wish = replace(self._wish, scores=scores)

    def __call__(self, waiting: Tensor) -> Tensor:
        """See :class:`Order`."""
        wish = self._wish
        found = _unit(self._counts)[waiting]
        if wish.scores is not None:
            found = found + _CLASS * _unit(wish.scores.double())[waiting]
        if wish.box is not None:
            x0, y0, x1, y1 = wish.box
            x, y = self._places[waiting].T
            found = found + _SIGHT * ((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
        return found


def _unit(values: Tensor) -> Tensor:
    """Return values scaled to 0 to 1."""
    low, high = values.aminmax()
    return torch.zeros_like(values) if high <= low else (values - low) / (high - low)
