"""Matrices applied to all pixel centres of a canvas."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers

_STRAIGHT = 1e-12  # what the last row of a matrix may differ from (0, 0, 1) by
_NEAR = 1e-6  # the least depth that is divided by


class Lines:
    """Matrices at all pixel centres: each number is one of its row plus one of its column.

    Parameters
    ----------
    matrix : ndarray
        (n, 3, 3).
    size : (int, int)
        Height and width of the canvas.
    device : torch.device
    """

    def __init__(self, matrix: Numbers, size: tuple[int, int], device: torch.device) -> None:
        #: (n, 3), what depths come from.
        self.rows = matrix[:, 2]
        # Plain lists: few samples are asked for at a time, again and again.
        self._deep: list[bool] = (np.abs(self.rows - (0, 0, 1)).max(1) > _STRAIGHT).tolist()
        height, width = size
        corners = [[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]]
        self._behind: list[bool] = ((self.rows @ np.array(corners)).min(1) < _NEAR).tolist()
        self._matrix = torch.from_numpy(matrix.astype(np.float32)).to(device)[..., None]
        x, y = _sides(size, device)
        self._across = self._matrix[:, :, 0] * x
        self._down = (self._matrix[:, :, 1] * y).add_(self._matrix[:, :, 2])

    def depth(self, some: slice) -> Tensor | None:
        """Return what x and y of some samples are multiplied by, (k, h, w), if by anything."""
        if not any(self._deep[some]):
            return None
        found = self._across[some, 2, None] + self._down[some, 2, :, None]
        if any(self._behind[some]):
            # What lies behind the horizon is far outside; nothing to divide by would be no place.
            found.clamp_min_(_NEAR)
        return found.reciprocal_()

    def points(self, some: slice, depth: Tensor | None) -> Tensor:
        """Return x and y of some samples, (k, 2, h, w)."""
        found = self._across[some, :2, None] + self._down[some, :2, :, None]
        return found if depth is None else found.mul_(depth[:, None])

    def grid(self, some: slice, depth: Tensor | None) -> Tensor:
        """Return the same as pairs, (k, h, w, 2)."""
        across, down = self._pairs
        found = across[some, None] + down[some, :, None]
        return torch.view_as_real(found if depth is None else found.mul_(depth))

    def of(self, some: slice, points: Tensor) -> Tensor:
        """Return x and y for other points (k, 2, h, w) than the pixel centres."""
        count = 3 if any(self._deep[some]) else 2
        m = self._matrix[some, :count, :, :, None]
        found = m[:, :, 0] * points[:, :1] + (m[:, :, 1] * points[:, 1:] + m[:, :, 2])
        if count == 2:
            return found
        return found[:, :2].mul_(found[:, 2:].clamp_min_(_NEAR).reciprocal_())

    @cached_property
    def _pairs(self) -> tuple[Tensor, Tensor]:
        # Pairs of numbers are added and copied much faster as complex ones.
        across, down = self._across, self._down
        return torch.complex(across[:, 0], across[:, 1]), torch.complex(down[:, 0], down[:, 1])


def paired(points: Tensor) -> Tensor:
    """Bring x and y (n, 2, h, w) together as pairs (n, h, w, 2)."""
    return torch.view_as_real(torch.complex(points[:, 0], points[:, 1]))


def centres(size: tuple[int, int], device: torch.device) -> Tensor:
    """Return all pixel centres, (2, h, w)."""
    x, y = _sides(size, device)
    return torch.stack([x.expand(size), y[:, None].expand(size)])


def _sides(size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return x (w,) and y (h,) of pixel centres."""
    height, width = size
    x = torch.arange(0.5, width, device=device, dtype=torch.float32)
    return x, torch.arange(0.5, height, device=device, dtype=torch.float32)
