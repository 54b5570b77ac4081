"""Convolution kernels: the weights that a network learnt, and the gradients that change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from convscope.network.filters import Filters
from convscope.plots import deep, matrix
from convscope.plots.channels import (
    Shown,
    check_unit,
    dimensions,
    limit_of,
    odd_notes,
    own_ends,
    part_of,
)
from convscope.plots.maps import sheet
from convscope.plots.mosaic import Panel
from convscope.plots.page import StillFigure
from convscope.plots.style import (
    Array,
    ColormapName,
    Scale,
    Theme,
    ThemeName,
    choice,
    number,
    theme_of,
)
from convscope.plots.values import kernels_of, norms

FilterScale = Literal["shared", "filter"]
FilterSort = Literal["index", "norm"]

_PICTURES = 64


@dataclass(frozen=True)
class _How:
    """How kernels are to be shown."""

    title: str
    each: bool  # every filter has a scale of its own
    sort: str
    limit: int | None
    colormap: str
    theme: Theme


def filters(
    weight: Any,
    *,
    layer: str = "",
    unit: int | None = None,
    scale: FilterScale = "shared",
    sort: FilterSort = "index",
    limit: int | None = None,
    colormap: ColormapName = "diverging",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw the filters of a convolution.

    Filters over three input channels are pictures in colour. Deeper ones show, for every filter,
    the kernels of its strongest input channels, or with `unit` all kernels of one filter. Kernels
    of a single weight are drawn as the weight matrix.

    Parameters
    ----------
    weight : Filters, Tensor or array_like
        What `scope.filters(layer)` gives, or weights (out, in, kh, kw), (out, in, k), (out, in).
    layer : str
        Name of the layer, for the title.
    unit : int, optional
        Draw the kernels of this filter, one for each input channel.
    scale : {"shared", "filter"}
        One range for the whole layer, or each filter (each kernel, with `unit`) its own. Colours
        are centred at 0 either way.
    sort : {"index", "norm"}
        In their order, or the longest (Euclidean norm) first.
    limit : int, optional
        How many filters (or kernels) to draw: 64 pictures, 32 deep filters, or the whole matrix,
        when not given.
    colormap : {"diverging", "auto", "magma", "viridis", "grey"}
        For what is not in colour.
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
    >>> figure = plots.filters(torch.randn(16, 3, 5, 7), layer="stem", sort="norm")
    """
    kernels, title, groups = _read(weight, layer)
    each = choice("scale", scale, get_args(FilterScale)) == "filter"
    choice("sort", sort, get_args(FilterSort))
    check_unit(unit, len(kernels))
    how = _How(title, each, sort, limit, colormap, theme_of(theme))
    if unit is not None:
        return _of_one(kernels, unit, how)
    if kernels.shape[2:] == (1, 1):
        return _as_matrix(kernels, how)
    if kernels.shape[1] == 3 and groups == 1:
        return _in_colour(kernels, how)
    if kernels.shape[1] == 1:
        return _single(kernels, how)
    scale_of_all = Scale.of(kernels, colormap, how.theme)
    order, what = _ordered(norms(kernels), how, deep.ROWS, "filter")
    return deep.draw(
        kernels,
        order,
        title=title,
        what=f"{dimensions(kernels.shape)} · {what}",
        scale=scale_of_all,
        each=each,
        theme=how.theme,
    )


def _read(weight: Any, layer: str) -> tuple[Array, str, int]:
    if isinstance(weight, Filters):
        return kernels_of(weight.weight), layer or weight.layer, weight.groups
    return kernels_of(weight), layer or "Filters", 1


def _in_colour(kernels: Array, how: _How) -> StillFigure:
    # As pictures: the middle grey stands for 0 in all three colours.
    whole = Scale.centred_grey(kernels, how.theme)
    order, what = _ordered(norms(kernels), how, _PICTURES, "filter")
    panels = []
    for index in order:
        own = whole.over(kernels[index]) if how.each else whole
        colours = 0.5 + np.nan_to_num(kernels[index]) / (2 * (own.limit or 1.0))
        picture = colours.clip(0, 1).transpose(1, 2, 0)
        panels.append(_panel(picture, own, kernels[index], index, how))
    notes = ["red, green and blue weights; the middle grey is 0", _scale_note(how, "filter")]
    return _sheet(kernels, panels, whole, what, notes, how)


