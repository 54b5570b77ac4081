"""Smaller copies of images, for warps that shrink them.

Looking single points up in an image that shrinks skips pixels, and fine patterns glitter. So the
image is shrunk first, by area, about as much as the warp does; a plain resize is then exactly that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.augment.dice import Numbers

_WORTH = 1.05  # pixels a step; below it nothing is skipped that an eye could miss


def shrunk(
    images: Tensor,
    matrix: Numbers,
    points: tuple[Tensor, Tensor] | None,
    after: tuple[int, int],
    interpolation: str,
) -> Iterator[tuple[Tensor | slice, Tensor]]:
    """Yield which samples look their points up in which copy of the images.

    Parameters
    ----------
    images : Tensor
        (n, C, H, W) float32.
    matrix : ndarray
        (n, 3, 3), the last part of the way to the source.
    points : tuple of Tensor or None
        x and y (n, h, w) before the matrix, where a matrix is not the whole way.
    after : (int, int)
        Height and width of the result.
    interpolation : str
        "nearest" looks pixels up as they are.

    Yields
    ------
    chosen : Tensor or slice
        Indices among the n samples.
    copies : Tensor
        (len(chosen), C, h, w); the images themselves where they do not shrink.
    """
    if points is None:
        slopes = _slopes_of_matrix(matrix, after)
    else:
        slopes = matrix[:, :2, :2] @ _slopes_of_points(points)
    sides = np.array(images.shape[-2:])
    # How many rows and columns of the source one pixel of the result spans.
    steps = np.hypot(slopes[..., 0], slopes[..., 1])[:, ::-1]
    steps = np.minimum(np.nan_to_num(steps, nan=1.0), sides)
    if interpolation == "nearest" or steps.max() <= _WORTH:
        yield slice(None), images
        return
    steps = np.where(steps > _WORTH, steps, 1.0)
    sizes = np.maximum(np.rint(sides / steps), 1).astype(int)
    kinds, which = np.unique(sizes, axis=0, return_inverse=True)
    for kind, size in enumerate(kinds):
        chosen = torch.from_numpy(np.flatnonzero(which.reshape(-1) == kind)).to(images.device)
        part = images[chosen] if len(kinds) > 1 else images
        if (size != sides).any():
            part = functional.interpolate(
                part, size=tuple(size.tolist()), mode="bilinear", antialias=True
            )
        yield chosen, part


def _slopes_of_matrix(matrix: Numbers, after: tuple[int, int]) -> Numbers:
    """Return d source / d result of perspectives at the centre of the result, (n, 2, 2)."""
    x, y, w = np.moveaxis(matrix @ (after[1] / 2, after[0] / 2, 1), -1, 0)
    place = np.stack([x, y], -1)[:, :, None]
    depth = w[:, None, None]
    return np.asarray((matrix[:, :2, :2] * depth - place * matrix[:, None, 2, :2]) / depth**2)


def _slopes_of_points(points: tuple[Tensor, Tensor]) -> Numbers:
    """Return the mean slopes of points, (n, 2, 2): bends even out, a change of size stays."""
    rows = []
    for values in points:
        across = (values[:, :, -1] - values[:, :, 0]).mean(1) / max(values.shape[2] - 1, 1)
        down = (values[:, -1] - values[:, 0]).mean(1) / max(values.shape[1] - 1, 1)
        rows.append(torch.stack([across, down], -1))
    return torch.stack(rows, 1).cpu().double().numpy()
