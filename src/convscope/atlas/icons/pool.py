"""Icons under way: a batch that finished icons leave and others enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from convscope.atlas.icons.frame import Frame, centre_unit
from convscope.atlas.icons.goal import Goals
from convscope.atlas.icons.settings import IconSettings
from convscope.featurevis.ascent import OwnAdam
from convscope.featurevis.draws import OwnDraws
from convscope.featurevis.forward import with_less_memory
from convscope.featurevis.transforms import views_of


@dataclass
class Row:
    """One icon under way.

    Attributes
    ----------
    cell
        Which one.
    key
        Names its random numbers.
    limit
        The most steps.
    step
        How many were made.
    cosine
        Of the clean icon with its target, at the last look.
    best
        The highest cosine so far.
    stale
        At how many looks in a row the cosine did not rise above it.
    """

    cell: int
    key: str
    limit: int
    step: int = 0
    cosine: float = -1.0
    best: float = -1.0
    stale: int = 0

    def saw(self, cosine: float, tolerance: float) -> None:
        """Take in what the clean icon reaches."""
        self.cosine = cosine
        self.stale = 0 if cosine > self.best + tolerance else self.stale + 1
        self.best = max(self.best, cosine)

    def finished(self, settings: IconSettings) -> bool:
        """Tell whether it no longer gets better, or is at its limit."""
        return self.step >= self.limit or self.stale >= settings.patience


class Pool:
    """Icons under way.

    Parameters
    ----------
    frame
        The network and what it is shown.
    layer
        Its layer.
    goals
        Of all cells.
    settings
        All options.
    capacity
        How many are under way at once. Passes always have so many rows: what is empty is filled
        up, so that an icon's values do not depend on its company.
    """

    def __init__(
        self, frame: Frame, layer: str, goals: Goals, settings: IconSettings, capacity: int
    ) -> None:
        self._setup, self._layer, self._goals, self._settings = frame.setup, layer, goals, settings
        self._moves = settings.chosen_transforms(frame.side)
        self.capacity = capacity
        self._limit = capacity
        self.rows: list[Row] = []
        self.param = settings.param
        self._optimizer = OwnAdam(settings.rate)
        self._numbers: Tensor | None = None

    @property
    def room(self) -> int:
        """How many more may enter."""
        return self.capacity - len(self.rows)

    def enter(self, rows: Sequence[Row], numbers: Tensor) -> None:
        """Take in icons with what they start from (N, ...)."""
        self.rows += rows
        kept = self._numbers
        self._numbers = numbers if kept is None else torch.cat([kept, numbers])
        self._optimizer.enter(numbers)

    def step(self) -> None:
        """Make a step with all."""
        numbers = self._filled()
        self._limit, grad = with_less_memory(self._limit, lambda n: self._gradient(numbers, n))
        self._optimizer.step(self._taken(), grad[: len(self.rows)])
        for row in self.rows:
            row.step += 1

    @torch.no_grad()
    def look(self) -> None:
        """Look at the clean icons."""
        images = self.param.image(self._setup.canvas, self._filled())
        size = self._setup.view_size
        if tuple(images.shape[2:]) != size:
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
        cells = self._cells()
        with self._setup.response.open(gradients=False):
            parts = _parts(self.capacity, self._limit)
            reached = torch.cat([self._centre(images[part]) for part in parts])
        cosines = self._goals.cosines(reached, cells).tolist()
        for row, cosine in zip(self.rows, cosines, strict=False):  # filled up beyond
            row.saw(cosine, self._settings.tolerance)

    def leave(self) -> list[tuple[Row, Tensor]]:
        """Return the finished icons with their numbers, and let them go."""
        done = [index for index, row in enumerate(self.rows) if row.finished(self._settings)]
        numbers = self._taken()
        found = [(self.rows[index], numbers[index].clone()) for index in done]
        if done:
            gone = set(done)
            stay = [index for index in range(len(self.rows)) if index not in gone]
            rows = torch.tensor(stay, dtype=torch.long, device=numbers.device)
            self._numbers = numbers[rows]
            self._optimizer.keep(rows)
            self.rows = [self.rows[index] for index in stay]
        return found

    def _gradient(self, numbers: Tensor, limit: int) -> Tensor:
        with self._setup.response.open(gradients=True):
            parts = _parts(self.capacity, limit)
            return torch.cat([self._part(numbers, part) for part in parts])

    def _part(self, numbers: Tensor, part: slice) -> Tensor:
        own = numbers[part].detach().requires_grad_(True)
        rows = [self.rows[i % len(self.rows)] for i in range(self.capacity)[part]]
        draws = OwnDraws(
            self._settings.seed, tuple(row.key for row in rows), 0, tuple(row.step for row in rows)
        )
        with torch.autocast(own.device.type, enabled=False):
            images = self.param.image(self._setup.canvas, own)
            views = views_of(images, self._moves, draws, 0.0, self._setup.view_size)
        scores = self._goals.scores(self._centre(views).float(), self._cells()[part])
        return torch.autograd.grad(-scores.sum(), own)[0]

    def _centre(self, views: Tensor) -> Tensor:
        """Return the activations (N, C) of the centre unit; call it with the model held."""
        return centre_unit(self._setup.response.maps(views)[self._layer])

    def _cells(self) -> Tensor:
        count = len(self.rows)
        return torch.tensor([self.rows[i % count].cell for i in range(self.capacity)])

    def _filled(self) -> Tensor:
        """Return the numbers with empty rows filled up with those that are there."""
        numbers = self._taken()
        if len(numbers) == self.capacity:
            return numbers
        turns = torch.arange(self.capacity, device=numbers.device) % len(numbers)
        return numbers[turns]

    def _taken(self) -> Tensor:
        if self._numbers is None:
            raise RuntimeError("no icon is under way")
        return self._numbers


def _parts(count: int, limit: int) -> list[slice]:
    """Return runs of at most ``limit`` rows."""
    return [slice(start, start + limit) for start in range(0, count, limit)]
