"""Maps laid over the picture that caused them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from convscope.plots.channels import (
    ScaleName,
    Shown,
    SortName,
    dimensions,
    odd_notes,
    panels_of,
)
from convscope.plots.maps import sheet
from convscope.plots.mosaic import Panel
from convscope.plots.page import StillFigure
from convscope.plots.style import Array, ColormapName, Scale, Theme, ThemeName, choice, theme_of
from convscope.plots.values import maps_of, numbers, picture_of

_WORDS = {"mean": "mean", "max": "maximum"}


def heatmap(
    map: Any,  # noqa: A002 - the word that its caller thinks of
    image: Any,
    *,
    layer: str = "",
    unit: int | None = None,
    opacity: float = 0.6,
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw one map over the picture that caused it, in grey, and the picture beside it.

    Parameters
    ----------
    map : Tensor or array_like
        (H, W) or (1, H, W), enlarged to the picture between the centres of its cells.
    image : Tensor or array_like
        The picture that the network saw: (3, h, w) or (1, h, w) in [0, 1] or uint8.
    layer : str
        Name of the layer, for the title.
    unit : int, optional
        Number of the channel, for the title.
    opacity : float
        How much of the map covers the picture, 0 to 1.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        "auto" is diverging around 0 where values are negative.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> figure = plots.heatmap(torch.rand(7, 9), torch.rand(3, 70, 90), layer="features.3", unit=5)
    """
    values = numbers(map, "map")
    if values.ndim == 3 and len(values) == 1:
        values = values[0]
    if values.ndim != 2:
        raise ValueError(f"map: expected one map (H, W), got {values.shape}; choose one: map[0]")
    title = layer or "Activation"
    if unit is not None:
        title = f"{title} · channel {unit}"
    what = f"one map of {dimensions(values.shape)} over its picture"
    return _one(values, picture_of(image), title, what, opacity, colormap, theme_of(theme))


def heatmaps(
    maps: Any,
    image: Any,
    *,
    layer: str = "",
    merge: Literal["mean", "max"] | None = None,
    unit: int | None = None,
    opacity: float = 0.6,
    scale: ScaleName = "shared",
    sort: SortName = "index",
    limit: int | None = None,
    columns: int | None = None,
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw every channel of a layer over the picture, or all of them merged into one map.

    keract's `display_heatmaps`; its inputs stay as they are, and a channel that is constant takes
    part in a merged map as 0.

    Parameters
    ----------
    maps : Tensor or array_like
        (C, H, W) of one image.
    image : Tensor or array_like
        The picture that the network saw: (3, h, w) or (1, h, w) in [0, 1] or uint8.
    layer : str
        Name of the layer, for the title.
    merge : {"mean", "max"}, optional
        Draw one map: the mean or the maximum over all channels. With `scale="channel"` each
        channel is first scaled from its own range to [0, 1], so that each counts the same.
    unit, sort, limit, columns
        As in `activations`; a merged map has no use for them.
    opacity : float
        How much of the map covers the picture, 0 to 1.
    scale : {"shared", "channel"}
        One range for all channels of the layer, or each channel its own, printed below it.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        "auto" is diverging around 0 where values are negative.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> figure = plots.heatmaps(torch.rand(12, 7, 9), torch.rand(3, 70, 90), merge="mean")
    """
    array = maps_of(maps)
    if array.ndim == 1:
        raise ValueError("maps: a vector has no positions to draw over a picture; use activations")
    colours = theme_of(theme)
    picture = picture_of(image)
    title = layer or "Activation"
    if merge is not None:
        each = choice("scale", scale, get_args(ScaleName)) == "channel"
        what = f"{_WORDS[choice('merge', merge, tuple(_WORDS))]} of {len(array)} channels"
        if each:
            what += ", each scaled to 0 … 1 first"
        one = merged(array, merge, each=each)
        return _one(one, picture, title, what, opacity, colormap, colours)
    shown = panels_of(
        array, colours, unit=unit, scale=scale, sort=sort, limit=limit, colormap=colormap
    )
    behind = _grey(picture)
    panels = [replace(p, behind=behind, opacity=_check(opacity)) for p in shown.panels]
    what = f"{dimensions(array.shape)} · {shown.what}"
    notes = [*shown.notes, opacity_note(opacity)]
    shown = replace(shown, panels=panels, what=what, notes=notes)
    return sheet(shown, title, colours, columns=columns)


def merged(maps: Array, merge: str, *, each: bool) -> Array:
    """Merge (C, H, W) into (H, W), leaving out what is not finite; nothing left gives 0."""
    values = np.where(np.isfinite(maps), maps, np.nan)
    if each:
        low = np.nanmin(values, axis=(1, 2), keepdims=True, initial=np.inf)
        size = np.nanmax(values, axis=(1, 2), keepdims=True, initial=-np.inf) - low
        values = np.where(size > 0, (values - low) / np.where(size > 0, size, 1), 0)
    if merge == "max":
        largest = np.nanmax(values, axis=0, initial=-np.inf)
        return np.where(np.isfinite(largest), largest, 0)
    there = np.isfinite(values).sum(axis=0)
    return np.asarray(np.nansum(values, axis=0) / np.maximum(there, 1))


def over_picture(
    values: Array, picture: npt.NDArray[np.uint8], scale: Scale, opacity: float
) -> Panel:
    """Make a panel of a map (H, W) over a picture (h, w, 3)."""
    return Panel(values, scale, behind=_grey(picture), opacity=_check(opacity))


def _one(
    values: Array,
    picture: npt.NDArray[np.uint8],
    title: str,
    what: str,
    opacity: float,
    colormap: str,
    theme: Theme,
) -> StillFigure:
    scale = Scale.of(values, colormap, theme)
    over = replace(over_picture(values, picture, scale, opacity), label="map")
    panels = [Panel(picture / 255.0, scale, label="input"), over]
    notes = [opacity_note(opacity), *odd_notes(values)]
    return sheet(Shown(panels, scale, None, what, notes), title, theme, columns=2)


def _grey(picture: npt.NDArray[np.uint8]) -> Array:
    # Below a map the picture is grey, so that every colour belongs to the map.
    light = picture @ np.array([0.299, 0.587, 0.114]) / 255.0
    return np.repeat(light[:, :, None], 3, axis=2)


def _check(opacity: float) -> float:
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity: expected a number from 0 to 1, got {opacity}")
    return opacity


def opacity_note(opacity: float) -> str:
    """Say how much of the picture the map covers."""
    return f"the map covers {100 * opacity:.0f} % of the grey picture"
