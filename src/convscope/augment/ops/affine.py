"""Straight lines stay straight and parallel: shifts, shears and what combines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, choice, fill, span
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, about_centre, linear, translation


@dataclass(frozen=True, kw_only=True)
class Translate(Geometric):
    """Shift, by whole pixels so that nothing is blurred.

    Parameters
    ----------
    x, y : (float, float) or float
        To the right and down, as fractions of width and height; one number x stands for (−x, x).
    fill : float, tuple of float, "edge" or "reflect"
        What is put where the image was.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Translate"

    x: Span = span(
        (-0.1, 0.1),
        "to the right, of the width",
        low=-1,
        high=1,
        slider=(-0.5, 0.5),
        single="symmetric",
    )
    y: Span = span(
        (-0.1, 0.1), "down, of the height", low=-1, high=1, slider=(-0.5, 0.5), single="symmetric"
    )
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Shift by the nearest whole number of pixels."""
        right = np.rint(values["x"] * sizes[:, 1])
        down = np.rint(values["y"] * sizes[:, 0])
        return Warp(translation(-right, -down), sizes, fill=self.fill)


@dataclass(frozen=True, kw_only=True)
class Shear(Geometric):
    """Slant about the centre.

    Parameters
    ----------
    degrees : (float, float) or float
        Along x, positive degrees lean the top to the right; along y, they raise the right side. One
        number x stands for (−x, x).
    axis : {"x", "y", "either"}
        Along which axis pixels move; "either" draws one of the two.
    fit : {"crop", "keep"}
        "crop" zooms into the largest rectangle of the same aspect about the centre that shows no
        border, so size and proportions stay; "keep" fills the corners.
    fill : float, tuple of float, "edge" or "reflect"
        What is put into the corners; "crop" shows nothing of it.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``shear``, which draws whole degrees, never 0 and one to the right too often, and
    loses the proportions in its crop.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Shear"

    degrees: Span = span(
        (-15.0, 15.0),
        "angle",
        low=-80,
        high=80,
        slider=(-45, 45),
        step=1,
        unit="°",
        single="symmetric",
    )
    axis: str = choice("either", "along which pixels move", ("x", "y", "either"))
    fit: str = choice("crop", "what becomes of the corners", ("crop", "keep"))
    fill: Fill = fill()

    def draw(self, dice: Dice) -> Values:
        """Draw the angle, and whether it is along y (1) or x (0)."""
        if self.axis == "either":
            along_y = dice.whole("axis", 0, 1)
        else:
            along_y = np.full(len(dice.samples), int(self.axis == "y"))
        return {**super().draw(dice), "along_y": along_y}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Slant about the centres."""
        slope = np.tan(np.deg2rad(np.asarray(values["degrees"], float)))
        along_y = np.asarray(values["along_y"]) == 1
        one = np.ones(len(sizes))
        # A sheared back point: x of the source is x + slope · y, as y runs downwards.
        matrix = linear(one, np.where(along_y, 0, slope), np.where(along_y, slope, 0), one)
        if self.fit == "keep":
            return Warp(about_centre(matrix, sizes, sizes), sizes, fill=self.fill)
        height, width = sizes[:, 0], sizes[:, 1]
        moving, across = np.where(along_y, height, width), np.where(along_y, width, height)
        matrix[:, :2] *= (moving / (moving + abs(slope) * across))[:, None, None]
        return Warp(about_centre(matrix, sizes, sizes), sizes, fill="edge")


@dataclass(frozen=True, kw_only=True)
class Affine(Geometric):
    """Shear, turn, scale about the centre, and shift: in this order, in one.

    Parameters
    ----------
    degrees : (float, float) or float
        Counter-clockwise; one number x stands for (−x, x), as in all but ``scale``.
    x, y : (float, float) or float
        To the right and down, as fractions of width and height.
    scale : (float, float) or float
        Factor of both sides; one number s stands for (s, s).
    shear_x, shear_y : (float, float) or float
        In degrees: positive ones lean the top to the right, and raise the right side.
    fill : float, tuple of float, "edge" or "reflect"
        What is put beside the image.
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``RandomAffine`` in its order, with one difference: there degrees are clockwise.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Affine"

    degrees: Span = span(
        (-10.0, 10.0),
        "angle, counter-clockwise",
        low=-360,
        high=360,
        slider=(-180, 180),
        step=1,
        unit="°",
        single="symmetric",
    )
    x: Span = span(
        (-0.1, 0.1),
        "to the right, of the width",
        low=-1,
        high=1,
        slider=(-0.5, 0.5),
        single="symmetric",
    )
    y: Span = span(
        (-0.1, 0.1), "down, of the height", low=-1, high=1, slider=(-0.5, 0.5), single="symmetric"
    )
    scale: Span = span((0.9, 1.1), "of both sides", low=0.05, high=20, slider=(0.5, 2), unit="×")
    shear_x: Span = span(
        (-5.0, 5.0),
        "leans the top to the right",
        low=-80,
        high=80,
        slider=(-45, 45),
        step=1,
        unit="°",
        single="symmetric",
    )
    shear_y: Span = span(
        (0.0, 0.0),
        "raises the right side",
        low=-80,
        high=80,
        slider=(-45, 45),
        step=1,
        unit="°",
        single="symmetric",
    )
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Take everything back, in reverse order."""
        angle = np.deg2rad(np.asarray(values["degrees"], float))
        lean, rise = (np.tan(np.deg2rad(values[name])) for name in ("shear_x", "shear_y"))
        turn = linear(np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle))
        one, none = np.ones(len(sizes)), np.zeros(len(sizes))
        shear = linear(one, none, -rise, one) @ linear(one, -lean, none, one)
        forward = turn @ shear
        forward[:, :2, :2] *= np.asarray(values["scale"], float)[:, None, None]
        shift = translation(-values["x"] * sizes[:, 1], -values["y"] * sizes[:, 0])
        return Warp(
            about_centre(np.linalg.inv(forward), sizes, sizes) @ shift, sizes, fill=self.fill
        )
