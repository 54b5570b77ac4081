"""A grid of small pictures on one set of axes, with a label for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convscope.plots.page import Page
from convscope.plots.style import Array, Scale

LABEL = 0.14  # inches above a picture
_SPACE = 0.07  # inches between pictures
_WIDE = 1.6  # the shape that a mosaic aims at, width over height
_SMALLEST = 0.3  # inches; a label of three digits fits above it
_LARGEST = 1.5
_TALLEST = 4.0
_DOT = 0.26  # a single value at most
_FEW = 2.6  # where there are only one or two


@dataclass(frozen=True)
class Panel:
    """One small picture of a mosaic."""

    values: Array  # (h, w), or (h, w, 3) in [0, 1] for colours
    scale: Scale  # how values become colours; not used for (h, w, 3)
    label: str = ""  # above, left
    note: str = ""  # above, right
    caption: str = ""  # below
    silent: bool = False  # 0 everywhere
    chosen: bool = False  # outlined
    behind: Array | None = None  # (H, W, 3) in [0, 1], a picture that the values lie over
    opacity: float = 1.0


@dataclass(frozen=True)
class Grid:
    """Where the pictures of a mosaic stand, in inches."""

    columns: int
    rows: int
    cell: tuple[float, float]  # width and height of a picture
    captions: bool
    labels: bool

    @property
    def pitch(self) -> tuple[float, float]:
        """The distance from one picture to the next, across and down."""
        words = (LABEL if self.labels else 0) + (LABEL if self.captions else 0)
        return self.cell[0] + _SPACE, self.cell[1] + _SPACE + words

    @property
    def width(self) -> float:
        """The whole width."""
        return self.columns * self.pitch[0] - _SPACE

    @property
    def height(self) -> float:
        """The whole height."""
        return self.rows * self.pitch[1] - _SPACE


def arrange(panels: Sequence[Panel], width: float, columns: int | None = None) -> Grid:
    """Choose the grid for panels of equal shape on a page `width` inches wide."""
    if columns is not None and columns < 1:
        raise ValueError(f"columns: expected at least 1, got {columns}")
    shape = panels[0].values.shape if panels[0].behind is None else panels[0].behind.shape
    # A map of one row or one column stays visible.
    tall = min(max(shape[0] / shape[1], 0.15), 4.0)
    most = max(int((width + _SPACE) / (_SMALLEST + _SPACE)), 1)
    columns = min(columns or min(_columns(len(panels), tall), most), len(panels))
    # A kernel of 3 × 3 needs less room than a map.
    largest = min(_FEW if len(panels) < 3 else _LARGEST, _TALLEST / tall, _DOT * max(shape[:2]))
    largest = max(largest, _SMALLEST)
    wide = min((width + _SPACE) / columns - _SPACE, largest)
    return Grid(
        columns=columns,
        rows=ceil(len(panels) / columns),
        cell=(wide, wide * tall),
        captions=any(panel.caption for panel in panels),
        labels=any(panel.label or panel.note for panel in panels),
    )


def draw(page: Page, left: float, top: float, grid: Grid, panels: Sequence[Panel]) -> Axes:
    """Draw the panels row by row; each is one image of the axes, so `axes.images` counts them."""
    axes = page.axes(left, top, grid.width, grid.height)
    axes.set_gid("mosaic")
    for place, panel in enumerate(panels):
        row, column = divmod(place, grid.columns)
        x, y = column * grid.pitch[0], row * grid.pitch[1] + (LABEL if grid.labels else 0)
        _draw_panel(page, axes, (x, y, *grid.cell), panel)
    axes.set(xlim=(0, grid.width), ylim=(grid.height, 0))
    return axes


def _draw_panel(
    page: Page, axes: Axes, box: tuple[float, float, float, float], panel: Panel
) -> None:
    x, y, wide, tall = box
    extent = (x, x + wide, y + tall, y)
    if panel.behind is not None:
        axes.imshow(panel.behind, extent=extent, aspect="auto", origin="upper", gid="picture")
    axes.imshow(
        panel.values,
        norm=None if panel.values.ndim == 3 else panel.scale.norm(),
        cmap=panel.scale.colormap,
        extent=extent,
        aspect="auto",
        origin="upper",
        alpha=panel.opacity,
        # Cells stay square-edged when enlarged; over a picture they blend, as in the widget.
        interpolation="bilinear" if panel.behind is not None else "antialiased",
        interpolation_stage="data" if panel.values.ndim == 2 else "rgba",
    )
    if panel.silent:
        style: dict[str, Any] = {"color": page.theme.muted, "linewidth": 0.7, "gid": "silent"}
        axes.plot([x, x + wide], [y + tall, y], **style)
    frame: dict[str, Any] = {"fill": False, "edgecolor": page.theme.line, "linewidth": 0.4}
    if panel.chosen:
        frame = {"fill": False, "edgecolor": page.theme.accent, "linewidth": 1.6, "gid": "chosen"}
    axes.add_patch(Rectangle((x, y), wide, tall, clip_on=False, **frame))
    _words(page, axes, box, panel)


def _words(page: Page, axes: Axes, box: tuple[float, float, float, float], panel: Panel) -> None:
    x, y, wide, tall = box
    colour = page.theme.accent if panel.chosen else page.theme.muted
    style: dict[str, Any] = {"fontsize": 6.5, "parse_math": False, "clip_on": False}
    if panel.label:
        axes.text(x, y - 0.025, panel.label, va="bottom", color=colour, **style)
    if panel.note:
        axes.text(x + wide, y - 0.025, panel.note, va="bottom", ha="right", color=colour, **style)
    if panel.caption:
        style |= {"fontsize": 6}
        below = y + tall + 0.025
        axes.text(x + wide / 2, below, panel.caption, va="top", ha="center", color=colour, **style)


def _columns(count: int, tall: float) -> int:
    # A full last row looks calm, so a divisor near the wanted number of columns is preferred.
    wanted = max(sqrt(count * tall * _WIDE), 1.0)
    near = [n for n in range(ceil(wanted * 0.75), int(wanted * 1.35) + 1) if count % n == 0]
    return min(near, key=lambda n: abs(n - wanted)) if near else min(ceil(wanted), count)
