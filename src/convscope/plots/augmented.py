"""What a pipeline of augmentations makes of images: originals, samples, and what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.colors import to_rgb
from PIL import Image, ImageDraw
from torch import Tensor

from convscope.images import fit as fitted
from convscope.images import resize, to_display
from convscope.plots import mosaic
from convscope.plots.mosaic import Panel
from convscope.plots.page import GAP, HEADER, MARGIN, WIDTH, Page, StillFigure, fit
from convscope.plots.style import Array, Scale, Theme, ThemeName, theme_of

_SIDE = 200  # pixels of the longer side of a picture
_WIDE = 1.7  # inches for the original
_LINE = 0.15
_COVER = 0.5  # how much of the picture a mask takes
# Okabe and Ito's colours, which differ for colour-blind eyes too; as in js/views/sample_sheet.ts.
_MARKS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")


@dataclass(frozen=True)
class Pictured:
    """One picture with what lies on it.

    Attributes
    ----------
    image : Tensor
        (C, H, W), uint8 or float in [0, 1].
    mask : Tensor or None
        (H, W) labels, or (K, H, W) planes.
    boxes : Tensor or None
        (K, 4 or more): x0, y0, x1, y1 in pixels, and the class where there is one.
    keypoints : Tensor or None
        (K, 2) x, y of pixel centres, or (K, 3) with visibility.
    label : str
        Stands above it.
    caption : str
        Stands below it.
    """

    image: Tensor
    mask: Tensor | None = None
    boxes: Tensor | None = None
    keypoints: Tensor | None = None
    label: str = ""
    caption: str = ""


def augment_preview(
    originals: Sequence[Pictured],
    samples: Sequence[Pictured],
    *,
    title: str = "Augmentation",
    what: str = "",
    notes: Sequence[str] = (),
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw what an `AugmentPreview` shows: originals, their samples, and what was drawn for each.

    Parameters
    ----------
    originals : sequence of Pictured
        One for all samples, or one for each, which then stands beside it.
    samples : sequence of Pictured
        Sizes may differ.
    title : str
        Of the page.
    what : str
        What is shown, below the title.
    notes : sequence of str
        Lines below the original, such as the operations.
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
    >>> cat = plots.Pictured(torch.rand(3, 40, 60), label="cat")
    >>> figure = plots.augment_preview([cat], [cat, cat, cat], notes=["Rotate −20 … 20°"])
    """
    if len(originals) not in (1, len(samples)):
        raise ValueError(
            f"originals: give one, or one for each of {len(samples)} samples; got {len(originals)}"
        )
    colours = theme_of(theme)
    shape = _shape(originals)
    left = [_panel(originals[0], shape, colours)]
    right = [_panel(each, shape, colours) for each in samples]
    stage = WIDTH - _WIDE - 2 * GAP
    columns = None
    if len(originals) > 1:  # each beside its own
        pairs = zip((_panel(each, shape, colours) for each in originals), right, strict=True)
        right = [panel for pair in pairs for panel in pair]
        columns = max(2, min(6, 2 * round(mosaic.arrange(right, stage).columns / 2)))
    grid = mosaic.arrange(right, stage, columns)
    frame = mosaic.arrange(left, _WIDE, 1)
    body = MARGIN + HEADER
    tall = max(frame.height + GAP + _LINE * len(notes), grid.height)
    page = Page(WIDTH + 2 * MARGIN, body + tall + MARGIN, colours)
    page.header(title, what)
    mosaic.draw(page, MARGIN, body, frame, left).set_gid("original")
    for row, line in enumerate(notes):
        top = body + frame.height + GAP + row * _LINE
        page.text(MARGIN, top, fit(line, _WIDE, "label"), "label")
    mosaic.draw(page, MARGIN + _WIDE + 2 * GAP, body, grid, _cut(right, grid.cell[0]))
    return page.figure


def _shape(originals: Sequence[Pictured]) -> tuple[int, int]:
    """Return the height and width of every picture: that of the originals, as a frame."""
    sizes = [fitted(each.image.shape[1], each.image.shape[2], _SIDE) for each in originals]
    return max(h for h, _ in sizes), max(w for _, w in sizes)


def _cut(panels: Sequence[Panel], width: float) -> list[Panel]:
    return [
        Panel(each.values, each.scale, label=each.label, caption=fit(each.caption, width, "small"))
        for each in panels
    ]


def _panel(pictured: Pictured, shape: tuple[int, int], theme: Theme) -> Panel:
    picture = to_display(pictured.image.detach().cpu())
    scale = min(shape[0] / picture.shape[1], shape[1] / picture.shape[2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[2] * scale)))
    pixels: Array = resize(picture, size).permute(1, 2, 0).numpy() / 255.0
    if pictured.mask is not None:
        pixels = _covered(pixels, pictured.mask)
    pixels = _marked(pixels, pictured)
    frame = np.empty((*shape, 3))
    frame[:] = to_rgb(theme.background)
    top, left = (shape[0] - size[0]) // 2, (shape[1] - size[1]) // 2
    frame[top : top + size[0], left : left + size[1]] = pixels
    own = Scale.of(frame[..., 0], "grey", theme)
    return Panel(frame, own, label=pictured.label, caption=pictured.caption)


def _covered(pixels: Array, mask: Tensor) -> Array:
    """Lay the colours of a mask over a picture (h, w, 3)."""
    planes = (mask[None] if mask.ndim == 2 else mask).cpu()
    size = (pixels.shape[0], pixels.shape[1])
    found = resize(planes.to(torch.float32), size, method="nearest").numpy()
    masks = [(k, plane > 0) for k, plane in enumerate(found)]
    if len(found) == 1:  # labels, and not planes
        masks = [(int(kind), found[0] == kind) for kind in np.unique(found[0]) if kind != 0]
    for kind, inside in masks:
        colour = np.array(to_rgb(_MARKS[kind % len(_MARKS)]))
        pixels[inside] = (1 - _COVER) * pixels[inside] + _COVER * colour
    return pixels


def _marked(pixels: Array, pictured: Pictured) -> Array:
    """Draw boxes and points on a picture (h, w, 3)."""
    if pictured.boxes is None and pictured.keypoints is None:
        return pixels
    height, width = pictured.image.shape[-2:]
    down, across = pixels.shape[0] / height, pixels.shape[1] / width
    canvas = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    for i, (x0, y0, x1, y1, *rest) in enumerate(_rows(pictured.boxes)):
        kind = int(rest[0]) if rest else i
        corners = (x0 * across, y0 * down, x1 * across - 1, y1 * down - 1)
        pen.rectangle(corners, outline=_MARKS[kind % len(_MARKS)], width=2)
    for i, (x, y, *seen) in enumerate(_rows(pictured.keypoints)):
        if seen and not seen[0]:
            continue
        place = ((x + 0.5) * across, (y + 0.5) * down)
        pen.circle(place, 3, outline=_MARKS[i % len(_MARKS)], width=2)
    return np.asarray(canvas) / 255.0


def _rows(table: Tensor | None) -> list[Any]:
    return [] if table is None else table.tolist()
