"""t-SNE with scikit-learn's Barnes–Hut gradient.

Its own loop tells nothing and can't be stopped, so the loop is here: the same momentum, gains and
schedule (van der Maaten 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convscope.manifold.backends.affinity import (
    EXAGGERATED,
    EXAGGERATION,
    ITERATIONS,
    learning_rate,
    near,
)
from convscope.manifold.backends.start import narrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch

_ANGLE = 0.5  # under which a group of far points counts as one
_STILL = 1e-7  # length of the gradient under which nothing moves any more


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> NDArray[np.float32]:
    """Return t-SNE's places for vectors (N, d), (N, 2), from their first two components on."""
    from sklearn.manifold._t_sne import _kl_divergence_bh

    joint = _affinities(vectors, parameters.perplexity, watch) * EXAGGERATION
    count = len(vectors)
    place = narrow(vectors, parameters.seed).ravel()
    rate, momentum = learning_rate(count), 0.5
    update, gains = np.zeros_like(place), np.ones_like(place)
    options = {"angle": _ANGLE, "compute_error": False, "num_threads": torch.get_num_threads()}
    with watch.stage("laying out", ITERATIONS) as tick:
        for turn in range(ITERATIONS):
            if turn == EXAGGERATED:
                joint, momentum = joint / EXAGGERATION, 0.8
                update[:], gains[:] = 0, 1
            gradient = _kl_divergence_bh(place, joint, 1, count, 2, **options)[1]
            against = update * gradient < 0
            gains = np.maximum(np.where(against, gains + 0.2, gains * 0.8), 0.01)
            gradient = gradient * gains
            update = momentum * update - rate * gradient
            place += update
            watch.layout(place.reshape(count, 2), (turn + 1) / ITERATIONS)
            tick(turn + 1)
            if turn > EXAGGERATED and np.linalg.norm(gradient) < _STILL:
                break
    xy = np.ascontiguousarray(place.reshape(count, 2), dtype=np.float32)
    watch.layout(xy, 1.0, last=True)
    return xy


def _affinities(vectors: NDArray[np.float32], perplexity: float, watch: Watch) -> Any:
    """Return how much each pair belongs together, a sparse (N, N) that adds up to 1."""
    from scipy.sparse import csr_matrix
    from sklearn.manifold._t_sne import _joint_probabilities_nn

    indices, distances = near(vectors, perplexity, watch)
    count, k = indices.shape
    with watch.stage("weighing neighbours", 1) as tick:
        starts = np.arange(0, count * k + 1, k)
        square = np.square(distances).ravel()
        graph = csr_matrix((square, indices.ravel(), starts), shape=(count, count))
        joint = csr_matrix(_joint_probabilities_nn(graph, perplexity, 0))
        tick(1)
    return joint
