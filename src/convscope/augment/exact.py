"""Warps that only move whole pixels: turns by 90°, mirrors, crops. Nothing is interpolated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers

_CLOSE = 1e-6


def permutation(matrix: Numbers, before: Sequence[int], after: tuple[int, int]) -> Numbers | None:
    """Return matrices (n, 3, 3) as whole numbers if they only move pixels, all from inside."""
    whole = np.rint(matrix)
    if np.abs(matrix - whole).max() > _CLOSE or (whole[:, 2] != (0, 0, 1)).any():
        return None
    turn = np.abs(whole[:, :2, :2])
    if (turn.sum(1) != 1).any() or (turn.sum(2) != 1).any():
        return None
    ends = np.array([[0, 0], [after[1], after[0]]])
    found = ends @ np.swapaxes(whole[:, :2, :2], 1, 2) + whole[:, None, :2, 2]
    if (found < 0).any() or (found > (before[1], before[0])).any():
        return None
    return whole.astype(np.int64)


def rearranged(pixels: Tensor, moves: Numbers, after: tuple[int, int]) -> Tensor:
    """Move whole pixels.

    Parameters
    ----------
    pixels : Tensor
        (n, C, H, W), any dtype.
    moves : ndarray
        (n, 3, 3) from `permutation`.
    after : (int, int)
        Height and width of the result.

    Returns
    -------
    Tensor
        (n, C, *after); `pixels` itself where nothing moves.
    """
    every = kinds(moves.reshape(len(moves), 9))
    if len(every) == 1:
        return _moved(pixels, moves[0], after)
    result = pixels.new_empty(*pixels.shape[:2], *after)
    for move, chosen in every:
        index = torch.from_numpy(np.flatnonzero(chosen)).to(pixels.device)
        result[index] = _moved(pixels[index], move.reshape(3, 3), after)
    return result


def kinds(rows: Numbers) -> list[tuple[Numbers, Numbers]]:
    """Return the different rows of (n, k) numbers, and which samples have each, (n,) bool."""
    if (rows == rows[0]).all():  # nearly always, and much faster
        return [(rows[0], np.ones(len(rows), bool))]
    return [(row, (rows == row).all(1)) for row in np.unique(rows, axis=0)]


def _moved(pixels: Tensor, move: Numbers, after: tuple[int, int]) -> Tensor:
    (a, b, left), (c, d, top) = move[:2].tolist()
    height, width = after
    if b:  # columns of the result are rows of the source
        height, width = width, height
    across, down = a + b, c + d
    # Pixel j comes from j + left, or mirrored from left − 1 − j.
    first_column = left if across > 0 else left - width
    first_row = top if down > 0 else top - height
    part = pixels[..., first_row : first_row + height, first_column : first_column + width]
    mirrored = [axis for axis, step in ((-1, across), (-2, down)) if step < 0]
    if mirrored:
        part = part.flip(mirrored)
    return part.transpose(-1, -2) if b else part
