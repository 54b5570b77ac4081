"""What is optimised: numbers that an image is made from.

Steps on pixels give noise. Steps on Fourier coefficients, scaled as natural images fade and in
colours that do not go together, give shapes (Olah et al. 2017). MACO keeps the magnitudes of
natural images and moves phases alone (Fel et al. 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from convscope.featurevis.draws import normal
from convscope.featurevis.statistics import frequencies, photographs

_SOFTEN = 4.0  # Lucid divides the spectrum by it
_EDGE = 0.02  # how near to black and white a start image may be, so that sigmoid can move it
_WHITE = 1e-4


@dataclass(frozen=True)
class Canvas:
    """What the images are: their size and how they start.

    Attributes
    ----------
    size
        Height and width in pixels.
    channels
        Colours, without transparency.
    matrix
        (C, C) that turns independent channels into colours.
    alpha
        The images have transparency as one channel more.
    """

    size: tuple[int, int]
    channels: int
    matrix: Tensor
    alpha: bool = False

    @property
    def planes(self) -> int:
        """How many channels there are with transparency."""
        return self.channels + self.alpha

    def colours(self, plain: Tensor) -> Tensor:
        """Turn independent channels (N, planes, H, W) into values between 0 and 1."""
        own = plain[:, : self.channels]
        if self.channels == 1:
            mixed = own * float(self.matrix[0, 0])
        else:
            mixed = torch.einsum("ck,nkhw->nchw", self.matrix.to(own), own)
        if self.alpha:
            mixed = torch.cat([mixed, plain[:, self.channels :]], dim=1)
        return mixed.sigmoid()

    def plain(self, image: Tensor) -> Tensor:
        """Undo :meth:`colours`, for values that are not quite 0 or 1."""
        values = image.clamp(_EDGE, 1 - _EDGE).logit()
        inverse = torch.linalg.inv(self.matrix.double()).to(values)
        own = torch.einsum("kc,nchw->nkhw", inverse, values[:, : self.channels])
        return torch.cat([own, values[:, self.channels :]], dim=1)


class Param(Protocol):
    """How an image is made from numbers."""

    @property
    def rate(self) -> float:
        """The learning rate that suits it."""

    def start(self, canvas: Canvas, keys: Sequence[str], seed: int) -> Tensor:
        """Return numbers (N, ...) to start from, float32 on the CPU, one for each key."""

    def encode(self, canvas: Canvas, image: Tensor) -> Tensor:
        """Return the numbers (N, ...) that make an image (N, planes, H, W)."""

    def image(self, canvas: Canvas, numbers: Tensor) -> Tensor:
        """Return images (N, planes, H, W) in [0, 1]."""


@dataclass(frozen=True)
class Fourier:
    """Fourier coefficients, scaled by frequency: the default.

    Parameters
    ----------
    decay : float
        Coefficients fade with ``1 / frequency ** decay``; natural images have 1, more is smoother.
    sd : float
        Standard deviation of the coefficients at the start.
    rate : float
        Learning rate.
    cutoff : float, optional
        In cycles per pixel: what is faster fades with the fourth power more, so that there are no
        dots. 0.5 is the fastest that an image can hold.
    contrast : float
        By how much all coefficients are larger.

    Examples
    --------
    >>> import torch
    >>> canvas = Canvas((20, 31), 1, torch.eye(1))
    >>> Fourier().image(canvas, Fourier().start(canvas, ["a", "b"], seed=0)).shape
    torch.Size([2, 1, 20, 31])
    """

    decay: float = 1.0
    sd: float = 0.01
    rate: float = 0.05
    cutoff: float | None = None
    contrast: float = 1.0

    def start(self, canvas: Canvas, keys: Sequence[str], seed: int) -> Tensor:
        """Return coefficients (N, planes, H, W // 2 + 1, 2): real and imaginary parts."""
        height, width = canvas.size
        return normal((canvas.planes, height, width // 2 + 1, 2), seed, keys, "start") * self.sd

    def encode(self, canvas: Canvas, image: Tensor) -> Tensor:
        """Return the coefficients of an image."""
        spectrum = torch.fft.rfft2(canvas.plain(image), norm="ortho")
        return torch.view_as_real(spectrum * _SOFTEN / self._scale(canvas, image.device))

    def image(self, canvas: Canvas, numbers: Tensor) -> Tensor:
        """Return the image that coefficients stand for."""
        scale = self._scale(canvas, numbers.device).to(numbers.dtype)
        spectrum = torch.view_as_complex(numbers * (scale / _SOFTEN)[..., None])
        return canvas.colours(torch.fft.irfft2(spectrum, s=canvas.size, norm="ortho"))

    def _scale(self, canvas: Canvas, device: torch.device) -> Tensor:
        found = frequencies(canvas.size).to(device)
        scale = self.contrast * found.clamp_min(1 / max(canvas.size)) ** -self.decay
        return scale if self.cutoff is None else scale / (1 + (found / self.cutoff) ** 4)


@dataclass(frozen=True)
class Pixel:
    """Every pixel by itself, in independent colours.

    Parameters
    ----------
    sd : float
        Standard deviation of the pixels at the start, before they are squeezed into 0 to 1.
    rate : float
        Learning rate.
    """

    sd: float = 0.01
    rate: float = 0.05

    def start(self, canvas: Canvas, keys: Sequence[str], seed: int) -> Tensor:
        """Return values (N, planes, H, W)."""
        return normal((canvas.planes, *canvas.size), seed, keys, "start") * self.sd

    def encode(self, canvas: Canvas, image: Tensor) -> Tensor:
        """Return the values of an image."""
        return canvas.plain(image)

    def image(self, canvas: Canvas, numbers: Tensor) -> Tensor:
        """Return the image that the values stand for."""
        return canvas.colours(numbers)


@dataclass(frozen=True)
class Maco:
    """Phases alone, under a magnitude spectrum that stays (Fel et al. 2023, MACO).

    Parameters
    ----------
    template : Tensor, optional
        (C, H, W // 2 + 1) magnitudes for any size, as `spectrum_template` gives them. By default
        ``1 / frequency ** decay``, the law of natural images.
    decay : float
        For the default template.
    rate : float
        Learning rate.
    """

    template: Tensor | None = field(default=None, repr=False, compare=False)
    decay: float = 1.0
    rate: float = 1.0

    def start(self, canvas: Canvas, keys: Sequence[str], seed: int) -> Tensor:
        """Return phases (N, planes, H, W // 2 + 1) in radians."""
        height, width = canvas.size
        return normal((canvas.planes, height, width // 2 + 1), seed, keys, "start")

    def encode(self, canvas: Canvas, image: Tensor) -> Tensor:
        """Return the phases of an image; its magnitudes are not kept."""
        phase = torch.fft.rfft2(canvas.plain(image)).angle()
        return torch.sub(phase, phase.mean(dim=(1, 2, 3), keepdim=True))

    def image(self, canvas: Canvas, numbers: Tensor) -> Tensor:
        """Return the image with these phases, brought to mean 0 and unit variance."""
        phase = _standard(numbers)
        magnitude = self._magnitude(canvas).to(numbers)
        spectrum = torch.polar(magnitude.expand_as(phase), phase)
        return canvas.colours(_standard(torch.fft.irfft2(spectrum, s=canvas.size)))

    def _magnitude(self, canvas: Canvas) -> Tensor:
        if self.template is None:
            slowest = 1 / max(canvas.size)
            return frequencies(canvas.size).clamp_min(slowest) ** -self.decay
        if len(self.template) != canvas.channels:
            raise ValueError(
                f"template: has {len(self.template)} channels, the images have {canvas.channels}; "
                "compute it with spectrum_template on images that the network takes"
            )
        height, width = canvas.size
        resized = torch.nn.functional.interpolate(
            self.template[None].float(), (height, width // 2 + 1), mode="bilinear", antialias=True
        )[0]
        return torch.cat([resized, resized.mean(0, keepdim=True)]) if canvas.alpha else resized


def canvas_of(
    size: tuple[int, int],
    channels: int,
    *,
    alpha: bool = False,
    matrix: Tensor | None = None,
    decorrelate: bool = True,
) -> Canvas:
    """Return the canvas for images of a size.

    Parameters
    ----------
    size
        Height and width in pixels.
    channels
        Colours.
    alpha
        With transparency.
    matrix
        (C, C) colour matrix, as `colour_matrix` gives it; by default that of photographs.
    decorrelate
        False leaves colours independent, as pixels are.
    """
    if matrix is not None and tuple(matrix.shape) != (channels, channels):
        raise ValueError(
            f"matrix: must be ({channels}, {channels}) for {channels} channels, got "
            f"{tuple(matrix.shape)}"
        )
    if not decorrelate:
        matrix = torch.eye(channels)
    return Canvas(size, channels, photographs(channels) if matrix is None else matrix, alpha)


def _standard(values: Tensor) -> Tensor:
    """Bring each picture to mean 0 and unit variance."""
    values = values - values.mean(dim=(1, 2, 3), keepdim=True)
    return values / (values.std(dim=(1, 2, 3), keepdim=True) + _WHITE)
