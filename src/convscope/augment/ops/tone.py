"""Tone: curves that change how bright and dark are spread, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from convscope.augment.declare import Span, number, span
from convscope.augment.operation import Pixelwise, Values, column
from convscope.augment.ops.colour import LUMA

_LEVELS = 256  # grey levels that are counted


@dataclass(frozen=True, kw_only=True)
class Gamma(Pixelwise):
    """Raise values to a power: below 1 brightens, above 1 darkens; black and white stay.

    Parameters
    ----------
    gamma : (float, float) or float
        The power, 0.05 to 20. One number x stands for (1 − x, 1 + x).
    p : float
        How probable it is for a sample.
    """

    title: ClassVar[str] = "Gamma"

    gamma: Span = span(
        (0.7, 1.5), "the power", low=0.05, high=20, slider=(0.05, 3), single="around 1"
    )

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Raise to the power."""
        power = column(values["gamma"], images)
        # Five times as fast as pow. Resampling may have left values a hair outside.
        return images.clamp(0, 1).log_().mul_(power).exp_()


@dataclass(frozen=True, kw_only=True)
class Solarise(Pixelwise):
    """Invert what is at least as bright as a threshold (Pillow's ``ImageOps.solarize``).

    Parameters
    ----------
    threshold : (float, float) or float
        0 to 1; 0 inverts everything. Pillow's threshold t is t / 255.
    p : float
        How probable it is for a sample.
    """

    title: ClassVar[str] = "Solarise"

    threshold: Span = span((0.5, 0.9), "from where on values are inverted", low=0, high=1)

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Invert above the threshold."""
        above = _at_least(images, values)
        return above.sub_(images).abs_()  # 1 − x above, x below; a choice would be slower


@dataclass(frozen=True, kw_only=True)
class Posterise(Pixelwise):
    """Keep only the highest bits of each value (Pillow's ``ImageOps.posterize``).

    Parameters
    ----------
    bits : (int, int) or int
        How many of 8 are kept, 1 to 8: 2 to 256 levels in each channel.
    p : float
        How probable it is for a sample.
    """

    title: ClassVar[str] = "Posterise"

    bits: Span = span((3, 6), "that are kept", low=1, high=8, step=1, whole=True)

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Round down to levels that far apart."""
        apart = column(2.0 ** (8 - values["bits"].astype(float)), images)
        return images.mul(255 / apart).add_(0.5 / apart).floor_().mul_(apart / 255)


@dataclass(frozen=True, kw_only=True)
class BlackAndWhite(Pixelwise):
    """Turn into black and white: white where the luma is at least a threshold.

    All channels of a colour image get the same; other numbers of channels are told each by itself.

    Parameters
    ----------
    threshold : (float, float) or float
        0 to 1.
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``black_and_white`` rounds the luma to a whole number first: its threshold t is
    (t − 0.5) / 255 here, its 128 is 0.5. The number of channels stays.
    """

    title: ClassVar[str] = "Black and white"

    threshold: Span = span((0.5, 0.5), "from where on it is white", low=0, high=1)

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Compare the luma with the threshold."""
        if images.shape[1] != 3:
            return _at_least(images, values)
        red, green, blue = LUMA.tolist()
        luma: Tensor = images[:, :1] * red
        luma.add_(images[:, 1:2], alpha=green).add_(images[:, 2:], alpha=blue)
        luma.ge_(column(values["threshold"], images))
        return luma.expand_as(images)


@dataclass(frozen=True, kw_only=True)
class Equalise(Pixelwise):
    """Spread the grey levels of each channel evenly (Pillow's ``ImageOps.equalize``).

    Values are rounded to 256 levels first.

    Parameters
    ----------
    p : float
        How probable it is for a sample.

    Notes
    -----
    Augmentor's ``histogram_equalisation``.
    """

    title: ClassVar[str] = "Equalise"

    def apply(self, images: Tensor, values: Values) -> Tensor:  # noqa: ARG002
        """Map each level to the share of pixels below it."""
        places, counts = _histograms(images)
        # As Pillow counts: the brightest pixels are left out, and a step is a whole number.
        brightest = counts.gather(1, _last(counts > 0))
        step = (counts.sum(1, keepdim=True) - brightest) // (_LEVELS - 1)
        below = counts.cumsum(1) - counts
        curves = ((step // 2 + below) // step.clamp_min(1)).clamp_max(_LEVELS - 1)
        curves = torch.where(step > 0, curves, torch.arange(_LEVELS, device=images.device))
        curve = curves.to(images.dtype).flatten().div_(_LEVELS - 1)
        return curve.index_select(0, places).view(images.shape)


@dataclass(frozen=True, kw_only=True)
class AutoContrast(Pixelwise):
    """Stretch each channel so that it reaches from black to white (``ImageOps.autocontrast``).

    Parameters
    ----------
    cutoff : float
        Percent of the darkest and of the brightest pixels that may be lost, 0 to 49.
    p : float
        How probable it is for a sample.
    """

    title: ClassVar[str] = "Auto contrast"

    cutoff: float = number(
        0.0, "darkest and brightest pixels lost", low=0, high=49, slider=(0, 20), step=0.5, unit="%"
    )

    def apply(self, images: Tensor, values: Values) -> Tensor:  # noqa: ARG002
        """Stretch what lies between the ends."""
        low, high = self._ends(images)
        some = high > low
        gain = torch.where(some, 1 / (high - low), 1.0)
        return torch.addcmul(torch.where(some, -low * gain, 0.0), images, gain)

    def _ends(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what becomes black and what becomes white, (n, C, 1, 1)."""
        if self.cutoff == 0:
            return images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
        _, counts = _histograms(images)
        lost = int(images[0, 0].numel() * self.cutoff // 100)
        low = _first(counts.cumsum(1) > lost)
        high = _LEVELS - 1 - _first(counts.flip(1).cumsum(1) > lost)
        shape = (*images.shape[:2], 1, 1)
        low, high = (each.view(shape).to(images.dtype) / (_LEVELS - 1) for each in (low, high))
        return low, high


def _at_least(images: Tensor, values: Values) -> Tensor:
    """Return 1 where a value reaches the threshold, 0 elsewhere."""
    return images.clone().ge_(column(values["threshold"], images))  # in place it stays float


def _histograms(images: Tensor) -> tuple[Tensor, Tensor]:
    """Count the grey levels of each channel.

    Parameters
    ----------
    images : Tensor
        (n, C, H, W) in [0, 1].

    Returns
    -------
    places : Tensor
        (n · C · H · W,) int32, 256 · channel + level of each pixel, channels counted on.
    counts : Tensor
        (n · C, 256) int64.
    """
    planes = images.shape[0] * images.shape[1]
    starts = torch.arange(planes, dtype=torch.int32, device=images.device) * _LEVELS
    levels = images.mul(_LEVELS - 1).add_(0.5).to(torch.int32)
    places = levels.reshape(planes, -1).add_(starts[:, None]).flatten()
    return places, torch.bincount(places, minlength=planes * _LEVELS).view(planes, _LEVELS)


def _first(true: Tensor) -> Tensor:
    """Return the first True of each row, (rows, 1) int64."""
    return true.to(torch.uint8).argmax(1, keepdim=True)


def _last(true: Tensor) -> Tensor:
    """Return the last True of each row, (rows, 1) int64."""
    return true.shape[1] - 1 - _first(true.flip(1))
