"""A map of points: colours for classes or values, pictures in place of some of the points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from torch import Tensor

from convscope.images.pixels import to_display
from convscope.plots.page import HEADER, MARGIN, Page, StillFigure, fit
from convscope.plots.style import ColormapName, Scale, Theme, ThemeName, count, theme_of

if TYPE_CHECKING:
    from convscope.manifold import Categories, Projection

# Ten colours that differ for colour-blind eyes too; as in js/lib/point_colours.ts.
CLASS_COLOURS = (
    "#5481f4",
    "#f79503",
    "#9211bf",
    "#92b589",
    "#c01709",
    "#0cc2ff",
    "#a37c8a",
    "#ff312c",
    "#0e3cff",
    "#a93782",
)
REST = "#8d929b"  # no label, or a class after the tenth

_SIDE = 4.6  # inches of the map
_LEGEND = 2.0
_ROW = 0.2
_NAMED = 20  # classes in the legend
_DOTS = 20_000  # points that are drawn one by one; more become a picture
_PIXELS = 800  # of that picture


@dataclass(frozen=True)
class _Coloured:
    colours: npt.NDArray[np.float64]  # (N, 3)
    entries: Sequence[tuple[str, str, int]]  # name, colour, how many
    scale: Scale | None


def manifold(
    projection: Projection,
    labels: Any = None,
    *,
    values: Any = None,
    name: str = "",
    pictures: Mapping[int, Tensor] | None = None,
    selection: Sequence[int] = (),
    point: int | None = None,
    near: Sequence[int] = (),
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
    title: str = "",
) -> StillFigure:
    """Draw a map of points, coloured by classes or by values.

    Parameters
    ----------
    projection : Projection
        What ``convscope.manifold.project(…)`` gave.
    labels : object, optional
        The class of each point, of any type, missing ones too; or `convscope.manifold.Categories`.
    values : object, optional
        A number for each point, instead of labels; NaN where missing.
    name : str
        What the colours mean, over the legend.
    pictures : mapping of int to Tensor, optional
        For some points a picture (C, H, W) in their place.
    selection : sequence of int
        Points that get a ring.
    point : int, optional
        One that gets a larger ring, with lines to the points of ``near``.
    near : sequence of int
        The nearest points of ``point`` in the layer's space.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        Of values.
    theme : {"light", "dark"}
        Colours of the page.
    title : str
        Over the figure; the method when empty.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> vectors = digits.scope.embed(digits.images, "conv2")
    >>> proj = cs.manifold.project(vectors, method="pca")
    >>> figure = cs.plots.manifold(proj, digits.labels)
    """
    if labels is not None and values is not None:
        raise ValueError("values: pass labels or values, not both")
    look = theme_of(theme)
    coloured = _colours(projection, labels, values, colormap, look)
    wide = _SIDE + (_LEGEND if coloured.entries or coloured.scale else 0)
    page = Page(wide + 2 * MARGIN, MARGIN + HEADER + _SIDE + MARGIN, look)
    page.header(title or projection.method, _words(projection))
    axes = page.axes(MARGIN, MARGIN + HEADER, _SIDE, _SIDE)
    places = _places(projection.xy)
    _draw_points(axes, places, coloured.colours)
    _draw_marks(axes, places, selection, point, near, look)
    _draw_pictures(axes, places, pictures or {})
    _draw_legend(page, coloured, name)
    return page.figure


def _words(projection: Projection) -> str:
    return f"{count(len(projection))} points · trustworthiness {projection.trustworthiness}"


def _places(xy: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return positions in inches from the top left corner of the map."""
    low, high = xy.min(0), xy.max(0)
    unit = max(float((high - low).max()), 1e-12) / (0.94 * _SIDE)
    centred = (xy - (low + high) / 2) / unit
    found: npt.NDArray[np.float64] = np.stack(
        [_SIDE / 2 + centred[:, 0], _SIDE / 2 - centred[:, 1]], 1
    ).astype(np.float64)
    return found


def _colours(
    projection: Projection, labels: Any, values: Any, colormap: ColormapName, theme: Theme
) -> _Coloured:
    from convscope.manifold.labels import of_points

    total = len(projection)
    if values is not None:
        numbers = np.asarray(values, np.float64).ravel()
        if len(numbers) != total:
            raise ValueError(f"values: {len(numbers)} for {total} points; give one for each")
        scale = Scale.of(numbers, colormap, theme)
        return _Coloured(
            scale.colormap(scale.norm()(np.ma.masked_invalid(numbers)))[:, :3], (), scale
        )
    if labels is None:
        return _Coloured(np.tile(to_rgb(CLASS_COLOURS[0]), (total, 1)), (), None)
    return _classes(of_points(labels, projection))


