"""The atlas of a class, or of what tells two apart, as its pages need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from convscope.atlas import Samples
from convscope.atlas.classes import ClassAtlas
from convscope.atlas.icons import Tiling
from convscope.atlas.shown import IconSet
from convscope.images import Encoded
from convscope.scope import Scope
from convscope.widgets._atlas_pages import (
    TOP,
    CellSamples,
    Kind,
    Numbers,
    level_answer,
    some_samples,
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
    classes
        Names of all classes.
    view_size
        (H, W) of what the network sees.
    """

    _TILING = Tiling(size=64, side=16)

    def __init__(
        self,
        found: ClassAtlas,
        scope: Scope,
        images: Any,
        *,
        classes: Sequence[str],
        view_size: tuple[int, int],
    ) -> None:
        self.found = found
        self.title = f"Activation atlas of {found.title.rpartition(', ')[0]}"
        words = found.axes[0].split(" − ")
        self.axes: Sequence[str] = [
            f"more {word.removeprefix('attribution to ')}" for word in reversed(words) if word
        ]
        self.classes = list(classes)
        self.view_size = view_size
        self._scope, self._images = scope, images
        self._patches: Mapping[int, torch.Tensor] | None = None

    def layers(self) -> list[dict[str, Any]]:
        """See :class:`Pages`."""
        words = f"{len(self.found):,} samples"
        sides = [self.found.level.side]
        return [{"name": self.found.layer, "detail": words, "sides": sides, "kinds": ["patches"]}]

    def level(self, layer: str, side: int) -> dict[str, Any]:
        """See :class:`Pages`."""
        del layer
        level = self.found.level
        order = np.argsort(-self.found.attributions, axis=1, kind="stable")[:, :TOP]
        cosines = np.ones(len(level.cells), np.float32) * np.nan
        patches = IconSet("patches", side, self._TILING, np.zeros(len(level.cells)), done=True)
        answer = level_answer(
            side=side,
            numbers=level.cells,
            counts=level.counts,
            spreads=cosines,
            classes=order,
            values=np.take_along_axis(self.found.attributions, order, axis=1),
            icons={"patches": patches, "inversion": None},
            total=len(self.found),
        )
        return answer | {"cosines": cosines}

    def tile(self, layer: str, side: int, kind: Kind, row: int, column: int) -> Encoded | None:
        """See :class:`Pages`."""
        del layer
        if kind != "patches":
            return None
        if self._patches is None:
            cut = self.found.patches(self._scope, self._images, size=self._TILING.size)
            self._patches = {patch.index: patch.image for patch in cut}
        icons = {}
        for i, number in enumerate(self.found.level.cells.tolist()):
            place = divmod(number, side)
            if self._TILING.tile_of(*place) == (row, column) and i in self._patches:
                icons[self._TILING.place_of(*place)] = self._patches[i]
        return tile_picture(self._TILING.encode(icons), self._TILING) if icons else None

    def heat(self, layer: str, side: int, target: int) -> Numbers:
        """See :class:`Pages`."""
        del layer, side
        return self.found.attributions[:, target]

    def cell(self, layer: str, side: int, cell: int, most: int) -> CellSamples:
        """See :class:`Pages`."""
        del layer, side
        row, members = self._members(cell)
        samples = some_samples(self.found.samples, members)
        near = int(np.flatnonzero(members == self.found.nearest[row])[0])
        order = np.concatenate([[near], np.delete(np.arange(len(members)), near)])[:most]
        return CellSamples(some_samples(samples, order), len(members), self.found.activations[row])

    def stored_patches(self, layer: str, side: int, cell: int) -> tuple[Numbers, Numbers]:
        """See :class:`Pages`."""
        del layer, side, cell
        return np.zeros(0, np.int64), np.zeros((0, 3, 1, 1), np.uint8)

    def sample(self, numbers: Numbers, layer: str) -> Samples:
        """See :class:`Pages`."""
        del layer
        rows = {int(number): i for i, number in enumerate(self.found.samples.numbers)}
        return some_samples(
            self.found.samples, np.asarray([rows[int(number)] for number in numbers])
        )

    def _members(self, cell: int) -> tuple[int, Numbers]:
        level = self.found.level
        row = int(np.searchsorted(level.cells, cell))
        if row == len(level.cells) or level.cells[row] != cell:
            raise ValueError(f"cell: there are no samples in cell {cell}")
        return row, level.members[level.starts[row] : level.starts[row + 1]]
