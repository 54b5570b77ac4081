"""UMAP and t-SNE with cuML, on a CUDA device.

It works in one piece: a stop is heard before and after it, and the layout is shown once it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.manifold.backends.affinity import ITERATIONS
from convscope.manifold.backends.start import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> NDArray[np.float32]:
    """Return cuML's places for vectors (N, d), (N, 2)."""
    with watch.stage("laying out", 1) as tick:
        model = _umap(vectors, parameters) if parameters.method == "umap" else _tsne(parameters)
        xy = np.ascontiguousarray(np.asarray(model.fit_transform(vectors)), dtype=np.float32)
        watch.layout(xy, 1.0, last=True)
        tick(1)
    return xy


def _umap(vectors: NDArray[np.float32], parameters: Parameters) -> Any:
    from cuml.manifold import UMAP

    return UMAP(
        n_neighbors=parameters.neighbours,
        min_dist=parameters.min_dist,
        metric="euclidean",
        init=spread(vectors, 10.0, parameters.seed),  # its own spectral start has been unreliable
        random_state=parameters.seed,
        output_type="numpy",
    )


def _tsne(parameters: Parameters) -> Any:
    from cuml.manifold import TSNE

    return TSNE(
        perplexity=parameters.perplexity,
        n_neighbors=int(3 * parameters.perplexity) + 1,
        metric="euclidean",
        init="pca",
        max_iter=ITERATIONS,
        random_state=parameters.seed,
        output_type="numpy",
    )
