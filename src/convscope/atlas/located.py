"""Where the positions of a new image fall on an atlas: its path through the manifold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.atlas.about import LayerAbout
from convscope.atlas.errors import AtlasError
from convscope.atlas.grid import cells_of
from convscope.atlas.layout import LayoutSettings, Metric
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.featurevis.cache import weights_digest
from convscope.scope import Scope
from convscope.strongest import as_maps

_NEAR = 5  # samples that a position is put among
_MOST = 1024  # positions of a large map that are looked at, evenly spread


@dataclass(frozen=True)
class Located:
    """Where the positions of an image fall.

    Attributes
    ----------
    layer
        Of which layer.
    positions
        (P, 2) int64 row and column in the layer's map, row by row.
    boxes
        (P, 4) int64 (y0, x0, y1, x1) of what each sees, in pixels of the view.
    xy
        (P, 2) float32 places on the map.
    nearest
        (P, k) int64 the most alike samples, the first one most.
    likeness
        (P,) float32 how alike that first one is: the cosine. Where it is low, the atlas has
        nothing like the position, and its place means little.
    """

    layer: str
    positions: Numbers = field(repr=False)
    boxes: Numbers = field(repr=False)
    xy: Numbers = field(repr=False)
    nearest: Numbers = field(repr=False)
    likeness: Numbers = field(repr=False)

    def __len__(self) -> int:
        return len(self.positions)

    def cells(self, level: int) -> Numbers:
        """Return the number of the cell that each position falls into, (P,)."""
        return cells_of(self.xy, level)


Pieces = Iterable[tuple[Numbers, Numbers]]  # numbers of samples (n,), their activations (n, C)


def locate(reader: Reader, scope: Scope, image: Any, layer: str | None = None) -> Located:
    """Return where the positions of an image fall on the atlas: its path through the manifold.

    Each position is put among the five samples whose activations are most alike.

    Parameters
    ----------
    scope
        The network that the atlas is of.
    image
        One image, in any form; it needs not be one of the atlas.
    layer
        Name of the layer; the first one by default.

    Raises
    ------
    AtlasError
        If the network's weights are others.
    """
    about = reader.about.layer(layer)
    settings = reader.store.marked(about.name, "layout")
    if settings is None:
        raise AtlasError(f"layer: {about.name!r} is not laid out yet; let the build go on")
    metric: Metric = settings.get("metric", LayoutSettings.metric)
    xy = reader.xy(about.name)
    known = ~np.isnan(xy[:, 0])
    return put_among(
        reader, scope, image, about.name, _pieces(reader, about, known), xy, metric=metric
    )


def put_among(
    reader: Reader,
    scope: Scope,
    image: Any,
    layer: str,
    pieces: Pieces,
    xy: Numbers,
    *,
    metric: Metric,
) -> Located:
    """Return where each position of an image falls among samples of an atlas.

    Parameters
    ----------
    reader, layer
        Of the atlas.
    scope, image
        The network, and one image.
    pieces
        The samples among which positions are put.
    xy
        (N, 2) places of all samples of the atlas by their numbers.
    metric
        What counts as near.
    """
    about = reader.about.layer(layer)
    positions, queries = _asked(reader, about, scope, image)
    away, nearest = _nearest(pieces, queries, cosine=metric == "cosine")
    first = reader.activations(nearest[:, 0].numpy(), about.name)
    likeness = functional.cosine_similarity(queries, torch.from_numpy(first), dim=1)
    return Located(
        layer=about.name,
        positions=positions,
        boxes=reader.boxes(about.name)[positions[:, 0], positions[:, 1]],
        xy=_among(xy[nearest.numpy()], away.numpy()),
        nearest=nearest.numpy(),
        likeness=likeness.numpy(),
    )


def _asked(reader: Reader, about: LayerAbout, scope: Scope, image: Any) -> tuple[Numbers, Tensor]:
    """Return positions (P, 2) of an image's map and the activations there (P, C)."""
    if weights_digest(scope.network) != reader.about.weights:
        raise AtlasError(
            f"scope: {scope.name} has other weights than {reader.about.model}, of which the atlas "
            f"at {reader.path!r} is; activations of two networks can't be compared"
        )
    maps = as_maps(next(iter(scope.activations(image, [about.name]).values()))).float()
    if len(maps) != 1:
        raise AtlasError(f"image: must be one image, got {len(maps)}")
    positions = _positions(about, (int(maps.shape[2]), int(maps.shape[3])))
    return positions, maps[0][:, positions[:, 0], positions[:, 1]].T.contiguous()


def _positions(about: LayerAbout, size: tuple[int, int]) -> Numbers:
    if size != about.size:
        raise AtlasError(
            f"image: {about.name!r} has a map of {size[0]} × {size[1]} for it, the atlas is of "
            f"{about.size[0]} × {about.size[1]}"
        )
    step = 1
    while -(-size[0] // step) * -(-size[1] // step) > _MOST:
        step += 1
    rows, columns = (np.arange(step // 2, side, step) for side in size)
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)


def _pieces(reader: Reader, about: LayerAbout, known: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield the samples that are ``known`` (N,) chunk by chunk."""
    size = reader.about.chunk
    for index in range(reader.about.chunks):
        kept = np.flatnonzero(known[index * size : (index + 1) * size])
        if len(kept):
            rows = reader.store.rows(f"layers/{about.key}/activation", index)
            yield kept + index * size, rows[kept]


def _nearest(pieces: Pieces, queries: Tensor, *, cosine: bool) -> tuple[Tensor, Tensor]:
    """Return distances and numbers of the nearest samples, (P, k), nearest first."""
    wanted = functional.normalize(queries, dim=1) if cosine else queries
    away = torch.full((len(queries), 0), 0.0)
    found = torch.full((len(queries), 0), 0)
    for own, rows in pieces:
        values = torch.from_numpy(rows)
        values = functional.normalize(values, dim=1) if cosine else values
        away = torch.cat([away, torch.cdist(wanted, values)], dim=1)
        numbers = torch.from_numpy(own).expand(len(queries), -1)
        found = torch.cat([found, numbers], dim=1)
        away, best = away.topk(min(_NEAR, away.shape[1]), dim=1, largest=False)
        found = found.gather(1, best)
    return away, found


def _among(places: Numbers, away: Numbers) -> Numbers:
    """Return a place among (P, k, 2), each counting the more the nearer it is.

    A position that is a sample falls where that sample is.
    """
    weights = 1 / np.maximum(away, 1e-6) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((places * weights[..., None]).sum(axis=1), np.float32)
