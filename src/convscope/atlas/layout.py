"""Layout: a place in the unit square for every sample, near those that the network finds alike."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from convscope.atlas.errors import AtlasError
from convscope.atlas.schema import LEFT_OUT, Numbers
from convscope.atlas.store import Store
from convscope.manifold import Progress, Stopped, project

LayoutMethod = Literal["umap", "tsne", "pca"]
Metric = Literal["cosine", "euclidean"]

_PERCENTILES = (1.0, 99.0)
_MARGIN = 0.1  # of the span between them, at each side
_MANY = 200_000  # samples from which more neighbours are looked at
_FEWEST = 4  # of the manifold's
_IN_MEMORY = 1 << 28  # bytes of vectors


@dataclass(frozen=True, kw_only=True)
class LayoutSettings:
    """How samples are laid out.

    Parameters
    ----------
    method : {"umap", "tsne", "pca"}
        See `convscope.manifold.project`.
    metric : {"cosine", "euclidean"}
        What counts as near.
    neighbours : int, optional
        How many near samples each is laid out by; by default 20, from 200,000 samples on 50.
    min_dist : float
        How near UMAP may put two samples.
    landmarks : int, optional
        How many samples UMAP itself lays out; the others are put beside those that they are near
        to. By default what the manifold's benchmark chose.
    seed : int
        Another seed gives another layout.
    """

    method: LayoutMethod = "umap"
    metric: Metric = "cosine"
    neighbours: int | None = None
    min_dist: float = 0.05
    landmarks: int | None = None
    seed: int = 0

    def near(self, count: int) -> int:
        """Return how many neighbours to look at among ``count`` samples."""
        wanted = self.neighbours or (50 if count >= _MANY else 20)
        return max(2, min(wanted, count - 1))


def kept_samples(store: Store) -> Numbers:
    """Return which samples there are: those whose images could be read, in order."""
    return np.flatnonzero(store.read("samples/image") > LEFT_OUT)


def lay_out(
    store: Store,
    layer: str,
    settings: LayoutSettings,
    *,
    progress: Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Numbers:
    """Return a place in the unit square for every sample of a layer.

    Parameters
    ----------
    store
        With all samples collected.
    layer
        Its name.
    settings
        How.
    progress
        Called with how far it is.
    stop
        Asked again and again whether to end.

    Returns
    -------
    ndarray
        (N, 2) float32, x and y; NaN where there is no sample.

    Raises
    ------
    AtlasError
        If there are too few samples, or the method fails.
    Stopped
        If ``stop`` said so.
    """
    kept = kept_samples(store)
    if len(kept) < _FEWEST:
        raise AtlasError(
            f"images: give {len(kept)} samples, too few to lay out; give more images or a larger "
            "samples_per_image"
        )
    options: dict[str, Any] = {"landmarks": settings.landmarks} if settings.landmarks else {}
    try:
        with _vectors(store, layer, kept) as vectors:
            found = project(
                vectors,
                method=settings.method,
                metric=settings.metric,
                neighbours=settings.near(len(kept)),
                min_dist=settings.min_dist,
                seed=settings.seed,
                progress=progress,
                stop=stop,
                **options,
            )
    except (AtlasError, Stopped):
        raise
    except Exception as error:  # numba, pynndescent and UMAP raise all sorts
        others = [name for name in ("umap", "tsne", "pca") if name != settings.method]
        raise AtlasError(
            f"method: {settings.method!r} could not lay {layer!r} out ({type(error).__name__}: "
            f"{error}); the samples are kept, so call the same with method={others[0]!r} or "
            f"{others[1]!r}, or with other neighbours"
        ) from error
    places = np.full((store.about.samples, 2), np.nan, np.float32)
    places[kept] = normalised(np.asarray(found.xy))
    return places


def normalised(xy: Numbers) -> Numbers:
    """Return a layout (N, 2) clipped and scaled to the unit square, float32.

    A few samples that lie far out would squeeze all others: each axis ends a tenth of the span
    outside its 1st and 99th percentile (Lucid, ``normalize_layout``, which takes a little more
    above than below). Samples that lie further out are put to the border.

    Examples
    --------
    >>> print(normalised(np.asarray([[0.0, 5.0], [10.0, 5.0]])).round(2))
    [[0.07 0.5 ]
     [0.93 0.5 ]]
    """
    values = xy.astype(np.float64)
    low, high = np.percentile(values, _PERCENTILES, axis=0)
    span = high - low
    low, high = low - _MARGIN * span, high + _MARGIN * span
    flat = span <= 0
    width = np.where(flat, 1.0, high - low)
    scaled = np.clip((values - low) / width, 0.0, 1.0)
    return np.where(flat, 0.5, scaled).astype(np.float32)


@contextmanager
def _vectors(store: Store, layer: str, kept: Numbers) -> Iterator[Numbers]:
    """Give the activations of samples (n, C), which lie on disk where they are many."""
    about, found = store.about, store.about.layer(layer)
    shape = (len(kept), found.channels)
    with tempfile.TemporaryFile() as file:
        size = shape[0] * shape[1] * 4
        small = size <= _IN_MEMORY
        if not small:
            _reserve(file.fileno(), size)
        vectors: Numbers = (
            np.empty(shape, np.float32) if small else np.memmap(file, np.float32, "w+", shape=shape)
        )
        for index in range(about.chunks):
            start = index * about.chunk
            first, stop = np.searchsorted(kept, (start, start + about.chunk))
            rows = store.rows(f"layers/{found.key}/activation", index)
            vectors[first:stop] = rows[kept[first:stop] - start]
        yield vectors
        del vectors


def _reserve(file: int, size: int) -> None:
    """Make sure of the room for a mapped file: without, writing to it would end the process."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno != errno.ENOSPC:  # a file system that can't tell
            return
        raise AtlasError(
            f"layout: {size / 1e9:.1f} GB of vectors don't fit into {tempfile.gettempdir()!r}; "
            "make room or set TMPDIR to another folder, and call the same again, which goes on"
        ) from error
