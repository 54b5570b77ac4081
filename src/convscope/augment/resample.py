"""One resample for a run of warps: pixels by interpolation, masks by the nearest.

All samples here have canvases of the same size before the run, and of the same size after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from convscope.augment.chunks import chunks
from convscope.augment.declare import Fill
from convscope.augment.exact import permutation, rearranged
from convscope.augment.landing import Landing
from convscope.augment.path import pad_by_cover, trace
from convscope.augment.points import Path, Share, Way, reflected
from convscope.augment.shrink import copy_sizes, shrunk
from convscope.augment.warp import Warp

# In the order of `torch.grid_sampler`, which `functional.grid_sample` calls after some questions.
_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = (0.0, "edge", "reflect")


@dataclass(frozen=True)
class Settings:
    """How pixels are looked up.

    Attributes
    ----------
    interpolation : {"nearest", "bilinear", "bicubic"}
        For images.
    mask_fill : float
        For masks, where there is no image.
    fused : bool
        The reference of the tests runs every operation by itself.
    """

    interpolation: str = "bilinear"
    mask_fill: float = 0.0
    fused: bool = True


def resample(
    images: Tensor,
    masks: Tensor | None,
    chain: Sequence[Warp],
    settings: Settings,
    landing: Landing,
    check: Callable[[Tensor], None],
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
    settings : Settings
    landing : Landing
        Where the pixels go.
    check : callable
        Says of images whose numbers are out of range that they are, before they are used.

    Returns
    -------
    images : Tensor
        (n, C, h, w), as the landing has it; as before where only whole pixels were moved.
    masks : Tensor or None
        (n, K, h, w), dtype as before.
    """
    before = images.shape[-2:]
    size = (int(chain[-1].sizes[0, 0]), int(chain[-1].sizes[0, 1]))
    reach = 1.5 if settings.interpolation == "bicubic" else 0.5
    path = trace(chain, before, images.device, reach=reach)
    if path.points is None and not path.edges:
        moves = permutation(path.matrix, before, size)
        if moves is not None:
            check(images)
            moved = rearranged(images, moves, size)
            own = moved.untyped_storage().data_ptr() != images.untyped_storage().data_ptr()
            masks = None if masks is None else rearranged(masks, moves, size)
            return landing.all(moved, own=own), masks
    found = landing.room(images, size)
    laid = None if masks is None else masks.new_empty((*masks.shape[:2], *size))
    looks = _Looks(path, images, settings)
    for some in chunks(len(images), max(size[0] * size[1], before.numel()), images.device):
        part = images[some]
        check(part)  # what is read here is looked up next
        grid, shares = looks.way.grid(some)
        landing.put(looks.pixels(part, some, grid, shares), some, found, own=True)
        if masks is not None and laid is not None:
            laid[some] = _nearest(masks[some], path.fill, shares, grid, settings.mask_fill)
    return found, laid


class _Looks:
    """Looks pixels up along a path.

    Parameters
    ----------
    path : Path
    images : Tensor
        (n, C, H, W).
    settings : Settings
    """

    def __init__(self, path: Path, images: Tensor, settings: Settings) -> None:
        height, width = before = images.shape[-2:]
        self._mode = _MODES.index(settings.interpolation)
        self._copies = copy_sizes(path.outline, before, path.size, settings.interpolation)
        self._shrinks = bool((self._copies != np.array(before)).any())
        if self._shrinks:
            pad_by_cover(path, before)
        unit = np.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
        self.way = Way(path, images.device, unit)
        self._padding = _PADDINGS.index(path.fill) if isinstance(path.fill, str) else 0
        self._level = None if isinstance(path.fill, str) else _level(path.fill, images)

    def pixels(self, images: Tensor, some: slice, grid: Tensor, shares: Sequence[Share]) -> Tensor:
        """Return the pixels of some samples at points, float32.

        Parameters
        ----------
        images : Tensor
            (k, C, H, W) of these samples, uint8 or float32.
        some : slice
        grid : Tensor
            (k, h, w, 2), from −1 to 1.
        shares : sequence of Share
            What lies inside on the way.
        """
        if images.dtype == torch.uint8:
            images = images.to(torch.float32).div_(255)
        if self._level is not None:  # padding is with zeros: any other is zero after a shift
            images = images - self._level
        if self._shrinks:
            found = images.new_empty(*images.shape[:2], *grid.shape[1:3])
            for chosen, source in shrunk(images, self._copies[some]):
                found[chosen] = self._sampled(source, grid[chosen])
        else:
            found = self._sampled(images, grid)
        if self._level is not None:
            found.add_(self._level)
        for share in reversed(shares):
            _lay_over(found, share, _level(share.fill, images))
        return found.clamp_(0, 1) if _MODES[self._mode] == "bicubic" else found

    def _sampled(self, images: Tensor, grid: Tensor) -> Tensor:
        return torch.grid_sampler(images, grid, self._mode, self._padding, align_corners=False)


def _lay_over(found: Tensor, share: Share, level: Tensor | None) -> None:
    inside = share.inside[:, None]
    some = found[share.rows]
    some *= inside
    if level is not None:
        some += level * (1 - inside)
    if not isinstance(share.rows, slice):
        found[share.rows] = some


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


def _nearest(
    masks: Tensor, fill: Fill, shares: Sequence[Share], grid: Tensor, mask_fill: float
) -> Tensor:
    height, width = masks.shape[-2:]
    x, y = (grid[..., 0] + 1) * (width / 2), (grid[..., 1] + 1) * (height / 2)
    if fill == "edge":
        x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    elif fill == "reflect":
        x = reflected(x, x.new_tensor(width))
        y = reflected(y, y.new_tensor(height))
    column, row = x.floor().long(), y.floor().long()
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    for share in shares:
        inside[share.rows] &= share.inside >= 0.5
    index = row.clamp_(0, height - 1).mul_(width).add_(column.clamp_(0, width - 1))
    count, kinds = masks.shape[:2]
    flat = index.flatten(1)[:, None].expand(count, kinds, -1)
    found = masks.flatten(2).gather(2, flat).view(count, kinds, *x.shape[1:])
    return torch.where(inside[:, None], found, torch.full((), mask_fill).to(found))
