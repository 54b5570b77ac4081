"""Perspectives: the image as a board that is tilted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, choice, fill, number, span
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, quad

_CORNERS = ("upper_left", "upper_right", "lower_right", "lower_left")
_WAYS = [f"{corner}_{axis}" for corner in _CORNERS for axis in "xy"]
_INWARDS = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])  # (x, y) for each of them

# Where the corners of the image go, in shifts (x, y), outwards; in the order of Augmentor.
_PRESETS = np.zeros((12, 4, 2))
_PRESETS[0, 0], _PRESETS[0, 3] = (0, -1), (0, 1)  # the left side comes nearer
_PRESETS[1, 1], _PRESETS[1, 2] = (0, -1), (0, 1)  # the right side
_PRESETS[2, 0], _PRESETS[2, 1] = (-1, 0), (1, 0)  # the top
_PRESETS[3, 2], _PRESETS[3, 3] = (1, 0), (-1, 0)  # the bottom
for _corner in range(4):  # each corner sideways, then up or down
    _PRESETS[4 + 2 * _corner, _corner, 0] = -_INWARDS[_corner, 0]
    _PRESETS[5 + 2 * _corner, _corner, 1] = -_INWARDS[_corner, 1]

_KINDS = {
    "any": (0, 11),
    "left-right": (0, 1),
    "top-bottom": (2, 3),
    "tilt": (0, 3),
    "corner": (4, 11),
}


@dataclass(frozen=True, kw_only=True)
class Skew(Geometric):
    """Tilt as one of twelve presets: a side comes nearer, or a corner is drawn out.

    Parameters
    ----------
    kind : {"any", "left-right", "top-bottom", "tilt", "corner"}
        "left-right" and "top-bottom" are two sides each, "tilt" is all four; "corner" is each of
        four corners sideways, or up or down. The presets of a kind are equally probable.
    magnitude : (float, float) or float
        How far corners move outwards, as a fraction of the longer side.
    fit : {"crop", "whole"}
        "crop" leaves the other corners where they are, so nothing is filled and part of the image
        is lost; "whole" shrinks the tilted image until all of it is on the canvas.
    fill : float, tuple of float, "edge" or "reflect"
        What is put beside the whole image; "crop" shows nothing of it.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``skew_left_right``, ``skew_top_bottom``, ``skew_tilt``, ``skew_corner`` and
    ``skew``: its magnitude m is ``magnitude=(0, m)`` here. Its ``skew`` draws a corner once in four
    times, not in two of three as twelve equal presets do.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Skew"

    kind: str = choice("any", "which presets are drawn from", tuple(_KINDS))
    magnitude: Span = span((0.05, 0.4), "how far corners move, of the longer side", low=0, high=1)
    fit: str = choice("crop", "what becomes of the border", ("crop", "whole"))
    fill: Fill = fill()

    def draw(self, dice: Dice) -> Values:
        """Draw the preset, 0 to 11, and how far."""
        return {**super().draw(dice), "preset": dice.whole("preset", *_KINDS[self.kind])}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Move the corners."""
        shift = np.asarray(values["magnitude"], float) * sizes.max(1)
        moves = _PRESETS[np.asarray(values["preset"], int)] * shift[:, None, None]
        corners = _corners(sizes) + moves
        if self.fit == "crop":
            return Warp(_from_corners(corners, sizes), sizes, fill="edge")
        low, high = corners.min(1, keepdims=True), corners.max(1, keepdims=True)
        canvas = sizes[:, None, ::-1]
        shrink = (canvas / (high - low)).min(2, keepdims=True)
        corners = (corners - (low + high) / 2) * shrink + canvas / 2
        return Warp(_from_corners(corners, sizes), sizes, fill=self.fill)


@dataclass(frozen=True, kw_only=True)
class Perspective(Geometric):
    """Move each corner inwards by its own random way.

    Parameters
    ----------
    distortion : float
        How far at most, as a fraction of half the side, 0 to 0.6: from 2/3 on, four corners may
        fail to span a board.
    fill : float, tuple of float, "edge" or "reflect"
        What is put beside the image.
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``RandomPerspective`` with ``distortion_scale``, which allows 1 and folds there.
    """

    group: ClassVar[Group] = "shape"
    title: ClassVar[str] = "Perspective"

    distortion: float = number(
        0.4, "how far corners move at most, of half the side", low=0, high=0.6
    )
    fill: Fill = fill()

    def draw(self, dice: Dice) -> Values:
        """Draw how far each corner moves along x and y, as fractions of half the side."""
        return {**super().draw(dice), **dice.uniforms(_WAYS, 0, self.distortion)}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Move the corners."""
        shares = np.stack([values[name] for name in _WAYS], 1).reshape(-1, 4, 2)
        half = sizes[:, None, ::-1] / 2
        corners = _corners(sizes) + shares * _INWARDS * half
        return Warp(_from_corners(corners, sizes), sizes, fill=self.fill)


def _corners(sizes: Numbers) -> Numbers:
    """Return the corners of canvases, (n, 4, 2), clockwise from the upper left."""
    return np.asarray((_INWARDS < 0) * sizes[:, None, ::-1].astype(float))


def _from_corners(corners: Numbers, sizes: Numbers) -> Numbers:
    """Return the matrices that take points back if the image's corners went to ``corners``."""
    matrix = np.linalg.inv(quad(corners, sizes))
    return np.asarray(matrix / matrix[:, 2:, 2:])
