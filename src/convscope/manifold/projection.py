"""A map of vectors, with what it was made with and how far it can be trusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.arguments import check_count
from convscope.manifold.backends import Backend
from convscope.manifold.landmarks import place
from convscope.manifold.nearest import nearest
from convscope.manifold.parameters import Metric, Parameters
from convscope.manifold.pca import Basis
from convscope.manifold.pooling import Pool
from convscope.manifold.quality import Estimate, Quality
from convscope.manifold.rows import Rows, as_matrix
from convscope.manifold.watch import Progress, Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.alignment import Comparison
    from convscope.manifold.stability import Stability


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The points nearest to one of them in the layer's space.

    Attributes
    ----------
    indices
        (k,), rows of the map, nearest first.
    distances
        (k,): 1 − cosine, or Euclidean.
    """

    indices: NDArray[np.int64]
    distances: NDArray[np.float32]


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """A map: one place for each vector.

    Attributes
    ----------
    xy
        (N, 2), float32, the places.
    vectors
        (N, d), float32, the vectors in their principal components, of length 1 before that where
        the metric is the cosine. Neighbours are looked for in them.
    indices
        (N,), which of the vectors given each row is; all unless some were left out.
    given
        How many vectors were given, also those that were left out.
    parameters
        What it was made with.
    backend
        The library that laid it out.
    seconds
        How long it took.
    quality
        Its numbers.
    basis
        From vectors to ``vectors``.
    landmarks
        (L,), rows that were laid out; the others were placed among them. None if all were.
    """

    xy: NDArray[np.float32]
    vectors: NDArray[np.float32]
    indices: NDArray[np.int64]
    given: int
    parameters: Parameters
    backend: Backend
    seconds: float
    quality: Quality
    basis: Basis
    landmarks: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def method(self) -> str:
        """``"umap"``, ``"tsne"`` or ``"pca"``."""
        return self.parameters.method

    @property
    def metric(self) -> Metric:
        """``"cosine"`` or ``"euclidean"``."""
        return self.parameters.metric

    @property
    def seed(self) -> int:
        """Of everything that was drawn."""
        return self.parameters.seed

    @property
    def trustworthiness(self) -> Estimate:
        """1 where all neighbours in the map are neighbours in the space."""
        return self.quality.trustworthiness

    @property
    def overlap(self) -> Estimate:
        """Share of the nearest neighbours in the space that are nearest in the map too."""
        return self.quality.overlap

    @property
    def explained(self) -> float:
        """Share of the variance in the principal components that neighbours are looked for in."""
        return self.basis.explained

    def transform(
        self,
        new: Any,
        *,
        pool: Pool = "mean",
        progress: bool | Callable[[Progress], object] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> NDArray[np.float32]:
        """Return the places of new vectors in this map.

        PCA maps place them exactly; the others by their nearest neighbours among the points that
        were laid out, so that a vector of the map lands where it is.

        Parameters
        ----------
        new
            (n, D), in any form that `project` takes.
        pool
            How maps (n, C, H, W) become vectors.
        progress, stop
            As in `project`.

        Returns
        -------
        ndarray
            (n, 2), float32.
        """
        watch = Watch(progress, stop)
        vectors = self.embedded(new, pool=pool)
        if self.method == "pca":
            from convscope.manifold.alignment import procrustes
            from convscope.manifold.backends.start import plane

            # A map that was laid over another is turned, and its new points are turned with it.
            return procrustes(self.xy, plane(self.vectors)).apply(plane(vectors))
        rows = slice(None) if self.landmarks is None else self.landmarks
        return place(vectors, self.vectors[rows], self.xy[rows], watch)

    def embedded(self, new: Any, *, pool: Pool = "mean") -> NDArray[np.float32]:
        """Return new vectors (n, D) in the space of ``vectors``, (n, d)."""
        try:
            given = as_matrix(new)
        except (TypeError, ValueError) as error:  # here they have another name
            raise type(error)(f"new{str(error).removeprefix('vectors')}") from None
        rows = Rows(given, pool=pool, seed=self.seed)
        wanted = self.basis.directions.shape[1]
        if rows.dim != wanted:
            raise ValueError(f"new: vectors have {rows.dim} numbers, those of the map {wanted}")
        found = np.empty((len(rows), self.vectors.shape[1]), np.float32)
        for start, part in rows.pieces():
            bad = np.flatnonzero(~np.isfinite(part).all(1))
            if len(bad):
                raise ValueError(f"new: row {start + bad[0]} holds NaN or infinite values")
            found[start : start + len(part)] = self.basis.apply(part)
        return found

    def neighbours(self, index: int, k: int = 15) -> Neighbours:
        """Return the nearest points of one in the layer's space, which the map may have torn apart.

        Parameters
        ----------
        index
            Row of the map.
        k
            How many; there are at most N - 1.
        """
        row: Any = index
        if not isinstance(row, Integral) or not 0 <= int(row) < len(self):
            raise ValueError(f"index: there are {len(self)} points, from 0; got {index!r}")
        k = min(check_count("k", k), len(self) - 1)
        query = self.vectors[index : index + 1]
        indices, distances = nearest(query, self.vectors, k, own=np.array([index]))
        return Neighbours(indices[0], self.told(distances[0]))

    def told(self, distances: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return distances between ``vectors`` as the metric has them: 1 − cosine, or Euclidean."""
        if self.metric == "euclidean":
            return distances
        halved: NDArray[np.float32] = (np.square(distances) / 2).astype(np.float32)
        return halved

    def stability(self, runs: int = 20, fraction: float = 0.9, **options: Any) -> Stability:
        """Return how much of the map stays when it is made again from a part of the points.

        Parameters
        ----------
        runs, fraction, **options
            Those of :func:`convscope.manifold.stability`: ``labels``, ``seed``, ``progress``,
            ``stop``.
        """
        from convscope.manifold.stability import stability

        return stability(self, runs, fraction, **options)

    def compare(self, other: Projection, *, k: int = 15, seed: int = 0) -> Comparison:
        """Return how far another map of the same points agrees with this one.

        Parameters
        ----------
        other
            With another method, seed or layer. Points are matched by ``indices``.
        k, seed
            As in :func:`convscope.manifold.compare`.
        """
        from convscope.manifold.alignment import compare

        return compare(self, other, k=k, seed=seed)

    def to_pandas(self, **columns: Any) -> Any:
        """Return a table with ``index``, ``x``, ``y`` and the columns given, a row for each point.

        Parameters
        ----------
        **columns
            Labels or anything else, one for each point of the map, or one for each vector given.

        Raises
        ------
        ValueError
            If one has another length, or is called as the table's own columns are.
        """
        from convscope.manifold.table import to_pandas

        return to_pandas(self, columns)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the map to one file, from which `load` brings it back whole."""
        from convscope.manifold.store import save

        return save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Projection:
        """Read a map that `save` wrote."""
        from convscope.manifold.store import load

        return load(path)

    def __repr__(self) -> str:
        return (
            f"{self.method} of {len(self)} points by {self.backend}, {self.seconds:.1f} s, seed "
            f"{self.seed}: trustworthiness {self.trustworthiness}, neighbour overlap {self.overlap}"
        )
