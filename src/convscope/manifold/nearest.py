"""Nearest neighbours, exact, in memory that does not grow with the number of points."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from convscope.manifold.memory import aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 1 << 21  # distances that are held at once: 8 MiB of float32
_GROUP = 16  # values of which the smallest is taken first


def nearest(
    queries: NDArray[np.float32],
    points: NDArray[np.float32],
    k: int,
    *,
    own: NDArray[np.int64] | None = None,
    tick: Callable[[float], None] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the ``k`` nearest points of each query, nearest first.

    Parameters
    ----------
    queries
        (n, d).
    points
        (M, d).
    k
        How many, at most M, or M - 1 with ``own``.
    own
        For each query which of the points it is itself: that one is left out.
    tick
        Called with the number of queries done.

    Returns
    -------
    tuple of ndarray
        Positions (n, k) in ``points`` and Euclidean distances (n, k).
    """
    base, asked = aligned(points), aligned(queries)
    norms = base.square().sum(1)
    indices = np.empty((len(queries), k), np.int64)
    distances = np.empty((len(queries), k), np.float32)
    step = max(1, _BLOCK // max(1, len(points)))
    for start in range(0, len(queries), step):
        part = asked[start : start + step]
        square = torch.addmm(norms[None].expand(len(part), -1), part, base.T, alpha=-2)
        if own is not None:
            rows = torch.arange(len(part))
            square[rows, torch.from_numpy(own[start : start + step])] = torch.inf
        chosen = smallest(square, k)
        found, order = _exact(part, base, chosen)
        indices[start : start + step] = chosen.gather(1, order).numpy()
        distances[start : start + step] = found.numpy()
        if tick is not None:
            tick(start + len(part))
    return indices, distances


def smallest(values: Tensor, k: int) -> Tensor:
    """Return where the ``k`` smallest values of each row (n, M) are, smallest first, (n, k).

    The k smallest lie in the k groups with the smallest minima, so that only those are sorted.
    """
    width = values.shape[1] // _GROUP
    if width < 4 * k:
        return values.topk(k, dim=1, largest=False).indices
    whole = _GROUP * width
    minima = values[:, :whole].view(len(values), _GROUP, width).amin(1)
    groups = minima.topk(k, dim=1, largest=False).indices
    places = (groups[:, :, None] + torch.arange(_GROUP) * width).flatten(1)
    rest = torch.arange(whole, values.shape[1]).expand(len(values), -1)
    places = torch.cat([places, rest], 1)
    best = values.gather(1, places).topk(k, dim=1, largest=False).indices
    return places.gather(1, best)


def _exact(part: Tensor, base: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Return distances without the cancellation of a product, sorted, and their order."""
    found = torch.stack(
        [torch.linalg.vector_norm(part - base[column], dim=1) for column in chosen.T], dim=1
    )
    return found.sort(dim=1, stable=True)
