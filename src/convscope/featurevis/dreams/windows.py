"""Windows that cover an image of any size, so that a gradient needs memory for a few at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Window:
    """A part of an image that goes through the network by itself.

    Attributes
    ----------
    rows, columns
        int64: the pixels of the window, context included; an image goes on at its other side.
    inner
        (y0, y1, x0, x1) in the image: the pixels whose gradient is kept.
    offset
        Where the inner part begins in the window.
    """

    rows: Tensor
    columns: Tensor
    inner: tuple[int, int, int, int]
    offset: tuple[int, int]

    def cut(self, image: Tensor) -> Tensor:
        """Return the window of an image (C, H, W)."""
        return image[:, self.rows][:, :, self.columns]

    def keep(self, gradient: Tensor, whole: Tensor) -> None:
        """Write the inner part of the window's gradient into that of the image."""
        y0, y1, x0, x1 = self.inner
        top, left = self.offset
        whole[:, y0:y1, x0:x1] = gradient[:, top : top + y1 - y0, left : left + x1 - x0]


def windows(size: tuple[int, int], side: tuple[int, int], context: int) -> Iterator[Window]:
    """Yield windows of ``side`` whose inner parts cover an image once.

    Parameters
    ----------
    size
        Height and width of the image in pixels.
    side
        Height and width of the windows.
    context
        Pixels around the inner part that the network sees but whose gradient is not kept.
    """
    for y0, y1 in _spans(size[0], side[0] - 2 * context):
        rows = torch.arange(y0 - context, y0 - context + side[0]) % size[0]
        for x0, x1 in _spans(size[1], side[1] - 2 * context):
            columns = torch.arange(x0 - context, x0 - context + side[1]) % size[1]
            yield Window(rows, columns, (y0, y1, x0, x1), (context, context))


def _spans(length: int, most: int) -> list[tuple[int, int]]:
    """Return spans of at most ``most`` pixels, as equal as can be."""
    count = -(-length // most)
    edges = [round(turn * length / count) for turn in range(count + 1)]
    return list(itertools.pairwise(edges))
