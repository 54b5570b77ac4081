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
from convscope.featurevis.transforms import Gentle, views_of


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
    reach
        How far its transforms go, as a share.
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
    reach: float = 1.0
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
        How many are under way at once.
    per_pass
        How many go through the network at once. Passes always have so many rows, and what is
        empty is filled up: kernels that suit another shape would round differently, and an icon
        would depend on its company.
    """

    def __init__(
        self,
        frame: Frame,
        layer: str,
        goals: Goals,
        settings: IconSettings,
        *,
        capacity: int,
        per_pass: int,
    ) -> None:
        self._setup, self._layer, self._goals, self._settings = frame.setup, layer, goals, settings
        self._moves = settings.chosen_transforms(frame.side)
        self.capacity = capacity
        self._per_pass = per_pass
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
        self._per_pass, grad = with_less_memory(self._per_pass, self._gradient)
        self._optimizer.step(self._taken(), grad)
        for row in self.rows:
            row.step += 1

    @torch.no_grad()
    def look(self) -> None:
        """Look at the clean icons."""
        found = []
        with self._setup.response.open(gradients=False):
            for part in self._parts(self._per_pass):
                images = self._fitted(self.param.image(self._setup.canvas, self._taken()[part]))
                cells = torch.tensor([self.rows[i].cell for i in part.tolist()])
                found.append(self._goals.cosines(self._centre(images), cells).cpu())
        for row, cosine in zip(self.rows, torch.cat(found).tolist(), strict=False):
            row.saw(cosine, self._settings.tolerance)  # there are more cosines: filled up

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

    def _gradient(self, per_pass: int) -> Tensor:
        with self._setup.response.open(gradients=True):
            found = [self._part(part) for part in self._parts(per_pass)]
        return torch.cat(found)[: len(self.rows)]

    def _part(self, part: Tensor) -> Tensor:
        own = self._taken()[part].detach().requires_grad_(True)
        rows = [self.rows[index] for index in part.tolist()]
        draws = OwnDraws(
            self._settings.seed, tuple(row.key for row in rows), 0, tuple(row.step for row in rows)
        )
        shares = torch.tensor([row.reach for row in rows])
        moves = [Gentle(move, shares) for move in self._moves]
        with torch.autocast(own.device.type, enabled=False):
            images = self.param.image(self._setup.canvas, own)
            views = views_of(images, moves, draws, 0.0, self._setup.view_size)
        cells = torch.tensor([row.cell for row in rows])
        scores = self._goals.scores(self._centre(views).float(), cells)
        return torch.autograd.grad(-scores.sum(), own)[0]

    def _parts(self, per_pass: int) -> list[Tensor]:
        """Return the rows of each pass, the last filled up with rows from the front."""
        count = len(self.rows)
        rows = torch.arange(-(-count // per_pass) * per_pass) % count
        return [rows[start : start + per_pass] for start in range(0, len(rows), per_pass)]

    def _centre(self, views: Tensor) -> Tensor:
        """Return the activations (N, C) of the centre unit; call it with the model held."""
        return centre_unit(self._setup.response.maps(views)[self._layer])

    def _fitted(self, images: Tensor) -> Tensor:
        """Return clean canvases at the size that the network is shown."""
        size = self._setup.view_size
        if tuple(images.shape[2:]) == size:
            return images
        return functional.interpolate(images, size, mode="bilinear", antialias=True)

    def _taken(self) -> Tensor:
        if self._numbers is None:
            raise RuntimeError("no icon is under way")
        return self._numbers
