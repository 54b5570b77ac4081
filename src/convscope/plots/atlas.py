"""An activation atlas as a still picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.colors
import matplotlib.patheffects
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from convscope.plots.page import GAP, HEADER, MARGIN, SHARP, Page
from convscope.plots.style import Theme, ThemeName, theme_of

_SIDE = 6.8  # inches
_CHARS = 22  # of a label
_PATH = "#c2128f"  # as in the viewer


@dataclass(frozen=True)
class AtlasIcon:
    """One icon, and where it stands.

    Attributes
    ----------
    image
        (s, s, 3) uint8.
    box
        (x0, y0, x1, y1) in [0, 1], y downwards.
    opacity
        1 shows it as it is.
    label
        What it speaks for; nothing is written for "".
    """

    image: npt.NDArray[np.uint8] = field(repr=False)
    box: tuple[float, float, float, float]
    opacity: float = 1.0
    label: str = ""


def atlas(
    icons: Sequence[AtlasIcon],
    *,
    title: str,
    note: str = "",
    ends: Sequence[str] = (),
    path: npt.NDArray[np.floating[Any]] | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Draw the icons of an activation atlas.

    Parameters
    ----------
    icons
        In the order in which they are drawn; labels are left out where they would crowd, those of
        later icons first.
    title, note
        What it is, and what is shown of it.
    ends
        What its left and right ends mean; nothing where x has no meaning.
    path
        (P, 2) places of an image's positions, x and y as in the icons' boxes.
    theme
        "light" or "dark".

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((8, 8, 3), 128, np.uint8)
    >>> figure = atlas([AtlasIcon(grey, (0.2, 0.2, 0.3, 0.3), label="tabby")], title="conv2")
    """
    colours = theme_of(theme)
    below = 0.3 if ends else 0.0
    height = MARGIN + HEADER + _SIDE + below + MARGIN
    page = Page(_SIDE + 2 * MARGIN, height, colours)
    page.text(MARGIN, MARGIN, title, "title")
    if note:
        page.text(MARGIN, MARGIN + 0.2, note, "note")
    axes = page.axes(MARGIN, MARGIN + HEADER, _SIDE, _SIDE)
    axes.imshow(_composed(icons, colours), extent=(0, _SIDE, _SIDE, 0), interpolation="antialiased")
    halo = [matplotlib.patheffects.withStroke(linewidth=2, foreground=colours.background)]
    for icon in _thinned(icons):
        x0, _, x1, y1 = icon.box
        axes.text(
            (x0 + x1) / 2 * _SIDE,
            y1 * _SIDE,
            icon.label,
            ha="center",
            va="top",
            fontsize=6,
            color=colours.ink,
            path_effects=halo,
            parse_math=False,
            clip_on=True,
        )
    if path is not None:
        x, y = path.T * _SIDE
        axes.plot(x, y, color=_PATH, linewidth=0.5, alpha=0.35)
        axes.scatter(
            x, y, s=9, color=_PATH, edgecolors=colours.background, linewidths=0.6, zorder=3
        )
    top = MARGIN + HEADER + _SIDE + GAP
    for place, side, words in zip((MARGIN, MARGIN + _SIDE), ("left", "right"), ends, strict=False):
        page.text(place, top, words, "note", ha=side)
    return page.figure


def short_name(name: str) -> str:
    """Return the first of a class's names, and no more of it than fits; as in the viewer."""
    first = name.split(",")[0].strip()
    return first if len(first) <= _CHARS else f"{first[: _CHARS - 1].rstrip()}…"


def _composed(icons: Sequence[AtlasIcon], theme: Theme) -> npt.NDArray[np.uint8]:
    side = round(_SIDE * SHARP)
    paper = tuple(round(255 * part) for part in matplotlib.colors.to_rgb(theme.background))
    sheet = Image.new("RGB", (side, side), paper)
    for icon in icons:
        x0, y0, x1, y1 = (round(edge * side) for edge in icon.box)
        if x1 <= x0 or y1 <= y0:
            continue
        picture = Image.fromarray(icon.image).resize((x1 - x0, y1 - y0), Image.Resampling.BOX)
        mask = Image.new("L", picture.size, round(255 * min(1.0, max(0.0, icon.opacity))))
        sheet.paste(picture, (x0, y0), mask)
    return np.asarray(sheet)


def _thinned(icons: Sequence[AtlasIcon]) -> list[AtlasIcon]:
    """Return the icons whose labels are written: none over another, no word twice nearby."""
    written: list[tuple[float, float, str]] = []
    found: list[AtlasIcon] = []
    for icon in icons:
        x, y = (icon.box[0] + icon.box[2]) / 2, icon.box[3]
        near: list[Any] = [
            (abs(x - u) < 0.13 and abs(y - v) < 0.03)
            or (word == icon.label and abs(x - u) < 0.25 and abs(y - v) < 0.16)
            for u, v, word in written
        ]
        if icon.label and 0 <= x <= 1 and 0 <= y <= 1 and not any(near):
            written.append((x, y, icon.label))
            found.append(icon)
    return found
