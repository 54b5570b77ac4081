"""One warp on one image, in NumPy and SciPy: slow, unfused, independent of the package's resampler.

It looks single points up; where an image shrinks, the package averages first, and they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates

from convscope.augment.dice import Dice
from convscope.augment.operation import Geometric, Values
from convscope.augment.warp import Warp, transformed

Array = np.ndarray[Any, np.dtype[Any]]

_MODES = {"edge": "nearest", "reflect": "reflect"}  # a fill, as SciPy calls it


def resampled(image: Array, warp: Warp, index: int = 0) -> Array:
    """Return an image (C, H, W) after a warp, float64, by bilinear interpolation.

    Outside lies the fill, and between it and the outermost pixel centres values are interpolated,
    as `torch.nn.functional.grid_sample` does it with ``align_corners=False``.
    """
    x, y = sources(warp, index)
    values = warp.fill if isinstance(warp.fill, tuple) else (warp.fill,) * len(image)
    planes = []
    for plane, value in zip(image, values, strict=True):
        mode = _MODES.get(str(value), "grid-constant")
        level = 0.0 if isinstance(value, str) else value
        planes.append(
            map_coordinates(plane.astype(float), [y - 0.5, x - 0.5], order=1, mode=mode, cval=level)
        )
    return np.stack(planes)


def resampled_mask(mask: Array, warp: Warp, index: int = 0, outside: float = 0) -> Array:
    """Return a mask (K, H, W) after a warp, dtype as before: a point shows the pixel it lies in."""
    x, y = sources(warp, index)
    height, width = mask.shape[1:]
    if warp.fill == "reflect":
        x, y = _reflected(x, width), _reflected(y, height)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    found = mask[:, row.clip(0, height - 1), column.clip(0, width - 1)]
    if warp.fill == "edge":
        return found
    return np.where(inside, found, np.asarray(outside, mask.dtype))


def in_turn(image: Array, warps: Sequence[Warp], index: int = 0) -> Array:
    """Return an image (C, H, W) after several warps, one resample each."""
    for warp in warps:
        image = resampled(image, warp, index)
    return image


def sources(warp: Warp, index: int = 0) -> tuple[Array, Array]:
    """Return x and y, (h, w) each, of the points from which the pixels of the new canvas come."""
    height, width = (int(side) for side in warp.sizes[index])
    y, x = np.mgrid[:height, :width] + 0.5
    if warp.lattice is not None:
        moves = _moves(warp.lattice[index].astype(float), x / width, y / height, smooth=warp.smooth)
        x, y = x + moves[0], y + moves[1]
    m = warp.matrix[index]
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return (
        (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w,
        (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w,
    )


def _moves(lattice: Array, across: Array, down: Array, *, smooth: bool) -> Array:
    """Return displacements (2, h, w) at fractions of the canvas between the nodes of a lattice."""
    rows, columns = lattice.shape[1:]
    place = down * (rows - 1), across * (columns - 1)
    if smooth:
        return np.stack([_cubic(plane, *place) for plane in lattice])
    return np.stack([map_coordinates(plane, place, order=1, mode="nearest") for plane in lattice])


def _cubic(plane: Array, row: Array, column: Array) -> Array:
    """Interpolate by Keys' cubic convolution with a = −0.75, nodes repeated outside."""
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    found = np.zeros(row.shape)
    for down in range(-1, 3):
        for across in range(-1, 3):
            weight = _keys(row - top - down) * _keys(column - left - across)
            node = plane[
                (top + down).clip(0, plane.shape[0] - 1),
                (left + across).clip(0, plane.shape[1] - 1),
            ]
            found += weight * node
    return found


def _keys(distance: Array, a: float = -0.75) -> Array:
    t = np.abs(distance)
    near = (a + 2) * t**3 - (a + 3) * t**2 + 1
    far = a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


def _reflected(points: Array, side: int) -> Array:
    folded = np.mod(points, 2 * side)
    return np.minimum(folded, 2 * side - folded).clip(0, side - 1e-9)


def photo(channels: int = 3, height: int = 20, width: int = 30) -> Array:
    """Return a smooth image with no symmetry, (C, height, width) float64 in [0, 1]."""
    y, x = np.mgrid[:height, :width] + 0.5
    planes = [
        0.5 + 0.25 * np.sin(x / (3 + c) + 0.3) + 0.25 * np.cos(y / (4 - c / 2) + x / 11)
        for c in range(channels)
    ]
    return np.stack(planes)


def applied(
    operation: Geometric, sizes: Sequence[tuple[int, int]], *, seed: int = 0, **values: float
) -> tuple[Values, Warp]:
    """Return what an operation draws for samples of these sizes, some of it given, and its warp."""
    drawn = operation.draw(Dice(seed, np.arange(len(sizes)), "test"))
    drawn |= {name: np.full(len(sizes), value) for name, value in values.items()}
    return drawn, operation.warp(drawn, np.array(sizes))


def corners(warp: Warp, index: int = 0) -> Array:
    """Return where the corners of the new canvas come from, (4, 2), clockwise from upper left."""
    height, width = warp.sizes[index]
    canvas = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    return transformed(warp.matrix[index], canvas)


def even(counts: Array, deviations: float = 5) -> bool:
    """Tell whether counts look like draws of equally probable kinds: a bound on each binomial."""
    share = 1 / len(counts)
    total = counts.sum()
    return bool(
        (abs(counts - total * share) < deviations * (total * share * (1 - share)) ** 0.5).all()
    )
