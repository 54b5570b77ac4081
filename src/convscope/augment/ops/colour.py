"""Colours: what one matrix can do to a pixel. Runs of these are multiplied, and applied once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convscope.augment.declare import Span, span
from convscope.augment.dice import Numbers
from convscope.augment.operation import Linear, Values

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601), as Pillow has it

# To brightness and two axes of colour, and back (the YIQ of NTSC).
_TO_YIQ = np.array([LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


@dataclass(frozen=True, kw_only=True)
class Brightness(Linear):
    """Multiply all values: 0 is black, 1 changes nothing (Pillow's ``ImageEnhance.Brightness``).

    Parameters
    ----------
    factor : float or (float, float)
        From 0. One number x stands for (1 − x, 1 + x).
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Brightness"

    factor: Span = span(
        (0.7, 1.3), "of all values", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Scale every channel."""
        return _scaled(values["factor"], means.shape[1]), np.zeros_like(means)


@dataclass(frozen=True, kw_only=True)
class Contrast(Linear):
    """Spread values about the mean grey: 0 is grey (Pillow's ``ImageEnhance.Contrast``).

    The mean grey is that of the luma of red, green and blue; of other numbers of channels each has
    its own mean.

    Parameters
    ----------
    factor : float or (float, float)
        From 0. One number x stands for (1 − x, 1 + x).
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Contrast"
    uses_means: ClassVar[bool] = True

    factor: Span = span(
        (0.7, 1.3), "of the spread", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Scale every channel about the mean grey."""
        return _contrast(values["factor"], means)


@dataclass(frozen=True, kw_only=True)
class Saturation(Linear):
    """Mix with grey: 0 is greyscale, above 1 is more vivid (Pillow's ``ImageEnhance.Color``).

    Parameters
    ----------
    factor : float or (float, float)
        From 0. One number x stands for (1 − x, 1 + x).
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Saturation"
    rgb: ClassVar[bool] = True

    factor: Span = span(
        (0.6, 1.4), "of the colour", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Mix every channel with the luma."""
        return _saturation(values["factor"]), np.zeros_like(means)


@dataclass(frozen=True, kw_only=True)
class ColorJitter(Linear):
    """Change brightness, contrast, saturation and hue, in this order, as one matrix.

    Hue turns colours about the grey axis, brightness kept. That is close to the hue of HSV for
    small angles; for that itself use `HSVShift`.

    Parameters
    ----------
    brightness, contrast, saturation : float or (float, float)
        Factors from 0. One number x stands for (1 − x, 1 + x).
    hue : float or (float, float)
        Degrees, −180 to 180. One number x stands for (−x, x).
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Colour jitter"
    rgb: ClassVar[bool] = True
    uses_means: ClassVar[bool] = True

    brightness: Span = span(
        (0.8, 1.2), "of all values", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )
    contrast: Span = span(
        (0.8, 1.2), "of the spread", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )
    saturation: Span = span(
        (0.8, 1.2), "of the colour", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )
    hue: Span = span(
        (0.0, 0.0),
        "how far colours turn",
        low=-180,
        high=180,
        slider=(-60, 60),
        step=1,
        unit="°",
        single="symmetric",
    )

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Multiply the four."""
        bright = _scaled(values["brightness"], 3)
        spread, offset = _contrast(values["contrast"], np.einsum("nij,nj->ni", bright, means))
        rest = _hue(values["hue"]) @ _saturation(values["saturation"])
        return rest @ spread @ bright, np.einsum("nij,nj->ni", rest, offset)


@dataclass(frozen=True, kw_only=True)
class RGBShift(Linear):
    """Add to red, green and blue, each its own.

    Parameters
    ----------
    red, green, blue : float or (float, float)
        −1 to 1. One number x stands for (−x, x).
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "RGB shift"
    rgb: ClassVar[bool] = True

    red: Span = span((-0.1, 0.1), "added", low=-1, high=1, single="symmetric")
    green: Span = span((-0.1, 0.1), "added", low=-1, high=1, single="symmetric")
    blue: Span = span((-0.1, 0.1), "added", low=-1, high=1, single="symmetric")

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Add an offset to each channel."""
        offset = np.stack([values[name] for name in ("red", "green", "blue")], 1)
        return _scaled(np.ones(len(means)), 3), offset


@dataclass(frozen=True, kw_only=True)
class Invert(Linear):
    """Turn bright into dark: 1 − x in every channel (Pillow's ``ImageOps.invert``).

    Parameters
    ----------
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Invert"

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ARG002
        """Negate, and add one."""
        return _scaled(-np.ones(len(means)), means.shape[1]), np.ones_like(means)


@dataclass(frozen=True, kw_only=True)
class Greyscale(Linear):
    """Show the luma in all three channels, 0.299 red, 0.587 green and 0.114 blue.

    The number of channels stays, so that a network that takes colour still takes it.

    Parameters
    ----------
    p : float
        0 to 1.
    """

    title: ClassVar[str] = "Greyscale"
    rgb: ClassVar[bool] = True

    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ARG002
        """Put the luma into every channel."""
        return _saturation(np.zeros(len(means))), np.zeros_like(means)


def _scaled(factors: Numbers, channels: int) -> Numbers:
    return np.asarray(factors)[:, None, None] * np.eye(channels)


def _contrast(factors: Numbers, means: Numbers) -> tuple[Numbers, Numbers]:
    middle = (means @ LUMA)[:, None] if means.shape[1] == 3 else means
    rest = (1 - np.asarray(factors))[:, None] * np.broadcast_to(middle, means.shape)
    return _scaled(factors, means.shape[1]), rest


def _saturation(factors: Numbers) -> Numbers:
    share = np.asarray(factors)[:, None, None]
    return np.asarray(share * np.eye(3) + (1 - share) * LUMA[None, None, :])


def _hue(degrees: Numbers) -> Numbers:
    angle = -np.deg2rad(degrees)  # the axes of YIQ run the other way than the hue of HSV
    turn = np.zeros((len(angle), 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 1, 2], turn[:, 2, 1] = -np.sin(angle), np.sin(angle)
    return np.asarray(_FROM_YIQ @ turn @ _TO_YIQ)
