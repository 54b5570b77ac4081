"""Filters over many input channels: a row a filter, the kernels of its strongest inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from convscope.plots import mosaic
from convscope.plots.channels import odd_notes, own_ends
from convscope.plots.mosaic import Panel
from convscope.plots.page import GAP, HEADER, MARGIN, WIDTH, Page, StillFigure, footer_height
from convscope.plots.style import Array, Scale, Theme, number
from convscope.plots.values import norms

ROWS = 32  # filters drawn unless asked for more

_STRONGEST = 8  # kernels of a filter
_NAME = 0.62  # inches for the number and the norm of a filter
_BETWEEN = 0.3  # inches between two blocks of rows


def draw(
    kernels: Array,
    order: Sequence[int],
    *,
    title: str,
    what: str,
    scale: Scale,
    each: bool,
    theme: Theme,
) -> StillFigure:
    """Draw the filters `order` of (out, in, kh, kw) in two blocks of rows."""
    blocks = 2 if len(order) > 4 else 1
    rows = ceil(len(order) / blocks)
    wide = (WIDTH - _BETWEEN) / 2
    sizes = norms(kernels)
    filled = [_row(kernels, sizes, index, scale, each=each) for index in order]
    grid = mosaic.arrange(filled[0], wide - _NAME, len(filled[0]))
    pitch = grid.height + GAP
    body = MARGIN + HEADER
    notes = [
        f"each row: the {len(filled[0])} input channels with the longest kernels",
        "each filter has its own scale" if each else "one scale for all filters",
        *odd_notes(kernels),
    ]
    width = WIDTH if blocks == 2 else max(wide, 4.2)
    page = Page(width + 2 * MARGIN, body + rows * pitch + footer_height(notes, width), theme)
    page.header(title, what)
    for place, panels in enumerate(filled):
        block, row = divmod(place, rows)
        left, top = MARGIN + block * (wide + _BETWEEN), body + row * pitch
        _name(page, left, top + mosaic.LABEL, order[place], sizes[order[place]], panels, each=each)
        mosaic.draw(page, left + _NAME, top, grid, panels)
    ends = own_ends(scale) if each else None
    page.footer(body + rows * pitch, scale, ends, notes)
    return page.figure


def _row(kernels: Array, sizes: Array, index: int, scale: Scale, *, each: bool) -> list[Panel]:
    own = scale.over(kernels[index]) if each else scale
    strongest = np.argsort(-sizes[index], kind="stable")[:_STRONGEST]
    return [
        Panel(
            values=kernels[index, channel],
            scale=own,
            label=str(channel),
            silent=not kernels[index, channel].any(),
        )
        for channel in strongest
    ]


def _name(
    page: Page,
    left: float,
    top: float,
    index: int,
    sizes: Array,
    panels: Sequence[Panel],
    *,
    each: bool,
) -> None:
    page.text(left, top - 0.01, str(index), "name")
    length = float(np.sqrt((sizes**2).sum()))
    page.text(left, top + 0.14, f"norm {number(length, digits=2)}", "small")
    if each:
        page.text(left, top + 0.25, f"±{number(panels[0].scale.limit, digits=2)}", "small")
