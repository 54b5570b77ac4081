"""Bends: points of the image move by displacements that are known at the nodes of a lattice.

Displacements come from the seed in the record and from where a node is, so no other node, sample or
size of lattice changes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, choice, fill, number, span
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, identity

_NODES = 1 << 14  # more than any lattice has along a side
_FINE = 2  # nodes a sigma: straight lines between them miss 2% of the displacement
_REACH = 4  # sigmas after which a Gaussian is over


@dataclass(frozen=True, kw_only=True)
class ElasticGrid(Geometric):
    """Divide into tiles and move the vertices between them at random; the border stays.

    Parameters
    ----------
    columns, rows : int
        Tiles along x and y.
    magnitude : (float, float) or float
        How far vertices move at most along x and along y, in pixels, uniformly; never more than
        half a tile, so that no vertex passes the next. Boxes and keypoints follow exactly up to a
        quarter.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``random_distortion``.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Elastic grid"

    columns: int = number(5, "tiles across", low=2, high=64, slider=(2, 12), step=1, whole=True)
    rows: int = number(5, "tiles down", low=2, high=64, slider=(2, 12), step=1, whole=True)
    magnitude: Span = span(
        (2.0, 8.0), "how far vertices move at most", low=0, slider=(0, 30), step=0.5, unit="px"
    )

    def draw(self, dice: Dice) -> Values:
        """Draw the magnitude, and a seed for the vertices."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Move the vertices within the border."""
        room = _half_tiles(sizes, self.rows, self.columns)
        reach = np.minimum(np.asarray(values["magnitude"], float)[:, None, None, None], room)
        inner = np.arange(1, self.rows), np.arange(1, self.columns)
        moves = reach * (2 * _noise(values["seed"], "move", *inner) - 1)
        return _bent(moves, sizes)


@dataclass(frozen=True, kw_only=True)
class GaussianDistortion(Geometric):
    """Divide into tiles and move the vertices, most under a bell or most outside it.

    The border stays. A vertex moves along x and along y by N(0, s²), s = magnitude · max(bell,
    0.01), never more than half a tile.

    Parameters
    ----------
    columns, rows : int
        Tiles along x and y.
    magnitude : (float, float) or float
        Standard deviation of the moves where the bell is highest, in pixels.
    corner : {"bell", "ul", "ur", "dl", "dr"}
        The whole bell lies on the image, or a quarter of it with its centre in the corner: upper or
        lower (d), left or right.
    method : {"in", "out"}
        Whether vertices move most at the centre of the bell or most far away from it.
    mean_x, mean_y : float
        Centre of the bell; 0.5 is the centre of the image, or the corner.
    sd_x, sd_y : float
        Width of the bell: exp(−(x − mean_x)² / sd_x − (y − mean_y)² / sd_y), brought to 0 … 1.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``gaussian_distortion``, where image and mask part since each draws its own moves.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Gaussian distortion"

    columns: int = number(6, "tiles across", low=2, high=64, slider=(2, 12), step=1, whole=True)
    rows: int = number(6, "tiles down", low=2, high=64, slider=(2, 12), step=1, whole=True)
    magnitude: Span = span(
        (4.0, 8.0), "standard deviation of the moves", low=0, slider=(0, 30), step=0.5, unit="px"
    )
    corner: str = choice("bell", "where the bell is", ("bell", "ul", "ur", "dl", "dr"))
    method: str = choice("in", "most moves within the bell or outside", ("in", "out"))
    mean_x: float = number(0.5, "centre of the bell", low=0, high=1)
    mean_y: float = number(0.5, "centre of the bell", low=0, high=1)
    sd_x: float = number(0.05, "width of the bell", low=0.001, high=10, slider=(0.01, 1))
    sd_y: float = number(0.05, "height of the bell", low=0.001, high=10, slider=(0.01, 1))

    def draw(self, dice: Dice) -> Values:
        """Draw the magnitude, and a seed for the vertices."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Move the vertices within the border."""
        inner = np.arange(1, self.rows), np.arange(1, self.columns)
        radius = np.sqrt(-2 * np.log1p(-_noise(values["seed"], "radius", *inner)))
        normal = radius * np.cos(2 * np.pi * _noise(values["seed"], "angle", *inner))  # Box–Muller
        size = np.asarray(values["magnitude"], float)[:, None, None, None]
        room = _half_tiles(sizes, self.rows, self.columns)
        return _bent(np.clip(size * self._bell() * normal, -room, room), sizes)

    def _bell(self) -> Numbers:
        """Return the height of the bell over the inner vertices, (rows − 1, columns − 1)."""
        x = np.arange(1, self.columns) / self.columns
        y = np.arange(1, self.rows)[:, None] / self.rows
        if self.corner != "bell":  # a quarter of the bell is spread over the image
            x = x / 2 + (0.5 if self.corner[1] == "l" else 0)
            y = y / 2 + (0.5 if self.corner[0] == "u" else 0)
        spread = (x - self.mean_x) ** 2 / self.sd_x + (y - self.mean_y) ** 2 / self.sd_y
        farthest = (
            max(self.mean_x, 1 - self.mean_x) ** 2 / self.sd_x
            + max(self.mean_y, 1 - self.mean_y) ** 2 / self.sd_y
        )
        lowest = math.exp(-farthest)
        height = (np.exp(-spread) - lowest) / (1 - lowest)
        return np.maximum(height if self.method == "in" else 1 - height, 0.01)


