"""One resample for a run of warps: pixels by interpolation, masks by the nearest.

All samples here have canvases of the same size before the run, and of the same size after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers
from convscope.augment.exact import permutation, rearranged
from convscope.augment.shrink import shrunk
from convscope.augment.warp import Warp, displaced, transformed

_TOLERANCE = 1e-3  # px by which a corner may leave its canvas and count as inside


@dataclass
class Path:
    """The way from the pixels of the last canvas back to the source.

    Attributes
    ----------
    matrix : ndarray
        (n, 3, 3), applied last.
    points : tuple of Tensor or None
        x and y, (n, h, w) each, before the matrix; None for the pixel centres themselves.
    covers : list
        (share (n, h, w) of each pixel that lies inside a canvas on the way, fill outside).
    fill : Fill
        For points outside the source.
    """

    matrix: Numbers
    points: tuple[Tensor, Tensor] | None = None
    covers: list[tuple[Tensor, Fill]] = field(default_factory=list)
    fill: Fill = 0.0


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
    x, y = _followed(path, (height, width), images.device)
    if images.dtype == torch.uint8:
        images = images.float().div_(255)
    pixels = _interpolated(images, path, x, y, interpolation)
    if masks is not None:
        masks = _nearest(masks, path, x, y, mask_fill)
    return pixels, masks


def trace(chain: Sequence[Warp], before: Sequence[int], device: torch.device) -> Path:
    """Follow a run of warps from its last canvas back to the source."""
    count = len(chain[-1].sizes)
    path = Path(np.broadcast_to(np.eye(3), (count, 3, 3)))
    waiting: Fill | None = None
    after = (int(chain[-1].sizes[0, 0]), int(chain[-1].sizes[0, 1]))
    for position in reversed(range(len(chain))):
        warp = chain[position]
        if warp.lattice is not None and warp.lattice.any():
            x, y = _followed(path, after, device)
            lattice = torch.from_numpy(np.ascontiguousarray(warp.lattice)).to(x)
            sizes = torch.from_numpy(warp.sizes).to(device)
            moved = displaced(lattice, torch.stack([x, y], -1), sizes, smooth=warp.smooth)
            path.points = (x + moved[..., 0], y + moved[..., 1])
            path.matrix = np.broadcast_to(np.eye(3), (count, 3, 3))
        path.matrix = warp.matrix @ path.matrix
        # Where the later warp's outside is this one's too, the test can wait for the canvas before.
        fill = warp.fill if waiting is None else waiting
        sizes_before = chain[position - 1].sizes if position else np.tile(before, (count, 1))
        if position == 0:
            path.fill = fill
        elif _all_inside(path, after, sizes_before):
            waiting = None
        elif _is_onto(chain[position - 1], position - 1, chain, before):
            waiting = fill
        else:
            _cover(path, after, sizes_before, fill, device)
            waiting = None
    return path


def _followed(path: Path, size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the points of a path, x and y, (n, h, w) each, in pixels of the canvas it reached."""
    matrix = torch.from_numpy(np.ascontiguousarray(path.matrix)).to(device, torch.float32)
    m = matrix[:, :, :, None, None]
    if path.points is None:
        x = torch.arange(size[1], device=device, dtype=torch.float32)[None, None] + 0.5
        y = torch.arange(size[0], device=device, dtype=torch.float32)[None, :, None] + 0.5
    else:
        x, y = path.points
    new_x = m[:, 0, 0] * x + (m[:, 0, 1] * y + m[:, 0, 2])
    new_y = m[:, 1, 0] * x + (m[:, 1, 1] * y + m[:, 1, 2])
    if (np.abs(path.matrix[:, 2] - (0, 0, 1)) > 1e-12).any():
        w = m[:, 2, 0] * x + (m[:, 2, 1] * y + m[:, 2, 2])
        new_x, new_y = new_x / w, new_y / w
    return new_x, new_y


def _all_inside(path: Path, size: tuple[int, int], canvas: Numbers) -> bool:
    if path.points is not None:
        return False  # looking at every point costs as much as covering
    height, width = size
    corners = np.array(
        [[0.5, 0.5], [width - 0.5, 0.5], [width - 0.5, height - 0.5], [0.5, height - 0.5]]
    )
    found = transformed(path.matrix, corners)
    limits = canvas[:, None, ::-1]
    # Half a pixel further in, interpolation needs nothing from outside.
    return bool((found >= 0.5 - _TOLERANCE).all() and (found <= limits - 0.5 + _TOLERANCE).all())


