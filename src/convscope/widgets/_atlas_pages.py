"""An atlas as its pages need it: grids, tiles, class maps, the samples of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from convscope.atlas import Atlas, Cells, Located, Samples
from convscope.atlas.icons import Tiling
from convscope.atlas.shown import IconSet
from convscope.images import Encoded
from convscope.scope import Scope

Kind = Literal["patches", "inversion"]
Numbers = Any

KINDS: tuple[Kind, ...] = ("patches", "inversion")
TOP = 5  # classes that are told of a cell
_UNITS = 6  # channels that are told of a cell
_HELD = 20_000_000  # numbers of a layer's activations that are held in memory to rank samples


@dataclass(frozen=True)
class CellSamples:
    """What lies in a cell.

    Attributes
    ----------
    samples
        The samples: the one nearest to the mean first; the others by their likeness to it
        where the atlas is small, else evenly spread.
    count
        How many there are in all.
    mean
        (C,) their mean activation.
    """

    samples: Samples
    count: int
    mean: Numbers = field(repr=False)

    def units(self) -> tuple[Numbers, Numbers]:
        """Return the channels that are strongest in the mean, and their values."""
        order = np.argsort(-self.mean, kind="stable")[:_UNITS]
        return order.astype(np.int32), self.mean[order].astype(np.float32)


class Pages(Protocol):
    """What the viewer asks of whatever atlas it shows."""

    @property
    def title(self) -> str:
        """What it is of."""

    @property
    def axes(self) -> Sequence[str]:
        """What its left and right ends mean; nothing where x has no meaning."""

    @property
    def classes(self) -> list[str]:
        """Names of all classes; nothing where it was built without attribution."""

    @property
    def notes(self) -> Sequence[str]:
        """What was decided otherwise than asked, in sentences."""

    @property
    def view_size(self) -> tuple[int, int]:
        """(H, W) of what the network sees."""

    def layers(self) -> list[dict[str, Any]]:
        """Return its layers, as AtlasLayerInfo in js/lib/protocol.ts."""

    def level(self, layer: str, side: int) -> dict[str, Any]:
        """Return a grid, as LevelAnswer in js/lib/atlas_level.ts."""

    def tile(self, layer: str, side: int, kind: Kind, row: int, column: int) -> Encoded | None:
        """Return a tile of icons; None where none of them is there."""

    def heat(self, layer: str, side: int, target: int) -> Numbers:
        """Return what the cells of a grid speak for a class, (M,)."""

    def cell(self, layer: str, side: int, cell: int, most: int) -> CellSamples:
        """Return the samples of a cell."""

    def stored_patches(self, layer: str, side: int, cell: int) -> tuple[Numbers, Numbers]:
        """Return samples of a cell that have patches in the store, and these, (n, C, s, s)."""

    def sample(self, numbers: Numbers, layer: str) -> Samples:
        """Return samples by their numbers."""

    def locate(self, scope: Scope, image: Any, layer: str) -> Located:
        """Return where the positions of an image fall."""


class AtlasPages:
    """The pages of a whole atlas.

    Parameters
    ----------
    atlas
        Built, or being built.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.axes: Sequence[str] = ()
        count = atlas.about.class_count
        self.classes = [atlas.class_name(index) for index in range(count)]
        self.view_size = atlas.about.view
        self.title = f"Activation atlas of {atlas.about.model}"
        self._held: dict[str, Numbers] = {}

    def layers(self) -> list[dict[str, Any]]:
        """See :class:`Pages`."""
        return [self._info(layer) for layer in self.atlas.layers]

    def level(self, layer: str, side: int) -> dict[str, Any]:
        """See :class:`Pages`."""
        cells = self.atlas.cells(side, layer)
        shown = {kind: self.atlas.icons(side, kind, layer) for kind in KINDS}
        kept = int(np.isfinite(self.atlas.xy(layer)[:, 0]).sum())
        top = cells.top(TOP) if self.classes else _nothing(len(cells))
        return level_answer(cells, top, shown, total=kept)

    def tile(self, layer: str, side: int, kind: Kind, row: int, column: int) -> Encoded | None:
        """See :class:`Pages`."""
        icons = self.atlas.icons(side, kind, layer)
        data = self.atlas.tile(side, row, column, kind, layer)
        return None if icons is None or data is None else tile_picture(data, icons.tiling)

    def heat(self, layer: str, side: int, target: int) -> Numbers:
        """See :class:`Pages`."""
        return self.atlas.heat(target, side, layer)

    def cell(self, layer: str, side: int, cell: int, most: int) -> CellSamples:
        """See :class:`Pages`."""
        cells = self.atlas.cells(side, layer)
        row = cells.index(cell)
        found = self.atlas.samples(side, cell, layer)
        mean = cells.activations[row]
        near = int(np.flatnonzero(found.numbers == cells.nearest[row])[0])
        if len(found) <= 1 or most >= len(found):
            order = np.argsort(np.arange(len(found)) != near, kind="stable")
        elif (values := self._activations(layer)) is not None:
            order = _most_alike(values[found.numbers], mean)
        else:
            order = _spread(len(found), near, most)
        return CellSamples(found.some(order[:most]), len(found), mean)

    def stored_patches(self, layer: str, side: int, cell: int) -> tuple[Numbers, Numbers]:
        """See :class:`Pages`."""
        found: dict[int, Numbers] = {}
        for fine in self.atlas.levels(layer):
            icons = self.atlas.icons(fine, "patches", layer)
            if fine < side or icons is None:
                continue
            cells = self.atlas.cells(fine, layer)
            inside = _inside(cells.numbers, fine, cell, side) & icons.rendered
            for number, sample in zip(cells.numbers[inside], cells.nearest[inside], strict=True):
                if int(sample) not in found:
                    found[int(sample)] = self.atlas.icon(fine, int(number), "patches", layer)
        pictures = np.stack(list(found.values())) if found else np.zeros((0, 3, 1, 1), np.uint8)
        return np.asarray(list(found), np.int64), pictures

    def sample(self, numbers: Numbers, layer: str) -> Samples:
        """See :class:`Pages`."""
        return self.atlas.sample(numbers, layer)

    def locate(self, scope: Scope, image: Any, layer: str) -> Located:
        """See :class:`Pages`."""
        return self.atlas.locate(scope, image, layer)

    @property
    def notes(self) -> Sequence[str]:
        """See :class:`Pages`."""
        return self.atlas.notes

    def _activations(self, layer: str) -> Numbers | None:
        """Return all activations of a layer, None where these are too many to be held."""
        about = self.atlas.about
        if about.samples * about.layer(layer).channels > _HELD:
            return None
        if layer not in self._held:
            self._held[layer] = self.atlas.activations(np.arange(about.samples), layer)
        return self._held[layer]

    def _info(self, layer: str) -> dict[str, Any]:
        about = self.atlas.about.layer(layer)
        sides = self.atlas.levels(layer)
        kinds = [kind for kind in KINDS if any(self.atlas.icons(s, kind, layer) for s in sides)]
        size = f"{about.channels} × {about.size[0]} × {about.size[1]}"
        samples = f"{self.atlas.about.samples:,} samples of {self.atlas.about.images:,} images"
        return layer_info(layer, f"{size} · {samples}", sides, kinds or ["patches"])


