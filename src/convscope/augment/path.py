"""The way from the pixels of the last canvas of a run of warps back to the source.

Matrices multiply until something bends or an edge has to be minded. Points are worked out only
where something bends; what else needs them waits until pixels are looked up, few samples at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers
from convscope.augment.lines import Lines, centres, paired
from convscope.augment.points import Edge, Path, Way
from convscope.augment.warp import Warp, looked_up, transformed

_TOLERANCE = 1e-3  # px by which a corner may leave its canvas and count as inside


def trace(
    chain: Sequence[Warp], before: Sequence[int], device: torch.device, *, reach: float = 0.5
) -> Path:
    """Follow a run of warps from its last canvas back to the source.

    What is decided on the way is decided for each sample alone: it must not depend on its company.

    Parameters
    ----------
    chain : sequence of Warp
        In the order in which they were asked for, for the same n samples.
    before : (int, int)
        Height and width of the source.
    device : torch.device
    reach : float
        How far inside the source points must lie to need nothing from outside, in pixels.
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
            _pad(path, fills, before, reach)
            break
        canvas = chain[position - 1].sizes
        beside = ~_inside(path, canvas, 0.5)
        if not beside.any():
            waiting = [None] * count
            continue
        # Where the later warp's outside is this one's too, the test can wait for the canvas before.
        waits = beside & _is_onto(chain[position - 1])
        waiting = [fill if wait else None for fill, wait in zip(fills, waits, strict=True)]
        margin = np.array([_margin(fill) for fill in fills])[:, None, None]
        outside = beside & ~waits & ~_inside(path, canvas, margin)
        if not outside.any():
            continue
        before_it = chain[position - 2].sizes if position > 1 else np.tile(before, (count, 1))
        shared = _shares_a_side(chain[position - 1], before_it)
        for fill, chosen in _kinds(fills, outside):
            cover(path, chosen, canvas, fill, clamp=shared)
    return path


def cover(
    path: Path, chosen: Numbers, canvas: Numbers, fill: Fill, *, clamp: Numbers | None = None
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
    clamp : ndarray, optional
        (n,) bool, of which samples points outside are moved to the outermost pixels: where the next
        canvas ends at the same place, it would cover them once more. All are if left out.
    """
    folds = isinstance(fill, str)
    moved = chosen if clamp is None or folds else chosen & clamp
    marked = np.zeros_like(chosen) if folds else chosen
    path.edges.append(Edge(path.matrix, canvas, marked, moved, fill))
    if not moved.any():
        return
    found = transformed(path.matrix, path.corners)
    limits, margin = canvas[:, ::-1].astype(float), _margin(fill)
    low, high = (np.clip(end(1), margin, limits - margin) for end in (found.min, found.max))
    if fill == "reflect":  # which may bring points anywhere
        fits = (found >= 0) & (found <= limits[:, None])
        within = np.all(fits, axis=(1, 2), keepdims=True)[..., 0]
        low, high = np.where(within, low, 0), np.where(within, high, limits)
    _begin_anew(path, moved, low, high)


def pad_by_cover(path: Path, before: Sequence[int]) -> None:
    """Mark what lies outside the source, so that its edge is as sharp as its pixels."""
    if isinstance(path.fill, str):
        return
    count = len(path.matrix)
    canvas = np.tile(np.asarray(before), (count, 1))
    cover(path, np.ones(count, bool), canvas, path.fill)
    path.fill = "edge"


def _bend(path: Path, warp: Warp, device: torch.device) -> None:
    """Work out the points of all samples, and move those of the samples that bend."""
    assert warp.lattice is not None
    every = slice(0, len(warp.sizes))
    before, path.shares = Way(path, device).settled(every)
    folded = [edge.moved for edge in path.edges]
    path.edges = []
    bent: Numbers = np.any(warp.lattice, axis=(1, 2, 3))
    matrix, sizes = path.matrix[bent], warp.sizes[bent]
    unit = np.zeros_like(matrix)
    unit[:, 0, 0], unit[:, 1, 1], unit[:, 2, 2] = 2 / sizes[:, 1], 2 / sizes[:, 0], 1
    unit[:, :2, 2] = -1
    lines, over = (Lines(each, path.size, device) for each in (matrix, unit @ matrix))
    rows = every if bent.all() else torch.from_numpy(bent).to(device)
    if before is None:
        depth = lines.depth(every)
        found, grid = lines.points(every, depth), over.grid(every, depth)
    else:
        found, grid = lines.of(every, before[rows]), paired(over.of(every, before[rows]))
    lattice = torch.from_numpy(np.array(warp.lattice[bent])).to(device)
    found += looked_up(lattice, grid, smooth=warp.smooth)
    low, high = np.zeros((2, len(bent), 2))
    for of, end in ((low, found.amin((2, 3))), (high, found.amax((2, 3)))):
        of[bent] = end.cpu().numpy()
    _begin_anew(path, bent, low, high)
    if not bent.all():
        whole = before
        if whole is None:
            whole = centres(path.size, device).repeat(len(bent), 1, 1, 1)
        whole[rows] = found
        found = whole
    path.points = found
    path.bent = np.any([bent, *folded, *([] if path.bent is None else [path.bent])], 0)


def _begin_anew(path: Path, chosen: Numbers, low: Numbers, high: Numbers) -> None:
    """Go on with some samples from points between low and high, (n, 2) x and y."""
    every = chosen[:, None, None]
    path.matrix = np.where(every, np.eye(3), path.matrix)
    path.corners = np.where(every, _box(*low.T, *high.T), path.corners)


def _box(left: Numbers, top: Numbers, right: Numbers, low: Numbers) -> Numbers:
    """Return the corners of boxes, (n, 4, 2), in turn."""
    corners = np.empty((len(left), 4, 2))
    corners[:, ::3, 0], corners[:, 1:3, 0] = left[:, None], right[:, None]
    corners[:, :2, 1], corners[:, 2:, 1] = top[:, None], low[:, None]
    return corners


def _pad(path: Path, fills: list[Fill], before: Sequence[int], reach: float) -> None:
    """Settle what lies outside the source: by padding, if all that see it have one fill."""
    canvas = np.broadcast_to(before, (len(fills), 2))
    kinds = _kinds(fills, ~_inside(path, canvas, reach))
    path.fill = kinds[0][0] if kinds else fills[0]
    if len(kinds) < 2:
        return
    path.fill = "edge"
    for fill, chosen in kinds:
        if fill != path.fill:
            cover(path, chosen, canvas, fill)


def _kinds(fills: list[Fill], chosen: Numbers) -> list[tuple[Fill, Numbers]]:
    """Return the different fills, and which of the chosen samples have each."""
    kinds = list(dict.fromkeys(fill for fill, each in zip(fills, chosen, strict=True) if each))
    return [(kind, chosen & np.array([fill == kind for fill in fills])) for kind in kinds]


def _inside(path: Path, canvas: Numbers, margin: Numbers | float) -> Numbers:
    """Tell of which samples all points lie so far in a canvas, (n,) bool."""
    found = transformed(path.matrix, path.corners)
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
    return np.asarray((near & near[:, [1, 2, 3, 0]]).any((1, 2)))


def _margin(fill: Fill) -> float:
    """Return how far inside a canvas points must lie to need nothing from outside, in pixels."""
    return 0.0 if isinstance(fill, str) else 0.5  # what is folded meets its own pixels there
