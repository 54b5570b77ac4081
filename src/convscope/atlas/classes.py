"""Atlases of one class, and of what tells two classes apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from convscope.atlas.contents import Samples
from convscope.atlas.errors import AtlasError
from convscope.atlas.grid import GridLevel, sorted_into
from convscope.atlas.icons.inversion import Icon, render_inversions
from convscope.atlas.icons.patches import PatchIcon, cut_patches
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.layout import LayoutMethod, Metric, normalised
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.manifold import project
from convscope.scope import Scope

Filter = Literal["winner", "magnitude", "both"]

_COMPONENTS = 50  # that a 1-D t-SNE looks for neighbours in
_PERPLEXITY = 50  # the article's
_CLIP = 99  # percentile of a difference that becomes 1


@dataclass(frozen=True)
class ClassAtlas:
    """Some samples of an atlas on a map of their own.

    Attributes
    ----------
    title
        What it shows.
    layer, classes
        Of which layer, for which classes.
    samples
        The samples.
    xy
        (n, 2) float32 places in [0, 1].
    values
        (n, len(classes)) float32 attribution of each sample to each class.
    level
        The grid: its cells, counts and members, which are rows of ``samples``.
    activations, attributions
        (M, C) and (M, K) float32 means of the cells.
    nearest
        (M,) int64 the row in ``samples`` of the sample nearest to each cell's mean.
    axes
        What x and y mean, in words.
    scope, images
        What the atlas was built of, where these are at hand.
    """

    title: str
    layer: str
    classes: tuple[int, ...]
    samples: Samples = field(repr=False)
    xy: Numbers = field(repr=False)
    values: Numbers = field(repr=False)
    level: GridLevel = field(repr=False)
    activations: Numbers = field(repr=False)
    attributions: Numbers = field(repr=False)
    nearest: Numbers = field(repr=False)
    axes: tuple[str, str] = ("", "")
    scope: Scope | None = field(default=None, repr=False)
    images: Any = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.samples)

    def top(self) -> Numbers:
        """Return the class that each cell speaks most for, (M,) int64."""
        return np.asarray(self.attributions.argmax(axis=1))

    def patches(self, scope: Scope, images: Any, *, size: int = 64) -> Iterator[PatchIcon]:
        """Yield the real patch nearest to each cell's mean; ``index`` is the cell's row."""
        return cut_patches(
            scope,
            images,
            self.layer,
            torch.from_numpy(self.samples.images[self.nearest]),
            torch.from_numpy(self.samples.positions[self.nearest]),
            size=size,
        )

    def inversions(self, scope: Scope, settings: IconSettings | None = None) -> Iterator[Icon]:
        """Yield an inversion of each cell's mean; ``index`` is the cell's row."""
        names = [f"{self.title}/{number}" for number in self.level.cells]
        wanted = torch.from_numpy(self.activations)
        return render_inversions(scope, self.layer, wanted, names=names, settings=settings)


def for_class(
    reader: Reader,
    name: str | int,
    *,
    filter: Filter = "both",  # noqa: A002
    count: int = 2000,
    layer: str | None = None,
    side: int = 8,
    min_count: int = 1,
    method: LayoutMethod = "umap",
    metric: Metric = "cosine",
    seed: int = 0,
) -> ClassAtlas:
    """Return the atlas of a class; see `Atlas.for_class`."""
    index = reader.class_index(name)
    layer = reader.about.layer(layer).name
    numbers = _chosen(reader, index, filter, count, layer)
    title = f"{reader.class_name(index)}, {layer}"
    if len(numbers) < 4:
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
    return _gridded(reader, title, layer, (index,), numbers, xy, vectors, side, min_count)


def compare(
    reader: Reader,
    left: str | int,
    right: str | int,
    *,
    count: int = 2000,
    layer: str | None = None,
    side: int = 10,
    min_count: int = 1,
    seed: int = 0,
) -> ClassAtlas:
    """Return what tells two classes apart; see `Atlas.compare`."""
    pair = reader.class_index(left), reader.class_index(right)
    if pair[0] == pair[1]:
        raise AtlasError(f"right: must be another class than left, got {right!r} for both")
    layer = reader.about.layer(layer).name
    both = [_chosen(reader, index, "both", count, layer) for index in pair]
    numbers = np.unique(np.concatenate(both))
    names = [reader.class_name(index) for index in pair]
    if len(numbers) < 4:
        raise AtlasError(
            f"left, right: {len(numbers)} samples speak for {names[0]!r} or {names[1]!r}, too few "
            "for a map; choose others, or build the atlas of more images"
        )
    vectors = reader.activations(numbers, layer)
    values = reader.attributions(numbers, layer)
    x = (centred(values[:, pair[1]] - values[:, pair[0]]) + 1) / 2
    y = _line(vectors, seed)
    xy = np.stack([x, y], axis=1).astype(np.float32)
    title = f"{names[0]} – {names[1]}, {layer}"
    axes = (
        f"attribution to {names[1]} − attribution to {names[0]}",
        "likeness of activations (t-SNE)",
    )
    return _gridded(reader, title, layer, pair, numbers, xy, vectors, side, min_count, axes)


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
        winners = reader.store.read(f"{key}/top_class")[kept, 0]
        found.append(kept[winners == index])
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


def _gridded(
    reader: Reader,
    title: str,
    layer: str,
    classes: tuple[int, ...],
    numbers: Numbers,
    xy: Numbers,
    vectors: Numbers,
    side: int,
    min_count: int,
    axes: tuple[str, str] = ("", ""),
) -> ClassAtlas:
    level = sorted_into(xy, side, min_count=min_count)
    effects = reader.attributions(numbers, layer)
    means, labels, nearest = [], [], []
    for start, stop in zip(level.starts[:-1], level.starts[1:], strict=True):
        rows = level.members[start:stop]
        mean = vectors[rows].mean(axis=0)
        means.append(mean)
        labels.append(effects[rows].mean(axis=0))
        nearest.append(rows[_most_alike(vectors[rows], mean)])
    return ClassAtlas(
        title=title,
        layer=layer,
        classes=classes,
        samples=reader.sample(numbers, layer),
        xy=xy,
        values=effects[:, list(classes)],
        level=level,
        activations=np.stack(means),
        attributions=np.stack(labels),
        nearest=np.asarray(nearest, np.int64),
        axes=axes,
        scope=reader.scope,
        images=reader.images,
    )


def _most_alike(vectors: Numbers, mean: Numbers) -> int:
    rows: Tensor = torch.from_numpy(vectors)
    wanted = torch.from_numpy(mean)[None]
    return int(torch.nn.functional.cosine_similarity(rows, wanted, dim=1).argmax())
