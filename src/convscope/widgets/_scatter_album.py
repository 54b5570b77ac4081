"""Small pictures of points in sheets: what a page asks for, and what an export holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from convscope.images import ImageError, ImageSource, encode
from convscope.images.pixels import to_display

CELL = 64  # pixels
SHEET = 64  # pictures; as in js/lib/thumbnails.ts
_TINY = 32  # sides that are sent without loss: a lossy picture of them would show its own blocks


def sprite_sheet(source: ImageSource, points: Sequence[int]) -> dict[str, Any]:
    """Return pictures of points in one sheet; typed as SpriteSheet in js/lib/thumbnails.ts.

    Parameters
    ----------
    source
        Images of the points.
    points
        Which, at most `SHEET`; those that there are not, and images that can't be read where the
        source skips them, are left out.
    """
    shown: list[int] = []
    pictures: list[Tensor] = []
    for point in list(points)[:SHEET]:
        picture = readable(source, point) if 0 <= point < len(source) else None
        if picture is not None:
            shown.append(point)
            pictures.append(picture)
    return packed(pictures, shown)


def packed(pictures: Sequence[Tensor], points: Sequence[int]) -> dict[str, Any]:
    """Return pictures (C, h, w) of at most `CELL` pixels as a sheet."""
    small = [to_display(each).cpu() for each in pictures]
    columns = max(1, math.ceil(math.sqrt(len(small))))
    cell = max([max(each.shape[1:]) for each in small], default=1)
    rows = max(1, math.ceil(len(small) / columns))
    sheet = torch.zeros(3, rows * cell, columns * cell, dtype=torch.uint8)
    for k, each in enumerate(small):
        top, left = k // columns * cell, k % columns * cell
        sheet[:, top : top + each.shape[1], left : left + each.shape[2]] = each
    return {
        "points": np.array(points, np.int32),
        "picture": encode(sheet, "png" if cell <= _TINY else "webp", quality=80),
        "columns": columns,
        "cell": cell,
        "sizes": np.array([each.shape[:0:-1] for each in small], np.int32).reshape(-1, 2),
    }


def first_in_sight(xy: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.int64]:
    """Return which points an export shows pictures of: one for each bin, coarse bins first.

    Bins halve from round to round, and in each the point of the lowest rank stands for all, as in
    `representatives` of ``js/lib/point_grid.ts``, so that the page meets those it has.

    Parameters
    ----------
    xy
        (N, 2).
    most
        How many points.
    """
    centre = (xy.max(0) + xy.min(0)) / 2
    unit = max(float((xy.max(0) - xy.min(0)).max()) / 2, 1e-12)
    square = (xy - centre) / unit
    order = np.argsort(_ranks(len(xy)), kind="stable")
    found: dict[int, None] = {}
    for step in range(1, 12):
        bins = np.floor((square[order] + 2) * 2.0**step).astype(np.int64)
        _, firsts = np.unique(bins[:, 1] * 2**20 + bins[:, 0], return_index=True)
        for point in order[np.sort(firsts)]:
            found.setdefault(int(point))
            if len(found) >= most:
                return np.array(list(found), np.int64)
    return np.array([*found], np.int64)


def _ranks(count: int) -> npt.NDArray[np.uint32]:
    """Return a fixed shuffle of the first whole numbers; as rankOf in js/lib/point_grid.ts."""
    x = np.arange(count, dtype=np.uint32)
    for _ in range(2):
        x = ((x >> np.uint32(16)) ^ x) * np.uint32(0x45D9F3B)
    return (x >> np.uint32(16)) ^ x


def readable(source: ImageSource, point: int) -> Tensor | None:
    """Return the small picture of a point; None where it can't be read and is skipped."""
    try:
        return source.thumbnail(point, CELL)
    except ImageError:
        if source.errors == "raise":
            raise
        return None
