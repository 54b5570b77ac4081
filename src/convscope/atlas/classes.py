"""Atlases of one class, and of what tells two classes apart."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from convscope.arguments import check_count
from convscope.atlas.class_atlas import ClassAtlas
from convscope.atlas.errors import AtlasError, AtlasNotice
from convscope.atlas.grid import chosen_levels, sorted_into
from convscope.atlas.layout import LayoutMethod, Metric, normalised
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.manifold import project

Filter = Literal["winner", "magnitude", "both"]

_FEWEST = 4  # samples of a map
_COMPONENTS = 50  # that a 1-D t-SNE looks for neighbours in
_PERPLEXITY = 50  # the article's
_CLIP = 99  # percentile of a difference that becomes 1


def for_class(
    reader: Reader,
    name: str | int,
    *,
    filter: Filter = "both",  # noqa: A002
    count: int = 2000,
    layer: str | None = None,
    levels: Sequence[int] | int | None = None,
    min_count: int = 1,
    method: LayoutMethod = "umap",
    metric: Metric = "cosine",
    seed: int = 0,
) -> ClassAtlas:
    """Return a map of its own for the samples that speak for a class.

    Where the atlas let go of the samples' attributions (from 2²⁸ numbers on), only samples that
    have the class among their ten strongest count for it.

    Parameters
    ----------
    name
        The class, by name or index.
    filter : {"winner", "magnitude", "both"}
        Samples that speak for no class more; the ``count`` that speak for it most; or both,
        each once. Distill has both and counts those in both twice.
    count
        At most so many by magnitude.
    layer
        Name of the layer; the first one by default.
    levels
        Cells a side of each grid, by default 20 and 40, or what the samples are enough for.
    min_count
        Cells with fewer samples are left out.
    method, metric, seed
        Of the layout.

    Raises
    ------
    AtlasError
        If too few samples speak for the class.
    """
    index = reader.class_index(name)
    layer = reader.about.layer(layer).name
    numbers = _chosen(reader, index, filter, count, layer)
    if len(numbers) < _FEWEST:
        raise AtlasError(
            f"name: {len(numbers)} samples speak for {reader.class_name(index)!r}, too few for a "
            "map; choose another class or filter, or build the atlas of more images"
        )
    vectors = reader.activations(numbers, layer)
    near = max(2, min(20, len(numbers) - 1))
    found = project(
        vectors, method=method, metric=metric, neighbours=near, min_dist=0.02, seed=seed
    )
    xy = normalised(np.asarray(found.xy))
    chosen = _Chosen(layer, (index,), numbers, vectors, metric)
    return chosen.gridded(reader, xy, levels, min_count)


def compare(
    reader: Reader,
    left: str | int,
    right: str | int,
    *,
    count: int = 2000,
    layer: str | None = None,
    levels: Sequence[int] | int | None = None,
    min_count: int = 1,
    seed: int = 0,
) -> ClassAtlas:
    """Return what tells two classes apart: x is which one a sample speaks for.

    x is the attribution to ``right`` minus that to ``left``, over the 99th percentile of its
    magnitude, so that 0.5 speaks for neither; y is a 1-D t-SNE of the activations (Distill
    Activation Atlas, §"Comparing").

    Parameters
    ----------
    left, right
        The classes, by name or index.
    count, layer, levels, min_count, seed
        As in `for_class`.

    Raises
    ------
    AtlasError
        If both are the same class, or too few samples speak for either.
    """
    pair = reader.class_index(left), reader.class_index(right)
    if pair[0] == pair[1]:
        raise AtlasError(f"right: must be another class than left, got {right!r} for both")
    layer = reader.about.layer(layer).name
    both = [_chosen(reader, index, "both", count, layer) for index in pair]
    numbers = np.unique(np.concatenate(both))
    if len(numbers) < _FEWEST:
        names = [reader.class_name(index) for index in pair]
        raise AtlasError(
            f"left, right: {len(numbers)} samples speak for {names[0]!r} or {names[1]!r}, too few "
            "for a map; choose others, or build the atlas of more images"
        )
    vectors = reader.activations(numbers, layer)
    values = reader.attributions(numbers, layer)
    x = (centred(values[:, pair[1]] - values[:, pair[0]]) + 1) / 2
    xy = np.stack([x, _line(vectors, seed)], axis=1).astype(np.float32)
    return _Chosen(layer, pair, numbers, vectors, "cosine").gridded(reader, xy, levels, min_count)


def centred(differences: Numbers) -> Numbers:
    """Return differences over the 99th percentile of their magnitudes, clipped to ±1.

    0 stays 0: where neither class is preferred.
    """
    most = float(np.percentile(np.abs(differences), _CLIP))
    return np.clip(differences / (most or 1.0), -1, 1)


def _chosen(reader: Reader, index: int, rule: Filter, count: int, layer: str) -> Numbers:
    """Return the numbers of the samples that speak for a class, each once, ascending."""
    kept = reader.kept()
    key = reader.key(layer)
    found: list[Numbers] = []
    if rule in ("winner", "both"):
        chunks = range(reader.about.chunks)
        firsts = [reader.store.rows(f"{key}/top_class", chunk)[:, 0] for chunk in chunks]
        found.append(kept[np.concatenate(firsts)[kept] == index])
    if rule in ("magnitude", "both"):
        values = reader.class_values(index, layer)[kept]
        order = np.argsort(-values, kind="stable")[:count]
        found.append(kept[order[values[order] > 0]])
    if not found:
        raise AtlasError(f"filter: {rule!r} isn't known; choose 'winner', 'magnitude' or 'both'")
    return np.unique(np.concatenate(found))


def _line(vectors: Numbers, seed: int) -> Numbers:
    """Return a place on a line for each vector, in [0, 1]: 1-D t-SNE as the article has it."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    fewest = min(_COMPONENTS, *vectors.shape)
    inner = PCA(fewest, random_state=seed).fit_transform(vectors)
    perplexity = max(1.0, min(_PERPLEXITY, (len(vectors) - 1) / 3))
    tsne = TSNE(1, metric="cosine", perplexity=perplexity, init="pca", random_state=seed)
    line = tsne.fit_transform(inner)
    return normalised(np.repeat(line, 2, axis=1))[:, 0]


@dataclass(frozen=True)
class _Chosen:
    """Samples that a map of their own is made of."""

    layer: str
    classes: tuple[int, ...]
    numbers: Numbers  # (n,) ascending
    vectors: Numbers  # (n, C)
    metric: Metric

    def gridded(
        self,
        reader: Reader,
        xy: Numbers,
        levels: Sequence[int] | int | None,
        min_count: int,
    ) -> ClassAtlas:
        """Return the map on which they lie at ``xy`` (n, 2)."""
        check_count("min_count", min_count)
        chosen = chosen_levels(len(self.numbers), levels)
        for note in chosen.notes if levels is not None else ():
            warnings.warn(note, AtlasNotice, stacklevel=3)
        grids = tuple(sorted_into(xy, side, min_count=min_count) for side in chosen.sides)
        if not any(len(grid.cells) for grid in grids):
            raise AtlasError(
                f"min_count: no cell of {self.layer!r} holds {min_count} samples of these classes; "
                "choose fewer, or a coarser level"
            )
        return ClassAtlas(
            layer=self.layer,
            classes=self.classes,
            samples=replace(reader.sample(self.numbers, self.layer), xy=xy),
            activations=self.vectors,
            attributions=reader.attributions(self.numbers, self.layer),
            grids=grids,
            metric=self.metric,
            notes=chosen.notes,
            reader=reader,
        )