@dataclass(frozen=True, kw_only=True)
class Elastic(Geometric):
    """Bend smoothly, like a rubber sheet.

    Parameters
    ----------
    magnitude : (float, float) or float
        How far points move, in pixels: root mean square along x and along y. Above a third of
        ``sigma`` the sheet may fold.
    sigma : float
        How smooth it is, in pixels: the standard deviation of the Gaussian that smooths the noise.
    fill : float, tuple of float, "edge" or "reflect"
        What is put where the sheet draws away from the border.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Simard, Steinkraus and Platt 2003: noise smoothed by a Gaussian. Their α is 6.14 · sigma ·
    magnitude, torchvision's is twice that. The noise has one value a sigma, and the smooth field is
    computed at nodes half a sigma apart or less, not at every pixel.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Elastic"

    magnitude: Span = span(
        (1.0, 4.0),
        "how far points move (root mean square)",
        low=0,
        slider=(0, 20),
        step=0.5,
        unit="px",
    )
    sigma: float = number(16.0, "how smooth", low=4, slider=(4, 64), step=1, unit="px")
    fill: Fill = fill("reflect")

    def draw(self, dice: Dice) -> Values:
        """Draw the magnitude, and a seed for the displacements."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Compute the displacements at the nodes."""
        magnitude = np.asarray(values["magnitude"], float)[:, None, None, None]
        most = [max(self._steps(side) for side in sides) for sides in sizes.T]
        lattice = np.empty((len(sizes), 2, most[0] + 1, most[1] + 1), np.float32)
        for size in np.unique(sizes, axis=0):
            chosen = (sizes == size).all(1)
            (down, rows), (across, columns) = map(self._smoothing, size, most)
            noise = math.sqrt(3) * (2 * _noise(values["seed"][chosen], "move", rows, columns) - 1)
            lattice[chosen] = magnitude[chosen] * (down @ noise @ across.T)
        plain = identity(sizes)
        return Warp(plain.matrix, sizes, lattice, fill=self.fill)

    def _steps(self, side: int) -> int:
        """Return how many steps from node to node a side has: a power of two.

        So the lattice of a larger canvas holds all nodes of a smaller one's, and a sample bends the
        same whatever else is in its batch.
        """
        return 1 << max(math.ceil(math.log2(_FINE * side / self.sigma)), 0)

    def _smoothing(self, side: int, steps: int) -> tuple[Numbers, Numbers]:
        """Return weights (steps + 1, knots) of noise at the nodes of a side, and its knots.

        Knots count from the centre: a new sigma spreads the same noise, and the picture does not
        jump.
        """
        own = self._steps(side)
        reach = math.ceil(side / 2 / self.sigma) + _REACH
        knots = np.arange(-reach, reach + 1)
        nodes = (np.arange(own + 1) / own - 0.5) * side / self.sigma
        weights = np.exp(-((nodes[:, None] - knots) ** 2) / 2) / np.pi**0.25  # squares sum to 1
        place = np.arange(steps + 1) * (own / steps)
        low = np.minimum(place.astype(int), own - 1)
        share = (place - low)[:, None]
        return weights[low] * (1 - share) + weights[low + 1] * share, knots


def _noise(seeds: Numbers, name: str, rows: Numbers, columns: Numbers) -> Numbers:
    """Return numbers in [0, 1), (n, 2, rows, columns), that depend on seed and node alone."""
    axis = np.asarray(seeds, np.int64)[:, None] * 2 + np.arange(2)
    row = axis[:, :, None] * _NODES + (rows + _NODES // 2)
    return Dice(0, row[..., None] * _NODES + (columns + _NODES // 2)).uniform(name)


def _half_tiles(sizes: Numbers, rows: int, columns: int) -> Numbers:
    """Return half the width and height of a tile, (n, 2, 1, 1)."""
    return np.asarray(sizes[:, ::-1] / np.array([columns, rows]) / 2)[:, :, None, None]


def _bent(moves: Numbers, sizes: Numbers) -> Warp:
    """Return the warp of moved inner vertices, (n, 2, rows − 1, columns − 1)."""
    lattice = np.pad(moves, ((0, 0), (0, 0), (1, 1), (1, 1))).astype(np.float32)
    return Warp(identity(sizes).matrix, sizes, lattice, fill="edge")
