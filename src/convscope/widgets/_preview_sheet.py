"""Samples as tiles of one picture, and what lies on them as numbers.

``js/lib/preview_calls.ts`` has the shape of the answers (``SheetAnswer``), and
``js/views/sample_sheet.ts`` draws them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from convscope.images import Encoded, fit, to_display

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_QUALITY = 90
_EXACT = 64  # pixels; a lossy picture of a tile below it would show its own blocks
# Tiles a little larger than what is shown are sent as they are: a browser shrinks them sooner.
_WORTH = 1.5
# Okabe and Ito's colours, which differ for colour-blind eyes too; as in js/views/sample_sheet.ts.
MARKS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")


def sheet(
    images: Tensor | Sequence[Tensor],
    masks: Any,
    boxes: Any,
    keypoints: Any,
    *,
    side: int,
    brief: bool = False,
) -> dict[str, Any]:
    """Lay samples out as tiles, at most about ``side`` pixels long.

    Parameters
    ----------
    images : Tensor or sequence of Tensor
        (N, C, H, W), or (C, h, w) each; uint8 or float in [0, 1].
    masks : Tensor, sequence of Tensor or None
        (N, h, w) or (N, K, h, w), or one each.
    boxes : sequence of Tensor or None
        (K, 4 or more) each: x0, y0, x1, y1, and the class where there is one.
    keypoints : sequence of Tensor or None
        (K, 3) each.
    side : int
        Of the tiles as they are shown.
    brief : bool
        Whether they are shown for a moment only: colours then take half the resolution.
    """
    tiles = _tiles(images, side)
    sizes = [[int(n) for n in each.shape[-2:]] for each in images]
    shown = [list(each.shape[-2:]) for each in tiles]
    cell = [max(h for h, _ in shown), max(w for _, w in shown)]
    columns = math.ceil(math.sqrt(len(shown)))
    return {
        "pixels": _encoded(_laid_out(tiles, columns, cell), exact=max(cell) <= _EXACT, brief=brief),
        "masks": None if masks is None else _mask_sheet(masks, shown, columns, cell),
        "columns": columns,
        "cell": cell,
        "tiles": shown,
        "sizes": sizes,
        "boxes": None if boxes is None else [_box_rows(each) for each in boxes],
        "points": None if keypoints is None else [_rows(each[:, :3]) for each in keypoints],
    }


def _tiles(images: Tensor | Sequence[Tensor], side: int) -> Tensor | list[Tensor]:
    """Return what is shown, (1 or 3, h, w) uint8 each."""
    if not isinstance(images, Tensor):
        return [_shrunk(to_display(each)[None], side)[0] for each in images]
    if images.shape[1] not in (1, 3):
        return _shrunk(torch.stack([to_display(each) for each in images]), side)
    if images.dtype != torch.uint8:
        images = (images.float() * 255).round_().clamp_(0, 255).to(torch.uint8)
    return _shrunk(images.cpu(), side)


def _shrunk(batch: Tensor, side: int) -> Tensor:
    height, width = batch.shape[-2:]
    if max(height, width) <= side * _WORTH:
        return batch
    size = fit(height, width, side)
    return functional.interpolate(batch, size, mode="bilinear", antialias=True)


def _laid_out(tiles: Tensor | list[Tensor], columns: int, cell: Sequence[int]) -> Image.Image:
    """Return one picture of all tiles."""
    rows = math.ceil(len(tiles) / columns)
    height, width = cell
    if isinstance(tiles, Tensor):
        spare = rows * columns - len(tiles)
        if spare:
            tiles = torch.cat([tiles, tiles.new_zeros(spare, *tiles.shape[1:])])
        # Whole rows of a channel are copied, and Pillow brings the channels together: that is five
        # times faster than moving single bytes.
        grid = tiles.view(rows, columns, *tiles.shape[1:]).permute(2, 0, 3, 1, 4)
        planes = grid.reshape(-1, rows * height, columns * width).numpy()
        pictures = [Image.fromarray(plane) for plane in planes]
        return pictures[0] if len(pictures) == 1 else Image.merge("RGB", pictures)
    canvas = np.zeros((rows * height, columns * width, 3), np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * height, i % columns * width
        canvas[top : top + tile.shape[1], left : left + tile.shape[2]] = tile.permute(1, 2, 0)
    return Image.fromarray(canvas)


def _encoded(picture: Image.Image, *, exact: bool, brief: bool) -> Encoded:
    stream = io.BytesIO()
    if exact:
        picture.save(stream, "PNG", compress_level=1)
    else:
        # Colours are kept at full resolution: noise and thin lines would lose them.
        picture.save(stream, "JPEG", quality=_QUALITY, subsampling="4:2:0" if brief else "4:4:4")
    kind = "image/png" if exact else "image/jpeg"
    return Encoded(stream.getvalue(), kind, picture.width, picture.height)


def _mask_sheet(
    masks: Any, shown: Sequence[Sequence[int]], columns: int, cell: Sequence[int]
) -> Encoded:
    """Return masks as a picture of few colours, see-through where there is nothing."""
    rows = math.ceil(len(shown) / columns)
    canvas = np.zeros((rows * cell[0], columns * cell[1]), np.uint8)
    for i, (mask, (height, width)) in enumerate(zip(masks, shown, strict=True)):
        top, left = i // columns * cell[0], i % columns * cell[1]
        canvas[top : top + height, left : left + width] = colours_of(mask, (height, width))
    picture = Image.fromarray(canvas, "P")
    picture.putpalette(b"\0\0\0" + b"".join(bytes.fromhex(mark[1:]) for mark in MARKS))
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1, transparency=0)
    return Encoded(stream.getvalue(), "image/png", picture.width, picture.height)


def colours_of(mask: Tensor, size: tuple[int, int]) -> Bytes:
    """Return for each pixel the number of its colour from 1, 0 where there is nothing.

    Parameters
    ----------
    mask : Tensor
        (h, w) labels, or (K, h, w) planes of which the last covers the others; one plane is labels.
    size : tuple of int
        Height and width of the result.
    """
    planes = (mask[None] if mask.ndim == 2 else mask).cpu()
    if tuple(planes.shape[-2:]) != size:
        wanted = functional.interpolate(planes[None].double(), size, mode="nearest-exact")
        planes = wanted[0]
    if len(planes) == 1:
        labels = planes[0].round() if planes.is_floating_point() else planes[0]
        labels = labels.to(torch.int64)
        return torch.where(labels == 0, 0, labels % len(MARKS) + 1).to(torch.uint8).numpy()
    found = torch.zeros(size, dtype=torch.uint8)
    for k, plane in enumerate(planes):
        found[plane > 0] = k % len(MARKS) + 1
    return found.numpy()


def _box_rows(boxes: Tensor) -> list[list[float]]:
    """Return corners and the number of the class, or of the box where there is no class."""
    rows = _rows(boxes[:, :4])
    kinds = boxes[:, 4].long().tolist() if boxes.shape[1] > 4 else range(len(boxes))
    return [[*row, kind] for row, kind in zip(rows, kinds, strict=True)]


def _rows(table: Tensor) -> list[list[float]]:
    return [[round(value, 2) for value in row] for row in table.tolist()]