def _single(kernels: Array, how: _How) -> StillFigure:
    whole = Scale.of(kernels, how.colormap, how.theme)
    order, what = _ordered(norms(kernels), how, _PICTURES, "filter")
    panels = []
    for index in order:
        own = whole.over(kernels[index]) if how.each else whole
        panels.append(_panel(kernels[index, 0], own, kernels[index], index, how))
    notes = ["each filter sees one input channel", _scale_note(how, "filter")]
    return _sheet(kernels, panels, whole, what, notes, how)


def _of_one(kernels: Array, unit: int, how: _How) -> StillFigure:
    chosen = kernels[unit]
    whole = Scale.of(chosen, how.colormap, how.theme)
    order, what = _ordered(norms(kernels)[unit][:, None], how, _PICTURES, "input channel")
    panels = []
    for index in order:
        own = whole.over(chosen[index]) if how.each else whole
        panels.append(_panel(chosen[index], own, chosen[index], index, how))
    how = _How(f"{how.title} · filter {unit}", how.each, how.sort, None, how.colormap, how.theme)
    return _sheet(kernels, panels, whole, what, [_scale_note(how, "kernel")], how)


def _as_matrix(kernels: Array, how: _How) -> StillFigure:
    order, what = _ordered(norms(kernels), how, len(kernels), "filter")
    scale = Scale.of(kernels, how.colormap, how.theme)
    shown = kernels
    if how.each:
        peak = np.abs(np.nan_to_num(kernels)).max(axis=(1, 2, 3), keepdims=True)
        shown = kernels / np.where(peak > 0, peak, 1)
    return matrix.draw(
        shown,
        order,
        range(kernels.shape[1]),
        title=how.title,
        what=f"{dimensions(kernels.shape)} · {what}",
        scale=scale.over(shown),
        ends=own_ends(scale) if how.each else None,
        notes=[
            "each filter is one weight for each input channel",
            "each filter has its own scale" if how.each else "one scale for all weights",
        ],
        theme=how.theme,
    )


def _sheet(
    kernels: Array, panels: list[Panel], whole: Scale, what: str, notes: list[str], how: _How
) -> StillFigure:
    ends = own_ends(whole) if how.each else None
    if any(panel.silent for panel in panels):
        notes = [*notes, "struck through: 0 everywhere"]
    what = f"{dimensions(kernels.shape)} · {what}"
    shown = Shown(panels, whole, ends, what, [*notes, *odd_notes(kernels)])
    return sheet(shown, how.title, how.theme)


def _panel(picture: Array, scale: Scale, kernel: Array, index: int, how: _How) -> Panel:
    finite = np.nan_to_num(kernel).astype(np.float64)
    return Panel(
        values=picture,
        scale=scale,
        label=str(index),
        note=number(float(np.sqrt((finite**2).sum())), digits=2),
        caption=f"±{number(scale.limit)}" if how.each else "",
        silent=not kernel.any(),
    )


def _ordered(sizes: Array, how: _How, default: int, noun: str) -> tuple[list[int], str]:
    total = np.sqrt((sizes**2).sum(axis=1))
    order = list(range(len(total)))
    if how.sort == "norm":
        order = [int(index) for index in np.argsort(-total, kind="stable")]
    drawn = order[: limit_of(how.limit, default)]
    words = "longest first" if how.sort == "norm" else "in their order"
    return drawn, f"{part_of(len(drawn), len(order), noun)}, {words}"


def _scale_note(how: _How, noun: str) -> str:
    if how.each:
        return f"each {noun} has its own scale, printed with it"
    return "one scale; right of each number: its norm"
