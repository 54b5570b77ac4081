"""Smaller copies of images, for warps that shrink them.

Looking single points up in an image that shrinks skips pixels, and fine patterns glitter. So the
image is shrunk first, by area, about as much as the warp does; a plain resize is then exactly that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.augment.dice import Numbers
from convscope.augment.exact import kinds

# Pixels a step from which on the image is shrunk first. Two neighbours are looked up anyway, so
# that little is skipped before; a plain resize is by area from the start.
_WORTH, _WORTH_UPRIGHT = 1.5, 1.05


def copy_sizes(
    matrix: Numbers, before: Sequence[int], after: tuple[int, int], interpolation: str
) -> Numbers:
    """Return the size of the copy in which each sample is best looked up.

    Parameters
    ----------
    matrix : ndarray
        (n, 3, 3), the way from the result to the source.
    before, after : (int, int)
        Height and width of the source and of the result.
    interpolation : str
        "nearest" looks pixels up as they are.

    Returns
    -------
    ndarray
        (n, 2) int64; the size of the source where nothing shrinks.
    """
    sides = np.array(before)
    slopes = _slopes(matrix, after)
    # How many rows and columns of the source one pixel of the result spans.
    steps = np.hypot(slopes[..., 0], slopes[..., 1])[:, ::-1]
    steps = np.minimum(np.nan_to_num(steps, nan=1.0), sides)
    upright = (np.abs(slopes[:, [0, 1], [1, 0]]) < 1e-9).all(1, keepdims=True)
    worth = np.where(upright, _WORTH_UPRIGHT, _WORTH)
    steps = np.where((steps > worth) & (interpolation != "nearest"), steps, 1.0)
    return np.maximum(np.rint(sides / steps), 1).astype(np.int64)


def shrunk(images: Tensor, sizes: Numbers) -> Iterator[tuple[Tensor | slice, Tensor]]:
    """Yield which samples look their points up in which copy of the images.

    Parameters
    ----------
    images : Tensor
        (n, C, H, W) float32.
    sizes : ndarray
        (n, 2) from `copy_sizes`.

    Yields
    ------
    chosen : Tensor or slice
        Which of the n samples.
    copies : Tensor
        (len(chosen), C, h, w); the images themselves where they do not shrink.
    """
    for size, some in kinds(sizes):
        chosen: Tensor | slice = slice(None)
        if not some.all():
            chosen = torch.from_numpy(np.flatnonzero(some)).to(images.device)
        part = images[chosen]
        if (size != images.shape[-2:]).any():
            part = functional.interpolate(
                part, size=tuple(size.tolist()), mode="bilinear", antialias=True
            )
        yield chosen, part


def _slopes(matrix: Numbers, after: tuple[int, int]) -> Numbers:
    """Return d source / d result of perspectives at the centre of the result, (n, 2, 2)."""
    middle = matrix @ (after[1] / 2, after[0] / 2, 1)
    place, depth = middle[:, :2, None], middle[:, 2, None, None]
    return np.asarray((matrix[:, :2, :2] * depth - place * matrix[:, None, 2, :2]) / depth**2)
