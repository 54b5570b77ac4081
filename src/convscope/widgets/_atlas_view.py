"""What of an atlas is in sight, as text that can be sent to somebody."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import parse_qs, quote


@dataclass(frozen=True)
class AtlasView:
    """A view of an atlas; as in js/lib/atlas_camera.ts.

    Attributes
    ----------
    layer
        Of which layer; None for the one that is shown.
    x, y
        The place in the middle, in [0, 1], y downwards.
    zoom
        1: the whole atlas.
    """

    layer: str | None = None
    x: float = 0.5
    y: float = 0.5
    zoom: float = 1.0

    @classmethod
    def parse(cls, text: str) -> AtlasView:
        """Return the view that a text tells, the whole atlas for "".

        Examples
        --------
        >>> AtlasView.parse("layer=blocks.5&at=0.52,0.31&zoom=8")
        AtlasView(layer='blocks.5', x=0.52, y=0.31, zoom=8.0)
        """
        told = {name: values[0] for name, values in parse_qs(text.lstrip("#")).items()}
        if not text:
            return cls()
        try:
            x, y = (float(part) for part in told["at"].split(","))
            zoom = float(told["zoom"])
        except (KeyError, ValueError):
            raise ValueError(_SENTENCE.format(text=text)) from None
        if not (0 <= x <= 1 and 0 <= y <= 1 and 1 <= zoom < math.inf):
            raise ValueError(_SENTENCE.format(text=text))
        return cls(told.get("layer"), x, y, zoom)

    def __str__(self) -> str:
        layer = "" if self.layer is None else f"layer={quote(self.layer, safe='')}&"
        return f"{layer}at={round(self.x, 4):g},{round(self.y, 4):g}&zoom={round(self.zoom, 2):g}"

    def box(self) -> tuple[float, float, float, float]:
        """Return the square in sight, as (x0, y0, x1, y1)."""
        half = 0.5 / self.zoom
        return self.x - half, self.y - half, self.x + half, self.y + half


_SENTENCE = (
    "view: {text!r} is no view; copy one from the viewer, such as "
    "'layer=blocks.5&at=0.52,0.31&zoom=8' (x and y from 0 to 1, zoom from 1), or '' for all"
)
