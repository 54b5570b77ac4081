"""The way from the pixels of the last canvas of a run of warps back to the source.

Matrices multiply until something bends or an edge has to be minded; only then are points worked
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers
from convscope.augment.warp import Warp, displaced, transformed

_TOLERANCE = 1e-3  # px by which a corner may leave its canvas and count as inside


@dataclass
class Path:
    """The way from the pixels of the last canvas back to the source.

    Attributes
    ----------
    matrix : ndarray
        (n, 3, 3), applied last.
    outline : ndarray
        (n, 3, 3), all matrices on the way: what becomes of sizes, bends left out.
    points : tuple of Tensor or None
        x and y, (n, h, w) each, before the matrix; None for the pixel centres themselves.
    covers : list
        (share (n, h, w) of each pixel that lies inside a canvas on the way, fill outside).
    fill : Fill
        For points outside the source.
    """

    matrix: Numbers
    outline: Numbers
    points: tuple[Tensor, Tensor] | None = None
    covers: list[tuple[Tensor, Fill]] = field(default_factory=list)
    fill: Fill = 0.0


def trace(chain: Sequence[Warp], before: Sequence[int], device: torch.device) -> Path:
    """Follow a run of warps from its last canvas back to the source."""
    count = len(chain[-1].sizes)
    straight = np.broadcast_to(np.eye(3), (count, 3, 3))
    path = Path(straight, straight)
    waiting: Fill | None = None
    after = (int(chain[-1].sizes[0, 0]), int(chain[-1].sizes[0, 1]))
    for position in reversed(range(len(chain))):
        warp = chain[position]
        if warp.lattice is not None and warp.lattice.any():
            x, y = followed(path, after, device)
            lattice = torch.from_numpy(np.array(warp.lattice)).to(x)
            sizes = torch.from_numpy(warp.sizes).to(device)
            moved = displaced(lattice, torch.stack([x, y], -1), sizes, smooth=warp.smooth)
            path.points = (x + moved[..., 0], y + moved[..., 1])
            path.matrix = straight
        path.matrix = warp.matrix @ path.matrix
        path.outline = warp.matrix @ path.outline
        # Where the later warp's outside is this one's too, the test can wait for the canvas before.
        fill = warp.fill if waiting is None else waiting
        sizes_before = chain[position - 1].sizes if position else np.tile(before, (count, 1))
        if position == 0:
            path.fill = fill
        elif _all_inside(path, after, sizes_before):
            waiting = None
        elif _is_onto(chain[position - 1]):
            waiting = fill
        else:
            cover(path, after, sizes_before, fill, device)
            waiting = None
    return path


def followed(path: Path, size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the points of a path, x and y, (n, h, w) each, in pixels of the canvas it reached."""
    matrix = torch.from_numpy(np.array(path.matrix, np.float32)).to(device)
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
        # What lies behind the horizon is far outside; dividing by nothing would be no place at all.
        w = w.clamp_min(1e-6)
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


def _is_onto(warp: Warp) -> bool:
    """Tell whether a warp only turns by 90° or mirrors: outside stays outside, to the pixel."""
    if warp.lattice is not None:
        return False
    turn = np.abs(warp.matrix[:, :2, :2])
    upright, turned = np.abs(turn - np.eye(2)), np.abs(turn - np.eye(2)[::-1])
    if (np.minimum(upright.max((1, 2)), turned.max((1, 2))) > 1e-6).any():
        return False
    ends = np.stack([np.zeros_like(warp.sizes), warp.sizes], 1)[..., ::-1].astype(float)
    found = np.sort(transformed(warp.matrix, ends), 1)
    wanted = np.sort(ends @ np.swapaxes(turn, 1, 2), 1)
    return bool(np.abs(found - wanted).max() < _TOLERANCE)


def cover(
    path: Path, size: tuple[int, int], canvas: Numbers, fill: Fill, device: torch.device
) -> None:
    """Mark what lies outside a canvas on the way, or fold it back in."""
    x, y = followed(path, size, device)
    limits = torch.from_numpy(np.array(canvas)).to(x)[:, :, None, None]
    height, width = limits[:, 0], limits[:, 1]
    if fill == "reflect":
        x, y = reflected(x, width), reflected(y, height)
    elif fill != "edge":
        path.covers.append((_share(x, width) * _share(y, height), fill))
    # Between the outermost pixel and outside, a share of just that pixel is seen.
    x, y = _clamped(x, width), _clamped(y, height)
    path.points = (x, y)
    path.matrix = np.broadcast_to(np.eye(3), path.matrix.shape)


def _share(points: Tensor, side: Tensor) -> Tensor:
    """Return how much of a bilinear sample lies inside: what padding with zeros would leave."""
    return torch.minimum(points, side - points).add_(0.5).clamp_(0, 1)


def _clamped(points: Tensor, side: Tensor) -> Tensor:
    return torch.minimum(points.clamp_min(0.5), side - 0.5)


def reflected(points: Tensor, side: Tensor) -> Tensor:
    """Fold points back between 0 and a side, as a mirror does."""
    return side - (points.remainder(2 * side) - side).abs()
