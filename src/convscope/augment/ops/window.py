"""Windows: what part of the image is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, choice, fill, number, span, switch
from convscope.augment.dice import Dice, Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, about_centre, linear, translation

_PLACES = ("random", "centre")
_TRIES = 10  # torchvision's


@dataclass(frozen=True, kw_only=True)
class CropSize(Geometric):
    """Cut a window of a given size out, at whole pixels.

    Parameters
    ----------
    height, width : int
        Of the window, in pixels.
    place : {"random", "centre"}
        Where it is cut out.
    smaller : {"pad", "keep"}
        What happens to an image that is smaller: "pad" gives the size asked for all the same, with
        the whole image on it (in its centre, or anywhere if the place is random); "keep" leaves a
        side that is too short as it is.
    fill : float, tuple of float, "edge" or "reflect"
        What is put beside an image that is smaller.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``crop_by_size``; the whole image that its documentation promises where the window
    is larger (it fails) is ``smaller="keep"``. torchvision's ``CenterCrop``, and its ``RandomCrop``
    with padding.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Crop to a size"

    height: int = number(
        160, "of the window", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )
    width: int = number(
        160, "of the window", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )
    place: str = choice("random", "where it is cut out", _PLACES)
    smaller: str = choice("pad", "what happens to a smaller image", ("pad", "keep"))
    fill: Fill = fill()

    def draw(self, dice: Dice) -> Values:
        """Draw the place, as shares of the room there is."""
        return {**super().draw(dice), **_placed(self.place, dice)}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Cut out whole pixels."""
        after = np.broadcast_to(np.array([self.height, self.width]), sizes.shape).astype(np.int64)
        if self.smaller == "keep":
            after = np.minimum(after, sizes)
        top, left = _offsets(values, sizes - after)
        return Warp(translation(left, top), after, fill=self.fill)


@dataclass(frozen=True, kw_only=True)
class CropFraction(Geometric):
    """Cut a window out that is a fraction of the image, and show it in the old size if wanted.

    Parameters
    ----------
    side : (float, float) or float
        Of the window, as a fraction of the image's: 0.5 is half as high and half as wide.
    place : {"random", "centre"}
        Where it is cut out.
    resize : bool
        Whether the window is enlarged to the size of the image: a zoom. Without, images become
        smaller, at whole pixels.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``crop_centre``, ``crop_random`` and (with ``resize``) ``zoom_random``, whose
    ``percentage_area`` is such a fraction of the side too; randomised, it is ``side=(0.1, a)``.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Crop a fraction"

    side: Span = span((0.6, 0.9), "of the window, of the image's side", low=0.01, high=1, unit="")
    place: str = choice("random", "where it is cut out", _PLACES)
    resize: bool = switch(True, "whether the window is enlarged to the size of the image")

    def draw(self, dice: Dice) -> Values:
        """Draw the side, and the place as shares of the room there is."""
        return {**super().draw(dice), **_placed(self.place, dice)}

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Cut out whole pixels, or enlarge what is cut out."""
        side = np.asarray(values["side"], float)
        if not self.resize:
            after = np.maximum(np.rint(side[:, None] * sizes), 1).astype(np.int64)
            top, left = _offsets(values, sizes - after)
            return Warp(translation(left, top), after, fill="edge")
        none = np.zeros(len(sizes))
        room = (1 - side)[:, None] * sizes
        x, y = values.get("x", none + 0.5), values.get("y", none + 0.5)
        corner = translation(room[:, 1] * x, room[:, 0] * y)
        return Warp(corner @ linear(side, none, none, side), sizes, fill="edge")


@dataclass(frozen=True, kw_only=True)
class RandomResizedCrop(Geometric):
    """Cut a window of random area and proportions out and bring it to one size.

    Up to ten windows are drawn until one lies within the image; if none does, it is the largest in
    the centre whose proportions are allowed.

    Parameters
    ----------
    height, width : int
        Of the result, in pixels.
    scale : (float, float) or float
        Area of the window, as a fraction of the image's.
    ratio : (float, float) or float
        Width over height of the window; its logarithm is drawn uniformly.
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``RandomResizedCrop`` (Szegedy et al. 2014, the crops of Inception). The record
    shows the first window drawn.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Random resized crop"

    height: int = number(
        224, "of the result", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )
    width: int = number(
        224, "of the result", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )
    scale: Span = span((0.08, 1.0), "area of the window, of the image's", low=0.001, high=1)
    ratio: Span = span(
        (3 / 4, 4 / 3), "width over height of the window", low=0.05, high=20, slider=(0.25, 4)
    )

    def draw(self, dice: Dice) -> Values:
        """Draw the first window, and a seed for those tried where it does not fit."""
        fractions = dice.uniform("ratio")
        return {
            **super().draw(dice),
            "ratio": self._ratios(fractions),
            **_placed("random", dice),
            "again": dice.seeds("again"),
        }

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Enlarge what is cut out."""
        windows, fitted = self._windows(values, sizes)
        slack = sizes - windows
        top, left = np.where(fitted, _offsets(values, slack), slack.T // 2)
        after = np.broadcast_to(np.array([self.height, self.width]), sizes.shape).astype(np.int64)
        steps = windows / after
        none = np.zeros(len(sizes))
        matrix = translation(left, top) @ linear(steps[:, 1], none, none, steps[:, 0])
        return Warp(matrix, after, fill="edge")

    def _ratios(self, fractions: Numbers) -> Numbers:
        low, high = np.log(self.ratio)
        return np.asarray(np.exp(low + fractions * (high - low)))

    def _windows(self, values: Values, sizes: Numbers) -> tuple[Numbers, Numbers]:
        """Return the windows, (n, 2) height and width, and whether one of those drawn fitted."""
        again = Dice(0, np.asarray(values["again"])[:, None] * _TRIES + np.arange(_TRIES - 1))
        low, high = self.scale  # type: ignore[misc]  # a pair by now
        scale = np.column_stack([values["scale"], again.uniform("scale", low, high)])
        ratio = np.column_stack([values["ratio"], self._ratios(again.uniform("ratio"))])
        area = scale * sizes.prod(1, keepdims=True)
        tried = np.rint(np.sqrt(np.stack([area / ratio, area * ratio], -1)))
        fits = ((tried > 0) & (tried <= sizes[:, None])).all(-1)
        first = tried[np.arange(len(sizes)), fits.argmax(1)]
        fitted = fits.any(1)
        windows = np.where(fitted[:, None], first, self._largest(sizes)).astype(np.int64)
        return windows, fitted

    def _largest(self, sizes: Numbers) -> Numbers:
        height, width = sizes[:, 0], sizes[:, 1]
        low, high = self.ratio  # type: ignore[misc]  # a pair by now
        tall = np.where(width < low * height, np.rint(width / low), height)
        wide = np.where(width > high * height, np.rint(height * high), width)
        return np.asarray(np.maximum(np.stack([tall, wide], 1), 1))


@dataclass(frozen=True, kw_only=True)
class Zoom(Geometric):
    """Zoom about the centre; the size stays.

    Parameters
    ----------
    factor : (float, float) or float
        Above 1 the image is enlarged and its border lost, below 1 it shrinks and is filled around.
    fill : float, tuple of float, "edge" or "reflect"
        What is put around an image that shrinks.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``zoom``, which rounds the factor to hundredths and always fills with black.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Zoom"

    factor: Span = span(
        (1.0, 1.3), "above 1 enlarges", low=0.05, high=20, slider=(0.5, 2), unit="×"
    )
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Zoom about the centres."""
        step = 1 / np.asarray(values["factor"], float)
        none = np.zeros(len(sizes))
        matrix = about_centre(linear(step, none, none, step), sizes, sizes)
        return Warp(matrix, sizes, fill=self.fill)


def _placed(place: str, dice: Dice) -> Values:
    return {"x": dice.uniform("x"), "y": dice.uniform("y")} if place == "random" else {}


def _offsets(values: Values, slack: Numbers) -> tuple[Numbers, Numbers]:
    """Return top and left of windows, (n,) whole numbers.

    Parameters
    ----------
    values : dict
        With "x" and "y" in [0, 1] if the place is random.
    slack : ndarray
        (n, 2) how much higher and wider than the window the image is; below 0 where it is smaller.
    """
    if "x" not in values:
        # Halves as torchvision rounds them: to even in a crop, down in a pad.
        centred = np.where(slack >= 0, np.rint(slack / 2), -(-slack // 2)).astype(np.int64)
        return centred[:, 0], centred[:, 1]
    low, high = np.minimum(slack, 0), np.maximum(slack, 0)
    share = np.stack([values["y"], values["x"]], 1)
    drawn = np.minimum(low + np.floor(share * (high - low + 1)).astype(np.int64), high)
    return drawn[:, 0], drawn[:, 1]
