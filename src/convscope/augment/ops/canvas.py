"""The canvas: its size, and what is added around the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Fill, Span, fill, number, span, switch
from convscope.augment.dice import Numbers
from convscope.augment.operation import Geometric, Group, Values
from convscope.augment.warp import Warp, linear, translation


@dataclass(frozen=True, kw_only=True)
class Resize(Geometric):
    """Bring to one size, whatever the proportions were.

    Parameters
    ----------
    height, width : int
        Of the result, in pixels.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``resize``; how pixels are interpolated is said once, by the pipeline.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Resize"

    height: int = number(
        224, "of the result", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )
    width: int = number(
        224, "of the result", low=1, slider=(16, 512), step=1, unit="px", whole=True
    )

    def warp(self, values: Values, sizes: Numbers) -> Warp:  # noqa: ARG002
        """Stretch the canvases."""
        return _stretched(sizes, np.broadcast_to(np.array([self.height, self.width]), sizes.shape))


@dataclass(frozen=True, kw_only=True)
class ResizeShorter(Geometric):
    """Bring the shorter side to one length; the proportions stay.

    Parameters
    ----------
    side : int
        Length of the shorter side of the result, in pixels. The longer one is rounded down.
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``Resize`` with one number.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Resize the shorter side"

    side: int = number(256, "shorter side", low=1, slider=(16, 512), step=1, unit="px", whole=True)

    def warp(self, values: Values, sizes: Numbers) -> Warp:  # noqa: ARG002
        """Enlarge or shrink both sides alike."""
        return _stretched(sizes, self.side * sizes // sizes.min(1, keepdims=True))


@dataclass(frozen=True, kw_only=True)
class Scale(Geometric):
    """Enlarge or shrink, and the canvas with it; the proportions stay.

    Parameters
    ----------
    factor : (float, float) or float
        By which both sides are multiplied; they are rounded, and never less than one pixel.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``scale``, which allows factors above 1 only.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Scale"

    factor: Span = span((1.0, 1.5), "of both sides", low=0.01, high=20, slider=(0.25, 4), unit="×")

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Stretch the canvases."""
        after = np.rint(np.asarray(values["factor"], float)[:, None] * sizes)
        return _stretched(sizes, np.maximum(after, 1))


@dataclass(frozen=True, kw_only=True)
class Pad(Geometric):
    """Add pixels around the image.

    Parameters
    ----------
    left, top, right, bottom : int
        How many, on each side.
    fill : float, tuple of float, "edge" or "reflect"
        What they show.
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``Pad``, sides in the same order.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Pad"

    left: int = number(16, "added", low=0, slider=(0, 128), step=1, unit="px", whole=True)
    top: int = number(16, "added", low=0, slider=(0, 128), step=1, unit="px", whole=True)
    right: int = number(16, "added", low=0, slider=(0, 128), step=1, unit="px", whole=True)
    bottom: int = number(16, "added", low=0, slider=(0, 128), step=1, unit="px", whole=True)
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:  # noqa: ARG002
        """Enlarge the canvases."""
        after = sizes + np.array([self.top + self.bottom, self.left + self.right])
        return _placed(sizes, after, self.top, self.left, self.fill)


@dataclass(frozen=True, kw_only=True)
class PadFraction(Geometric):
    """Add a fraction of the image's size around it.

    Parameters
    ----------
    x : (float, float) or float
        What is added left, and right, as a fraction of the width.
    y : (float, float) or float
        What is added at the top, and at the bottom, as a fraction of the height.
    fill : float, tuple of float, "edge" or "reflect"
        What the added pixels show.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Pad by a fraction"

    x: Span = span((0.0, 0.2), "added left and right, of the width", low=0, high=4, slider=(0, 1))
    y: Span = span((0.0, 0.2), "added above and below, of the height", low=0, high=4, slider=(0, 1))
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Enlarge the canvases."""
        shares = np.stack([values["y"], values["x"]], 1)
        added = np.rint(shares * sizes).astype(np.int64)
        return _placed(sizes, sizes + 2 * added, added[:, 0], added[:, 1], self.fill)


@dataclass(frozen=True, kw_only=True)
class PadTo(Geometric):
    """Add pixels around the image, which stays in the centre, until its sides are as wanted.

    Parameters
    ----------
    height, width : int or None
        What each side has at least, in pixels.
    square : bool
        Whether the shorter side becomes as long as the longer one.
    multiple : int
        Of what number each side is a multiple.
    fill : float, tuple of float, "edge" or "reflect"
        What the added pixels show.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = "Pad to a size"

    height: int | None = number(
        None, "at least", low=1, slider=(16, 512), step=1, unit="px", whole=True, optional=True
    )
    width: int | None = number(
        None, "at least", low=1, slider=(16, 512), step=1, unit="px", whole=True, optional=True
    )
    square: bool = switch(True, "whether both sides become as long as the longer one")
    multiple: int = number(
        1, "each side is a multiple of it", low=1, slider=(1, 64), step=1, unit="px", whole=True
    )
    fill: Fill = fill()

    def warp(self, values: Values, sizes: Numbers) -> Warp:  # noqa: ARG002
        """Enlarge the canvases."""
        after = np.maximum(sizes, np.array([self.height or 1, self.width or 1]))
        if self.square:
            after = np.broadcast_to(after.max(1, keepdims=True), after.shape)
        after = -(-after // self.multiple) * self.multiple
        top, left = ((after - sizes) // 2).T
        return _placed(sizes, after, top, left, self.fill)


def _stretched(before: Numbers, after: Numbers) -> Warp:
    after = after.astype(np.int64)
    steps = before / after
    none = np.zeros(len(before))
    return Warp(linear(steps[:, 1], none, none, steps[:, 0]), after, fill="edge")


def _placed(
    before: Numbers, after: Numbers, top: Numbers | int, left: Numbers | int, beside: Fill
) -> Warp:
    """Return the warp to larger canvases on which the image lies at (top, left)."""
    none = np.zeros(len(before))
    return Warp(translation(none - left, none - top), after.astype(np.int64), fill=beside)
