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
    size : (int, int)
        Height and width of the last canvas.
    corners : ndarray
        (n, 4, 2), between which all points lie, before the matrix.
    points : tuple of Tensor or None
        x and y, (n, h, w) each, before the matrix; None for the pixel centres themselves.
    covers : list
        (share (n, h, w) of each pixel that lies inside a canvas on the way, fill outside).
    fill : Fill
        For points outside the source.
    """

    matrix: Numbers
    outline: Numbers
    size: tuple[int, int]
    corners: Numbers
    points: tuple[Tensor, Tensor] | None = None
    covers: list[tuple[Tensor, Fill]] = field(default_factory=list)
    fill: Fill = 0.0


def trace(chain: Sequence[Warp], before: Sequence[int], device: torch.device) -> Path:
    """Follow a run of warps from its last canvas back to the source.

    What is decided on the way is decided for each sample alone: it must not depend on its company.
    """
    count = len(chain[-1].sizes)
    straight = np.broadcast_to(np.eye(3), (count, 3, 3))
    height, width = (int(side) for side in chain[-1].sizes[0])
    corners = _box(*(np.full(count, each) for each in (0.5, 0.5, width - 0.5, height - 0.5)))
    path = Path(straight, straight, (height, width), corners)
    waiting: list[Fill | None] = [None] * count
    for position in reversed(range(len(chain))):
        warp = chain[position]
        if warp.lattice is not None and warp.lattice.any():
            _bend(path, warp, device)
        path.matrix = warp.matrix @ path.matrix
        path.outline = warp.matrix @ path.outline
        fills = [warp.fill if each is None else each for each in waiting]
        if position == 0:
            _pad(path, fills, before, device)
            break
        canvas = chain[position - 1].sizes
        outside = ~_inside(path, canvas, fills)
        if not outside.any():
            waiting = [None] * count
            continue
        # Where the later warp's outside is this one's too, the test can wait for the canvas before.
        waits = outside & _is_onto(chain[position - 1])
        waiting = [fill if wait else None for fill, wait in zip(fills, waits, strict=True)]
        before_it = chain[position - 2].sizes if position > 1 else np.tile(before, (count, 1))
        shared = _shares_a_side(chain[position - 1], before_it)
        for fill, chosen in _kinds(fills, outside & ~waits):
            cover(path, chosen, canvas, fill, device, clamp=shared)
    return path


def followed(
    path: Path,
    device: torch.device,
    *,
    chosen: Numbers | None = None,
    unit: Numbers | None = None,
    out: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the points of a path, x and y, (n, h, w) each, in pixels of the canvas it reached.

    Parameters
    ----------
    path : Path
    device : torch.device
    chosen : ndarray, optional
        (n,) bool, which samples; else all.
    unit : ndarray, optional
        (3, 3), applied last: another unit than pixels.
    out : Tensor, optional
        (n, h, w, 2), into which x and y are written.
    """
    some = slice(None) if chosen is None or chosen.all() else np.flatnonzero(chosen)
    matrix = path.matrix[some] if unit is None else unit @ path.matrix[some]
    m = torch.from_numpy(np.array(matrix, np.float32)).to(device)[:, :, :, None, None]
    if path.points is None:
        height, width = path.size
        x = torch.arange(width, device=device, dtype=torch.float32)[None, None] + 0.5
        y = torch.arange(height, device=device, dtype=torch.float32)[None, :, None] + 0.5
    else:
        x, y = (each[some] for each in path.points)
    into: tuple[Tensor | None, Tensor | None] = (None, None)
    if out is not None:
        into = (out[..., 0], out[..., 1])
    new_x = torch.add(m[:, 0, 0] * x, m[:, 0, 1] * y + m[:, 0, 2], out=into[0])
    new_y = torch.add(m[:, 1, 0] * x, m[:, 1, 1] * y + m[:, 1, 2], out=into[1])
    if (np.abs(matrix[:, 2] - (0, 0, 1)) > 1e-12).any():
        w = m[:, 2, 0] * x + (m[:, 2, 1] * y + m[:, 2, 2])
        # What lies behind the horizon is far outside; dividing by nothing would be no place at all.
        w.clamp_min_(1e-6)
        new_x.div_(w)
        new_y.div_(w)
    return new_x, new_y


