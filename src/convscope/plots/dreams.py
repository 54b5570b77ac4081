"""A dream beside what it was dreamt about."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from convscope.images import fit as fitted
from convscope.images import resize, to_display
from convscope.plots.page import GAP, HEADER, MARGIN, SHARP, WIDTH, Page, StillFigure, fit
from convscope.plots.style import Array, ThemeName, number, theme_of

_LABEL = 0.24  # inches under each picture
_CURVE = 0.7  # inches for the curve of the score


class Dreamt(Protocol):
    """What a figure needs of a dream; `convscope.featurevis.FeatureImage` is one."""

    @property
    def target(self) -> str:
        """What became stronger."""

    @property
    def image(self) -> Tensor:
        """(C, H, W) in [0, 1]."""

    @property
    def history(self) -> Tensor:
        """(steps,), how strong it was at each."""


def dream(original: Tensor, found: Dreamt | None, *, theme: ThemeName = "light") -> StillFigure:
    """Draw an image and the dream about it, with the curve of what was made stronger.

    Parameters
    ----------
    original : Tensor
        (C, H, W), uint8 or float in [0, 1].
    found : Dreamt, optional
        What `Scope.dream` returned; None draws the image alone.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> image = digits.images[0]
    >>> figure = dream(image, digits.scope.dream(image, "conv2", octaves=1, steps=2))
    """
    pictures = [original] if found is None else [original, found.image]
    wide = (WIDTH - GAP) / 2
    tall = wide * original.shape[1] / original.shape[2]
    if tall > WIDTH:  # upright images would fill more than a page
        wide, tall = wide * WIDTH / tall, WIDTH
    curve = _CURVE + _LABEL if found is not None and len(found.history) > 1 else 0.0
    room = max(len(pictures) * wide + (len(pictures) - 1) * GAP, 3.0)
    height = MARGIN + HEADER + tall + _LABEL + curve + MARGIN
    page = Page(room + 2 * MARGIN, height, theme_of(theme))
    page.header("DeepDream", "not dreamt yet" if found is None else found.target)
    top = MARGIN + HEADER
    for turn, (image, name) in enumerate(zip(pictures, ("original", "dream"), strict=False)):
        left = MARGIN + turn * (wide + GAP)
        axes = page.axes(left, top, wide, tall)
        axes.imshow(_pixels(image, wide), extent=(0, wide, tall, 0), interpolation="bilinear")
        page.text(left, top + tall + 0.05, fit(name, wide, "label"), "label")
    if found is not None and curve:
        _draw_curve(page, top + tall + _LABEL + 0.16, found.history)
    return page.figure


def _pixels(image: Tensor, wide: float) -> Array:
    side = max(1, round(wide * SHARP * max(1.0, image.shape[1] / image.shape[2])))
    small = resize(image, fitted(image.shape[1], image.shape[2], side))
    return to_display(small).permute(1, 2, 0).contiguous().cpu().numpy()


def _draw_curve(page: Page, top: float, history: Tensor) -> None:
    values = history.detach().to("cpu", torch.float64).numpy()
    finite = values[np.isfinite(values)]
    if not finite.size:
        return
    width = page.width - 2 * MARGIN
    axes = page.axes(MARGIN, top, width, _CURVE - 0.25, frame=True)
    axes.plot(np.arange(1, len(values) + 1), values, color=page.theme.accent, linewidth=1)
    low, high = min(0.0, float(finite.min())), float(finite.max())
    axes.set(xlim=(1, len(values)), xticks=[1, len(values)], yticks=[])
    axes.set_ylim(low, high + 0.05 * (high - low or 1.0))
    words = f"score over {len(values)} steps, up to {number(high)}"
    page.text(MARGIN, top - 0.14, words, "label")
