"""What natural images are like: how their colours go together and how their detail fades.

The optimiser works on colours and frequencies that do not go together, and these numbers turn
them into an image (Olah et al. 2017, "Preconditioning"). They are known for photographs; for other
images they can be computed from the user's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.images import as_source, resize, to_float

#: Square root of the covariance of ImageNet's colours, columns by strength (lucid, param/color.py).
LUCID_ROOT = ((0.26, 0.09, 0.02), (0.27, 0.0, -0.05), (0.27, -0.09, 0.03))

# What one channel of the matrix above is worth, so that grey starts with the contrast of colour.
_GREY = 0.6


def photographs(channels: int) -> Tensor:
    """Return the colour matrix (C, C) to use when nothing is known of the images.

    Three channels have Lucid's, one its strength, any other number is left uncorrelated.
    """
    if channels == 3:
        return normalised(torch.tensor(LUCID_ROOT))
    return torch.eye(channels) * (_GREY if channels == 1 else 1.0)


def normalised(root: Tensor) -> Tensor:
    """Return a colour matrix scaled so that its strongest column has length 1."""
    return torch.as_tensor(root / torch.linalg.vector_norm(root, dim=0).max())


def colour_matrix(images: Any, *, channels: int | None = None, max_images: int = 1000) -> Tensor:
    """Return the matrix that turns uncorrelated channels into the colours of ``images``.

    It is the square root of the covariance of colours, ``U sqrt(S)``, normalised as Lucid's is.

    Parameters
    ----------
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    channels
        How many the images have, by default as many as the first. Grey ones among colours are
        repeated.
    max_images
        How many of them to read, spread evenly.

    Returns
    -------
    Tensor
        (C, C), float32; columns by strength.

    Examples
    --------
    >>> import convscope as cs
    >>> colour_matrix(cs.demo.images(), channels=3, max_images=4).shape
    torch.Size([3, 3])
    """
    return normalised(_moments(images, channels, max_images).root())


def root_of(covariance: Tensor) -> Tensor:
    """Return ``U sqrt(S)`` of a covariance (C, C), columns by strength, signs as Lucid has them.

    The first row is never negative, so that the matrix depends on the covariance alone.
    """
    values, vectors = torch.linalg.eigh(covariance.double())
    order = values.argsort(descending=True)
    root = vectors[:, order] * values[order].clamp_min(0).sqrt()
    signs = torch.where(root[0] < 0, -1.0, 1.0)
    return torch.as_tensor(root * signs).float()


@dataclass(frozen=True)
class Whitening:
    """How to bring values (N, C) to mean 0 and uncorrelated unit variance.

    Attributes
    ----------
    mean
        (C,), float32.
    matrix
        (C, C), float32: the inverse square root of the covariance, symmetric.
    """

    mean: Tensor
    matrix: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Return whitened values; channels are the last axis."""
        return (values - self.mean.to(values)) @ self.matrix.to(values).T


def whitening(
    images: Any, *, channels: int | None = None, max_images: int = 1000, floor: float = 1e-5
) -> Whitening:
    """Return the whitening of the colours of ``images`` (ZCA).

    Parameters
    ----------
    images, channels, max_images
        As :func:`colour_matrix` has them.
    floor
        Added to variances, so that a constant channel does not blow up.
    """
    return whitened(*_moments(images, channels, max_images).result(), floor=floor)


def whitened(mean: Tensor, covariance: Tensor, *, floor: float = 1e-5) -> Whitening:
    """Return the whitening for values with this mean (C,) and covariance (C, C)."""
    values, vectors = torch.linalg.eigh(covariance.double())
    scale = (values.clamp_min(0) + floor).rsqrt()
    return Whitening(mean.float(), ((vectors * scale) @ vectors.T).float())


def spectrum_template(
    images: Any,
    size: int | tuple[int, int],
    *,
    matrix: Tensor | None = None,
    channels: int | None = None,
    max_images: int = 1000,
) -> Tensor:
    """Return the mean magnitude spectrum of ``images`` in decorrelated colours, as MACO keeps it.

    Parameters
    ----------
    images, channels, max_images
        As :func:`colour_matrix` has them. Each is shrunk to ``size``.
    size
        Height and width in pixels.
    matrix
        (C, C) colour matrix; by default that of photographs.

    Returns
    -------
    Tensor
        (C, H, W // 2 + 1), float32. For photographs its logarithm falls along that of the
        frequency with a slope near -1, its square, the power, with one near -2.
    """
    height, width = (size, size) if isinstance(size, int) else size
    total: Tensor | None = None
    count = 0
    for image in _each(images, channels, max_images):
        image = resize(image, (height, width))
        inverse = torch.linalg.inv(photographs(len(image)) if matrix is None else matrix)
        plain = torch.einsum("kc,chw->khw", inverse, image - image.mean(dim=(1, 2), keepdim=True))
        magnitude = torch.fft.rfft2(plain, norm="ortho").abs()
        total = magnitude if total is None else total + magnitude
        count += 1
    if total is None:
        raise ValueError("images: there is none; give at least one")
    return total / count


def slope(template: Tensor) -> float:
    """Return the slope of log magnitude over log frequency of a template (C, H, W // 2 + 1).

    Magnitudes are averaged over channels and over rings of one cycle per image.
    """
    height = template.shape[1]
    width = 2 * (template.shape[2] - 1)
    cycles = frequencies((height, width)) * min(height, width)
    ring = cycles.round().long().flatten()
    count = min(height, width) // 2
    sums = torch.zeros(int(ring.max()) + 1).index_add_(0, ring, template.mean(0).flatten())
    means = (sums / torch.bincount(ring))[1:count]
    x = torch.arange(1, count).log()
    y = means.clamp_min(1e-12).log()
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / x.square().sum())


def frequencies(size: tuple[int, int]) -> Tensor:
    """Return the frequency, in cycles per pixel, of every coefficient of ``rfft2``."""
    height, width = size
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    return torch.hypot(rows.expand(-1, columns.shape[1]), columns)


class _Moments:
    """Mean and covariance of colours, image by image."""

    def __init__(self) -> None:
        self._sum = self._products = torch.zeros(0, dtype=torch.float64)
        self._count = 0

    def add(self, image: Tensor) -> None:
        values = image.double().flatten(1)
        if not self._count:
            channels = len(values)
            self._sum = values.new_zeros(channels)
            self._products = values.new_zeros(channels, channels)
        self._sum = self._sum + values.sum(1)
        self._products = self._products + values @ values.T
        self._count += values.shape[1]

    def result(self) -> tuple[Tensor, Tensor]:
        if not self._count:
            raise ValueError("images: there is none; give at least one")
        mean = self._sum / self._count
        return mean, self._products / self._count - mean[:, None] * mean[None]

    def root(self) -> Tensor:
        return root_of(self.result()[1])


def _moments(images: Any, channels: int | None, max_images: int) -> _Moments:
    moments = _Moments()
    for image in _each(images, channels, max_images):
        moments.add(image)
    return moments


def _each(images: Any, channels: int | None, max_images: int) -> Iterator[Tensor]:
    """Yield at most ``max_images`` images, spread evenly, as float32 (C, H, W) in [0, 1]."""
    source = as_source(images)
    count = min(len(source), max_images)
    for turn in range(count):
        image = to_float(source[turn * len(source) // count])
        channels = channels or len(image)
        if len(image) == 1 and channels == 3:
            image = image.expand(3, -1, -1)
        if len(image) != channels:
            raise ValueError(
                f"images: one has {len(image)} channels among those with {channels}; give channels="
                " or images that agree"
            )
        yield image
