"""Weights of all pairs of channels as one picture: filters across, input channels down."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axis import Axis

from convscope.plots.page import HEADER, MARGIN, WIDTH, Page, StillFigure, footer_height
from convscope.plots.style import Array, Scale, Theme

_LEFT = 0.45  # inches for the numbers of the input channels
_BELOW = 0.36
_TALLEST = 6.0
_CELL = 0.34  # inches a kernel is wide at most
_SQUARE = 0.2  # and a single weight


def draw(
    kernels: Array,
    filters: Sequence[int],
    inputs: Sequence[int],
    *,
    title: str,
    what: str,
    scale: Scale,
    ends: tuple[str, str] | None,
    notes: Sequence[str],
    theme: Theme,
) -> StillFigure:
    """Draw the kernels (out, in, kh, kw) of some filters and input channels as an in × out grid."""
    chosen = kernels[np.ix_(filters, inputs)]
    across, down, kh, kw = chosen.shape
    cell = _CELL if kh * kw > 1 else _SQUARE
    wide = min(WIDTH - _LEFT, max(across * cell, 2.4), _TALLEST * across * kw / (down * kh))
    wide = max(wide, 1.2)
    tall = min(max(wide * down * kh / (across * kw), 0.5), _TALLEST)
    body = MARGIN + HEADER
    width = max(_LEFT + wide, 4.2)
    page = Page(width + 2 * MARGIN, body + tall + _BELOW + footer_height(notes, width), theme)
    page.header(title, what)
    axes = page.axes(MARGIN + _LEFT, body, wide, tall, frame=True)
    axes.imshow(
        _mosaic(chosen),
        norm=scale.norm(),
        cmap=scale.colormap.with_extremes(bad=theme.background),
        extent=(-0.5, across - 0.5, down - 0.5, -0.5),
        aspect="auto",
        origin="upper",
        # A matrix finer than the dots is averaged, never picked from.
        interpolation="antialiased",
        interpolation_stage="data",
    )
    axes.set(gid="kernels")
    axes.spines[:].set_visible(False)
    _number(axes.xaxis, filters, wide)
    _number(axes.yaxis, inputs, tall)
    axes.set_xlabel("filter (output channel)", color=theme.muted, fontsize=7, labelpad=2)
    axes.set_ylabel("input channel", color=theme.muted, fontsize=7, labelpad=2)
    page.footer(body + tall + _BELOW, scale, ends, notes)
    return page.figure


def _mosaic(kernels: Array) -> Array:
    """Put (out, in, kh, kw) into one picture, in down and out across, with thin gaps.

    Kernels of one weight have no gaps: they form the weight matrix.
    """
    across, down, kh, kw = kernels.shape
    grid = kernels.transpose(1, 0, 2, 3)
    if kh * kw == 1:
        return np.asarray(grid[:, :, 0, 0])
    # Repeated weights make room for a gap of about a tenth of a kernel.
    times = ceil(16 / max(kh, kw))
    grid = grid.repeat(times, axis=2).repeat(times, axis=3)
    gap = ((0, 0), (0, 0), (1, 1), (1, 1))
    padded = np.pad(grid.astype(np.float32), gap, constant_values=np.nan)
    rows, columns = padded.shape[2:]
    return padded.transpose(0, 2, 1, 3).reshape(down * rows, across * columns)


def _number(axis: Axis, channels: Sequence[int], room: float) -> None:
    # As many numbers as fit, at equal distances.
    step = max(ceil(len(channels) * 0.24 / room), 1)
    places = range(0, len(channels), step)
    axis.set_ticks(list(places), [str(channels[place]) for place in places])
