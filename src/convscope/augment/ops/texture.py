"""Texture: what a lens, a sharpening filter and a JPEG file do to fine detail."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.augment.declare import Span, span
from convscope.augment.dice import Numbers
from convscope.augment.operation import Group, Pixelwise, Values, column

_TRUNCATE = 4.0  # sigmas after which the bell is over
_BLOCK = 48  # rows or columns that are blurred by one product of matrices
_SMOOTH = 13  # sum of Pillow's smoothing filter: 5 in the middle, 1 around it


@dataclass(frozen=True, kw_only=True)
class GaussianBlur(Pixelwise):
    """Blur with a Gaussian; at the border the image is mirrored.

    Parameters
    ----------
    sigma : (float, float) or float
        Standard deviation of the Gaussian in pixels, 0 to 100.
    p : float
        How probable it is for a sample.

    Notes
    -----
    SciPy's ``gaussian_filter`` with ``mode="mirror"`` and ``truncate=4``: the bell is cut off after
    4 sigma, and no kernel size has to be chosen.
    """

    group: ClassVar[Group] = "texture"
    title: ClassVar[str] = "Gaussian blur"

    sigma: Span = span(
        (0.5, 2.0), "of the Gaussian", low=0, high=100, slider=(0, 10), step=0.1, unit="px"
    )

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Blur along rows, then along columns.

        Each is a product with a matrix that is zero but for a band; the product is made block by
        block, where it is not. That beats a convolution many times over, and a large sigma costs
        hardly more.
        """
        count, channels, height, width = images.shape
        sigmas = np.asarray(values["sigma"], float)
        reach = int(_reaches(sigmas).max())
        across = images.new_tensor(_blurring(sigmas, width)).transpose(1, 2)
        down = images.new_tensor(_blurring(sigmas, height)).repeat_interleave(channels, 0)
        flat = images.reshape(count, channels * height, width)
        parts = [
            flat[:, :, source] @ across[:, source, target]
            for target, source in _bands(width, reach)
        ]
        flat = torch.cat(parts, 2).view(count * channels, height, width)
        parts = [
            down[:, target, source] @ flat[:, source] for target, source in _bands(height, reach)
        ]
        return torch.cat(parts, 1).view_as(images)


@dataclass(frozen=True, kw_only=True)
class Sharpen(Pixelwise):
    """Sharpen or smooth: 0 is smooth, 1 changes nothing (Pillow's ``ImageEnhance.Sharpness``).

    The outermost pixels stay as they are.

    Parameters
    ----------
    factor : (float, float) or float
        From 0.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "texture"
    title: ClassVar[str] = "Sharpen"

    factor: Span = span(
        (1.0, 2.5), "above 1 sharpens", low=0, high=20, slider=(0, 4), step=0.05, unit="×"
    )

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Mix with the smoothed image, or go beyond it the other way."""
        result = images.clone(memory_format=torch.contiguous_format)  # is written into as rows
        height, width = images.shape[2:]
        if min(height, width) < 3:
            return result
        # Sums of three neighbours, of the rows as one long row: what runs over the border is not
        # used.
        flat, inner = images.flatten(2), slice(width + 1, -width - 1)
        sums = flat[..., :-2] + flat[..., 1:-1]
        sums += flat[..., 2:]
        squares = sums[..., : -2 * width] + sums[..., width:-width]
        squares += sums[..., 2 * width :]
        smoothed = column(1 - values["factor"], images, 3) / _SMOOTH
        sharp = column(values["factor"], images, 3) + 4 * smoothed
        result.flatten(2)[..., inner].mul_(sharp).addcmul_(squares, smoothed)
        result[..., 0], result[..., -1] = images[..., 0], images[..., -1]
        return result


@dataclass(frozen=True, kw_only=True)
class JpegCompression(Pixelwise):
    """Save as JPEG and open again, by Pillow; images need one channel or three.

    Parameters
    ----------
    quality : (int, int) or int
        1, hardly anything left, to 100.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "texture"
    title: ClassVar[str] = "JPEG compression"

    quality: Span = span((30, 90), "of the file", low=1, high=100, step=1, whole=True)

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Save and open one image after the other, on the processor."""
        channels = images.shape[1]
        if channels not in (1, 3):
            raise ValueError(
                f"JpegCompression: takes images with 1 channel or 3; these have {channels}, "
                "leave it out"
            )
        levels = images.mul(255).round_().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        reopened = np.empty_like(levels)
        for level, quality, place in zip(levels, values["quality"], reopened, strict=True):
            place[...] = _reopened(level, int(quality))
        found = torch.from_numpy(reopened).to(images.device).permute(0, 3, 1, 2)
        return found.to(images.dtype, memory_format=torch.contiguous_format).div_(255)


def _reopened(levels: Numbers, quality: int) -> Numbers:
    """Return (H, W, C) uint8 as a JPEG keeps it."""
    stream = io.BytesIO()
    Image.fromarray(levels.squeeze(-1) if levels.shape[2] == 1 else levels).save(
        stream, "JPEG", quality=quality
    )
    with Image.open(stream) as image:
        return np.asarray(image).reshape(levels.shape)


def _reaches(sigmas: Numbers) -> Numbers:
    """Return how many pixels the bell of each sigma reaches, (n,) int64, as SciPy counts."""
    return np.asarray((_TRUNCATE * sigmas + 0.5).astype(np.int64))


def _blurring(sigmas: Numbers, side: int) -> Numbers:
    """Return the matrices (n, side, side) that blur along a side, float32."""
    reaches = _reaches(sigmas)[:, None]
    steps = np.arange(-reaches.max(), reaches.max() + 1)
    weights = np.exp(-0.5 * (steps / np.maximum(sigmas, 1e-3)[:, None]) ** 2)
    weights *= np.abs(steps) <= reaches
    weights /= weights.sum(1, keepdims=True)
    period = max(2 * (side - 1), 1)
    source = np.mod(np.arange(side)[:, None] + steps, period)
    source = np.minimum(source, period - source) if side > 1 else source
    matrices = torch.zeros(len(sigmas), side, side)
    index = torch.from_numpy(source).expand(len(sigmas), -1, -1)
    spread = torch.from_numpy(weights.astype(np.float32))[:, None].expand_as(index)
    return matrices.scatter_add_(2, index, spread).numpy()


def _bands(side: int, reach: int) -> list[tuple[slice, slice]]:
    """Return blocks of a side, and what they are blurred from."""
    return [
        (
            slice(start, start + _BLOCK),
            slice(max(start - reach, 0), min(start + _BLOCK + reach, side)),
        )
        for start in range(0, side, _BLOCK)
    ]
