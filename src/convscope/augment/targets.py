"""Boxes and keypoints: they go where the pixels go.

A box is followed as a polygon: it is moved by each warp, clipped by each canvas on the way, and at
the end the upright box around what is left is the new one. So a box that a crop cuts, and a pad
widens again, does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers
from convscope.augment.warp import Warp, forward

BoxFormat: TypeAlias = Literal["xyxy", "xywh", "cxcywh"]

_PIECES = 8  # an edge of a box is bent at so many points where a warp bends


@dataclass
class Boxes:
    """The boxes of one sample on their way.

    Attributes
    ----------
    whole : list of ndarray
        (k, 2) each: the polygon as if no canvas ended.
    visible : list of ndarray
        (k, 2) each: what the canvases left of it; empty where nothing is left.
    extra : Tensor
        (K, e) further columns, carried along.
    """

    whole: list[Numbers]
    visible: list[Numbers]
    extra: Tensor

    def follow(self, warp: Warp, index: int) -> None:
        """Move along one warp, and lose what its new canvas does not show."""
        if warp.lattice is not None:
            self.whole = [_bendable(each) for each in self.whole]
            self.visible = [_bendable(each) for each in self.visible]
        self.whole = _moved(self.whole, warp, index)
        self.visible = _moved(self.visible, warp, index)
        self.clip(warp.sizes[index])

    def clip(self, size: Numbers) -> None:
        """Lose what lies outside a canvas of (height, width)."""
        self.visible = [clipped(each, float(size[1]), float(size[0])) for each in self.visible]

    def finish(self, box_format: BoxFormat, min_visible: float) -> tuple[Tensor, Tensor]:
        """Return the new boxes (K', 4 + e) and which of the old ones they are, (K',) int64."""
        kept, corners = [], []
        for position, (whole, visible) in enumerate(zip(self.whole, self.visible, strict=True)):
            area = polygon_area(visible)
            if area <= 0 or area < min_visible * polygon_area(whole):
                continue
            kept.append(position)
            corners.append(np.concatenate([visible.min(0), visible.max(0)]))
        index = torch.tensor(kept, dtype=torch.int64)
        found = torch.from_numpy(np.asarray(corners, np.float32).reshape(-1, 4))
        return torch.cat([from_corners(found, box_format), self.extra[index]], 1), index


@dataclass
class Keypoints:
    """The keypoints of one sample on their way: points (K, 2), and which are still to be seen."""

    points: Numbers
    visible: Numbers

    def follow(self, warp: Warp, index: int) -> None:
        """Move along one warp; what leaves its canvas is not visible any more."""
        if len(self.points):
            self.points = forward(warp, index, self.points)
        self.clip(warp.sizes[index])

    def clip(self, size: Numbers) -> None:
        """Mark what lies outside a canvas of (height, width)."""
        x, y = self.points[:, 0], self.points[:, 1]
        inside = (x >= 0) & (x <= size[1]) & (y >= 0) & (y <= size[0])
        self.visible = np.where(inside, self.visible, 0)

    def finish(self) -> Tensor:
        """Return the keypoints (K, 3): x, y of pixel centres, and visibility."""
        return torch.from_numpy(
            np.concatenate([self.points - 0.5, self.visible[:, None]], 1).astype(np.float32)
        )


def start_boxes(boxes: Any, sizes: Numbers, box_format: BoxFormat) -> list[Boxes]:
    """Take the boxes of each sample: (K, 4) numbers in pixels, further columns carried along."""
    if box_format not in get_args(BoxFormat):
        known = ", ".join(repr(each) for each in get_args(BoxFormat))
        raise ValueError(f"box_format: {box_format!r} isn't known; choose {known}")
    started = []
    for i, given in enumerate(_each(boxes, "boxes", len(sizes))):
        table = _table(given, f"boxes of image {i}", 4)
        corners = to_corners(table[:, :4], box_format).double().numpy()
        for k, (x0, y0, x1, y1) in enumerate(corners):
            if not (x1 > x0 and y1 > y0):
                raise ValueError(
                    f"boxes: box {k} of image {i} has no area; got {given[k]!r} as {box_format}, "
                    "see box_format"
                )
        whole = [_rectangle(*corner) for corner in corners]
        each = Boxes(whole, list(whole), table[:, 4:])
        each.clip(sizes[i])
        started.append(each)
    return started


def start_keypoints(keypoints: Any, sizes: Numbers) -> list[Keypoints]:
    """Take the keypoints of each sample: x, y of pixel centres (K, 2), and visibility (K, 3)."""
    started = []
    for i, given in enumerate(_each(keypoints, "keypoints", len(sizes))):
        table = _table(given, f"keypoints of image {i}", 2).double().numpy()
        if table.shape[1] > 3:
            raise ValueError(f"keypoints of image {i}: must be (K, 2) or (K, 3); got {table.shape}")
        visible = table[:, 2] if table.shape[1] == 3 else np.ones(len(table))
        each = Keypoints(table[:, :2] + 0.5, visible)
        each.clip(sizes[i])
        started.append(each)
    return started


def to_corners(boxes: Tensor, box_format: BoxFormat) -> Tensor:
    """Return boxes (K, 4) as x0, y0, x1, y1."""
    first, second = boxes[:, :2], boxes[:, 2:]
    if box_format == "xywh":
        return torch.cat([first, first + second], 1)
    if box_format == "cxcywh":
        return torch.cat([first - second / 2, first + second / 2], 1)
    return boxes


def from_corners(corners: Tensor, box_format: BoxFormat) -> Tensor:
    """Return boxes (K, 4), x0, y0, x1, y1, in another format."""
    first, second = corners[:, :2], corners[:, 2:]
    if box_format == "xywh":
        return torch.cat([first, second - first], 1)
    if box_format == "cxcywh":
        return torch.cat([(first + second) / 2, second - first], 1)
    return corners


def polygon_area(points: Numbers) -> float:
    """Return the area of a polygon (k, 2), by the shoelace formula."""
    if len(points) < 3:
        return 0.0
    x, y = points[:, 0] - points[0, 0], points[:, 1] - points[0, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def clipped(points: Numbers, width: float, height: float) -> Numbers:
    """Clip a polygon (k, 2) by a canvas from (0, 0) on (Sutherland and Hodgman 1974)."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        if len(points) == 0:
            break
        inner = sign * (points[:, axis] - limit)
        if (inner >= 0).all():
            continue
        following = np.roll(points, -1, 0)
        after = np.roll(inner, -1)
        kept: list[Numbers] = []
        for start, end, a, b in zip(points, following, inner, after, strict=True):
            if a >= 0:
                kept.append(start)
            if (a >= 0) != (b >= 0):
                cut = start + (end - start) * (a / (a - b))
                cut[axis] = limit
                kept.append(cut)
        points = np.asarray(kept).reshape(-1, 2)
    return points


