"""Where pixels come from: a matrix and, where shapes bend, a lattice of displacements.

Points are (x, y) in pixels from the upper left corner of the canvas, whose first pixel has its
centre at (0.5, 0.5): a canvas of width w runs from 0 to w.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers


@dataclass(frozen=True)
class Warp:
    """The way from the points of new canvases to those of the canvases before.

    A point p of the new canvas comes from matrix · (p + lattice(p)).

    Attributes
    ----------
    matrix : ndarray
        (n, 3, 3) float64, homogeneous.
    sizes : ndarray
        (n, 2) int64, height and width of the new canvases.
    lattice : ndarray or None
        (n, 2, rows, columns) float32, displacements (x, y) in pixels at nodes spread evenly over
        the new canvas, the outermost on its border.
    smooth : bool
        Whether displacements between nodes follow a cubic, or else a straight line.
    fill : Fill
        For points outside the canvas before.
    """

    matrix: Numbers
    sizes: Numbers
    lattice: Numbers | None = None
    smooth: bool = False
    fill: Fill = 0.0


def identity(sizes: Numbers) -> Warp:
    """Return the warp that changes nothing."""
    return Warp(np.broadcast_to(np.eye(3), (len(sizes), 3, 3)).copy(), sizes)


def translation(x: Numbers, y: Numbers) -> Numbers:
    """Return matrices (n, 3, 3) that add (x, y)."""
    matrix = np.zeros((len(np.asarray(x)), 3, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = matrix[:, 2, 2] = 1
    matrix[:, 0, 2], matrix[:, 1, 2] = x, y
    return matrix


def linear(a: Numbers, b: Numbers, c: Numbers, d: Numbers) -> Numbers:
    """Return matrices (n, 3, 3) that take (x, y) to (a x + b y, c x + d y)."""
    n = max(np.size(each) for each in (a, b, c, d))
    matrix = np.zeros((n, 3, 3))
    matrix[:, 0, 0], matrix[:, 0, 1] = a, b
    matrix[:, 1, 0], matrix[:, 1, 1] = c, d
    matrix[:, 2, 2] = 1
    return matrix


def about_centre(matrix: Numbers, sizes: Numbers, before: Numbers) -> Numbers:
    """Return a matrix that acts about the centres: of the new canvas, and of the one before.

    Parameters
    ----------
    matrix : ndarray
        (n, 3, 3).
    sizes, before : ndarray
        (n, 2) height and width of the new canvas and of the one before.
    """
    to_centre = translation(-sizes[:, 1] / 2, -sizes[:, 0] / 2)
    back = translation(before[:, 1] / 2, before[:, 0] / 2)
    return np.asarray(back @ matrix @ to_centre)


def quad(corners: Numbers, sizes: Numbers) -> Numbers:
    """Return the perspective that takes the corners of canvases to given points.

    Parameters
    ----------
    corners : ndarray
        (n, 4, 2) points (x, y) for the upper left, upper right, lower right and lower left corner.
    sizes : ndarray
        (n, 2) height and width of the canvases.

    Returns
    -------
    ndarray
        (n, 3, 3).
    """
    height, width = sizes[:, 0].astype(float), sizes[:, 1].astype(float)
    zero = np.zeros_like(height)
    source = np.stack(
        [
            np.stack([zero, zero], -1),
            np.stack([width, zero], -1),
            np.stack([width, height], -1),
            np.stack([zero, height], -1),
        ],
        axis=1,
    )
    x, y = source[..., 0], source[..., 1]
    u, v = corners[..., 0], corners[..., 1]
    one, none = np.ones_like(x), np.zeros_like(x)
    rows_u = np.stack([x, y, one, none, none, none, -u * x, -u * y], -1)
    rows_v = np.stack([none, none, none, x, y, one, -v * x, -v * y], -1)
    system = np.concatenate([rows_u, rows_v], 1)
    answer = np.linalg.solve(system, np.concatenate([u, v], 1)[..., None])[..., 0]
    return np.concatenate([answer, np.ones((len(answer), 1))], 1).reshape(-1, 3, 3)


def transformed(matrix: Numbers, points: Numbers) -> Numbers:
    """Apply (3, 3) matrices to points (…, k, 2)."""
    moved = points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]
    return np.asarray(moved[..., :2] / moved[..., 2:])


def looked_up(lattice: Tensor, points: Tensor, *, smooth: bool) -> Tensor:
    """Return the displacements at points.

    Parameters
    ----------
    lattice : Tensor
        (n, 2, rows, columns).
    points : Tensor
        (n, h, w, 2), from −1 to 1 over the canvas.
    smooth : bool
        As in `Warp`.

    Returns
    -------
    Tensor
        (n, 2, h, w) in pixels. Outside the canvas those of its border go on.
    """
    return functional.grid_sample(
        lattice,
        points,
        mode="bicubic" if smooth else "bilinear",
        padding_mode="border",
        align_corners=True,
    )


def forward(warp: Warp, index: int, points: Numbers) -> Numbers:
    """Follow points of the canvas before to the new canvas, the other way round.

    Parameters
    ----------
    warp : Warp
    index : int
        Which sample.
    points : ndarray
        (k, 2) float64.

    Returns
    -------
    ndarray
        (k, 2) float64.
    """
    target = transformed(np.linalg.inv(warp.matrix[index]), points)
    if warp.lattice is None or not len(points):
        return target
    lattice = torch.from_numpy(warp.lattice[index : index + 1]).double()
    size = torch.from_numpy(warp.sizes[index, ::-1].copy())
    goal = torch.from_numpy(np.ascontiguousarray(target))[None, None]
    found = goal
    for _ in range(30):  # p = goal − lattice(p) contracts while the lattice does not fold
        moved = looked_up(lattice, found / size * 2 - 1, smooth=warp.smooth)
        found = goal - moved.permute(0, 2, 3, 1)
    return found[0, 0].numpy()
