"""A map of its own for some samples of an atlas: its grids, its cells, where an image falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from convscope.atlas import class_icons
from convscope.atlas.cells import cells_at
from convscope.atlas.class_icons import Inversions
from convscope.atlas.contents import Cells, Samples
from convscope.atlas.errors import AtlasError
from convscope.atlas.grid import GridLevel
from convscope.atlas.icons.inversion import Icon
from convscope.atlas.icons.patches import PatchIcon
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.layout import Metric
from convscope.atlas.located import Located, put_among
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.atlas.steps import Watching, follow
from convscope.scope import Scope


@dataclass(frozen=True)
class ClassAtlas:
    """Some samples of an atlas on a map of their own.

    Attributes
    ----------
    layer, classes
        Of which layer; the class that they speak for, or the two that are compared.
    samples
        The samples with their places on this map; their numbers ascend.
    activations, attributions
        (n, C) and (n, K) float32 of each sample.
    grids
        Which sample, by its row in ``samples``, lies in which cell: coarse to fine.
    metric
        What counted as near when they were laid out.
    notes
        What was decided otherwise than asked, in sentences.
    reader
        The atlas that they are of.
    drawn
        Inversions by level, where `render` made them.
    """

    layer: str
    classes: tuple[int, ...]
    samples: Samples = field(repr=False)
    activations: Numbers = field(repr=False)
    attributions: Numbers = field(repr=False)
    grids: tuple[GridLevel, ...] = field(repr=False)
    metric: Metric
    notes: tuple[str, ...]
    reader: Reader = field(repr=False)
    drawn: Mapping[int, Inversions] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def levels(self) -> list[int]:
        """Its levels: cells a side, coarse to fine."""
        return [grid.side for grid in self.grids]

    @property
    def xy(self) -> Numbers:
        """(n, 2) float32 places of the samples on this map, in [0, 1]."""
        return self.samples.xy

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its classes."""
        return tuple(self.reader.class_name(index) for index in self.classes)

    @property
    def title(self) -> str:
        """What it shows."""
        return f"{' – '.join(self.names)}, {self.layer}"

    @property
    def axes(self) -> tuple[str, str]:
        """What x and y mean, in words; "" where only what is near means something."""
        if len(self.classes) < 2:
            return "", ""
        left, right = self.names
        return (
            f"attribution to {right} − attribution to {left}",
            "likeness of activations (t-SNE)",
        )

    @property
    def values(self) -> Numbers:
        """(n, len(classes)) float32 attribution of each sample to its classes."""
        return self.attributions[:, list(self.classes)]

    def cells(self, level: int | None = None) -> Cells:
        """Return the cells of a level, by default of the coarsest; their ``nearest`` are numbers.

        Parameters
        ----------
        level
            Cells a side: one of `levels`.
        """
        found = self._cells
        side = self.levels[0] if level is None else level
        if side not in found:
            known = ", ".join(map(str, self.levels))
            raise AtlasError(f"level: the atlas of {self.title!r} has no {level!r}; it has {known}")
        return found[side]

    def members(self, level: int, cell: int) -> Samples:
        """Return the samples in a cell, in the order of their numbers.

        Parameters
        ----------
        level
            Cells a side.
        cell
            Number of the cell: ``row * level + column``.
        """
        row = self.cells(level).index(cell)
        grid = next(grid for grid in self.grids if grid.side == level)
        return self.samples.some(grid.members[grid.starts[row] : grid.starts[row + 1]])

    def locate(self, image: Any, scope: Scope | None = None) -> Located:
        """Return where the positions of an image fall on this map.

        Each is put among the five of its samples whose activations are most alike. Most images
        have positions that speak for other classes: their ``likeness`` is low, and their places
        mean little.

        Parameters
        ----------
        image
            One image, in any form.
        scope
            The network that the atlas is of; not needed where the atlas has it at hand.
        """
        places = np.full((self.reader.about.samples, 2), np.nan, np.float32)
        places[self.samples.numbers] = self.xy
        pieces = [(self.samples.numbers, self.activations)]
        own = self.network(scope)
        return put_among(self.reader, own, image, self.layer, pieces, places, metric=self.metric)

    def patches(
        self, scope: Scope, images: Any, *, level: int | None = None, size: int = 64
    ) -> Iterator[PatchIcon]:
        """Yield the real patch nearest to each cell's mean; ``index`` is the cell's row.

        Parameters
        ----------
        scope, images
            What the atlas was built of.
        level
            Cells a side; the coarsest by default.
        size
            Sides of a patch in pixels.
        """
        return class_icons.nearest_patches(self, scope, images, self.cells(level), size)

    def inversions(
        self,
        scope: Scope,
        settings: IconSettings | None = None,
        *,
        level: int | None = None,
    ) -> Iterator[Icon]:
        """Yield an inversion of each cell's mean, from noise; ``index`` is the cell's row.

        Parameters
        ----------
        scope
            The network that the atlas is of.
        settings
            How they are made.
        level
            Cells a side; the coarsest by default.
        """
        return class_icons.inverted(self, scope, self.cells(level), settings)

    def render(
        self,
        scope: Scope | None = None,
        *,
        levels: Sequence[int] | None = None,
        icon_settings: IconSettings | None = None,
        progress: Watching = True,
        stop: Callable[[], bool] | None = None,
    ) -> ClassAtlas:
        """Return the same map with inversions, which a viewer then shows beside the patches.

        Coarse levels come first, and finer ones begin where their parents ended. Nothing is
        written to the atlas: they are held in memory.

        Parameters
        ----------
        scope
            The network that the atlas is of; not needed where the atlas has it at hand.
        levels
            Which levels; all by default.
        icon_settings, progress, stop
            As `Atlas.build` has them.
        """
        wanted = self.levels if levels is None else [self.cells(level).side for level in levels]
        drawn = dict(self.drawn)
        steps = class_icons.invert_steps(
            self, self.network(scope), wanted, icon_settings, drawn, stop
        )
        follow(steps, progress=progress)
        return replace(self, drawn=drawn)

    def network(self, scope: Scope | None) -> Scope:
        """Return the scope that is given, else the one that the atlas has at hand."""
        found = self.reader.scope if scope is None else scope
        if found is None:
            raise AtlasError(
                "scope: the atlas was opened without its network; give it here, or open it as "
                "Atlas.open(path, images, scope=scope)"
            )
        return found

    @cached_property
    def _cells(self) -> dict[int, Cells]:
        values = (self.activations, self.attributions)
        return {
            grid.side: cells_at(self.layer, grid, self.xy, self.samples.numbers, *values)
            for grid in self.grids
        }
