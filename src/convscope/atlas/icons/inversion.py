"""Feature inversion of many cells: icons that excite what the cells' activations have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from convscope.atlas.icons.frame import Frame, frame_of
from convscope.atlas.icons.goal import Goals, Whitening
from convscope.atlas.icons.order import Order, in_turn
from convscope.atlas.icons.pool import Pool, Row
from convscope.atlas.icons.settings import IconSettings
from convscope.images import resize, to_float

if TYPE_CHECKING:
    from convscope.scope import Scope

_PER_PASS, _PER_PASS_GPU = 8, 128  # icons; what is left over of a pass is wasted
_PASSES = 4  # for the icons that are under way at once


@dataclass(frozen=True)
class Icon:
    """A finished icon.

    Attributes
    ----------
    index
        Its row in ``targets``.
    image
        (C, size, size) uint8. It is all that a child needs to start from.
    cosine
        Between the icon's activation at the centre unit and the target, without whitening.
    steps
        How many were made, over all tries.
    tries
        How often it was begun.
    """

    index: int
    image: Tensor = field(repr=False)
    cosine: float
    steps: int
    tries: int


def render_inversions(
    scope: Scope,
    layer: str,
    targets: Tensor,
    *,
    whitening: Whitening | None = None,
    starts: Sequence[Tensor | None] | None = None,
    names: Sequence[str] | None = None,
    order: Order = in_turn,
    stop: Callable[[], bool] | None = None,
    settings: IconSettings | None = None,
) -> Iterator[Icon]:
    """Yield the icons of cells as they are finished.

    Many cells share a batch; those that are finished leave it and others enter. An icon depends on
    its target, start, name and the seed, not on what else is rendered, nor in which order.

    Parameters
    ----------
    scope
        The network.
    layer
        Name of the layer that the activations are of.
    targets
        (M, C) mean activations of the cells.
    whitening
        What makes common directions count less; None leaves the targets as they are.
    starts
        For each cell the icon of its parent, (C, h, w) uint8 of any size, or None to start from
        noise.
    names
        For each cell a name that seeds its random numbers; by default its row. Give names that
        last, such as ``"20/3/7"``, where only a part of the cells is rendered.
    order
        Which cells are next. It is asked again whenever there is room, so it may change its mind.
    stop
        Asked before each step; True ends the iteration. What is under way is dropped.
    settings
        All other options.

    Yields
    ------
    Icon

    Raises
    ------
    ValueError
        For targets that do not fit the layer, or lists of another length than theirs.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> maps = digits.scope.activations(digits.images[:2], "conv2")["conv2"]
    >>> icons = render_inversions(digits.scope, "conv2", maps[:, :, 5, 4])
    >>> sorted(icon.index for icon in icons)
    [0, 1]
    """
    chosen = settings or IconSettings()
    wanted = _checked(targets)
    for name, given in (("starts", starts), ("names", names)):
        if given is not None and len(given) != len(wanted):
            raise ValueError(f"{name}: has {len(given)} entries for {len(wanted)} targets")
    if not len(wanted):
        return iter(())
    named = [str(row) for row in range(len(wanted))] if names is None else list(names)
    found = scope.layers.find(layer)
    _check_units(layer, wanted, found.shape)
    frame = frame_of(scope, found.name, chosen.side)
    goals = Goals.of(wanted, whitening, chosen.rule, chosen.chosen_power)
    per_pass = _per_pass(frame)
    capacity = chosen.batch_size or _PASSES * per_pass
    pool = Pool(frame, found.name, goals, chosen, capacity=capacity, per_pass=per_pass)
    return _Work(pool, frame, chosen, named, starts, order, stop).run()


@dataclass
class _Best:
    """The best try of a cell so far."""

    numbers: Tensor
    cosine: float
    steps: int
    tries: int


@dataclass
class _Work:
    """All cells: waiting, under way, finished."""

    pool: Pool
    frame: Frame
    settings: IconSettings
    names: Sequence[str]
    starts: Sequence[Tensor | None] | None
    order: Order
    stop: Callable[[], bool] | None
    best: dict[int, _Best] = field(default_factory=dict)

    def run(self) -> Iterator[Icon]:
        """Yield icons as they are finished."""
        waiting = list(range(len(self.names)))
        again: list[int] = []
        while waiting or again or self.pool.rows:
            self._fill(waiting, again)
            for _ in range(self.settings.check):
                if self.stop is not None and self.stop():
                    return
                self.pool.step()
            self.pool.look()
            for row, numbers in self.pool.leave():
                if self._settled(row, numbers):
                    yield self._icon(row.cell)
                else:
                    again.append(row.cell)

    def _fill(self, waiting: list[int], again: list[int]) -> None:
        """Let cells enter as far as there is room: those that are begun anew first."""
        room = self.pool.room
        cells = again[:room]
        del again[:room]
        room -= len(cells)
        if room and waiting:
            scores = self.order(torch.tensor(waiting))
            ranks = torch.argsort(scores, descending=True, stable=True)[:room].tolist()
            chosen = [waiting[rank] for rank in ranks]
            taken = set(chosen)
            waiting[:] = [cell for cell in waiting if cell not in taken]
            cells += chosen
        if cells:
            rows = [self._row(cell) for cell in cells]
            self.pool.enter(rows, torch.cat([self._start(row) for row in rows]))

    def _row(self, cell: int) -> Row:
        tries = self.best[cell].tries if cell in self.best else 0
        warm = self._parent(cell) is not None and tries == 0
        limit = self.settings.child_steps if warm else self.settings.steps
        reach = self.settings.child_reach if warm else 1.0
        return Row(cell, f"{self.names[cell]} #{tries}", limit, reach)

    def _parent(self, cell: int) -> Tensor | None:
        return None if self.starts is None else self.starts[cell]

    def _start(self, row: Row) -> Tensor:
        canvas, prepare = self.frame.setup.canvas, self.frame.setup.response.prepare
        dtype = torch.float64 if prepare.dtype == torch.float64 else torch.float32
        parent = self._parent(row.cell)
        if parent is None or row.cell in self.best:
            numbers = self.pool.param.start(canvas, [row.key], self.settings.seed)
            return numbers.to(prepare.device, dtype)
        if len(parent) != canvas.channels:
            raise ValueError(
                f"starts: an icon has {len(parent)} channels, the network takes {canvas.channels}"
            )
        side, margins = self.frame.side, self.frame.margins()
        mode = "reflect" if max(margins) < side else "replicate"
        image = functional.pad(resize(to_float(parent), (side, side))[None], margins, mode)
        return self.pool.param.encode(canvas, image.to(prepare.device, dtype))

    def _settled(self, row: Row, numbers: Tensor) -> bool:
        """Keep the try if it is the best; tell whether no other is needed."""
        before = self.best.get(row.cell)
        steps = row.step + (before.steps if before else 0)
        tries = 1 + (before.tries if before else 0)
        if before is None or row.cosine > before.cosine:
            self.best[row.cell] = _Best(numbers, row.cosine, steps, tries)
        else:
            before.steps, before.tries = steps, tries
        found = self.best[row.cell]
        return found.cosine >= self.settings.enough or tries >= self.settings.tries

    @torch.no_grad()
    def _icon(self, cell: int) -> Icon:
        found = self.best.pop(cell)
        canvas = self.pool.param.image(self.frame.setup.canvas, found.numbers[None])
        image = resize(self.frame.cut(canvas)[0].float(), (self.settings.size,) * 2)
        pixels = (image * 255).round().clamp(0, 255).to(torch.uint8).cpu()
        return Icon(cell, pixels, found.cosine, found.steps, found.tries)


def _checked(targets: Tensor) -> Tensor:
    wanted = torch.as_tensor(targets).detach().float()
    if wanted.ndim != 2:
        raise ValueError(f"targets: must have shape (M, C), got {tuple(wanted.shape)}")
    if not bool(wanted.isfinite().all()):
        raise ValueError("targets: hold values that are not finite; leave empty cells out")
    return wanted


def _check_units(layer: str, wanted: Tensor, shape: tuple[int, ...] | None) -> None:
    if not shape or shape[0] != wanted.shape[1]:
        raise ValueError(
            f"targets: have {wanted.shape[1]} channels, layer {layer!r} has shape {shape}"
        )


def _per_pass(frame: Frame) -> int:
    most = _PER_PASS_GPU if frame.setup.response.prepare.device.type == "cuda" else _PER_PASS
    return max(1, min(most, frame.setup.limit))