def layer_info(
    name: str, detail: str, sides: Sequence[int], kinds: Sequence[Kind]
) -> dict[str, Any]:
    """Return what a page is told of a layer, as AtlasLayerInfo in js/lib/protocol.ts."""
    return {"name": name, "detail": detail, "sides": list(sides), "kinds": list(kinds)}


def level_answer(
    cells: Cells,
    top: tuple[Numbers, Numbers],
    icons: Mapping[Kind, IconSet | None],
    *,
    total: int,
) -> dict[str, Any]:
    """Return a grid as the page takes it.

    Parameters
    ----------
    cells
        Its cells.
    top
        The classes that each speaks most for, and the values.
    icons
        By kind, where there are any.
    total
        How many samples there are in all.
    """
    shown = icons["patches"] or icons["inversion"]
    tiling = Tiling() if shown is None else shown.tiling
    there = np.zeros(len(cells), np.uint8)
    cosines = {kind: np.full(len(cells), np.nan, np.float32) for kind in KINDS}
    for bit, kind in zip((1, 2), KINDS, strict=True):
        found = icons[kind]
        if found is not None:
            there[found.rendered] |= bit
            cosines[kind][found.rendered] = found.cosines[found.rendered]
    return {
        "side": cells.side,
        "cells": np.asarray(cells.numbers, np.int32),
        "counts": np.asarray(cells.counts, np.int32),
        "classes": np.asarray(top[0], np.int32),
        "values": np.asarray(top[1], np.float32),
        "cosines": cosines["patches"],
        "reached": cosines["inversion"],
        "spreads": np.asarray(cells.spread, np.float32),
        "icons": there,
        "total": total,
        "tile": tiling.side,
        "size": tiling.size,
    }


def _nothing(count: int) -> tuple[Numbers, Numbers]:
    return np.zeros((count, 0), np.int32), np.zeros((count, 0), np.float32)


def tile_picture(data: bytes, tiling: Tiling) -> Encoded:
    """Return the file of a tile as a picture that can be sent."""
    pixels = tiling.side * tiling.size
    return Encoded(data, f"image/{tiling.format}", pixels, pixels)


def _most_alike(values: Numbers, mean: Numbers) -> Numbers:
    """Return the order of samples by their cosine with the mean, the highest first."""
    lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(mean)
    return np.argsort(-(values @ mean) / np.maximum(lengths, 1e-12), kind="stable")


def _spread(count: int, near: int, most: int) -> Numbers:
    """Return the nearest sample and some others, evenly spread over all."""
    others = np.linspace(0, count - 1, most).round().astype(np.int64)
    return np.concatenate([[near], others[others != near]])


def _inside(numbers: Numbers, fine: int, cell: int, side: int) -> Numbers:
    """Return which cells of a fine grid have their centre in a cell of a coarser one."""
    row, column = divmod(cell, side)
    rows, columns = divmod(numbers, fine)
    return ((2 * rows + 1) * side // (2 * fine) == row) & (
        (2 * columns + 1) * side // (2 * fine) == column
    )
