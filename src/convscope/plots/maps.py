"""The activation of a layer for one image: all its channels, or a vector's units."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from convscope.plots import mosaic, strip
from convscope.plots.channels import (
    ScaleName,
    Shown,
    SortName,
    dimensions,
    limit_of,
    odd_notes,
    order_of,
    panels_of,
    what_of,
)
from convscope.plots.mosaic import Panel
from convscope.plots.page import GAP, HEADER, MARGIN, WIDTH, Page, StillFigure, footer_height
from convscope.plots.style import Array, ColormapName, Scale, Theme, ThemeName, choice, theme_of
from convscope.plots.values import maps_of, picture_of

_PICTURE = 1.6  # inches


def activations(
    maps: Any,
    *,
    layer: str = "",
    image: Any = None,
    unit: int | None = None,
    scale: ScaleName = "shared",
    sort: SortName = "index",
    limit: int | None = None,
    columns: int | None = None,
    vector: Literal["strip", "square"] = "strip",
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw what a layer gives for one image: a small picture a channel, and a truthful bar.

    keract's `display_activations`, whose bar showed only the last channel's range.

    Parameters
    ----------
    maps : Tensor or array_like
        Activation of one image: (C, H, W), (1, C, H, W), one map (H, W), or a vector (C,).
    layer : str
        Name of the layer, for the title.
    image : Tensor or array_like, optional
        The input picture, (3, h, w) or (1, h, w) in [0, 1] or uint8; drawn beside maps.
    unit : int, optional
        Channel to outline; `sort="similarity"` compares with it.
    scale : {"shared", "channel"}
        One range for all channels of the layer, or each channel from its own minimum to its own
        maximum, printed below it.
    sort : {"index", "mean", "max", "sparsity", "similarity"}
        Order of the channels; similarity is the cosine to `unit`, or to the channel of the highest
        mean when no unit is given.
    limit : int, optional
        How many to draw: 64 maps, or all units of a vector, when not given. The shared range
        always is that of the whole layer.
    columns : int, optional
        Pictures a row; chosen when not given.
    vector : {"strip", "square"}
        A vector as a bar chart over a strip, or as the most square arrangement of its units.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        "auto" is diverging around 0 where values are negative.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Raises
    ------
    ValueError
        For a batch of several images, a unit the layer does not have, or an unknown choice.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> figure = plots.activations(torch.rand(12, 7, 9), layer="features.3", scale="channel")
    """
    array = maps_of(maps)
    colours = theme_of(theme)
    picture = None if image is None else picture_of(image)
    if array.ndim == 1 and choice("vector", vector, ("strip", "square")) == "square":
        return _square(array, layer, columns, colormap, colours)
    if array.ndim == 1:
        if columns is not None:
            raise ValueError("columns: a strip has one row; vector='square' arranges its units")
        return _strip(array, layer, unit, sort, limit, colormap, colours)
    shown = panels_of(
        array, colours, unit=unit, scale=scale, sort=sort, limit=limit, colormap=colormap
    )
    shown = replace(shown, what=f"{dimensions(array.shape)} · {shown.what}")
    return sheet(shown, layer or "Activation", colours, picture=picture, columns=columns)


def sheet(
    shown: Shown,
    title: str,
    theme: Theme,
    *,
    picture: npt.NDArray[np.uint8] | None = None,
    columns: int | None = None,
) -> StillFigure:
    """Lay out panels below a title and above their bar, with the input picture on the left."""
    aside = 0.0 if picture is None else _PICTURE + 2 * GAP
    grid = mosaic.arrange(shown.panels, WIDTH - aside, columns)
    body = MARGIN + HEADER
    tall = 0.0
    if picture is not None:
        beside = Panel(picture / 255.0, shown.scale, label="input" if grid.labels else "")
        frame = mosaic.arrange([beside], _PICTURE)
        tall = frame.height
    width = max(aside + grid.width, 4.2)
    bottom = body + max(grid.height, tall) + GAP
    page = Page(width + 2 * MARGIN, bottom + footer_height(shown.notes, width), theme)
    page.header(title, shown.what)
    if picture is not None:
        mosaic.draw(page, MARGIN, body, frame, [beside]).set_gid("input")
    mosaic.draw(page, MARGIN + aside, body, grid, shown.panels)
    page.footer(bottom, shown.scale, shown.ends, shown.notes)
    return page.figure


def _square(
    vector: Array, layer: str, columns: int | None, colormap: str, theme: Theme
) -> StillFigure:
    # keract's most square pair of factors: 64 is 8 × 8, 32 is 4 × 8.
    total = len(vector)
    if columns is not None and (columns < 1 or total % columns):
        raise ValueError(f"columns: {total} units do not fill rows of {columns}")
    rows = next(n for n in range(isqrt(total), 0, -1) if total % n == 0)
    square = vector.reshape(rows if columns is None else total // columns, -1)
    scale = Scale.of(vector, colormap, theme)
    what = f"{total} units, row by row, {dimensions(square.shape)}"
    panel = Panel(square, scale)
    return sheet(Shown([panel], scale, None, what, odd_notes(vector)), layer or "Activation", theme)


def _strip(
    vector: Array,
    layer: str,
    unit: int | None,
    sort: str,
    limit: int | None,
    colormap: str,
    theme: Theme,
) -> StillFigure:
    order = order_of(vector, sort, unit)[: limit_of(limit, len(vector))]
    scale = Scale.of(vector, colormap, theme)
    body = MARGIN + HEADER
    notes = odd_notes(vector)
    page = Page(WIDTH + 2 * MARGIN, body + strip.HEIGHT + footer_height(notes, WIDTH), theme)
    what = what_of(vector, order, sort, unit, "unit")
    page.header(layer or "Activation", what)
    words = "unit" if sort == "index" else "place in the order: " + what.split(", ", 1)[-1]
    strip.draw(
        page,
        MARGIN,
        body,
        WIDTH,
        values=vector,
        order=order,
        scale=scale,
        unit=unit,
        words=words,
    )
    page.footer(body + strip.HEIGHT, scale, None, notes)
    return page.figure