def _classes(found: Categories) -> _Coloured:
    counts = np.asarray(found.counts)
    order = np.arange(len(counts))
    if len(counts) > len(CLASS_COLOURS):
        order = np.argsort(-counts, kind="stable")
    table = np.tile(to_rgb(REST), (len(counts) + 1, 1))
    hexes = [REST] * len(counts)
    for place, code in enumerate(order[: len(CLASS_COLOURS)]):
        table[code], hexes[code] = to_rgb(CLASS_COLOURS[place]), CLASS_COLOURS[place]
    entries = [(found.names[code], hexes[code], int(counts[code])) for code in order]
    if found.missing:
        entries.append(("missing", REST, found.missing))
    return _Coloured(table[found.codes], entries, None)  # code -1 takes the last row


def _draw_points(
    axes: Axes, places: npt.NDArray[np.float64], colours: npt.NDArray[np.float64]
) -> None:
    if len(places) <= _DOTS:
        size = float(np.clip(900 / max(1, len(places)) ** 0.5, 3, 40))
        axes.scatter(places[:, 0], places[:, 1], s=size / 3, c=colours, linewidths=0, alpha=0.85)
        return
    order = np.random.default_rng(0).permutation(len(places))  # no class hides the others
    cells = np.clip((places[order] / _SIDE * _PIXELS).astype(int), 0, _PIXELS - 1)
    sheet = np.zeros((_PIXELS, _PIXELS, 4))
    sheet[cells[:, 1], cells[:, 0], :3] = colours[order]
    sheet[cells[:, 1], cells[:, 0], 3] = 1
    axes.imshow(sheet, extent=(0, _SIDE, _SIDE, 0), interpolation="antialiased", zorder=1)


def _draw_marks(
    axes: Axes,
    places: npt.NDArray[np.float64],
    selection: Sequence[int],
    point: int | None,
    near: Sequence[int],
    theme: Theme,
) -> None:
    ring: dict[str, Any] = {"facecolors": "none", "edgecolors": theme.ink, "zorder": 3}
    if len(selection):
        chosen = places[list(selection)]
        axes.scatter(chosen[:, 0], chosen[:, 1], s=22, linewidths=0.8, **ring)
    if point is None:
        return
    for other in near:
        ends = places[[point, other]]
        axes.plot(*ends.T, color=theme.ink, linewidth=0.8, zorder=3)
    axes.scatter(places[[point], 0], places[[point], 1], s=70, linewidths=1.6, **ring)


def _draw_pictures(
    axes: Axes, places: npt.NDArray[np.float64], pictures: Mapping[int, Tensor]
) -> None:
    side = 0.3
    for index, picture in pictures.items():
        shown = to_display(picture).permute(1, 2, 0).cpu().numpy()
        scale = side / max(shown.shape[:2])
        high, wide = shown.shape[0] * scale, shown.shape[1] * scale
        x, y = places[index]
        box = (x - wide / 2, x + wide / 2, y + high / 2, y - high / 2)
        smooth = "antialiased" if max(shown.shape[:2]) > 24 else "nearest"
        axes.imshow(shown, extent=box, interpolation=smooth, zorder=2)
    axes.set(xlim=(0, _SIDE), ylim=(_SIDE, 0))


def _draw_legend(page: Page, coloured: _Coloured, name: str) -> None:
    left, top = MARGIN + _SIDE + 0.2, MARGIN + HEADER + 0.1
    room = _LEGEND - 0.2
    if name and (coloured.entries or coloured.scale):
        page.text(left, top, fit(name, room, "name"), "name", fontweight="bold")
    top += 0.24
    if coloured.scale is not None:
        page.bar(left, top, room, coloured.scale, None)
        return
    for place, (words, colour, size) in enumerate(coloured.entries[:_NAMED]):
        y = top + place * _ROW
        page.text(left, y, "●", "name", color=colour)
        page.text(left + 0.16, y, fit(words, room - 0.65, "name"), "name")
        page.text(left + room, y, count(size), "note", ha="right")
    rest = len(coloured.entries) - _NAMED
    if rest > 0:
        page.text(left, top + _NAMED * _ROW, f"and {count(rest)} more", "note")
