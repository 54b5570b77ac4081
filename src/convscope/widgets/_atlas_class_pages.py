"""The atlas of a class, or of what tells two apart, as its pages need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from convscope.atlas import Cells, ClassAtlas, Located, Samples
from convscope.atlas.icons import Tiling
from convscope.atlas.shown import IconSet
from convscope.images import Encoded
from convscope.scope import Scope
from convscope.widgets._atlas_pages import (
    TOP,
    CellSamples,
    Kind,
    Numbers,
    layer_info,
    level_answer,
    tile_picture,
)


class ClassPages:
    """The pages of an atlas of a class, or of what tells two apart.

    Parameters
    ----------
    found
        What `Atlas.for_class` or `Atlas.compare` gave.
    scope, images
        The network and images of the atlas: its icons are cut when they are asked for.
    """

    def __init__(self, found: ClassAtlas, scope: Scope, images: Any) -> None:
        reader = found.reader
        self.found = found
        self.title = f"Activation atlas of {' – '.join(found.names)}"
        self.axes: Sequence[str] = [f"more {name}" for name in found.names if found.axes[0]]
        self.classes = [reader.class_name(index) for index in range(reader.about.class_count)]
        self.view_size = reader.about.view
        self.notes = found.notes
        self._scope, self._images = scope, images
        self._patches: dict[int, Mapping[int, torch.Tensor]] = {}

    def layers(self) -> list[dict[str, Any]]:
        """See :class:`Pages`."""
        kinds: list[Kind] = ["patches", *(("inversion",) if self.found.drawn else ())]
        samples = f"{len(self.found):,} samples"
        return [layer_info(self.found.layer, samples, self.found.levels, kinds)]

    def level(self, layer: str, side: int) -> dict[str, Any]:
        """See :class:`Pages`."""
        del layer
        cells, inversions = self.found.cells(side), self.found.drawn.get(side)
        shown: dict[Kind, IconSet | None] = {
            "patches": IconSet(
                "patches", side, self._tiling(side), cells.nearest_cosine, done=True
            ),
            "inversion": None
            if inversions is None
            else IconSet("inversion", side, self._tiling(side), inversions.cosines, done=True),
        }
        return level_answer(cells, cells.top(TOP), shown, total=len(self.found))

    def tile(self, layer: str, side: int, kind: Kind, row: int, column: int) -> Encoded | None:
        """See :class:`Pages`."""
        del layer
        cells, tiling = self.found.cells(side), self._tiling(side)
        pictures = self._pictures(cells, kind)
        icons = {}
        for i, number in enumerate(cells.numbers.tolist()):
            place = divmod(number, side)
            if tiling.tile_of(*place) == (row, column) and i in pictures:
                icons[tiling.place_of(*place)] = pictures[i]
        return tile_picture(tiling.encode(icons), tiling) if icons else None

    def heat(self, layer: str, side: int, target: int) -> Numbers:
        """See :class:`Pages`."""
        del layer
        return _effects(self.found.cells(side))[:, target]

    def cell(self, layer: str, side: int, cell: int, most: int) -> CellSamples:
        """See :class:`Pages`."""
        del layer
        cells, samples = self.found.cells(side), self.found.members(side, cell)
        row = cells.index(cell)
        near = int(np.flatnonzero(samples.numbers == cells.nearest[row])[0])
        order = np.concatenate([[near], np.delete(np.arange(len(samples)), near)])[:most]
        return CellSamples(samples.some(order), len(samples), cells.activations[row])

    def stored_patches(self, layer: str, side: int, cell: int) -> tuple[Numbers, Numbers]:
        """See :class:`Pages`."""
        del layer, side, cell
        return np.zeros(0, np.int64), np.zeros((0, 3, 1, 1), np.uint8)

    def sample(self, numbers: Numbers, layer: str) -> Samples:
        """See :class:`Pages`."""
        del layer
        rows = np.searchsorted(self.found.samples.numbers, np.asarray(numbers, np.int64))
        return self.found.samples.some(rows)

    def locate(self, scope: Scope, image: Any, layer: str) -> Located:
        """See :class:`Pages`."""
        del layer
        return self.found.locate(image, scope)

    def _tiling(self, side: int) -> Tiling:
        """Return tiles for icons as large as the inversions are."""
        drawn = self.found.drawn.get(side)
        return Tiling(size=64 if drawn is None else int(drawn.images.shape[-1]), side=16)

    def _pictures(self, cells: Cells, kind: Kind) -> Mapping[int, torch.Tensor]:
        """Return the icons of a level by the rows of its cells."""
        side = cells.side
        if kind == "inversion":
            drawn = self.found.drawn.get(side)
            there = [] if drawn is None else np.flatnonzero(~np.isnan(drawn.cosines)).tolist()
            return {row: torch.from_numpy(drawn.images[row]) for row in there if drawn is not None}
        if side not in self._patches:
            size = self._tiling(side).size
            cut = self.found.patches(self._scope, self._images, level=side, size=size)
            self._patches[side] = {patch.index: patch.image for patch in cut}
        return self._patches[side]


def _effects(cells: Cells) -> Numbers:
    assert cells.attributions is not None  # there is no atlas of a class without
    return cells.attributions
