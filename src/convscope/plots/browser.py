"""The still pictures that the widgets leave in a saved notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from convscope.images import to_display
from convscope.plots import classes, kernels, mosaic, strip
from convscope.plots.channels import (
    ScaleName,
    Shown,
    SortName,
    check_unit,
    dimensions,
    odd_notes,
    panels_of,
    what_of,
)
from convscope.plots.classes import Named
from convscope.plots.kernels import FilterScale, FilterSort
from convscope.plots.mosaic import Grid, Panel
from convscope.plots.overlay import over_picture
from convscope.plots.page import GAP, HEADER, MARGIN, WIDTH, Page, StillFigure, fit, footer_height
from convscope.plots.style import Array, ColormapName, Scale, Theme, ThemeName, span, theme_of
from convscope.plots.values import maps_of, picture_of

_WIDE = 1.7  # inches for the picture and its predictions
_NARROW = 1.35  # and where the chosen channel stands below it
_MANY, _FEW = 5, 3  # predictions
_FINEST = 64  # cells a side of a small map
_LIMIT = 32  # channels, which keeps the picture in a saved notebook small


def layer_browser(
    picture: Any,
    predictions: Sequence[Named],
    maps: Any,
    *,
    title: str,
    name: str = "",
    unit: int | None = None,
    scale: ScaleName = "shared",
    sort: SortName = "index",
    limit: int = _LIMIT,
    opacity: float = 0.6,
    colormap: ColormapName = "auto",
    notes: Sequence[str] = (),
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw what a `LayerBrowser` shows: the picture, its predictions, and the maps of one layer.

    Parameters
    ----------
    picture : Tensor or array_like
        What the network saw: a tensor (C, h, w) of any channel count, shown as
        `images.to_display` shows it, or an array as in `activations`.
    predictions : sequence of Prediction
        Best first; may be empty.
    maps : Tensor or array_like
        Activation of the layer: (C, H, W), or a vector (C,).
    title : str
        Name of the layer, with what else belongs beside it.
    name : str
        Name of the picture.
    unit : int, optional
        Channel that was chosen: outlined, and drawn over the picture.
    scale, sort, limit, opacity, colormap
        As in `activations` and `heatmaps`; 32 channels when no limit is given.
    notes : sequence of str
        Sentences below the maps, such as "no preprocessing found".
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot; `png(figure, max_bytes=100_000)` makes it small.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> picture, maps = torch.rand(3, 40, 60), torch.rand(20, 5, 7)
    >>> figure = plots.layer_browser(picture, [], maps, title="blocks.3", unit=4)
    """
    array = maps_of(maps)
    check_unit(unit, len(array))
    colours = theme_of(theme)
    if isinstance(picture, torch.Tensor):
        # A network may see 7 bands, or raw values; its user still wants a picture.
        picture = to_display(picture.detach().cpu())
    rail = _rail(picture_of(picture), name, array, unit, opacity, colormap, colours)
    named = list(predictions)[: _FEW if len(rail) > 1 else _MANY]
    side = _NARROW if len(rail) > 1 else _WIDE
    frame = mosaic.arrange(rail, side, 1)
    stage = WIDTH - side - 2 * GAP
    tall = frame.height + (GAP + len(named) * classes.ROW if named else 0)
    shown, grid = _stage(
        array, stage, colours, unit=unit, scale=scale, sort=sort, limit=limit, colormap=colormap
    )
    high = strip.HEIGHT if grid is None else grid.height
    shown = replace(shown, notes=[*shown.notes, *notes])
    body = MARGIN + HEADER
    bottom = body + max(tall + MARGIN, high + GAP / 2 + footer_height(shown.notes, stage))
    page = Page(WIDTH + 2 * MARGIN, bottom, colours)
    page.header(title, f"{dimensions(array.shape)} · {shown.what}")
    mosaic.draw(page, MARGIN, body, frame, rail).set_gid("input")
    if named:
        classes.bars(page, MARGIN, body + frame.height + GAP, side, named)
    left = MARGIN + side + 2 * GAP
    if grid is None:
        _units(page, left, body, stage, array, shown.scale, unit)
    else:
        mosaic.draw(page, left, body, grid, shown.panels)
    page.footer(body + high + GAP / 2, shown.scale, shown.ends, shown.notes, left=left)
    return page.figure


def filter_gallery(
    weight: Any,
    *,
    title: str = "",
    unit: int | None = None,
    scale: FilterScale = "shared",
    sort: FilterSort = "index",
    limit: int | None = None,
    colormap: ColormapName = "diverging",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw what a `FilterGallery` shows: the filters of one convolution.

    Parameters
    ----------
    weight : Filters, Tensor or array_like
        What `scope.filters(layer)` gives, or weights (out, in, kh, kw).
    title : str
        Name of the layer.
    unit, scale, sort, limit, colormap
        As in `filters`.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot; `png(figure, max_bytes=100_000)` makes it small.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> figure = plots.filter_gallery(torch.randn(16, 3, 5, 7), title="stem")
    """
    return kernels.filters(
        weight,
        layer=title,
        unit=unit,
        scale=scale,
        sort=sort,
        limit=limit,
        colormap=colormap,
        theme=theme,
    )


def _rail(
    picture: npt.NDArray[np.uint8],
    name: str,
    maps: Array,
    unit: int | None,
    opacity: float,
    colormap: str,
    theme: Theme,
) -> list[Panel]:
    scale = Scale.of(maps if unit is None else maps[unit], colormap, theme)
    side = _WIDE if unit is None or maps.ndim == 1 else _NARROW
    panels = [Panel(picture / 255.0, scale, label=fit(name or "input", side, "label"))]
    if unit is not None and maps.ndim == 3:
        over = over_picture(maps[unit], picture, scale, opacity)
        panels.append(replace(over, label=f"channel {unit}", caption=f"own scale: {span(scale)}"))
    return panels


def _stage(
    maps: Array, width: float, theme: Theme, *, colormap: str, **order: Any
) -> tuple[Shown, Grid | None]:
    if maps.ndim == 3:
        shown = _coarse(panels_of(maps, theme, colormap=colormap, **order))
        return shown, mosaic.arrange(shown.panels, width)
    what = what_of(maps, range(len(maps)), "index", None, "unit")
    return Shown([], Scale.of(maps, colormap, theme), None, what, odd_notes(maps)), None


def _coarse(shown: Shown) -> Shown:
    # Like the widget's mosaic: large maps are averaged, on the scale of all their values.
    times = ceil(max(shown.panels[0].values.shape) / _FINEST)
    if times == 1:
        return shown
    size: Any = [ceil(side / times) for side in shown.panels[0].values.shape]
    panels = []
    for panel in shown.panels:
        values = torch.from_numpy(np.array(panel.values))[None]
        averaged = torch.nn.functional.adaptive_avg_pool2d(values, size)[0].numpy()
        panels.append(replace(panel, values=averaged))
    return replace(shown, panels=panels, notes=[*shown.notes, f"shown at 1/{times} of their size"])


def _units(
    page: Page, left: float, top: float, width: float, vector: Array, scale: Scale, unit: int | None
) -> None:
    strip.draw(
        page,
        left,
        top,
        width,
        values=vector,
        order=range(len(vector)),
        scale=scale,
        unit=unit,
        words="unit",
    )
