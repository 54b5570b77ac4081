"""Grids: samples that lie in one cell are taken together, at several finenesses in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from convscope.arguments import check_count
from convscope.atlas.errors import AtlasError
from convscope.atlas.schema import Numbers

DEFAULT_LEVELS = (20, 40, 80)
_PER_CELL = 4  # samples for each cell of the coarsest grid, where that is chosen by their number
_RANGE = (2, 20)


@dataclass(frozen=True)
class Levels:
    """The grids of an atlas.

    Attributes
    ----------
    sides
        Cells a side, coarse to fine.
    notes
        What was decided otherwise than asked, in sentences.
    """

    sides: tuple[int, ...]
    notes: tuple[str, ...]


def chosen_levels(samples: int, levels: Sequence[int] | int | None) -> Levels:
    """Return the grids that so many samples are enough for.

    A grid needs as many samples as it has cells; one with fewer holds hardly more than single
    samples, and is dropped. Where none is left, or none was asked for and there are too few for
    the usual ones, the coarsest has 4 samples for each cell.

    Parameters
    ----------
    samples
        How many there are.
    levels
        Cells a side of each grid; None for 20, 40, 80, or what the samples are enough for.

    Examples
    --------
    >>> chosen_levels(500, None).sides
    (11, 22)
    """
    asked = DEFAULT_LEVELS if levels is None else _checked(levels)
    kept = tuple(side for side in asked if side * side <= samples)
    if levels is None:
        if len(kept) and asked[0] ** 2 * _PER_CELL <= samples:
            return Levels(kept, ())
        own = _own_levels(samples)
        return Levels(own, (f"levels: {_listed(own)}, chosen for {samples:,} samples",))
    dropped = tuple(side for side in asked if side not in kept)
    if not dropped:
        return Levels(kept, ())
    why = f"there are {samples:,} samples, fewer than cells"
    note = f"levels: {_listed(dropped)} left out, since {why}"
    if not kept:
        kept = _own_levels(samples)
        note += f"; {_listed(kept)} chosen instead"
    return Levels(kept, (note,))


def _own_levels(samples: int) -> tuple[int, ...]:
    low, high = _RANGE
    side = min(max(int((samples / _PER_CELL) ** 0.5), low), high)
    found = [side]
    while (2 * found[-1]) ** 2 <= samples and len(found) < len(DEFAULT_LEVELS):
        found.append(2 * found[-1])
    return tuple(found)


def _checked(levels: Sequence[int] | int) -> tuple[int, ...]:
    given = [levels] if isinstance(levels, int) else list(levels)
    sides = sorted({check_count("levels", side) for side in given})
    if not sides:
        raise AtlasError("levels: got none; give cells a side of each grid, as (20, 40, 80)")
    return tuple(sides)


def _listed(sides: Sequence[int]) -> str:
    return ", ".join(f"{side} × {side}" for side in sides)


def cells_of(xy: Numbers, side: int) -> Numbers:
    """Return the number of the cell that each place lies in, -1 for NaN.

    Cells are half-open, so that a place on an edge is in one cell only; what lies on the far
    border is in the last one. Numbers go row by row from y = 0: ``row * side + column``.

    Parameters
    ----------
    xy
        (N, 2) in [0, 1].
    side
        Cells a side.

    Examples
    --------
    >>> cells_of(np.asarray([[0.0, 0.0], [0.5, 0.0], [1.0, 1.0]]), 2).tolist()
    [0, 1, 3]
    """
    known = ~np.isnan(xy[:, 0])
    places = np.where(known[:, None], xy, 0)
    # In double precision, where 0.29 * 100 and the like fall as the decimals say or just beside.
    parts = np.minimum((places.astype(np.float64) * side).astype(np.int64), side - 1)
    return np.where(known, parts[:, 1] * side + parts[:, 0], -1)


class Means:
    """Counts and means by cell, of values that come piece by piece, for several grids at once.

    A grid whose side divides that of a finer one is summed up from it, so that every piece is
    added once and not once for each grid. Sums are in single precision, where cells are finest
    and hold least, and in double precision from there up.

    Parameters
    ----------
    sides
        Cells a side.
    width
        Length of a value.
    """

    def __init__(self, sides: Sequence[int], width: int) -> None:
        self.sides = tuple(sides)
        self._own = [s for s in sides if not any(o > s and o % s == 0 for o in sides)]
        self._sums = {side: torch.zeros(side * side, width) for side in self._own}

    def add(self, xy: Numbers, values: Numbers) -> None:
        """Take in places (n, 2) and values (n, width) float32; NaN places are passed over."""
        for side, sums in self._sums.items():
            cells = cells_of(xy, side)
            known = cells >= 0
            whole = bool(known.all())
            rows = torch.from_numpy(cells if whole else cells[known])
            sums.index_add_(0, rows, torch.from_numpy(values if whole else values[known]))

    def sums(self, side: int) -> Numbers:
        """Return the sums (side², width) of a grid."""
        finer = min(own for own in self._own if own % side == 0)
        fine = self._sums[finer]
        if finer == side:
            return np.asarray(fine.double().numpy())
        parts = fine.view(side, finer // side, side, finer // side, -1)
        return np.asarray(parts.sum((1, 3), dtype=torch.float64).view(side * side, -1).numpy())


@dataclass(frozen=True)
class GridLevel:
    """The occupied cells of a grid and the samples in them.

    Attributes
    ----------
    side
        Cells a side of the grid.
    cells
        (M,) int32 numbers of the cells, ``row * side + column``, ascending.
    counts
        (M,) int32 samples in each.
    starts
        (M + 1,) int64: the samples of cell i are ``members[starts[i]:starts[i + 1]]``.
    members
        (N,) int32 samples by cell, ascending in each.
    """

    side: int
    cells: Numbers
    counts: Numbers
    starts: Numbers
    members: Numbers


def sorted_into(xy: Numbers, side: int, *, min_count: int = 1) -> GridLevel:
    """Return which samples lie in which cell of a grid.

    Parameters
    ----------
    xy
        (N, 2) in [0, 1]; NaN where there is no sample.
    side
        Cells a side.
    min_count
        Cells with fewer samples are left out.
    """
    cells = cells_of(xy, side)
    known = np.flatnonzero(cells >= 0)
    counts = np.bincount(cells[known], minlength=side * side)
    order = known[np.argsort(cells[known], kind="stable")]
    kept = np.flatnonzero(counts >= max(1, min_count))
    if len(kept) < np.count_nonzero(counts):
        order = order[np.isin(cells[order], kept)]
    starts = np.concatenate([[0], np.cumsum(counts[kept])])
    return GridLevel(
        side,
        kept.astype(np.int32),
        counts[kept].astype(np.int32),
        starts.astype(np.int64),
        order.astype(np.int32),
    )


def grid_means(
    pieces: Iterable[tuple[Numbers, Numbers]], sides: Sequence[int], width: int
) -> Iterator[tuple[int, Numbers, Numbers]]:
    """Yield each grid's side, its counts (side²,) and its mean values (side², width).

    Parameters
    ----------
    pieces
        Places (n, 2) in [0, 1] and values (n, width), piece by piece; a place that is NaN counts
        nowhere.
    sides
        Cells a side of the grids.
    width
        Length of a value.
    """
    means = Means(sides, width)
    counts = Means(sides, 1)
    for xy, values in pieces:
        means.add(xy, values)
        counts.add(xy, np.ones((len(xy), 1), np.float32))
    for side in sides:
        found = counts.sums(side)
        yield side, found[:, 0].astype(np.int64), means.sums(side) / np.maximum(found, 1)
