"""The points that the pixels of a canvas come from, worked out for a few samples at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers

Rows: TypeAlias = "slice | Numbers"  # some samples of a few

_STRAIGHT = 1e-12  # what the last row of a matrix may differ from (0, 0, 1) by
_NEAR = 1e-6  # the least depth that is divided by


class Lines:
    """Matrices at all pixel centres: each number is one of its row plus one of its column.

    Parameters
    ----------
    matrix : ndarray
        (n, 3, 3).
    size : (int, int)
        Height and width of the canvas.
    device : torch.device
    """

    def __init__(self, matrix: Numbers, size: tuple[int, int], device: torch.device) -> None:
        self._deep = np.any(np.abs(matrix[:, 2] - (0, 0, 1)) > _STRAIGHT, axis=1)
        self._matrix = torch.from_numpy(matrix.astype(np.float32)).to(device)[..., None]
        x, y = _sides(size, device)
        self._across = self._matrix[:, :, 0] * x
        self._down = (self._matrix[:, :, 1] * y).add_(self._matrix[:, :, 2])

    def points(self, some: slice) -> Tensor:
        """Return x and y of some samples, (k, 2, h, w)."""
        count = 3 if self._deep[some].any() else 2
        across, down = self._across[some, :count], self._down[some, :count]
        return _seen(across[:, :, None] + down[..., None])

    def of(self, some: slice, points: Tensor) -> Tensor:
        """Return the same for other points (k, 2, h, w) than the pixel centres."""
        count = 3 if self._deep[some].any() else 2
        m = self._matrix[some, :count, :, :, None]
        found = m[:, :, 0] * points[:, :1] + (m[:, :, 1] * points[:, 1:] + m[:, :, 2])
        return _seen(found)

    def grid(self, some: slice) -> Tensor:
        """Return the same as pairs, (k, h, w, 2)."""
        if self._deep[some].any():
            return paired(self.points(some))
        across, down = self._pairs
        return torch.view_as_real(across[some, None] + down[some, :, None])

    @cached_property
    def _pairs(self) -> tuple[Tensor, Tensor]:
        # Pairs of numbers are added and copied much faster as complex ones.
        across, down = self._across, self._down
        return torch.complex(across[:, 0], across[:, 1]), torch.complex(down[:, 0], down[:, 1])


@dataclass(frozen=True)
class Edge:
    """A canvas on the way, and what happens to points outside it.

    Attributes
    ----------
    matrix : ndarray
        (n, 3, 3), from the points before to that canvas.
    canvas : ndarray
        (n, 2) its height and width.
    marked : ndarray
        (n,) bool, which samples show the fill outside it.
    moved : ndarray
        (n,) bool, of which samples points outside are folded back in. They go on from there: the
        matrices that follow begin anew.
    fill : Fill
    """

    matrix: Numbers
    canvas: Numbers
    marked: Numbers
    moved: Numbers
    fill: Fill


@dataclass(frozen=True)
class Share:
    """How much of each pixel of some samples lies inside a canvas; outside is the fill.

    Attributes
    ----------
    rows : slice or ndarray
        Which samples.
    inside : Tensor
        (rows, h, w), 0 to 1.
    fill : Fill
    """

    rows: Rows
    inside: Tensor
    fill: Fill

    def part(self, some: slice) -> Share:
        """Return the share of some samples, counted from their first."""
        if isinstance(self.rows, slice):
            return Share(self.rows, self.inside[some], self.fill)
        start, stop = np.searchsorted(self.rows, (some.start, some.stop))
        return Share(self.rows[start:stop] - some.start, self.inside[start:stop], self.fill)


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
    points : Tensor or None
        (n, 2, h, w), x and y, with which the way begins; None for the pixel centres themselves.
    bent : ndarray or None
        (n,) bool, of which samples these points are others than pixel centres.
    edges : list of Edge
        In the order in which they are met.
    shares : list of Share
        Of edges met before the points.
    fill : Fill
        For points outside the source.
    """

    matrix: Numbers
    outline: Numbers
    size: tuple[int, int]
    corners: Numbers
    points: Tensor | None = None
    bent: Numbers | None = None
    edges: list[Edge] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    fill: Fill = 0.0