def cover(
    path: Path,
    chosen: Numbers,
    canvas: Numbers,
    fill: Fill,
    device: torch.device,
    *,
    clamp: Numbers | None = None,
) -> None:
    """Mark for some samples what lies outside a canvas on the way, or fold it back in.

    Parameters
    ----------
    path : Path
    chosen : ndarray
        (n,) bool.
    canvas : ndarray
        (n, 2) height and width.
    fill : Fill
    device : torch.device
    clamp : ndarray, optional
        (n,) bool, of which samples points outside are moved to the outermost pixels: where the next
        canvas ends at the same place, it would cover them once more. All are if left out.
    """
    x, y = followed(path, device, chosen=chosen)
    limits = torch.from_numpy(canvas[chosen].astype(np.float32)).to(device)[:, :, None, None]
    height, width = limits[:, 0], limits[:, 1]
    index = torch.from_numpy(np.flatnonzero(chosen)).to(device)
    if not isinstance(fill, str):
        share = x.new_ones(len(chosen), *path.size)
        share[index] = _share(x, width).mul_(_share(y, height))
        path.covers.append((share, fill))
    moved = chosen if clamp is None or isinstance(fill, str) else chosen & clamp
    if not moved.any():
        return
    some = torch.from_numpy(moved[chosen]).to(device)
    points = [each.expand(len(chosen), *path.size).clone() for each in followed(path, device)]
    for each, values, side in ((points[0], x, width), (points[1], y, height)):
        each[index[some]] = _folded(values[some], side[some], fill)
    _set_points(path, points[0], points[1])


def pad_by_cover(path: Path, before: Sequence[int], device: torch.device) -> None:
    """Mark what lies outside the source, so that its edge is as sharp as its pixels."""
    if isinstance(path.fill, str):
        return
    count = len(path.matrix)
    canvas = np.tile(np.asarray(before), (count, 1))
    cover(path, np.ones(count, bool), canvas, path.fill, device)
    path.fill = "edge"


def reflected(points: Tensor, side: Tensor) -> Tensor:
    """Fold points back between 0 and a side, as a mirror does."""
    return side - (points.remainder(2 * side) - side).abs()


def _bend(path: Path, warp: Warp, device: torch.device) -> None:
    assert warp.lattice is not None
    x, y = (each.expand(len(warp.sizes), *path.size) for each in followed(path, device))
    bent = warp.lattice.any((1, 2, 3))
    some = np.flatnonzero(bent)
    index = slice(None) if bent.all() else torch.from_numpy(some).to(device)
    lattice = torch.from_numpy(np.array(warp.lattice[some])).to(device)
    sizes = torch.from_numpy(warp.sizes[some]).to(device)
    moved = displaced(lattice, torch.stack([x[index], y[index]], -1), sizes, smooth=warp.smooth)
    if bent.all():
        x, y = x + moved[..., 0], y + moved[..., 1]
    else:
        x, y = x.contiguous(), y.contiguous()
        for each, move in zip((x, y), moved.unbind(-1), strict=True):
            each[index] += move
    _set_points(path, x, y)


def _set_points(path: Path, x: Tensor, y: Tensor) -> None:
    """Begin anew from points (n, h, w) each."""
    path.points = (x, y)
    path.matrix = np.broadcast_to(np.eye(3), path.matrix.shape)
    ends = [end(each, (1, 2)) for end in (torch.amin, torch.amax) for each in (x, y)]
    path.corners = _box(*(each.double().cpu().numpy() for each in ends))


