"""Reading an atlas."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from convscope.atlas.about import About, LayerAbout
from convscope.atlas.contents import Cells, Samples
from convscope.atlas.errors import AtlasError
from convscope.atlas.schema import LEFT_OUT, Numbers
from convscope.atlas.store import Store, sample_values
from convscope.scope import Scope
from convscope.targets import class_index


class Reader:
    """What can be read of an atlas.

    Parameters
    ----------
    store
        Where it is.

    Attributes
    ----------
    scope, images
        What the atlas was built of, where these are at hand: viewers show the real patches of a
        cell with them. None for an atlas that was opened without.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.scope: Scope | None = None
        self.images: Any = None
        self._cells = lru_cache(maxsize=32)(self._read_cells)
        self._kept = lru_cache(maxsize=32)(self._read_whole)

    def forget(self) -> None:
        """Read everything anew: a build has gone on, perhaps with other grids."""
        self._cells.cache_clear()
        self._kept.cache_clear()

    @property
    def about(self) -> About:
        """What the atlas is of, and how it was collected."""
        return self.store.about

    @property
    def path(self) -> str:
        """Where it is."""
        return self.store.home.name

    @property
    def layers(self) -> list[str]:
        """Names of the layers; all have the same samples."""
        return [layer.name for layer in self.about.layers]

    @property
    def notes(self) -> list[str]:
        """What was decided otherwise than asked, in sentences."""
        told = self.store.marked(None, "grid") or {}
        return list(told.get("notes", ()))

    def levels(self, layer: str | None = None) -> list[int]:
        """Return the levels of a layer that are there: cells a side, coarse to fine."""
        told = self.store.marked(layer, "grid") or {}
        return list(told.get("levels", ()))

    def class_name(self, index: int) -> str:
        """Return the name of a class, ``"class 7"`` where there is none."""
        classes = self.about.classes
        return f"class {index}" if classes is None or index >= len(classes) else classes[index]

    def class_index(self, name: str | int) -> int:
        """Return the index of a class by its name; a sentence suggests the nearest ones."""
        if not self.about.class_count:
            raise AtlasError("attribution: this atlas was built without, so it knows no classes")
        return class_index(name, self.about.classes, self.about.class_count, name="name")

    def cells(self, level: int, layer: str | None = None) -> Cells:
        """Return the cells of a level.

        Parameters
        ----------
        level
            Cells a side: one of `levels`.
        layer
            Name of the layer; the first one by default.
        """
        name = self.about.layer(layer).name
        if level not in self.levels(name):
            known = ", ".join(map(str, self.levels(name))) or "none yet"
            raise AtlasError(f"level: the atlas has no {level!r}; it has {known}")
        return self._cells(level, name)

    def samples(self, level: int, cell: int, layer: str | None = None) -> Samples:
        """Return the samples in a cell, in the order of their numbers.

        Parameters
        ----------
        level, layer
            As `cells` has them.
        cell
            Number of the cell: ``row * level + column``.
        """
        found = self.cells(level, layer)
        row = found.index(cell)
        place = f"{self.key(layer)}/levels/{level}"
        start, stop = self._kept(f"{place}/start")[row : row + 2]
        return self.sample(self._kept(f"{place}/member")[start:stop], layer)

    def sample(self, numbers: Numbers, layer: str | None = None) -> Samples:
        """Return samples by their numbers."""
        about = self.about.layer(layer)
        numbers = np.asarray(numbers, np.int64)
        plan = self.about.plan
        positions = plan.positions(numbers, about.size)
        boxes = self.boxes(layer)[positions[:, 0], positions[:, 1]]
        xy = self._kept(f"{self.key(layer)}/xy")[numbers]
        return Samples(about.name, numbers, plan.image_of(numbers), positions, boxes, xy)

    def xy(self, layer: str | None = None) -> Numbers:
        """Return where all samples lie on the map, (N, 2) float32; NaN for those left out."""
        return np.array(self._kept(f"{self.key(layer)}/xy"))

    def boxes(self, layer: str | None = None) -> Numbers:
        """Return what each position sees, (H, W, 4): (y0, x0, y1, x1) pixels of the view."""
        return self._kept(f"{self.key(layer)}/box").astype(np.int64)

    def kept(self) -> Numbers:
        """Return the numbers of the samples whose images could be read."""
        return np.flatnonzero(self.store.read("samples/image") > LEFT_OUT)

    def _read_whole(self, key: str) -> Numbers:
        values = self.store.read(key)
        values.setflags(write=False)  # it is given to everybody who asks
        return values

    def _read_cells(self, level: int, layer: str) -> Cells:
        place = f"{self.key(layer)}/levels/{level}"

        def read(name: str) -> Numbers:
            return self.store.read(f"{place}/{name}")

        return Cells(
            layer=layer,
            side=level,
            numbers=read("cell"),
            counts=read("count"),
            spread=read("spread"),
            nearest=read("nearest"),
            nearest_cosine=read("nearest_cosine"),
            activations=read("activation"),
            attributions=read("attribution") if self.about.class_count else None,
        )

    def activations(self, numbers: Numbers, layer: str | None = None) -> Numbers:
        """Return the activations of samples, (n, C) float32."""
        return self._values("activation", numbers, layer)

    def attributions(self, numbers: Numbers, layer: str | None = None) -> Numbers:
        """Return what samples add to the score of each class, (n, K) float32."""
        self.class_index(0)
        return self._values("attribution", numbers, layer)

    def class_values(self, name: str | int, layer: str | None = None) -> Numbers:
        """Return what all samples add to the score of a class, (N,) float32."""
        index, key = self.class_index(name), self.key(layer)
        parts = [
            sample_values(self.store, key, "attribution", chunk)[:, index]
            for chunk in range(self.about.chunks)
        ]
        return np.concatenate(parts)

    def heat(self, name: str | int, level: int, layer: str | None = None) -> Numbers:
        """Return how much the cells of a level speak for a class, (M,) float32.

        Positive where they raise its score, negative where they lower it.
        """
        index = self.class_index(name)
        effects = self.cells(level, layer).attributions
        if effects is None:
            raise AtlasError("attribution: this atlas was built without")
        return np.asarray(effects[:, index])

    def key(self, layer: str | None) -> str:
        """Return the key of a layer's group in the store."""
        found: LayerAbout = self.about.layer(layer)
        return f"layers/{found.key}"

    def _values(self, name: str, numbers: Numbers, layer: str | None) -> Numbers:
        numbers = np.asarray(numbers, np.int64)
        key, size = self.key(layer), self.about.chunk
        found = np.empty((len(numbers), self.store.array(f"{key}/{name}").shape[1]), np.float32)
        for chunk in np.unique(numbers // size):
            rows = numbers // size == chunk
            values = sample_values(self.store, key, name, int(chunk))
            found[rows] = values[numbers[rows] % size]
        return found

    def __repr__(self) -> str:
        about = self.about
        levels = ", ".join(map(str, self.levels())) or "none yet"
        return (
            f"Atlas({', '.join(self.layers)} of {about.model}: {about.samples:,} samples of "
            f"{about.images:,} images, levels {levels})"
        )
