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
        int64: the pixels of the window; an image goes on at its other side.
    weights
        Of each row and of each column. Where windows overlap, one fades in as the other fades out:
        what the network makes of a window's edge counts little, and no border shows. Over all
        windows the products of both add up to 1 at each pixel.
    """

    rows: Tensor
    columns: Tensor
    weights: tuple[Tensor, Tensor]

    def cut(self, image: Tensor) -> Tensor:
        """Return the window of an image (C, H, W)."""
        return image[:, self.rows][:, :, self.columns]

    def add(self, gradient: Tensor, whole: Tensor) -> None:
        """Add the weighed gradient of the window to that of the image."""
        down, across = (each.to(gradient) for each in self.weights)
        weighed = gradient * down[:, None] * across
        rows, columns = self.rows.to(whole.device), self.columns.to(whole.device)
        for plane, part in zip(whole, weighed, strict=True):
            plane.index_put_((rows[:, None], columns), part, accumulate=True)


def windows(size: tuple[int, int], side: tuple[int, int], context: int) -> Iterator[Window]:
    """Yield windows of ``side`` that cover an image.

    Parameters
    ----------
    size
        Height and width of the image in pixels.
    side
        Height and width of the windows.
    context
        Pixels by which a window reaches into its neighbours, and these into it.
    """
    for y0, y1 in _spans(size[0], side[0] - 2 * context):
        rows = torch.arange(y0 - context, y0 - context + side[0])
        down = _weights(rows, y0, y1, context)
        for x0, x1 in _spans(size[1], side[1] - 2 * context):
            columns = torch.arange(x0 - context, x0 - context + side[1])
            across = _weights(columns, x0, x1, context)
            yield Window(rows % size[0], columns % size[1], (down, across))


def _weights(places: Tensor, first: int, last: int, context: int) -> Tensor:
    """Return 1 between two borders, fading to 0 over ``context`` pixels on both sides of each."""
    if context == 0:
        return ((places >= first) & (places < last)).float()
    rise = (places + 0.5 - first + context) / (2 * context)
    fall = (last + context - places - 0.5) / (2 * context)
    return rise.clamp(0, 1) - (1 - fall.clamp(0, 1))


def _spans(length: int, most: int) -> list[tuple[int, int]]:
    """Return spans of at most ``most`` pixels, as equal as can be."""
    count = -(-length // most)
    edges = [round(turn * length / count) for turn in range(count + 1)]
    return list(itertools.pairwise(edges))
