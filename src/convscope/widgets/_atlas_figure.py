"""The still picture of an atlas: the grid in sight, as the page shows it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from convscope import plots
from convscope.widgets._atlas_pages import Kind
from convscope.widgets._atlas_view import AtlasView

if TYPE_CHECKING:
    from convscope.widgets.atlas_viewer import AtlasViewer

# As in js/lib/atlas_level.ts, for a picture of about this many pixels.
_PIXELS = 900
_READABLE = 30
_LEAST = 0.14
_CROP = 0.1
_FAINT = 0.07


def figure(viewer: AtlasViewer) -> Figure:
    """Draw what a viewer shows."""
    view = AtlasView.parse(viewer.view)
    info = viewer._info(viewer.layer)
    theme: Literal["light", "dark"] = "dark" if viewer.theme == "dark" else "light"
    if not info["sides"]:
        return plots.atlas([], title=viewer._title, note="nothing is laid out yet", theme=theme)
    side = viewer.level or _side(info["sides"], view.zoom)
    target = viewer.target_index
    words = [viewer.layer, f"{side} × {side}", info["detail"]]
    if target is not None:
        how = "for" if viewer.sign == "positive" else "against"
        words.append(f"where it speaks {how} {viewer._pages.classes[target]}")
    if viewer.image is not None:
        words.append(f"where {viewer._source.names[viewer.image]} falls")
    return plots.atlas(
        _icons(viewer, side, view),
        title=viewer._title,
        note=" · ".join(words),
        ends=viewer._axes,
        path=_path(viewer, view),
        theme=theme,
    )


def _path(viewer: AtlasViewer, view: AtlasView) -> Any:
    """Return where the positions of the chosen image fall, None without one."""
    if viewer.image is None:
        return None
    found = viewer._pages.locate(viewer._scope, [viewer._source[viewer.image]], viewer.layer)
    x0, y0, _, _ = view.box()
    return (found.xy - [x0, y0]) * view.zoom


def _side(sides: list[int], zoom: float) -> int:
    fit = [side for side in sides if _PIXELS * zoom / side >= _READABLE]
    return max(fit, default=sides[0])


def _icons(viewer: AtlasViewer, side: int, view: AtlasView) -> list[plots.AtlasIcon]:
    level = viewer._pages.level(viewer.layer, side)
    target = viewer.target_index
    opacity = np.ones(len(level["cells"]))
    if target is not None:
        heat = viewer._pages.heat(viewer.layer, side, target)
        heat = heat if viewer.sign == "positive" else -heat
        share = np.maximum(heat, 0) / max(float(heat.max(initial=0.0)), 1e-9)
        opacity = _FAINT + (1 - _FAINT) * np.sqrt(share)
    x0, y0, _, _ = view.box()
    even = level["total"] / side**2
    tiles = _Tiles(viewer, side, level)
    found = []
    for i in np.argsort(-level["counts"], kind="stable").tolist():
        row, column = divmod(int(level["cells"][i]), side)
        x, y = (((column + 0.5) / side - x0), ((row + 0.5) / side - y0))
        x, y = x * view.zoom, y * view.zoom
        share = min(1.0, max(_LEAST, (viewer.density * level["counts"][i] / even) ** 0.5))
        half = share * view.zoom / side / 2
        seen = all(-half < at < 1 + half for at in (x, y))
        image = tiles.icon(i, row, column) if seen else None
        if image is None:
            continue
        label = ""
        if viewer.labels and target is None and level["classes"].shape[1]:
            label = plots.short_name(viewer._pages.classes[level["classes"][i, 0]])
        box = (x - half, y - half, x + half, y + half)
        found.append(plots.AtlasIcon(image, box, float(opacity[i]), label))
    return found


class _Tiles:
    """The icons of a grid, decoded tile by tile."""

    def __init__(self, viewer: AtlasViewer, side: int, level: dict[str, Any]) -> None:
        self._viewer, self._side, self._level = viewer, side, level
        self._read: dict[tuple[Kind, int, int], Any] = {}

    def icon(self, i: int, row: int, column: int) -> Any:
        """Return the icon of a cell, None where it has none."""
        there = int(self._level["icons"][i])
        inverted = there & 2 and (self._viewer.blend >= 0.5 or not there & 1)
        if not there:
            return None
        kind: Kind = "inversion" if inverted else "patches"
        tile, size = self._level["tile"], self._level["size"]
        sheet = self._sheet(kind, row // tile, column // tile)
        if sheet is None:
            return None
        top, left = (row % tile) * size, (column % tile) * size
        cut = round(size * _CROP) if inverted else 0
        return sheet[top + cut : top + size - cut, left + cut : left + size - cut]

    def _sheet(self, kind: Kind, row: int, column: int) -> Any:
        key = (kind, row, column)
        if key not in self._read:
            picture = self._viewer._pages.tile(self._viewer.layer, self._side, kind, row, column)
            self._read[key] = None
            if picture is not None:
                with Image.open(io.BytesIO(picture.data)) as opened:
                    self._read[key] = np.asarray(opened.convert("RGB"))
        return self._read[key]
