"""What excites a unit: a picture that was made, its curve, and real images beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from convscope.images import fit as fitted
from convscope.images import resize, to_display
from convscope.plots.page import GAP, HEADER, MARGIN, SHARP, WIDTH, Page, StillFigure, fit
from convscope.plots.style import Array, ThemeName, number, theme_of

_LARGE = 2.2  # inches of the picture
_SMALL = 0.7  # at most, of those in rows
_LINE = 0.15
_CURVE = 0.5


@dataclass(frozen=True)
class PictureRow:
    """Pictures side by side.

    Attributes
    ----------
    title : str
        Stands above them.
    images : sequence of Tensor
        Each (C, H, W), uint8 or float in [0, 1]; sizes may differ.
    captions : sequence of str
        One below each.
    """

    title: str
    images: Sequence[Tensor]
    captions: Sequence[str]


def excited(
    picture: Tensor | None,
    beside: PictureRow | None,
    rows: Sequence[PictureRow],
    *,
    title: str = "Feature visualisation",
    what: str = "",
    words: str = "",
    history: Tensor | None = None,
    maximum: float | None = None,
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw what a `FeatureVis` shows: the picture, its numbers, real patches, its versions.

    Parameters
    ----------
    picture : Tensor, optional
        (C, H, W) in [0, 1]; None while there is none.
    beside : PictureRow, optional
        The real patches that excite it most.
    rows : sequence of PictureRow
        What follows below.
    title, what : str
        Of the page, and below the title.
    words : str
        What was reached.
    history : Tensor, optional
        (steps,), the excitation at each.
    maximum : float, optional
        The most that real images reach, drawn across the curve.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot; `png(figure, max_bytes=100_000)` makes it small.

    Examples
    --------
    >>> import torch
    >>> real = PictureRow("real patches", [torch.rand(3, 20, 30)] * 4, ["4", "3", "2", "1"])
    >>> figure = excited(torch.rand(3, 60, 60), real, [], words="reached 5", maximum=4.0)
    """
    heights = [_row_height(row, WIDTH) for row in rows]
    top = MARGIN + HEADER
    height = top + _LARGE + GAP + sum(heights) + MARGIN
    page = Page(WIDTH + 2 * MARGIN, height, theme_of(theme))
    page.header(title, what)
    axes = page.axes(MARGIN, top, _LARGE, _LARGE)
    if picture is None:
        words = words or "no picture was made yet"
        axes.imshow(np.full((1, 1, 3), 0.5), extent=(0, _LARGE, _LARGE, 0), alpha=0.15)
    else:
        _paint(axes, picture, _LARGE)
    axes.set_gid("picture")
    left = MARGIN + _LARGE + 2 * GAP
    room = WIDTH - _LARGE - 2 * GAP
    page.text(left, top, fit(words, room, "name"), "name")
    at = top + 2 * _LINE
    if history is not None and len(history) > 1:
        _draw_curve(page, (left, at, room, _CURVE), history, maximum)
        at += _CURVE + 2 * _LINE
    if beside is not None:
        _draw_row(page, left, at, room, beside)
    below = top + _LARGE + GAP
    for row, tall in zip(rows, heights, strict=True):
        _draw_row(page, MARGIN, below, WIDTH, row)
        below += tall
    return page.figure


def _side(row: PictureRow, room: float) -> float:
    return min(_SMALL, (room + 0.05) / max(1, len(row.images)) - 0.05)


def _row_height(row: PictureRow, room: float) -> float:
    return _LINE + 0.04 + _side(row, room) + _LINE + GAP


def _draw_row(page: Page, left: float, top: float, room: float, row: PictureRow) -> None:
    page.text(left, top, fit(row.title, room, "label"), "label")
    side = _side(row, room)
    for turn, (image, caption) in enumerate(zip(row.images, row.captions, strict=True)):
        at = left + turn * (side + 0.05)
        _paint(page.axes(at, top + _LINE + 0.04, side, side), image, side)
        page.text(at, top + _LINE + 0.06 + side, fit(caption, side, "small"), "small")


def _paint(axes: object, image: Tensor, side: float) -> None:
    """Draw an image into a square, whole, in its own proportions."""
    height, width = (int(n) for n in image.shape[1:])
    wide, tall = side * min(1.0, width / height), side * min(1.0, height / width)
    x, y = (side - wide) / 2, (side - tall) / 2
    coarse = max(height, width) < 64
    axes.imshow(  # type: ignore[attr-defined]
        _pixels(image, side),
        extent=(x, x + wide, y + tall, y),
        interpolation="nearest" if coarse else "bilinear",
        aspect="auto",
    )


def _pixels(image: Tensor, side: float) -> Array:
    height, width = (int(n) for n in image.shape[1:])
    small = resize(image, fitted(height, width, max(1, round(side * SHARP))))
    if max(height, width) <= side * SHARP:
        small = image
    return to_display(small).permute(1, 2, 0).contiguous().cpu().numpy()


def _draw_curve(
    page: Page,
    box: tuple[float, float, float, float],
    history: Tensor,
    maximum: float | None,
) -> None:
    values = history.detach().to("cpu").double().numpy()
    finite = values[np.isfinite(values)]
    if not finite.size:
        return
    axes = page.axes(*box, frame=True)
    axes.plot(np.arange(1, len(values) + 1), values, color=page.theme.accent, linewidth=1)
    ends = [0.0, float(finite.min()), float(finite.max())]
    if maximum is not None:
        axes.axhline(maximum, color=page.theme.ink, linewidth=0.8, linestyle=(0, (4, 3)))
        ends.append(maximum)
    low, high = min(ends), max(ends)
    axes.set(xlim=(1, len(values)), xticks=[1, len(values)], yticks=[], gid="curve")
    axes.set_ylim(low, high + 0.06 * (high - low or 1.0))
    dashed = "" if maximum is None else f"; dashed: the images' maximum {number(maximum)}"
    words = f"excitation over {len(values)} steps, up to {number(float(finite.max()))}{dashed}"
    page.text(box[0], box[1] - _LINE + 0.01, fit(words, box[2], "small"), "small")
