"""How far a map can be trusted: numbers against the space that it was made from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from convscope.manifold.memory import aligned
from convscope.manifold.nearest import smallest
from convscope.manifold.pca import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.rows import Rows
    from convscope.manifold.watch import Watch

ALL_UP_TO = 5000  # points of a map of which every one is looked at
_SAMPLE = 1000  # points that are looked at in larger maps
_TOGETHER = 1000  # of them at once, so that memory stays small
_ROUNDING = 4e-6  # of squared distances from a float32 product, relative to squared lengths


@dataclass(frozen=True)
class Estimate:
    """A number and how well it is known.

    Attributes
    ----------
    value
        The number.
    error
        Its standard error; 0 where all points were looked at.
    points
        How many points were looked at.
    """

    value: float
    error: float
    points: int

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.3f}" + (f" ± {self.error:.3f}" if self.error else "")


@dataclass(frozen=True)
class Quality:
    """The numbers of a map.

    Attributes
    ----------
    trustworthiness
        1 where all neighbours in the map are neighbours in the space (Venna and Kaski 2001).
    overlap
        Share of the nearest neighbours in the space that are also nearest in the map, in [0, 1].
    neighbours
        How many neighbours were looked at.
    """

    trustworthiness: Estimate
    overlap: Estimate
    neighbours: int


def measure(
    rows: Rows, xy: NDArray[np.float32], *, unit: bool, k: int, seed: int, watch: Watch
) -> Quality:
    """Return how well a map keeps the neighbourhoods of vectors.

    Up to 5,000 points every one is looked at. Above, 1,000 drawn ones are, each against all
    points, so that the numbers are those of the whole map with a standard error.

    Parameters
    ----------
    rows
        (N, D).
    xy
        (N, 2).
    unit
        Compare directions (cosine), not positions (Euclidean).
    k
        How many neighbours; fewer for maps of less than 2 k + 2 points.
    seed
        Of the sample.
    watch
        Hears how far it is.
    """
    count = len(rows)
    k = max(1, min(k, (count - 1) // 2))
    sample = np.arange(count)
    if count > ALL_UP_TO:
        sample = np.sort(np.random.default_rng(seed).choice(count, _SAMPLE, replace=False))
    tree = cKDTree(xy)
    centre = _centre(rows, unit=unit)
    trust, kept = np.empty(len(sample)), np.empty(len(sample))
    steps = math.ceil(len(sample) / _TOGETHER) * count
    with watch.stage("measuring quality", steps) as tick:
        for start in range(0, len(sample), _TOGETHER):
            some = sample[start : start + _TOGETHER]
            shown = others(tree, xy, some, k)
            before = start // _TOGETHER * count
            ranks, near = _ranks(
                rows, some, shown, centre, unit, lambda done, b=before: tick(b + done)
            )
            worst = k * (2 * count - 3 * k - 1) / 2
            trust[start : start + len(some)] = 1 - np.maximum(ranks - k, 0).sum(1) / worst
            same = (near[:, :, None] == shown[:, None, :]).any(2)
            kept[start : start + len(some)] = same.mean(1)
    return Quality(estimate(trust, count), estimate(kept, count), k)


def estimate(values: NDArray[np.float64], count: int) -> Estimate:
    """Return the mean of values of a sample of ``count`` points, with its standard error."""
    if len(values) >= count:
        return Estimate(float(values.mean()), 0.0, len(values))
    spread = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(float(values.mean()), spread * math.sqrt(1 - len(values) / count), len(values))


def others(
    tree: cKDTree, xy: NDArray[np.float32], some: NDArray[np.int64], k: int
) -> NDArray[np.int64]:
    """Return the ``k`` nearest other points in the map, (n, k)."""
    found: NDArray[np.int64] = np.asarray(tree.query(xy[some], k + 1)[1])
    own = found == some[:, None]
    own[~own.any(1), -1] = True  # hidden behind others at the same place: the last one goes
    rest: NDArray[np.int64] = found[~own].reshape(len(some), k)
    return rest


def _centre(rows: Rows, *, unit: bool) -> NDArray[np.float32]:
    """Return about the mean: distances from products are exact enough only around it."""
    mean: NDArray[np.float32] = scaled(rows.between(0, rows.piece), unit=unit).mean(0)
    return mean


def _ranks(
    rows: Rows,
    some: NDArray[np.int64],
    shown: NDArray[np.int64],
    centre: NDArray[np.float32],
    unit: bool,  # noqa: FBT001
    tick: object,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ranks of shown points by distance in the space, and the truly nearest ones."""

    def prepared(values: NDArray[np.float32]) -> Tensor:
        return aligned(scaled(values, unit=unit) - centre)

    k = shown.shape[1]
    queries = prepared(rows.take(some))
    limits = torch.stack(
        [_squared(queries, prepared(rows.take(shown[:, j])), slack=True) for j in range(k)], dim=1
    )
    bound = limits.amax(1, keepdim=True)
    ahead = torch.zeros_like(limits, dtype=torch.long)
    near = (torch.full((len(some), 0), 0.0), torch.zeros(len(some), 0, dtype=torch.long))
    own = torch.from_numpy(some)
    size = max(1, min(rows.piece, (1 << 21) // len(some)))
    for start in range(0, len(rows), size):
        part = prepared(rows.between(start, start + size))
        square = queries.square().sum(1, keepdim=True) + part.square().sum(1)
        square = square.addmm_(queries, part.T, alpha=-2)
        inside = (own >= start) & (own < start + len(part))
        square[inside.nonzero()[:, 0], own[inside] - start] = torch.inf
        row, column = (square < bound).nonzero(as_tuple=True)
        ahead.index_add_(0, row, (square[row, column][:, None] < limits[row]).long())
        near = _closest(near, square, start, k)
        tick(start + len(part))  # type: ignore[operator]
    return ahead.numpy() + 1, near[1].numpy()


def _squared(a: Tensor, b: Tensor, *, slack: bool) -> Tensor:
    """Return squared distances of rows, a little less than they are, so that none beats itself."""
    lengths = a.square().sum(1) + b.square().sum(1)
    return (a - b).square().sum(1) - (_ROUNDING * lengths if slack else 0)


def _closest(
    near: tuple[Tensor, Tensor], square: Tensor, start: int, k: int
) -> tuple[Tensor, Tensor]:
    """Return the ``k`` nearest of those before and those of a piece."""
    found = smallest(square, min(k, square.shape[1]))
    values = torch.cat([near[0], square.gather(1, found)], 1)
    indices = torch.cat([near[1], found + start], 1)
    best = values.topk(min(k, values.shape[1]), dim=1, largest=False)
    return best.values, indices.gather(1, best.indices)
