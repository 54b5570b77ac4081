"""The grid stage: what the samples of a cell have in common, written level by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from convscope.atlas.contents import Cells
from convscope.atlas.grid import GridLevel, Means, cells_of, sorted_into
from convscope.atlas.layout import kept_samples
from convscope.atlas.schema import Numbers
from convscope.atlas.store import Store, sample_values
from convscope.manifold import Moments

_MOMENT = 65536  # samples that the second moment is taken over: enough for some thousand channels
_ROWS = 256  # cells in a chunk
_AT_ONCE = 16384  # samples that are added up at once


def grid_layer(store: Store, layer: str, sides: Sequence[int], min_count: int) -> None:
    """Write the cells of all levels of a layer: members, counts, means and spread.

    The samples are read twice, chunk by chunk: once for the means, once for what lies how far
    from them.
    """
    key = f"layers/{store.about.layer(layer).key}"
    xy = store.read(f"{key}/xy")
    levels = [sorted_into(xy, side, min_count=min_count) for side in sides]
    _write_means(store, key, xy, levels)
    found = _second_look(store, key, xy, levels)
    for level, each in zip(levels, found, strict=True):
        place = f"{key}/levels/{level.side}"
        store.put(f"{place}/spread", each.spread())
        store.put(f"{place}/nearest", each.nearest.astype(np.int32))
        store.put(f"{place}/nearest_cosine", each.best.astype(np.float32))
        store.put(f"{place}/start", level.starts)
        store.put(f"{place}/member", level.members)
        store.put(f"{place}/count", level.counts)
        store.put(f"{place}/cell", level.cells)  # last: where it is, the level is whole


def _write_means(store: Store, key: str, xy: Numbers, levels: list[GridLevel]) -> None:
    about = store.about
    sides = [level.side for level in levels]
    names = ["activation"] + (["attribution"] if about.class_count else [])
    for name in names:
        width = store.array(f"{key}/{name}").shape[1]
        means = Means(sides, width)
        for chunks in _groups(store):
            values = [sample_values(store, key, name, index) for index in chunks]
            rows = slice(chunks[0] * about.chunk, (chunks[-1] + 1) * about.chunk)
            means.add(xy[rows], np.concatenate(values))
        for level in levels:
            found = means.sums(level.side)[level.cells] / level.counts[:, None]
            path = f"{key}/levels/{level.side}/{name}"
            store.put(path, found.astype(np.float32), rows=_ROWS)


@dataclass
class Look:
    """How far samples lie from the means of their cells, at one level."""

    rows: Numbers  # (side²,) the row of each cell, -1 for those left out
    means: torch.Tensor  # (M, C) of length 1
    counts: Numbers
    total: Numbers  # (M,) sum of cosines
    best: Numbers  # (M,) highest cosine
    nearest: Numbers  # (M,) the sample that has it

    @classmethod
    def at(cls, level: GridLevel, means: Numbers) -> Look:
        """Return a look at a level with means (M, C)."""
        count = len(level.cells)
        rows = np.full(level.side**2, -1)
        rows[level.cells] = np.arange(count)
        unit = torch.nn.functional.normalize(torch.from_numpy(means), dim=1)
        best = np.full(count, -np.inf)
        return cls(rows, unit, level.counts, np.zeros(count), best, np.full(count, -1))

    def add(self, cells: Numbers, samples: Numbers, values: torch.Tensor) -> None:
        """Take in samples with their cells and activations of length 1."""
        rows = np.where(cells >= 0, self.rows[np.maximum(cells, 0)], -1)
        inside = np.flatnonzero(rows >= 0)
        rows = rows[inside]
        cosines = (values[inside] * self.means[rows]).sum(1).double().numpy()
        np.add.at(self.total, rows, cosines)
        # Of each cell the most alike, and of equals the first.
        order = np.lexsort((samples[inside], -cosines, rows))
        found, first = np.unique(rows[order], return_index=True)
        chosen = order[first]
        closer = cosines[chosen] > self.best[found]
        found, chosen = found[closer], chosen[closer]
        self.best[found], self.nearest[found] = cosines[chosen], samples[inside][chosen]

    def spread(self) -> Numbers:
        """Return 1 − the mean cosine with the mean, (M,) float32."""
        return np.asarray(1 - self.total / self.counts, np.float32)


def _second_look(store: Store, key: str, xy: Numbers, levels: list[GridLevel]) -> list[Look]:
    """Return how far samples lie from their cells' means, and write the second moment."""
    looks = [
        Look.at(level, store.read(f"{key}/levels/{level.side}/activation")) for level in levels
    ]
    step = max(1, len(kept_samples(store)) // _MOMENT)
    moments = Moments()
    for index, rows in _chunks(store):
        values = torch.from_numpy(store.rows(f"{key}/activation", index))
        known = np.flatnonzero(~np.isnan(xy[rows, 0]))
        moments.add(values[known[known % step == 0]])
        unit = torch.nn.functional.normalize(values, dim=1)
        samples = np.arange(rows.start, rows.start + len(values))
        for level, look in zip(levels, looks, strict=True):
            look.add(cells_of(xy[rows], level.side), samples, unit)
    mean, count = moments.mean, moments.count
    second = moments.covariance * ((count - 1) / count) + torch.outer(mean, mean)
    store.put(f"{key}/mean", mean.float().numpy())
    store.put(f"{key}/moment", second.float().numpy())
    return looks


def _groups(store: Store) -> Iterator[range]:
    """Yield chunks that are added at once: few large additions cost less than many small ones."""
    count = store.about.chunks
    step = max(1, _AT_ONCE // store.about.chunk)
    for first in range(0, count, step):
        yield range(first, min(first + step, count))


def _chunks(store: Store) -> Iterator[tuple[int, slice]]:
    size = store.about.chunk
    for index in range(store.about.chunks):
        yield index, slice(index * size, (index + 1) * size)


def cells_at(
    layer: str,
    grid: GridLevel,
    xy: Numbers,
    numbers: Numbers,
    activations: Numbers,
    attributions: Numbers,
) -> Cells:
    """Return the cells of a grid of samples that are all at hand.

    Parameters
    ----------
    layer
        Its name.
    grid
        Which sample, by its row below, lies in which cell.
    xy, numbers, activations, attributions
        (n, 2), (n,), (n, C) and (n, K) of the samples.
    """

    def means(values: Numbers) -> Numbers:
        rows = values[grid.members].astype(np.float64)
        sums = np.add.reduceat(rows, grid.starts[:-1], axis=0)
        return np.asarray(sums / grid.counts[:, None], np.float32)

    own = means(activations)
    look = Look.at(grid, own)
    unit = torch.nn.functional.normalize(torch.from_numpy(activations), dim=1)
    look.add(cells_of(xy, grid.side), numbers, unit)
    return Cells(
        layer=layer,
        side=grid.side,
        numbers=grid.cells,
        counts=grid.counts,
        spread=look.spread(),
        nearest=look.nearest.astype(np.int32),
        nearest_cosine=look.best.astype(np.float32),
        activations=own,
        attributions=means(attributions),
    )
