"""Turns and mirrors. Positive degrees turn counter-clockwise, as in Pillow and torchvision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, choice, fill, span
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, about_centre, linear

_QUARTERS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])  # cosine and sine, exact


@dataclass(frozen=True, kw_only=True)
class Rotate90(Geometric):
    """Turn by quarters, counter-clockwise; height and width change places at 90° and 270°.

    No pixel is lost and none is computed.

    Parameters
    ----------
    turns : {"any", "90", "180", "270"}
        By how many degrees; "any" draws one of the three, never 0.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``rotate90``, ``rotate180``, ``rotate270`` and ``rotate_random_90``.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Turn by 90°"

    turns: str = choice("any", "degrees, counter-clockwise", ("any", "90", "180", "270"))

    def draw(self, dice: Dice) -> Values:
        """Draw the degrees: 90, 180 or 270."""
        if self.turns == "any":
            quarters = dice.whole("turns", 1, 3)
        else:
            quarters = np.full(len(dice.samples), int(self.turns) // 90)
        return {**super().draw(dice), "degrees": 90 * quarters}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Turn whole pixels."""
        quarters = np.rint(np.asarray(values["degrees"]) / 90).astype(int) % 4
        cos, sin = _QUARTERS[quarters].T
        after = np.where((quarters % 2 == 1)[:, None], sizes[:, ::-1], sizes)
        return Warp(about_centre(linear(cos, -sin, sin, cos), after, sizes), after, fill="edge")


@dataclass(frozen=True, kw_only=True)
class Rotate(Geometric):
    """Turn by any angle about the centre.

    Parameters
    ----------
    degrees : (float, float) or float
        Counter-clockwise; one number x stands for (−x, x).
    fit : {"crop", "keep", "expand"}
        "crop" zooms into the largest upright rectangle of the same aspect that shows no border, so
        size and proportions stay; "keep" keeps the canvas and fills its corners; "expand" enlarges
        the canvas until all of the image is on it.
    fill : float, tuple of float, "edge" or "reflect"
        What is put beside the image; "crop" shows nothing of it.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``rotate`` (fit "crop") and ``rotate_without_crop``. There the crop loses the aspect
    and part of the image: 232×79 of 300×200 at 20°, where 206×138 is right and given here.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Rotate"

    degrees: Span = span(
        (-15.0, 15.0),
        "angle, counter-clockwise",
        low=-360,
        high=360,
        slider=(-180, 180),
        step=1,
        unit="°",
        single="symmetric",
    )
    fit: str = choice("crop", "what becomes of the corners", ("crop", "keep", "expand"))
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Turn about the centres of the canvases."""
        angle = np.deg2rad(np.asarray(values["degrees"], float))
        cos, sin = np.cos(angle), np.sin(angle)
        matrix = linear(cos, -sin, sin, cos)
        height, width = sizes[:, 0], sizes[:, 1]
        spread = np.stack(
            [width * abs(sin) + height * abs(cos), width * abs(cos) + height * abs(sin)], 1
        )
        if self.fit == "expand":
            after = np.maximum(np.ceil(spread - 1e-6), 1).astype(np.int64)
            return Warp(about_centre(matrix, after, sizes), after, fill=self.fill)
        if self.fit == "crop":
            matrix[:, :2] *= (sizes / spread).min(1)[:, None, None]
        # Half a pixel lies between the outermost centres and the border: there the edge goes on.
        beside: Fill = "edge" if self.fit == "crop" else self.fill
        return Warp(about_centre(matrix, sizes, sizes), sizes, fill=beside)


@dataclass(frozen=True, kw_only=True)
class Flip(Geometric):
    """Mirror. No pixel is computed.

    Parameters
    ----------
    axis : {"horizontal", "vertical", "either"}
        "horizontal" changes left and right, "vertical" top and bottom; "either" draws one of them.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``flip_left_right``, ``flip_top_bottom`` and ``flip_random``.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Flip"

    axis: str = choice(
        "horizontal", "which sides change places", ("horizontal", "vertical", "either")
    )

    def draw(self, dice: Dice) -> Values:
        """Draw whether top and bottom change places (1) or left and right (0)."""
        if self.axis == "either":
            vertical = dice.whole("axis", 0, 1)
        else:
            vertical = np.full(len(dice.samples), int(self.axis == "vertical"))
        return {**super().draw(dice), "vertical": vertical}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Mirror whole pixels."""
        down = np.asarray(values["vertical"]) == 1
        none = np.zeros(len(sizes))
        matrix = linear(np.where(down, 1, -1), none, none, np.where(down, -1, 1))
        return Warp(about_centre(matrix, sizes, sizes), sizes, fill="edge")
