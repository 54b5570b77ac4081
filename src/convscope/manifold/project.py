"""From vectors to a map."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import torch

from convscope.manifold import pca
from convscope.manifold.backends import Backend, choose, layout
from convscope.manifold.backends.choice import Method
from convscope.manifold.landmarks import DEFAULT, place
from convscope.manifold.landmarks import choose as choose_landmarks
from convscope.manifold.parameters import Metric, Parameters
from convscope.manifold.pooling import Pool
from convscope.manifold.projection import Projection
from convscope.manifold.quality import measure
from convscope.manifold.rows import Rows, as_rows
from convscope.manifold.watch import OnLayout, Progress, Watch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_QUALITY = 15  # neighbours that the numbers of a map are about


def project(
    vectors: Any,
    *,
    method: Method = "umap",
    metric: Metric = "cosine",
    neighbours: int = 15,
    min_dist: float = 0.1,
    perplexity: float = 30.0,
    components: int = 50,
    landmarks: int | None = DEFAULT,
    seed: int = 0,
    backend: str | None = None,
    pool: Pool = "mean",
    errors: Literal["raise", "skip"] = "raise",
    progress: bool | Callable[[Progress], object] | None = None,
    on_layout: OnLayout | None = None,
    stop: Callable[[], bool] | None = None,
) -> Projection:
    """Return a map of vectors: near in it is what is near in their space.

    First their principal components, then UMAP or t-SNE from the first two of them on. Of more
    than ``landmarks`` points so many are laid out, and the others placed among them by their
    nearest neighbours.

    Parameters
    ----------
    vectors
        (N, D): an array, a tensor, a pandas or Arrow table or column, a list, a Dataset of vectors
        (labels beside them are left out); or activations (N, C, H, W) of one layer.
    method
        ``"umap"`` (McInnes et al. 2018), ``"tsne"`` (van der Maaten and Hinton 2008) or ``"pca"``.
    metric
        ``"cosine"`` compares directions, ``"euclidean"`` positions.
    neighbours
        Of UMAP: how many points count as near; more show the large, fewer the small.
    min_dist
        Of UMAP: how near points may come in the map, 0 to 1.
    perplexity
        Of t-SNE: about how many points count as near.
    components
        How many principal components neighbours are looked for in.
    landmarks
        Up to how many points are laid out; None for all.
    seed
        Of everything that is drawn.
    backend
        The library, by name; by default the fastest that is installed and runs here.
    pool
        How activations become vectors: see :meth:`convscope.Scope.embed`.
    errors
        ``"skip"`` leaves out rows with NaN or infinite values, with a warning that names them.
    progress
        True for a bar for each stage, or a function of a `Progress`, which has the time left.
    on_layout
        A function of the layout so far, (N, 2) with NaN where a point has no place yet, and the
        fraction done: for a preview.
    stop
        A function that is asked again and again whether to stop; then `Stopped` is raised.

    Returns
    -------
    Projection
        The map, with its trustworthiness, its parameters and its seed.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, there are fewer than 4 points, all are equal, or some are not
        finite.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> vectors = digits.scope.embed(digits.images, "conv2")
    >>> cs.manifold.project(vectors, method="pca").xy.shape[1]
    2
    """
    asked = Parameters(
        method, metric, neighbours, min_dist, perplexity, components, landmarks, seed
    ).checked()
    library = choose(asked.method, backend)
    began = time.perf_counter()
    watch = Watch(progress, stop, on_layout)
    rows = as_rows(vectors, pool=pool, seed=asked.seed, errors=errors, watch=watch)
    some = None
    if asked.method != "pca":
        some = choose_landmarks(len(rows), asked.landmarks, asked.seed)
    used = asked.fitted(len(rows) if some is None else len(some))
    unit = used.metric == "cosine"
    basis = pca.fit(rows, used.components, unit=unit, seed=used.seed, watch=watch)
    inner = _embedded(rows, basis, watch)
    xy = laid_out(inner, some, library, used, watch)
    quality = measure(rows, xy, unit=unit, k=_QUALITY, seed=used.seed, watch=watch)
    seconds = time.perf_counter() - began
    return Projection(
        xy, inner, rows.kept, rows.given, used, library, seconds, quality, basis, some
    )


def laid_out(
    vectors: NDArray[np.float32],
    some: NDArray[np.int64] | None,
    library: Backend,
    parameters: Parameters,
    watch: Watch,
) -> NDArray[np.float32]:
    """Return the places of vectors (N, d): of some of them laid out, of the others among those."""
    watch.of_some(some, len(vectors))
    if some is None:
        return layout(library, vectors, parameters, watch)
    anchors = vectors[some]
    fixed = layout(library, anchors, parameters, watch)
    xy = place(vectors, anchors, fixed, watch)
    xy[some] = fixed
    watch.layout(xy, 1.0, last=True)
    return xy


def _embedded(rows: Rows, basis: pca.Basis, watch: Watch) -> NDArray[np.float32]:
    found: NDArray[np.float32] = torch.empty(len(rows), len(basis.directions)).numpy()
    with watch.stage("turning to principal components", len(rows)) as tick:
        for start, part in rows.pieces():
            found[start : start + len(part)] = basis.apply(part)
            tick(start + len(part))
    return found
