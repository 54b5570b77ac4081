"""What a map shows of the data: images that are there twice, labels that their neighbours doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from convscope.arguments import check_count
from convscope.manifold.labels import MISSING, of_points
from convscope.manifold.nearest import nearest
from convscope.manifold.watch import Progress, Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.labels import Categories
    from convscope.manifold.projection import Projection

_PIECE = 4096  # points whose neighbours are looked for at once
_PAIRS = 20_000  # random pairs, whose median distance is the unit of nearness
_FEW = 8  # components in which copies are looked for
_COPIES = 16  # of each point
_REFERENCES = 20_000  # points that vote, where there are more


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Points that are the same to the layer.

    Attributes
    ----------
    indices
        (n,), rows of the map, the nearest pair's group first.
    distance
        The largest distance of a point to its nearest one in the group, as a share of the median
        distance of two points; 0 for exact copies.
    """

    indices: NDArray[np.int64]
    distance: float


def duplicates(projection: Projection, *, tolerance: float = 0.01) -> list[Duplicates]:
    """Return groups of points that are nearly the same in the layer's space.

    Parameters
    ----------
    projection
        The map.
    tolerance
        How near two points must be, as a share of the median distance of two points; chains of
        such pairs make one group.

    Returns
    -------
    list of Duplicates
        Nearest first.
    """
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance: must be from 0 and under 1, got {tolerance!r}")
    vectors = projection.vectors
    unit = _typical(vectors, projection.seed)
    pairs = _candidates(vectors, (tolerance + 1e-6) * unit)
    apart = _apart(vectors, pairs) / unit
    good = apart <= tolerance + 1e-6
    pairs, apart = pairs[good], np.where(apart[good] <= 1e-6, 0.0, apart[good])
    if not len(pairs):
        return []
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(vectors), len(vectors)))
    group = connected_components(links, directed=False)[1]
    closest = np.full(len(vectors), np.inf)
    for side in (0, 1):
        np.minimum.at(closest, pairs[:, side], apart)
    members = np.unique(pairs)
    order = members[np.argsort(group[members], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    found = [Duplicates(part, float(closest[part].max())) for part in parts]
    return sorted(found, key=lambda each: (each.distance, each.indices[0]))


@dataclass(frozen=True, eq=False)
class Suspicious:
    """Points whose neighbours have another label, the most doubtful first.

    Attributes
    ----------
    indices
        (n,), rows of the map.
    given, suggested
        (n,), the label of each and that of most of its neighbours, as positions in ``names``.
    agreement
        (n,), share of the neighbours that have its own label, in [0, 1].
    support
        (n,), share of the neighbours that have the suggested label, in [0, 1].
    names
        The labels as text.
    """

    indices: NDArray[np.int64]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    agreement: NDArray[np.float32]
    support: NDArray[np.float32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.indices)


def suspicious(
    projection: Projection,
    labels: Any,
    *,
    k: int = 15,
    support: float = 0.6,
    progress: bool | Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Suspicious:
    """Return the points whose neighbours in the layer's space have another label.

    Either the label is wrong, or the layer takes the image for what it is not: both are worth a
    look. Of more than 20,000 labelled points so many drawn ones vote.

    Parameters
    ----------
    projection
        The map.
    labels
        One for each point, of any type; points without a label neither vote nor are doubted.
    k
        How many neighbours vote.
    support
        Share of them that must have one other label, in (0, 1].
    progress, stop
        As in `project`.
    """
    if not 0 < support <= 1:
        raise ValueError(f"support: must be over 0 and at most 1, got {support!r}")
    known = of_points(labels, projection)
    labelled = np.flatnonzero(known.codes != MISSING)
    k = min(check_count("k", k), len(labelled) - 1)
    if k < 1 or len(known.names) < 2:
        raise ValueError(
            f"labels: {len(labelled)} points of {len(known.names)} classes have one; two of "
            "different classes are needed"
        )
    votes = _votes(projection, known, labelled, k, Watch(progress, stop))
    own = known.codes[labelled]
    rows = np.arange(len(labelled))
    agreement, votes_of_others = votes[rows, own], votes.copy()
    votes_of_others[rows, own] = -1
    best = votes_of_others.argmax(1)
    backed = votes_of_others[rows, best]
    chosen = np.flatnonzero((backed >= support - 1e-6) & (backed > agreement))
    chosen = chosen[np.lexsort((labelled[chosen], agreement[chosen], -backed[chosen]))]
    return Suspicious(
        labelled[chosen],
        own[chosen],
        best[chosen],
        agreement[chosen].astype(np.float32),
        backed[chosen].astype(np.float32),
        known.names,
    )


def _votes(
    projection: Projection, known: Categories, labelled: NDArray[np.int64], k: int, watch: Watch
) -> NDArray[np.float32]:
    """Return for each labelled point which share of its neighbours has each label, (n, classes)."""
    voters = labelled
    if len(labelled) > _REFERENCES:
        draw = np.random.default_rng(projection.seed)
        voters = np.sort(draw.choice(labelled, _REFERENCES, replace=False))
    points = projection.vectors[voters]
    place = np.full(len(projection), -1)
    place[voters] = np.arange(len(voters))
    votes = np.zeros((len(labelled), len(known.names)), np.float32)
    with watch.stage("asking neighbours", len(labelled)) as tick:
        for start in range(0, len(labelled), _PIECE):
            some = labelled[start : start + _PIECE]
            near = nearest(projection.vectors[some], points, k + 1)[0]
            # A voter does not vote on itself; the others leave out the farthest.
            own = near == place[some][:, None]
            own[~own.any(1), -1] = True
            codes = known.codes[voters[near[~own].reshape(len(some), k)]]
            for column in codes.T:
                votes[start + np.arange(len(some)), column] += 1 / k
            tick(start + len(some))
    return votes


def _candidates(vectors: NDArray[np.float32], radius: float) -> NDArray[np.int64]:
    """Return pairs (n, 2) among which are those within a radius, at most 16 for each point.

    Points that are near are near in each component, so that a tree of the first few finds them;
    of many copies of one point each is paired with the same few, which makes them one group.
    """
    few = np.ascontiguousarray(vectors[:, :_FEW])
    k = min(_COPIES + 1, len(few))
    near = cKDTree(few).query(few, k, distance_upper_bound=radius * (1 + 1e-6))[1]
    one = np.repeat(np.arange(len(few)), k)
    other = near.ravel()
    good = (other < len(few)) & (other != one)
    return np.unique(np.sort(np.stack([one[good], other[good]], 1), axis=1), axis=0)


def _typical(vectors: NDArray[np.float32], seed: int) -> float:
    """Return the median distance of two points, over random pairs."""
    draw = np.random.default_rng(seed)
    pairs = draw.integers(0, len(vectors), size=(_PAIRS, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    found = _apart(vectors, pairs)
    median = float(np.median(found))
    return median if median > 0 else float(found.mean())


def _apart(vectors: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distances of pairs (n, 2)."""
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), _PIECE):
        one, other = pairs[start : start + _PIECE].T
        found[start : start + len(one)] = np.linalg.norm(vectors[one] - vectors[other], axis=1)
    return found
