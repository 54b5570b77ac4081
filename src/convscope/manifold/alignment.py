"""Maps laid over each other: two maps of the same points differ by more than a turn, or they don't.

A layout may be turned, mirrored, moved and scaled at will, so maps are compared after the best of
these (Procrustes: Gower 1975).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from convscope.arguments import check_count
from convscope.manifold.parameters import check_seed
from convscope.manifold.quality import ALL_UP_TO, Estimate, estimate, others

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.projection import Projection

_SAMPLE = 5000  # points whose neighbours are compared in larger maps


@dataclass(frozen=True, eq=False)
class Similarity:
    """A turn, possibly with a mirror, a scale and a move.

    Attributes
    ----------
    matrix
        (2, 2), turn and scale.
    shift
        (2,).
    disparity
        What remains between the two sets, as a share of the reference's spread, 0 to 1.
    """

    matrix: NDArray[np.float64]
    shift: NDArray[np.float64]
    disparity: float

    def apply(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return places (n, 2) moved."""
        moved: NDArray[np.float32] = (xy @ self.matrix + self.shift).astype(np.float32)
        return moved


def procrustes(reference: NDArray[np.float32], xy: NDArray[np.float32]) -> Similarity:
    """Return the similarity that lays ``xy`` (n, 2) best over ``reference`` (n, 2)."""
    a, b = reference.astype(np.float64), xy.astype(np.float64)
    centre_a, centre_b = a.mean(0), b.mean(0)
    a, b = a - centre_a, b - centre_b
    size_a, size_b = np.linalg.norm(a), np.linalg.norm(b)
    if size_a == 0 or size_b == 0:
        raise ValueError("xy: all places are equal, so there is nothing to align")
    u, strengths, vt = np.linalg.svd((b / size_b).T @ (a / size_a))
    total = float(strengths.sum())
    matrix = u @ vt * (total * size_a / size_b)
    return Similarity(matrix, centre_a - centre_b @ matrix, max(0.0, 1 - total**2))


@dataclass(frozen=True, eq=False)
class Comparison:
    """How far two maps of the same points agree.

    Attributes
    ----------
    disparity
        What remains of the other map when it is laid over this one, as a share of the spread: 0
        where they are the same but for turn, mirror, scale and move, 1 where nothing agrees.
    overlap
        Share of the 15 nearest neighbours in one map that are nearest in the other, in [0, 1].
    rows, other_rows
        (n,), which rows of this map and of the other are the same points.
    xy
        (n, 2), the other's places laid over this map.
    moved
        (n,), how far each point is from its place here, in units of this map's spread (the root
        mean square distance from its centre).
    """

    disparity: float
    overlap: Estimate
    rows: NDArray[np.int64] = field(repr=False)
    other_rows: NDArray[np.int64] = field(repr=False)
    xy: NDArray[np.float32] = field(repr=False)
    moved: NDArray[np.float32] = field(repr=False)


def compare(one: Projection, other: Projection, *, k: int = 15, seed: int = 0) -> Comparison:
    """Return how far two maps of the same points agree.

    Parameters
    ----------
    one, other
        Maps of the same points, with other methods, seeds or layers.
    k
        How many neighbours; at most half of the points.
    seed
        Of the sample of 5,000 points whose neighbours are compared in larger maps.

    Raises
    ------
    ValueError
        If they are maps of different numbers of points, or an argument is wrong.
    """
    check_count("k", k)
    check_seed(seed)
    rows, other_rows = shared(one, other)
    here = one.xy[rows]
    fit = procrustes(here, other.xy[other_rows])
    laid = fit.apply(other.xy[other_rows])
    k = max(1, min(k, (len(rows) - 1) // 2))
    some = np.arange(len(rows))
    if len(rows) > ALL_UP_TO:
        some = np.sort(np.random.default_rng(seed).choice(len(rows), _SAMPLE, replace=False))
    near = [others(cKDTree(places), places, some, k) for places in (here, laid)]
    same = (near[0][:, :, None] == near[1][:, None, :]).any(2).mean(1)
    moved = np.linalg.norm(laid - here, axis=1) / spread(here)
    return Comparison(
        fit.disparity, estimate(same, len(rows)), rows, other_rows, laid, moved.astype(np.float32)
    )


def shared(one: Projection, other: Projection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the points that two maps share."""
    if one.given != other.given:
        raise ValueError(
            f"other: is a map of {other.given} points, this one of {one.given}; only maps of the "
            "same points can be compared"
        )
    _, rows, other_rows = np.intersect1d(one.indices, other.indices, return_indices=True)
    if len(rows) < 4:
        raise ValueError(f"other: shares {len(rows)} points with this map; at least 4 are needed")
    return rows, other_rows


def spread(xy: NDArray[np.float32]) -> float:
    """Return the root mean square distance of places (n, 2) from their centre."""
    return float(np.sqrt(np.square(xy - xy.mean(0)).sum(1).mean()))


def align(maps: Sequence[Projection]) -> tuple[Projection, ...]:
    """Return maps of the same points, each laid over the one before it, so that points move least.

    Parameters
    ----------
    maps
        Of the same points: of several layers, or with several methods. The first stays as it is.
    """
    found: list[Projection] = []
    for each in maps:
        if found:
            rows, own = shared(found[-1], each)
            fit = procrustes(found[-1].xy[rows], each.xy[own])
            each = replace(each, xy=fit.apply(each.xy))
        found.append(each)
    return tuple(found)
