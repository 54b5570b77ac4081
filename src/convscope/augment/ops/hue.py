"""Hue: turning colours around the wheel of HSV, and changing how vivid and bright they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from convscope.augment.declare import Span, span
from convscope.augment.operation import Pixelwise, Values, column

_TINY = 1e-9
_PIECE = 1 << 16  # pixels at once on a processor: what is in between stays in its cache


@dataclass(frozen=True, kw_only=True)
class HSVShift(Pixelwise):
    """Turn the hue, and scale and shift saturation and value, in HSV.

    Grey pixels have no hue: they stay grey whatever is added to the saturation.

    Parameters
    ----------
    hue : (float, float) or float
        Degrees around the wheel, −180 to 180. One number x stands for (−x, x).
    saturation, value : (float, float) or float
        Factors from 0. One number x stands for (1 − x, 1 + x).
    saturation_shift, value_shift : (float, float) or float
        Added after scaling, −1 to 1. One number x stands for (−x, x).
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``HSVShifting``, which no pipeline of it can reach; its hue is a fraction of 360°.
    """

    title: ClassVar[str] = "Hue, saturation, value"
    rgb: ClassVar[bool] = True

    hue: Span = span(
        (-20.0, 20.0),
        "how far around the wheel",
        low=-180,
        high=180,
        step=1,
        unit="°",
        single="symmetric",
    )
    saturation: Span = span(
        (0.7, 1.3), "how vivid", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )
    value: Span = span(
        (0.8, 1.2), "how bright", low=0, high=20, slider=(0, 3), unit="×", single="around 1"
    )
    saturation_shift: Span = span(
        (0.0, 0.0), "added to the saturation", low=-1, high=1, single="symmetric"
    )
    value_shift: Span = span((0.0, 0.0), "added to the value", low=-1, high=1, single="symmetric")

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Go to HSV and back."""
        names = ("hue", "saturation", "value", "saturation_shift", "value_shift")
        drawn = torch.stack([column(values[name], images, 3) for name in names])
        drawn[0] /= 360

        def shifted(part: Tensor, some: slice) -> Tensor:
            turn, vivid, bright, more_vivid, brighter = drawn[:, some]
            top, chroma, hue = _hsv(part)
            saturation = (chroma / top.clamp_min(_TINY)).mul_(vivid)
            if bool(more_vivid.any()):
                saturation += more_vivid * (chroma > 0)
            value = torch.addcmul(brighter, top, bright).clamp_(0, 1)
            return _rgb(value, saturation.clamp_(0, 1).mul_(value), hue.add_(turn))

        return _in_pieces(images, shifted)


@dataclass(frozen=True, kw_only=True)
class HueShift(Pixelwise):
    """Turn the hue around the wheel of HSV; saturation and value stay.

    Parameters
    ----------
    degrees : (float, float) or float
        −180 to 180: 120 turns red into green. One number x stands for (−x, x).
    p : float
        How probable it is for a sample.

    Notes
    -----
    torchvision's ``hue`` is a fraction of 360°.
    """

    title: ClassVar[str] = "Hue"
    rgb: ClassVar[bool] = True

    degrees: Span = span(
        (-30.0, 30.0),
        "how far around the wheel",
        low=-180,
        high=180,
        step=1,
        unit="°",
        single="symmetric",
    )

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Go to the hue and back."""
        turns = column(values["degrees"] / 360, images, 3)

        def turned(part: Tensor, some: slice) -> Tensor:
            top, chroma, hue = _hsv(part)
            return _rgb(top, chroma, hue.add_(turns[some]))

        return _in_pieces(images, turned)


def _hsv(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return value, chroma (saturation · value) and hue in turns, (n, H, W) each.

    The distance of a hue from red, in sixths of the wheel, is 2 + (g + b − r − max) / chroma; which
    side of red it lies on is the sign of g − b. That takes no case by case.
    """
    red, green, blue = images.unbind(1)
    top = torch.maximum(torch.maximum(red, green), blue)
    chroma = top - torch.minimum(torch.minimum(red, green), blue)
    hue = (green + blue).sub_(red).sub_(top).div_(chroma.clamp_min(_TINY)).add_(2).div_(6)
    return top, chroma, hue.copysign_(green - blue)


def _rgb(value: Tensor, chroma: Tensor, hue: Tensor) -> Tensor:
    """Return the pixels (n, 3, H, W) of hues in turns: a channel fades away from its own hue."""
    own = hue.new_tensor([0, -1 / 3, 1 / 3])[:, None, None]  # hues of red, green and blue, negated
    away = hue[:, None] + own
    away.sub_(away.round()).abs_().mul_(6).sub_(1).clamp_(0, 1)
    return torch.addcmul(value[:, None], chroma[:, None], away, value=-1)


def _in_pieces(images: Tensor, function: Callable[[Tensor, slice], Tensor]) -> Tensor:
    """Call a function of some images and of which they are, and put the results together."""
    count, _, height, width = images.shape
    length = max(_PIECE // (height * width), 1) if images.device.type == "cpu" else count
    if length >= count:
        return function(images, slice(None))
    result = torch.empty_like(images)
    for start in range(0, count, length):
        some = slice(start, start + length)
        result[some] = function(images[some], some)
    return result
