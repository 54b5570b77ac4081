"""What a map shows of the data: images that are there twice, labels that their neighbours doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from convscope.arguments import check_count
from convscope.manifold.labels import MISSING, of_points
from convscope.manifold.nearest import nearest
from convscope.manifold.parameters import check_number
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
_VOTES = 1 << 23  # votes that are counted at once: 32 MiB of float32


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


def duplicates(
    projection: Projection,
    *,
    tolerance: float = 0.01,
    progress: bool | Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> list[Duplicates]:
    """Return groups of points that are nearly the same in the layer's space.

    Parameters
    ----------
    projection
        The map.
    tolerance
        How near two points must be, as a share of the median distance of two points; chains of
        such pairs make one group.
    progress, stop
        As in `project`.

    Returns
    -------
    list of Duplicates
        Nearest first.
    """
    if not 0 <= check_number("tolerance", tolerance) < 1:
        raise ValueError(f"tolerance: must be from 0 and under 1, got {tolerance!r}")
    vectors = projection.vectors
    unit = _typical(vectors, projection.seed)
    pairs = _pairs(vectors, (tolerance + 1e-6) * unit, Watch(progress, stop))
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
    if not 0 < check_number("support", support) <= 1:
        raise ValueError(f"support: must be over 0 and at most 1, got {support!r}")
    known = of_points(labels, projection)
    labelled = np.flatnonzero(known.codes != MISSING)
    k = min(check_count("k", k), len(labelled) - 1)
    if k < 1 or len(known.names) < 2:
        raise ValueError(
            f"labels: {len(labelled)} points of {len(known.names)} classes have one; two of "
            "different classes are needed"
        )
    own = known.codes[labelled]
    agreement, backed = np.empty((2, len(labelled)), np.float32)
    best = np.empty_like(own)
    for some, votes in _votes(projection, known, labelled, k, Watch(progress, stop)):
        rows = np.arange(len(votes))
        agreement[some] = votes[rows, own[some]]
        votes[rows, own[some]] = -1
        best[some] = votes.argmax(1)
        backed[some] = votes[rows, best[some]]
    chosen = np.flatnonzero((backed >= support - 1e-6) & (backed > agreement))
    chosen = chosen[np.lexsort((labelled[chosen], agreement[chosen], -backed[chosen]))]
    return Suspicious(
        labelled[chosen],
        own[chosen],
        best[chosen],
        agreement[chosen],
        backed[chosen],
        known.names,
    )


def _votes(
    projection: Projection, known: Categories, labelled: NDArray[np.int64], k: int, watch: Watch
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield some of the labelled points, and which share of their neighbours has each label.

    The shares (n, classes) of all points would be too many to hold.
    """
    voters = labelled
    if len(labelled) > _REFERENCES:
        draw = np.random.default_rng(projection.seed)
        voters = np.sort(draw.choice(labelled, _REFERENCES, replace=False))
    points = projection.vectors[voters]
    place = np.full(len(projection), -1)
    place[voters] = np.arange(len(voters))
    step = max(1, min(_PIECE, _VOTES // len(known.names)))
    with watch.stage("asking neighbours", len(labelled)) as tick:
        for start in range(0, len(labelled), step):
            some = labelled[start : start + step]
            near = nearest(projection.vectors[some], points, k + 1)[0]
            # A voter does not vote on itself; the others leave out the farthest.
            own = near == place[some][:, None]
            own[~own.any(1), -1] = True
            codes = known.codes[voters[near[~own].reshape(len(some), k)]]
            votes = np.zeros((len(some), len(known.names)), np.float32)
            for column in codes.T:
                votes[np.arange(len(some)), column] += 1 / k
            yield slice(start, start + len(some)), votes
            tick(start + len(some))


def _pairs(vectors: NDArray[np.float32], radius: float, watch: Watch) -> NDArray[np.int64]:
    """Return pairs (n, 2) among which are those within a radius, and copies with their first.

    A tree of a thousand copies would compare each with each.
    """
    bits = np.ascontiguousarray(vectors).view(f"V{vectors.itemsize * vectors.shape[1]}")[:, 0]
    _, first, which = np.unique(bits, return_index=True, return_inverse=True)
    own = np.stack([first[which], np.arange(len(vectors))], 1)
    return np.concatenate(
        [own[own[:, 0] != own[:, 1]], first[_near(vectors[first], radius, watch)]]
    )


def _near(vectors: NDArray[np.float32], radius: float, watch: Watch) -> NDArray[np.int64]:
    """Return pairs (n, 2) among which are those within a radius, at most 16 for each point.

    Points that are near are near in each component, so that a tree of the first few finds them.
    """
    few = np.ascontiguousarray(vectors[:, :_FEW])
    k = min(_COPIES + 1, len(few))
    tree = cKDTree(few)
    found = [np.empty((0, 2), np.int64)]
    with watch.stage("looking for copies", len(few)) as tick:
        for start in range(0, len(few), _PIECE):
            part = few[start : start + _PIECE]
            other = tree.query(part, k, distance_upper_bound=radius * (1 + 1e-6))[1].ravel()
            one = np.repeat(np.arange(start, start + len(part)), k)
            good = (other < len(few)) & (other != one)
            found.append(np.stack([one[good], other[good]], 1))
            tick(start + len(part))
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _typical(vectors: NDArray[np.float32], seed: int) -> float:
    """Return the median distance of two points, over random pairs.

    Where most points are copies it is that of those that are none, so that it is never 0.
    """
    copies = 1e-6 * float(np.ptp(vectors, axis=0).max())
    draw = np.random.default_rng(seed)
    pairs = draw.integers(0, len(vectors), size=(_PAIRS, 2))
    found = _apart(vectors, pairs[pairs[:, 0] != pairs[:, 1]])
    if np.median(found) > copies:
        return float(np.median(found))
    if (found <= copies).all():  # no pair met one of the few others: look from one point
        found = np.linalg.norm(vectors - vectors[0], axis=1).astype(np.float64)
    return float(np.median(found[found > copies]))


def _apart(vectors: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distances of pairs (n, 2)."""
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), _PIECE):
        one, other = pairs[start : start + _PIECE].T
        found[start : start + len(one)] = np.linalg.norm(vectors[one] - vectors[other], axis=1)
    return found