class Way:
    """A path that is known to its end, to be followed for a few samples at a time.

    Parameters
    ----------
    path : Path
    device : torch.device
    unit : ndarray, optional
        (3, 3) or (n, 3, 3), applied last: another unit than pixels.
    """

    def __init__(self, path: Path, device: torch.device, unit: Numbers | None = None) -> None:
        self._path = path
        self._device = device
        self._edges = [(edge, self._lines(edge.matrix)) for edge in path.edges]
        self._last = self._lines(path.matrix if unit is None else unit @ path.matrix)

    def grid(self, some: slice) -> tuple[Tensor, list[Share]]:
        """Return the points of some samples, (k, h, w, 2), and what lies inside on the way."""
        points, shares = self.settled(some)
        if points is None:
            return self._last.grid(some), shares
        return paired(self._last.of(some, points)), shares

    def settled(self, some: slice) -> tuple[Tensor | None, list[Share]]:
        """Follow some samples past all edges.

        Returns
        -------
        points : Tensor or None
            (k, 2, h, w), before the last matrix; None for the pixel centres.
        shares : list of Share
            What lies inside the canvases on the way.
        """
        path, points = self._path, None
        if path.points is not None and path.bent is not None and path.bent[some].any():
            points = path.points[some]
        own = points is None
        shares = [share.part(some) for share in path.shares]
        for edge, lines in self._edges:
            moved, marked = edge.moved[some], edge.marked[some]
            if not (moved | marked).any():
                continue
            here = lines.points(some) if points is None else lines.of(some, points)
            canvas = torch.from_numpy(edge.canvas[some, ::-1].astype(np.float32))
            sides = canvas.to(self._device)[:, :, None, None]
            if moved.any():
                rows = _rows(moved)
                if points is None:
                    points = centres(path.size, self._device).repeat(len(moved), 1, 1, 1)
                elif not own:
                    points = points.clone()
                own = True
                points[rows] = _folded(here[rows], sides[rows], edge.fill)
            if marked.any():
                rows = _rows(marked)
                shares.append(Share(rows, _inside(here[rows], sides[rows]), edge.fill))
        return points, shares

    def _lines(self, matrix: Numbers) -> Lines:
        return Lines(matrix, self._path.size, self._device)


def _seen(found: Tensor) -> Tensor:
    """Divide x and y by the depth, if there is one, (n, 2 or 3, h, w); they are used up."""
    if found.shape[1] == 2:
        return found
    # What lies behind the horizon is far outside; dividing by nothing would be no place at all.
    depth = found[:, 2:].clamp_min_(_NEAR).reciprocal_()
    return found[:, :2].mul_(depth)


def paired(points: Tensor) -> Tensor:
    """Bring x and y (n, 2, h, w) together as pairs (n, h, w, 2)."""
    return torch.view_as_real(torch.complex(points[:, 0], points[:, 1]))


def reflected(points: Tensor, side: Tensor) -> Tensor:
    """Fold points back between 0 and a side, as a mirror does."""
    return side - (points.remainder(2 * side) - side).abs()


def centres(size: tuple[int, int], device: torch.device) -> Tensor:
    """Return all pixel centres, (2, h, w)."""
    x, y = _sides(size, device)
    return torch.stack([x.expand(size), y[:, None].expand(size)])


def _sides(size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return x (w,) and y (h,) of pixel centres."""
    height, width = size
    x = torch.arange(0.5, width, device=device, dtype=torch.float32)
    return x, torch.arange(0.5, height, device=device, dtype=torch.float32)


def _rows(chosen: Numbers) -> Rows:
    return slice(None) if chosen.all() else np.flatnonzero(chosen)


def _inside(points: Tensor, sides: Tensor) -> Tensor:
    """Return how much of bilinear samples lies inside: what padding with zeros would leave.

    Points (n, 2, h, w), which are used up, and sides (n, 2, 1, 1) of canvases.
    """
    half = sides / 2
    share = torch.sub(half + 0.5, points.sub_(half).abs_(), out=points).clamp_(0, 1)
    return share[:, 0] * share[:, 1]


def _folded(points: Tensor, sides: Tensor, fill: Fill) -> Tensor:
    """Bring points back into a canvas; those that share an edge with a fill, to its last pixels."""
    if fill == "reflect":
        return reflected(points, sides)
    margin = 0.0 if fill == "edge" else 0.5
    return torch.minimum(points.clamp_min(margin), sides - margin)