def _box(left: Numbers, top: Numbers, right: Numbers, low: Numbers) -> Numbers:
    """Return the corners of boxes, (n, 4, 2), in turn."""
    across, down = np.stack([left, right, right, left], 1), np.stack([top, top, low, low], 1)
    return np.stack([across, down], -1)


def _pad(path: Path, fills: list[Fill], before: Sequence[int], device: torch.device) -> None:
    """Settle what lies outside the source: by padding, if all samples have one fill."""
    kinds = list(_kinds(fills, np.ones(len(fills), bool)))
    path.fill = kinds[0][0]
    if len(kinds) == 1:
        return
    for fill, chosen in kinds:
        cover(path, chosen, np.tile(before, (len(fills), 1)), fill, device)
    path.fill = "edge"


def _kinds(fills: list[Fill], chosen: Numbers) -> list[tuple[Fill, Numbers]]:
    """Return the different fills, and which of the chosen samples have each."""
    kinds = list(dict.fromkeys(fill for fill, each in zip(fills, chosen, strict=True) if each))
    return [(kind, chosen & np.array([fill == kind for fill in fills])) for kind in kinds]


def _inside(path: Path, canvas: Numbers, fills: list[Fill]) -> Numbers:
    """Tell of which samples all points lie in a canvas, (n,) bool."""
    found = transformed(path.matrix, path.corners)
    # Half a pixel further in, interpolation needs nothing from outside; folding minds it not.
    margin = np.array([0.0 if isinstance(fill, str) else 0.5 for fill in fills])[:, None, None]
    limits = canvas[:, None, ::-1]
    within = (found >= margin - _TOLERANCE) & (found <= limits - margin + _TOLERANCE)
    return np.asarray(within.all((1, 2)))


def _is_onto(warp: Warp) -> Numbers:
    """Tell which samples are only turned by 90° or mirrored: what is outside stays outside."""
    turn = np.abs(warp.matrix[:, :2, :2])
    upright, turned = np.abs(turn - np.eye(2)), np.abs(turn - np.eye(2)[::-1])
    straight = np.minimum(upright.max((1, 2)), turned.max((1, 2))) < 1e-6
    straight &= np.abs(warp.matrix[:, 2] - (0, 0, 1)).max(1) < 1e-12
    if warp.lattice is not None:
        straight &= ~warp.lattice.any((1, 2, 3))
    ends = np.stack([np.zeros_like(warp.sizes), warp.sizes], 1)[..., ::-1].astype(float)
    found = np.sort(transformed(warp.matrix, ends), 1)
    wanted = np.sort(ends @ np.swapaxes(turn, 1, 2), 1)
    return np.asarray(straight & (np.abs(found - wanted).max((1, 2)) < _TOLERANCE))


def _shares_a_side(warp: Warp, before: Numbers) -> Numbers:
    """Tell of which samples a side of the new canvas lies on one of that before, (n,) bool."""
    zero = np.zeros(len(warp.sizes))
    found = transformed(warp.matrix, _box(zero, zero, warp.sizes[:, 1], warp.sizes[:, 0]))
    limits = before[:, None, ::-1].astype(float)
    near = np.concatenate([np.abs(found) < 1, np.abs(found - limits) < 1], -1)
    return np.asarray((near & np.roll(near, -1, 1)).any((1, 2)))


def _share(points: Tensor, side: Tensor) -> Tensor:
    """Return how much of a bilinear sample lies inside: what padding with zeros would leave."""
    half = side / 2
    return (points - half).abs_().neg_().add_(half + 0.5).clamp_(0, 1)


def _folded(points: Tensor, side: Tensor, fill: Fill) -> Tensor:
    """Bring points back into a canvas; those that share an edge with a fill, to its last pixels."""
    if fill == "reflect":
        return reflected(points, side)
    margin = 0.0 if fill == "edge" else 0.5
    return torch.minimum(points.clamp_min(margin), side - margin)
