"""t-SNE with openTSNE: Fourier interpolation for many points, Barnes–Hut for few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convscope.manifold.backends.affinity import EXAGGERATED, EXAGGERATION, ITERATIONS, near
from convscope.manifold.backends.start import narrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch

_STEPS = 10  # iterations between two looks at the layout


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> NDArray[np.float32]:
    """Return t-SNE's places for vectors (N, d), (N, 2), from their first two components on."""
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    known = PrecomputedNeighbors(*near(vectors, parameters.perplexity, watch))
    with watch.stage("weighing neighbours", 1) as tick:
        affinities = PerplexityBasedNN(knn_index=known, perplexity=parameters.perplexity)
        tick(1)
    start = narrow(vectors, parameters.seed).astype(np.float64)
    embedding = TSNEEmbedding(start, affinities, random_state=parameters.seed, n_jobs=1)
    with watch.stage("laying out", ITERATIONS) as tick:

        def phase(done: int, turns: int, pull: float) -> None:
            def look(turn: int, _error: float, places: NDArray[np.float64]) -> None:
                watch.layout(np.asarray(places, np.float32), (done + turn) / ITERATIONS)
                tick(done + turn)

            embedding.optimize(
                turns,
                exaggeration=pull,
                learning_rate="auto",
                inplace=True,
                callbacks=look,
                callbacks_every_iters=_STEPS,
            )

        phase(0, EXAGGERATED, EXAGGERATION)
        phase(EXAGGERATED, ITERATIONS - EXAGGERATED, 1.0)
    xy = np.ascontiguousarray(embedding, dtype=np.float32)
    watch.layout(xy, 1.0, last=True)
    return xy