def _is_onto(warp: Warp, position: int, chain: Sequence[Warp], before: Sequence[int]) -> bool:
    """Tell whether a warp takes the border of its new canvas to that of the canvas before."""
    if warp.lattice is not None and not _border_stays(warp.lattice):
        return False
    upright = (np.abs(warp.matrix[:, [0, 1], [1, 0]]) < 1e-9).all(1)
    turned = (np.abs(warp.matrix[:, [0, 1], [0, 1]]) < 1e-9).all(1)
    straight = (np.abs(warp.matrix[:, 2] - (0, 0, 1)) < 1e-12).all(1)
    if not ((upright | turned) & straight).all():
        return False
    canvas = chain[position - 1].sizes if position else np.tile(before, (len(warp.sizes), 1))
    ends = np.stack([np.zeros_like(warp.sizes), warp.sizes], 1)[..., ::-1].astype(float)
    found = np.sort(transformed(warp.matrix, ends), 1)
    wanted = np.stack([np.zeros_like(canvas), canvas], 1)[..., ::-1]
    return bool(np.abs(found - wanted).max() < _TOLERANCE)


def _border_stays(lattice: Numbers) -> bool:
    edges = (lattice[..., 0, :], lattice[..., -1, :], lattice[..., :, 0], lattice[..., :, -1])
    return not any(edge.any() for edge in edges)


def _cover(
    path: Path, size: tuple[int, int], canvas: Numbers, fill: Fill, device: torch.device
) -> None:
    """Mark what lies outside a canvas on the way, or fold it back in."""
    x, y = _followed(path, size, device)
    limits = torch.from_numpy(np.ascontiguousarray(canvas)).to(x)[:, :, None, None]
    height, width = limits[:, 0], limits[:, 1]
    if fill == "edge":
        x, y = _clamped(x, width), _clamped(y, height)
    elif fill == "reflect":
        x, y = _reflected(x, width), _reflected(y, height)
    else:
        path.covers.append((_share(x, width) * _share(y, height), fill))
    path.points = (x, y)
    path.matrix = np.broadcast_to(np.eye(3), path.matrix.shape)


def _share(points: Tensor, side: Tensor) -> Tensor:
    """Return how much of a bilinear sample lies inside: what padding with zeros would leave."""
    return torch.minimum(points, side - points).add_(0.5).clamp_(0, 1)


def _clamped(points: Tensor, side: Tensor) -> Tensor:
    return torch.minimum(points.clamp_min(0.5), side - 0.5)


def _reflected(points: Tensor, side: Tensor) -> Tensor:
    return side - (points.remainder(2 * side) - side).abs()


def _interpolated(images: Tensor, path: Path, x: Tensor, y: Tensor, interpolation: str) -> Tensor:
    height, width = images.shape[-2:]
    grid = torch.empty((*x.shape, 2), device=x.device)
    torch.sub(x * (2 / width), 1, out=grid[..., 0])
    torch.sub(y * (2 / height), 1, out=grid[..., 1])
    constant = not isinstance(path.fill, str)
    level = _level(path.fill, images) if constant else None
    padding = {"edge": "border", "reflect": "reflection"}.get(str(path.fill), "zeros")
    found = _sampled(images, grid, path, interpolation, padding, level)
    for share, fill in reversed(path.covers):
        base = _level(fill, images)
        found = found.mul_(share[:, None])
        if base is not None:
            found = found.add_(base * (1 - share[:, None]))
    return found.clamp_(0, 1) if interpolation == "bicubic" else found


def _sampled(
    images: Tensor,
    grid: Tensor,
    path: Path,
    interpolation: str,
    padding: str,
    level: Tensor | None,
) -> Tensor:
    """Look the points up; where the image shrinks, in a smaller copy, so that nothing glitters."""
    if level is not None:  # padding is with zeros: any other value is zero after a shift
        images = images - level
    size = (grid.shape[1], grid.shape[2])
    found = images.new_empty(*images.shape[:2], *size)
    for chosen, source in shrunk(images, path.matrix, path.points, size, interpolation):
        part = functional.grid_sample(
            source, grid[chosen], mode=interpolation, padding_mode=padding, align_corners=False
        )
        if len(part) == len(found):
            found = part
        else:
            found[chosen] = part
    return found if level is None else found.add_(level)


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


def _nearest(masks: Tensor, path: Path, x: Tensor, y: Tensor, mask_fill: float) -> Tensor:
    height, width = masks.shape[-2:]
    if path.fill == "edge":
        x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    elif path.fill == "reflect":
        x = _reflected(x, x.new_tensor(width))
        y = _reflected(y, y.new_tensor(height))
    column, row = x.floor().long(), y.floor().long()
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    for share, _ in path.covers:
        inside &= share >= 0.5
    index = row.clamp_(0, height - 1).mul_(width).add_(column.clamp_(0, width - 1))
    count, kinds = masks.shape[:2]
    flat = index.flatten(1)[:, None].expand(count, kinds, -1)
    found = masks.flatten(2).gather(2, flat).view(count, kinds, *x.shape[1:])
    return torch.where(inside[:, None], found, torch.full((), mask_fill).to(found))
