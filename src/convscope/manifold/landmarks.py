"""Large maps: the layout is that of some points, and the others are placed among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convscope.manifold.nearest import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.watch import Watch

#: Of more points than these so many are laid out and the others placed among them; benchmarks/
#: manifold.py bears it out.
DEFAULT = 20_000

_PLACED_BY = 4  # neighbours that a point is placed by
_SHARPNESS = 0.3  # how much farther, in squares, a neighbour is that weighs 1 / e of the nearest
_PIECE = 8192  # points that are placed between two looks at the clock


def choose(count: int, landmarks: int | None, seed: int) -> NDArray[np.int64] | None:
    """Return which of ``count`` points are laid out, sorted; None for all of them."""
    if landmarks is None or count <= landmarks:
        return None
    return np.sort(np.random.default_rng(seed).choice(count, landmarks, replace=False))


def place(
    vectors: NDArray[np.float32],
    anchors: NDArray[np.float32],
    xy: NDArray[np.float32],
    watch: Watch,
) -> NDArray[np.float32]:
    """Return places for vectors among those that have one, by their nearest neighbours.

    Each goes to the mean place of its neighbours. They weigh by how near they are compared with
    the others, so that a point that is laid out already lands on itself.

    Parameters
    ----------
    vectors
        (n, d), those to place.
    anchors
        (L, d), those that have a place.
    xy
        (L, 2), their places.
    watch
        Hears how far it is.
    """
    k = min(_PLACED_BY, len(anchors))
    found = np.empty((len(vectors), 2), np.float32)
    with watch.stage("placing points", len(vectors)) as tick:
        for start in range(0, len(vectors), _PIECE):
            part = vectors[start : start + _PIECE]
            indices, distances = nearest(part, anchors, k)
            weights = _weights(distances)
            found[start : start + len(part)] = (weights[:, :, None] * xy[indices]).sum(1)
            tick(start + len(part))
    return found


def _weights(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights (n, k) that add up to 1, from sorted distances.

    They fall with the squared distance, in units of that of the nearest: means of many would pull
    the points together between the landmarks and tear neighbourhoods.
    """
    square = np.square(distances, dtype=np.float64)
    ratio = square / np.maximum(square[:, :1], 1e-12 * square[:, -1:] + 1e-30)
    weights = np.exp((ratio[:, :1] - ratio) / _SHARPNESS)
    found: NDArray[np.float32] = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return found
