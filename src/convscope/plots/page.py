"""A figure laid out in inches from its top left corner, so that nothing overlaps or jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np
import PIL.Image
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from convscope.plots.style import Scale, Theme, number

Role = Literal["title", "name", "note", "label", "small"]

MARGIN = 0.2  # inches
GAP = 0.12
HEADER = 0.46  # title and what is shown
WIDTH = 6.8  # of the content of a page
_LINE = 0.14  # from one line of notes to the next
_APART = 0.2  # between the bar and the notes
SCREEN = 100  # dots an inch at which a figure is shown at 100 %
SHARP = 2 * SCREEN  # for screens with two dots a pixel, and for print at column width

_SIZES: dict[Role, float] = {"title": 11, "name": 8.5, "note": 7.5, "label": 7, "small": 6}
_FORMATS = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".eps", ".ps")
_COARSE = 50  # dots an inch below which nothing can be read


class StillFigure(Figure):
    """A matplotlib figure that a notebook shows sharply even when pyplot was never loaded."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        size = {"width": round(self.get_figwidth() * SCREEN)}
        return png(self), size | {"height": round(self.get_figheight() * SCREEN)}


class Page:
    """A figure under construction; every place is given in inches from the top left corner."""

    def __init__(self, width: float, height: float, theme: Theme) -> None:
        self.width = width
        self.height = height
        self.theme = theme
        self.figure = StillFigure(
            figsize=(width, height), dpi=SCREEN, facecolor=theme.background, edgecolor="none"
        )
        FigureCanvasAgg(self.figure)

    def axes(
        self, left: float, top: float, width: float, height: float, *, frame: bool = False
    ) -> Axes:
        """Add axes whose units are inches from their own top left corner, or a framed chart."""
        place = (
            left / self.width,
            1 - (top + height) / self.height,
            width / self.width,
            height / self.height,
        )
        axes = self.figure.add_axes(place, facecolor="none")
        axes.grid(visible=False)
        if not frame:
            axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
            axes.set_axis_off()
            return axes
        axes.tick_params(
            colors=self.theme.muted,
            labelsize=_SIZES["label"],
            length=2.5,
            width=0.6,
            which="both",
            top=False,
            right=False,
            direction="out",
        )
        for side, spine in axes.spines.items():
            spine.set(color=self.theme.line, linewidth=0.6, visible=side in ("left", "bottom"))
        return axes

    def text(self, left: float, top: float, words: str, role: Role, **style: Any) -> None:
        """Write words from a top left corner; they are never read as mathematics."""
        colour = self.theme.ink if role in ("title", "name") else self.theme.muted
        options: dict[str, Any] = {
            "color": colour,
            "fontsize": _SIZES[role],
            "va": "top",
            "parse_math": False,
        }
        place = (left / self.width, 1 - top / self.height)
        self.figure.text(*place, words, **(options | style))

    def bar(
        self, left: float, top: float, width: float, scale: Scale, ends: tuple[str, str] | None
    ) -> Axes:
        """Draw a colour bar over exactly the range of the data.

        With `ends` these words stand for the numbers, where every panel has numbers of its own.
        """
        if ends is not None:
            scale = replace(scale, low=-1.0 if scale.centred else 0.0, high=1.0)
        low, high = scale.low, scale.high if scale.high > scale.low else scale.low + 1
        axes = self.axes(left, top, width, 0.1, frame=True)
        axes.imshow(
            np.linspace(low, scale.high, 256)[None],
            norm=scale.norm(),
            cmap=scale.colormap,
            extent=(low, high, 0, 1),
            aspect="auto",
            interpolation="nearest",
            origin="upper",
        )
        axes.set(xlim=(low, high), ylim=(0, 1), yticks=[], gid="colour bar")
        axes.spines[:].set(visible=True)
        _mark_ends(axes, scale, ends)
        return axes

    def header(self, title: str, what: str) -> None:
        """Write the title and, below it, what is shown."""
        room = self.width - 2 * MARGIN
        title = fit(title, room * 0.93, "title")  # bold letters are wider
        self.text(MARGIN, MARGIN - 0.02, title, "title", fontweight="bold")
        self.text(MARGIN, MARGIN + 0.19, fit(what, room, "note"), "note")

    def footer(
        self,
        top: float,
        scale: Scale,
        ends: tuple[str, str] | None,
        notes: Sequence[str],
        *,
        left: float = MARGIN,
    ) -> None:
        """Draw the bar and, right of it, the notes."""
        room = self.width - MARGIN - left
        wide = _bar_width(room)
        self.bar(left, top + 0.06, wide, scale, ends)
        for row, line in enumerate(_lines(notes, room)):
            self.text(left + wide + _APART, top + 0.03 + row * _LINE, line, "label")


