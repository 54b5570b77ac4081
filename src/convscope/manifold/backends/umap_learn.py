"""UMAP with umap-learn's fuzzy graph."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convscope.manifold.backends.start import spread
from convscope.manifold.nearest import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch

_WIDTH = 10.0  # of the start, as umap-learn has it
_PUSHES = np.float32(5)  # points that each pull is weighed against
# umap-learn's compiled loops run in parallel, and one of numba's threading layers ends the process
# when two Python threads enter it at once, as two widgets would.
_ONE_AT_A_TIME = threading.Lock()


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> NDArray[np.float32]:
    """Return UMAP's places for vectors (N, d), (N, 2), from their first two components on."""
    graph, curve = fuzzy_graph(vectors, parameters, watch)
    epochs = 500 if len(vectors) <= 10_000 else 200
    graph.data[graph.data < graph.data.max() / epochs] = 0
    graph.eliminate_zeros()
    edges = graph.tocoo()
    xy = spread(vectors, _WIDTH, parameters.seed)
    from convscope.manifold.backends.descent import epoch

    a, b = (np.float32(each) for each in curve)
    period = (edges.data.max() / edges.data).astype(np.float32)
    due, push_due = period.copy(), period / _PUSHES
    states = np.random.default_rng(parameters.seed).integers(
        1, 2**63, len(vectors), dtype=np.uint64
    )
    heads, tails = edges.row.astype(np.int64), edges.col.astype(np.int64)
    with watch.stage("laying out", epochs) as tick:
        for turn in range(epochs):
            alpha = np.float32(1 - turn / epochs)
            epoch(xy, heads, tails, period, due, push_due, states, a, b, alpha, turn, _PUSHES)
            watch.layout(xy, (turn + 1) / epochs, last=turn + 1 == epochs)
            tick(turn + 1)
    return xy


@contextmanager
def _threads_kept() -> Iterator[None]:
    """Leave torch as many threads as it had: numba sets those of OpenMP, which both share."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fuzzy_graph(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> tuple[Any, tuple[float, float]]:
    """Return umap-learn's graph of vectors (N, d), sparse (N, N), and the curve of its map.

    Neighbours are exact, found here; umap-learn counts a point among its own.
    """
    count, k = len(vectors), parameters.neighbours
    own = np.arange(count)
    indices = np.empty((count, k), np.int64)
    distances = np.zeros((count, k), np.float32)
    indices[:, 0] = own
    with watch.stage("finding neighbours", count) as tick:
        found = nearest(vectors, vectors, k - 1, own=own, tick=tick)
        indices[:, 1:], distances[:, 1:] = found
    with watch.stage("weighing neighbours", 1) as tick, _ONE_AT_A_TIME, _threads_kept():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its imports and numba tell of themselves
            from umap.umap_ import find_ab_params, fuzzy_simplicial_set

            graph = fuzzy_simplicial_set(
                vectors,
                k,
                np.random.RandomState(parameters.seed),
                "euclidean",
                knn_indices=indices,
                knn_dists=distances,
            )[0]
            curve = find_ab_params(1.0, parameters.min_dist)
        tick(1)
    return graph.tocsr(), (float(curve[0]), float(curve[1]))
