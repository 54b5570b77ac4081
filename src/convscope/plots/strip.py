"""A vector as a bar chart over a coloured strip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convscope.plots.page import Page
from convscope.plots.style import Array, Scale

HEIGHT = 1.46  # inches, with the numbers of the units below
_AXIS = 0.35  # inches left of the chart for its numbers


def draw(
    page: Page,
    left: float,
    top: float,
    width: float,
    *,
    values: Array,
    order: Sequence[int],
    scale: Scale,
    unit: int | None,
    words: str,
) -> None:
    """Draw the units `order` of a vector (C,); `words` name the axis."""
    left, width = left + _AXIS, width - _AXIS
    shown = values[list(order)]
    _profile(page, (left, top, width, 0.86), shown, order, unit)
    axes = page.axes(left, top + 0.91, width, 0.18, frame=True)
    axes.imshow(
        shown[None],
        norm=scale.norm(),
        cmap=scale.colormap,
        aspect="auto",
        interpolation="nearest",
        origin="upper",
        extent=(-0.5, len(order) - 0.5, 1, 0),
    )
    axes.set(xlim=(-0.5, len(order) - 0.5), yticks=[], gid="strip")
    axes.spines[:].set_visible(False)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(words, color=page.theme.muted, fontsize=7, labelpad=1.5)


def _profile(
    page: Page,
    box: tuple[float, float, float, float],
    values: Array,
    order: Sequence[int],
    unit: int | None,
) -> None:
    axes = page.axes(*box, frame=True)
    colours = [page.theme.accent if index == unit else page.theme.bars for index in order]
    wide = 1.0 if len(order) > 100 else 0.8
    axes.bar(np.arange(len(order)), np.nan_to_num(values), width=wide, color=colours)
    axes.axhline(0, color=page.theme.line, linewidth=0.6)
    axes.set(xlim=(-0.5, len(order) - 0.5), xticks=[], gid="profile")
    axes.spines["bottom"].set_visible(False)
    axes.locator_params(axis="y", nbins=3)
    axes.margins(y=0.14)
    apart = max(len(order) // 40, 1)
    for place in _named(values, order, unit, apart):
        up = values[place] >= 0
        axes.annotate(
            str(order[place]),
            (place, values[place]),
            (0, 2 if up else -2),
            textcoords="offset points",
            ha="left" if place < apart else "center",
            va="bottom" if up else "top",
            fontsize=6.5,
            color=page.theme.accent if order[place] == unit else page.theme.muted,
        )


def _named(values: Array, order: Sequence[int], unit: int | None, apart: int) -> list[int]:
    # The three largest get their numbers, where these do not run into one another.
    size = np.abs(np.nan_to_num(values, posinf=0, neginf=0))
    places = [order.index(unit)] if unit is not None and unit in order else []
    for place in np.argsort(-size, kind="stable")[:6]:
        if len(places) < 3 and size[place] > 0 and all(abs(place - p) > apart for p in places):
            places.append(int(place))
    return places
