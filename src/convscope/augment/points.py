"""The points that the pixels of a canvas come from, worked out for a few samples at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import Fill
from convscope.augment.dice import Numbers
from convscope.augment.lines import Lines, centres, paired

Rows: TypeAlias = "slice | Numbers"  # some samples of a few


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


@dataclass(frozen=True)
class _Met:
    """An edge as it is met, its points counted from the middle of its canvas."""

    lines: Lines
    half: Tensor
    marked: list[bool]
    moved: list[bool]
    fill: Fill


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
        self._edges = [
            _Met(
                self._lines(_centred(edge)),
                _half(edge, device),
                edge.marked.tolist(),
                edge.moved.tolist(),
                edge.fill,
            )
            for edge in path.edges
        ]
        self._last = self._lines(path.matrix if unit is None else unit @ path.matrix)
        # Behind an edge, most matrices leave depths as they are.
        self._same = [False] * len(path.matrix)
        if self._edges:
            self._same = (self._edges[-1].lines.rows == self._last.rows).all(1).tolist()

    def grid(self, some: slice) -> tuple[Tensor, list[Share]]:
        """Return the points of some samples, (k, h, w, 2), and what lies inside on the way."""
        points, shares, depth = self._settled(some)
        if points is not None:
            return paired(self._last.of(some, points)), shares
        if depth is None or not all(self._same[some]):
            depth = self._last.depth(some)
        return self._last.grid(some, depth), shares

    def settled(self, some: slice) -> tuple[Tensor | None, list[Share]]:
        """Follow some samples past all edges.

        Returns
        -------
        points : Tensor or None
            (k, 2, h, w), before the last matrix; None for the pixel centres.
        shares : list of Share
            What lies inside the canvases on the way.
        """
        points, shares, _ = self._settled(some)
        return points, shares

    def _settled(self, some: slice) -> tuple[Tensor | None, list[Share], Tensor | None]:
        """Return also the depth at the last edge."""
        path, points, depth = self._path, None, None
        if path.points is not None and path.bent is not None and path.bent[some].any():
            points = path.points[some]
        own = points is None
        shares = [share.part(some) for share in path.shares]
        for edge in self._edges:
            moved, marked, depth = edge.moved[some], edge.marked[some], None
            if not any(moved) and not any(marked):
                continue
            if points is None:
                depth = edge.lines.depth(some)
                here = edge.lines.points(some, depth)
            else:
                here = edge.lines.of(some, points)
            half = edge.half[some]
            if any(moved):
                rows = _rows(moved)
                if points is None:
                    points = centres(path.size, self._device).repeat(len(moved), 1, 1, 1)
                elif not own:
                    points = points.clone()
                own = True
                points[rows] = _folded(here[rows], half[rows], edge.fill)
            if any(marked):
                rows = _rows(marked)
                shares.append(Share(rows, _inside(here[rows], half[rows]), edge.fill))
        return points, shares, depth

    def _lines(self, matrix: Numbers) -> Lines:
        return Lines(matrix, self._path.size, self._device)


def reflected(points: Tensor, side: Tensor) -> Tensor:
    """Fold points back between 0 and a side, as a mirror does."""
    return side - (points.remainder(2 * side) - side).abs()


def _rows(chosen: list[bool]) -> Rows:
    return slice(None) if all(chosen) else np.flatnonzero(chosen)


def _centred(edge: Edge) -> Numbers:
    """Return the matrix of an edge to points counted from the middle of its canvas."""
    matrix = edge.matrix.copy()
    matrix[:, :2] -= edge.canvas[:, ::-1, None] / 2 * matrix[:, 2:]
    return matrix


def _half(edge: Edge, device: torch.device) -> Tensor:
    """Return half the sides of canvases, (n, 2, 1, 1)."""
    half = edge.canvas[:, ::-1, None, None] / 2
    return torch.from_numpy(half.astype(np.float32)).to(device)


def _inside(points: Tensor, half: Tensor) -> Tensor:
    """Return how much of bilinear samples lies inside: what padding with zeros would leave.

    Points (n, 2, h, w) from the middle of canvases, which are used up; half their sides
    (n, 2, 1, 1).
    """
    share = torch.sub(half + 0.5, points.abs_(), out=points).clamp_(0, 1)
    return share[:, 0] * share[:, 1]


def _folded(points: Tensor, half: Tensor, fill: Fill) -> Tensor:
    """Bring points from the middle of a canvas back into it, and count from its corner again.

    Those that share an edge with a fill come to its last pixels.
    """
    if fill == "reflect":
        return reflected(points + half, 2 * half)
    margin = 0.0 if fill == "edge" else 0.5
    return torch.clamp(points, margin - half, half - margin).add_(half)
