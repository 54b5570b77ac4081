"""What is in an atlas: the cells of a level, and samples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from convscope.atlas.errors import AtlasError
from convscope.atlas.schema import Numbers


@dataclass(frozen=True)
class Cells:
    """The occupied cells of one level of a layer's atlas.

    Attributes
    ----------
    layer, side
        Of which layer, and how many cells a side the grid has. The map is the unit square: x to
        the right, y downwards; the cell at row r and column c covers ``c/side`` to ``(c+1)/side``.
    numbers
        (M,) int32, ``row * side + column``, ascending. The cell's id in links and names.
    counts
        (M,) int32 samples in each.
    spread
        (M,) float32, 1 − the mean cosine of the samples with the cell's mean.
    nearest
        (M,) int32, the sample nearest to the mean: whose cosine with it is highest.
    nearest_cosine
        (M,) float32, that cosine.
    activations
        (M, C) float32 means.
    attributions
        (M, K) float32 means, to every class; None in an atlas without attribution.
    """

    layer: str
    side: int
    numbers: Numbers = field(repr=False)
    counts: Numbers = field(repr=False)
    spread: Numbers = field(repr=False)
    nearest: Numbers = field(repr=False)
    nearest_cosine: Numbers = field(repr=False)
    activations: Numbers = field(repr=False)
    attributions: Numbers | None = field(repr=False)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def rows(self) -> Numbers:
        """(M,) rows in the grid, 0 at y = 0."""
        return self.numbers // self.side

    @property
    def columns(self) -> Numbers:
        """(M,) columns in the grid."""
        return self.numbers % self.side

    @property
    def centres(self) -> Numbers:
        """(M, 2) float32 x and y of the middle of each cell."""
        both = np.stack([self.columns, self.rows], axis=1)
        return np.asarray((both + 0.5) / self.side, np.float32)

    def index(self, number: int) -> int:
        """Return the row of a cell in these arrays, by its number."""
        found = int(np.searchsorted(self.numbers, number))
        if found == len(self.numbers) or self.numbers[found] != number:
            raise AtlasError(f"cell: level {self.side} has no samples in cell {number}")
        return found

    def top(self, count: int = 5) -> tuple[Numbers, Numbers]:
        """Return the classes that each cell speaks most for, and the values.

        Returns
        -------
        classes : ndarray
            (M, count) int64, strongest first.
        values : ndarray
            (M, count) float32, mean attribution in units of the class scores.
        """
        if self.attributions is None:
            raise AtlasError("attribution: this atlas was built without")
        count = min(count, self.attributions.shape[1])
        order = np.argsort(-self.attributions, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(self.attributions, order, axis=1)


@dataclass(frozen=True)
class Samples:
    """Some samples: where in which images they are.

    Attributes
    ----------
    layer
        Of which layer.
    numbers
        (n,) int64 their numbers, the same in all layers.
    images
        (n,) int64 which image.
    positions
        (n, 2) int64 row and column in the layer's map.
    boxes
        (n, 4) int64 (y0, x0, y1, x1) of what the position sees, in pixels of what the network sees
        of the image, half-open.
    xy
        (n, 2) float32 places on the map.
    """

    layer: str
    numbers: Numbers
    images: Numbers = field(repr=False)
    positions: Numbers = field(repr=False)
    boxes: Numbers = field(repr=False)
    xy: Numbers = field(repr=False)

    def __len__(self) -> int:
        return len(self.numbers)

    def some(self, rows: Numbers) -> Samples:
        """Return some of them, by their rows."""
        parts = (self.numbers, self.images, self.positions, self.boxes, self.xy)
        return Samples(self.layer, *(part[rows] for part in parts))
