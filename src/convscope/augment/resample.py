"""One resample for a run of warps: pixels by interpolation, masks by the nearest.

All samples here have canvases of the same size before the run, and of the same size after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers
from convscope.augment.exact import permutation, rearranged
from convscope.augment.path import Path, followed, pad_by_cover, reflected, trace
from convscope.augment.shrink import copy_sizes, shrunk
from convscope.augment.warp import Warp


def resample(
    images: Tensor,
    masks: Tensor | None,
    chain: Sequence[Warp],
    *,
    interpolation: str,
    mask_fill: float,
) -> tuple[Tensor, Tensor | None]:
    """Carry out a run of warps on samples of one size.

    Parameters
    ----------
    images : Tensor
        (n, C, H, W), uint8 or float32 in [0, 1].
    masks : Tensor or None
        (n, K, H, W), any dtype.
    chain : sequence of Warp
        In the order in which they were asked for, for the same n samples.
    interpolation : {"nearest", "bilinear", "bicubic"}
        For images.
    mask_fill : float
        For masks, where there is no image.

    Returns
    -------
    images : Tensor
        (n, C, h, w): uint8 where only whole pixels were moved, else float32 in [0, 1].
    masks : Tensor or None
        (n, K, h, w), dtype as before.
    """
    before = images.shape[-2:]
    height, width = (int(side) for side in chain[-1].sizes[0])
    path = trace(chain, before, images.device)
    if path.points is None and not path.covers:
        moves = permutation(path.matrix, before, (height, width))
        if moves is not None:
            moved = rearranged(images, moves, (height, width))
            return moved, None if masks is None else rearranged(masks, moves, (height, width))
    copies = copy_sizes(path.outline, before, (height, width), interpolation)
    if (copies != np.array(before)).any():
        pad_by_cover(path, before, images.device)
    if images.dtype == torch.uint8:
        images = images.float().div_(255)
    grid = _grid(path, before, images.device)
    pixels = _interpolated(images, path, grid, copies, interpolation)
    if masks is not None:
        masks = _nearest(masks, path, grid, mask_fill)
    return pixels, masks


def _grid(path: Path, before: Sequence[int], device: torch.device) -> Tensor:
    """Return the points of a path as grid_sample takes them: from −1 to 1."""
    height, width = before
    unit = np.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    grid = torch.empty((len(path.matrix), *path.size, 2), device=device)
    followed(path, device, unit=unit, out=grid)
    return grid


def _interpolated(
    images: Tensor, path: Path, grid: Tensor, copies: Numbers, interpolation: str
) -> Tensor:
    level = None if isinstance(path.fill, str) else _level(path.fill, images)
    if level is not None:  # padding is with zeros: any other value is zero after a shift
        images = images - level
    padding = {"edge": "border", "reflect": "reflection"}.get(str(path.fill), "zeros")
    found = images.new_empty(*images.shape[:2], *grid.shape[1:3])
    for chosen, source in shrunk(images, copies):
        part = functional.grid_sample(
            source, grid[chosen], mode=interpolation, padding_mode=padding, align_corners=False
        )
        if len(part) == len(found):
            found = part
        else:
            found[chosen] = part
    if level is not None:
        found.add_(level)
    for share, fill in reversed(path.covers):
        _lay_over(found, share[:, None], _level(fill, images))
    return found.clamp_(0, 1) if interpolation == "bicubic" else found


def _lay_over(found: Tensor, share: Tensor, level: Tensor | None) -> None:
    found.mul_(share)
    if level is not None:
        found.add_(level * (1 - share))


def _level(fill: Fill, images: Tensor) -> Tensor | None:
    """Return a fill as (1, C or 1, 1, 1); None for zero."""
    values = fill if isinstance(fill, tuple) else (fill,)
    if not any(values):
        return None
    channels = images.shape[1]
    if len(values) not in (1, channels):
        raise ValueError(
            f"fill: gives {len(values)} values for images of {channels} channels; give one, or one "
            "for each"
        )
    return images.new_tensor(values)[None, :, None, None]


def _nearest(masks: Tensor, path: Path, grid: Tensor, mask_fill: float) -> Tensor:
    height, width = masks.shape[-2:]
    x, y = (grid[..., 0] + 1) * (width / 2), (grid[..., 1] + 1) * (height / 2)
    if path.fill == "edge":
        x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    elif path.fill == "reflect":
        x = reflected(x, x.new_tensor(width))
        y = reflected(y, y.new_tensor(height))
    column, row = x.floor().long(), y.floor().long()
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    for share, _ in path.covers:
        inside &= share >= 0.5
    index = row.clamp_(0, height - 1).mul_(width).add_(column.clamp_(0, width - 1))
    count, kinds = masks.shape[:2]
    flat = index.flatten(1)[:, None].expand(count, kinds, -1)
    found = masks.flatten(2).gather(2, flat).view(count, kinds, *x.shape[1:])
    return torch.where(inside[:, None], found, torch.full((), mask_fill).to(found))
