"""Neighbours for t-SNE: three times the perplexity of them, exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convscope.manifold.nearest import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.watch import Watch

EXAGGERATED = 250  # iterations in which attraction is exaggerated
ITERATIONS = 1000  # in all
EXAGGERATION = 12.0


def near(
    vectors: NDArray[np.float32], perplexity: float, watch: Watch
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the neighbours that matter at a perplexity: positions and distances, (N, k)."""
    count = len(vectors)
    k = min(count - 1, int(3 * perplexity) + 1)
    with watch.stage("finding neighbours", count) as tick:
        return nearest(vectors, vectors, k, own=np.arange(count), tick=tick)


def learning_rate(count: int) -> float:
    """Return the step for so many points (Belkina et al. 2019)."""
    return max(count / EXAGGERATION / 4, 50.0)