def _moved(polygons: list[Numbers], warp: Warp, index: int) -> list[Numbers]:
    if not polygons:
        return []
    moved = forward(warp, index, np.concatenate(polygons))
    ends = np.cumsum([len(each) for each in polygons])[:-1]
    return np.split(moved, ends)


def _bendable(points: Numbers) -> Numbers:
    """Cut each edge of a polygon with few points into pieces."""
    if not 0 < len(points) <= _PIECES:
        return points
    shares = np.arange(_PIECES)[:, None] / _PIECES
    following = np.roll(points, -1, 0)
    return np.concatenate(
        [start + (end - start) * shares for start, end in zip(points, following, strict=True)]
    )


def _rectangle(x0: float, y0: float, x1: float, y1: float) -> Numbers:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _each(given: Any, what: str, count: int) -> Sequence[Any]:
    if not isinstance(given, Tensor | np.ndarray | list | tuple) or len(given) != count:
        came = f"{len(given)}" if hasattr(given, "__len__") else repr(given)
        raise ValueError(f"{what}: give a list, one entry for each of {count} images; got {came}")
    return list(given)


def _table(given: Any, what: str, least: int) -> Tensor:
    try:
        table = torch.as_tensor(
            np.asarray(given, dtype=np.float64) if not isinstance(given, Tensor) else given
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: must be numbers (K, {least}); got {given!r}") from error
    if table.numel() == 0:
        return torch.zeros(0, max(least, table.shape[-1] if table.ndim == 2 else 0))
    if table.ndim != 2 or table.shape[1] < least:
        raise ValueError(
            f"{what}: must be a table (K, {least}); got the shape {tuple(table.shape)}"
        )
    table = table.detach().cpu().to(torch.float32)
    if not torch.isfinite(table).all():
        raise ValueError(f"{what}: holds NaN or infinite values; take these rows out")
    return table
