"""Matplotlib figures as PNG bytes, and small ones for saved notebooks."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A saved notebook keeps one for every widget shown.
SMALL = 100_000  # bytes
_DPI = 110


def png(figure: Figure, dpi: float) -> bytes:
    """Return a figure as PNG bytes, and let go of it."""
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight")
    finally:
        _close(figure)
    return buffer.getvalue()


def small_png(figure: Figure, limit: int = SMALL) -> bytes:
    """Return a figure as a PNG of at most ``limit`` bytes: fewer colours, then fewer pixels."""
    data = png(figure, _DPI)
    if len(data) <= limit:
        return data
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB")
    while True:
        data = _paletted(image)
        if len(data) <= limit or min(image.size) <= 64:
            return data
        # The size goes with the area; small steps keep the picture as large as it may be.
        shrink = max(0.5, min(0.9, (limit / len(data)) ** 0.5))
        image = image.resize(
            (round(image.width * shrink), round(image.height * shrink)), Image.Resampling.LANCZOS
        )


def size(data: bytes) -> tuple[int, int]:
    """Return width and height of an encoded image, in pixels."""
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def _paletted(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.quantize(192, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        buffer, format="png", optimize=True
    )
    return buffer.getvalue()


def _close(figure: Figure) -> None:
    """Take a figure out of pyplot's list, which would keep it forever."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