def footer_height(notes: Sequence[str], room: float) -> float:
    """Measure the bar and the notes in a room of some inches, with the margin below them."""
    return max(0.52, 0.03 + _LINE * len(_lines(notes, room)) + MARGIN)


def _bar_width(room: float) -> float:
    return min(2.2, 0.42 * room)


def _lines(notes: Sequence[str], room: float) -> list[str]:
    """Break notes into lines that fit right of the bar."""
    width = room - _bar_width(room) - _APART
    lines: list[str] = []
    for note in notes:
        line = ""
        for word in note.split(" "):
            if line and measure(f"{line} {word}", "label") > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    return lines


def _mark_ends(axes: Axes, scale: Scale, ends: tuple[str, str] | None) -> None:
    low, high = scale.low, scale.high
    places = [low, high] if high > low else [low]
    words = list(ends) if ends is not None else [number(place) for place in places]
    if scale.centred and low < 0 < high and min(-low, high) > 0.25 * (high - low):
        places.insert(1, 0.0)
        words.insert(1, "0")
    axes.set_xticks(places, words)
    axes.tick_params(axis="x", length=2, pad=1.5)
    # The outer numbers stay within the bar, so that they line up with the page.
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    if len(labels) > 1:
        labels[-1].set_horizontalalignment("right")


def fit(words: str, width: float, role: Role) -> str:
    """Shorten words at their end, with an ellipsis, to fit a width in inches."""
    if measure(words, role) <= width:
        return words
    keep = len(words)
    while keep > 1 and measure(words[:keep].rstrip() + "…", role) > width:
        keep -= 1
    return words[:keep].rstrip() + "…"


def measure(words: str, role: Role) -> float:
    """Measure the width of words in inches."""
    font = FontProperties(size=_SIZES[role])  # type: ignore[no-untyped-call,unused-ignore]
    size = TextToPath().get_text_width_height_descent(words, font, ismath=False)
    return float(size[0]) / 72


def png(figure: Figure, *, dpi: int = SHARP, max_bytes: int | None = None) -> bytes:
    """Encode a figure as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What any function of `convscope.plots` returned.
    dpi : int
        Dots an inch; 200 is sharp on screens with two dots a pixel.
    max_bytes : int, optional
        Stay below this size, by fewer colours and, when that is not enough, fewer dots. The figure
        itself is not changed.

    Returns
    -------
    bytes
        The PNG file.

    Examples
    --------
    >>> import numpy as np
    >>> from convscope import plots
    >>> len(plots.png(plots.activations(np.eye(3)), max_bytes=50_000)) < 50_000
    True
    """
    picture = _render(figure, dpi)
    data = _encode(picture)
    if max_bytes is None:
        return data
    while len(data) > max_bytes:
        data = _encode(picture.quantize(method=PIL.Image.Quantize.FASTOCTREE))
        if len(data) <= max_bytes:
            break
        if dpi <= _COARSE:
            raise ValueError(f"max_bytes: a readable picture has {len(data)}, got {max_bytes}")
        # The size goes about with the number of dots; a little less saves another round.
        dpi = max(min(int(dpi * 0.95 * sqrt(max_bytes / len(data))), dpi - 1), _COARSE)
        picture = _render(figure, dpi)
    return data


def save(figure: Figure, path: str | Path, *, dpi: int = SHARP) -> Path:
    """Save a figure; the end of the file name chooses the format, such as png, pdf or svg.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What any function of `convscope.plots` returned.
    path : str or Path
        The file to write.
    dpi : int
        Dots an inch of what is made of dots.

    Returns
    -------
    Path
        The file that was written.

    Examples
    --------
    >>> import numpy as np
    >>> from convscope import plots
    >>> plots.save(plots.activations(np.eye(3)), "eye.pdf")  # doctest: +SKIP
    """
    path = Path(path)
    if path.suffix.lower() not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise ValueError(f"path: {path.name!r} ends in no known format; choose one of {known}")
    if path.suffix.lower() == ".png":
        path.write_bytes(png(figure, dpi=dpi))
    else:
        figure.savefig(path, dpi=dpi, facecolor=figure.get_facecolor())
    return path


def _render(figure: Figure, dpi: int) -> PIL.Image.Image:
    stream = BytesIO()
    figure.savefig(
        stream,
        format="png",
        dpi=dpi,
        facecolor=figure.get_facecolor(),
        pil_kwargs={"compress_level": 1},  # decoded again at once
    )
    stream.seek(0)
    return PIL.Image.open(stream).convert("RGB")


def _encode(picture: PIL.Image.Image) -> bytes:
    stream = BytesIO()
    picture.save(stream, format="png", compress_level=7)
    return stream.getvalue()
