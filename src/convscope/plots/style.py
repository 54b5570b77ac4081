"""Colours, colour scales and numbers that every still picture shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any, Literal, get_args

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.colors import Colormap, Normalize

ThemeName = Literal["light", "dark"]
ColormapName = Literal["auto", "magma", "viridis", "grey", "diverging"]

Array = npt.NDArray[np.floating[Any]]

_COLORMAPS = {"magma": "magma", "viridis": "viridis", "grey": "gray", "diverging": "RdBu_r"}
_THIN = "\u2009"
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Theme:
    """The few colours of a page, with enough contrast to read small labels."""

    background: str
    ink: str  # titles and names
    muted: str  # notes and axis labels, at least 4.5 : 1 on the background
    line: str  # hairlines
    accent: str  # the chosen unit
    bars: str  # bars that are not chosen
    empty: str  # values that are not finite
    magnitudes: str  # the colour map of data that is never negative


_THEMES = {
    "light": Theme(
        background="#ffffff",
        ink="#1b1f24",
        muted="#59636e",
        line="#d1d9e0",
        accent="#0969da",
        bars="#8aa0b5",
        empty="#c8ced6",
        magnitudes="viridis",
    ),
    "dark": Theme(
        background="#14171a",
        ink="#e8eaed",
        muted="#9aa4af",
        line="#3a424a",
        accent="#58a6ff",
        bars="#5f7488",
        empty="#4a525b",
        magnitudes="magma",
    ),
}


def theme_of(name: str) -> Theme:
    """Give the colours of a theme by its name."""
    return _THEMES[choice("theme", name, get_args(ThemeName))]


def choice(argument: str, value: str, allowed: Sequence[str]) -> str:
    """Return `value`, or say which values the argument may have."""
    if value not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise ValueError(f"{argument}: {value!r} is not known; choose one of {names}")
    return value


@dataclass(frozen=True)
class Scale:
    """What a colour means: the range of the data, and the colour map over it.

    Signed data gets a diverging map whose middle stands at 0, so that white always means nothing.
    """

    low: float  # the smallest finite value of the data
    high: float  # the largest finite value of the data
    colormap: Colormap
    centred: bool  # the middle colour stands at 0

    @classmethod
    def of(cls, values: Array, colormap: str, theme: Theme) -> Scale:
        """Measure the data and choose the map.

        "auto" is diverging where a value is negative, else magma on dark ground and viridis on
        light, as in the widgets (js/lib/colormap.ts).
        """
        choice("colormap", colormap, get_args(ColormapName))
        low, high = _range(values)
        if colormap == "auto":
            colormap = "diverging" if low < 0 else theme.magnitudes
        chosen = matplotlib.colormaps[_COLORMAPS[colormap]].with_extremes(bad=theme.empty)
        return cls(low, high, chosen, colormap == "diverging")

    @classmethod
    def centred_grey(cls, values: Array, theme: Theme) -> Scale:
        """Measure weights that are shown as colours: the middle grey is 0."""
        return replace(cls.of(values, "grey", theme), centred=True)

    def over(self, values: Array) -> Scale:
        """Give the same colours to the range of other values."""
        low, high = _range(values)
        return replace(self, low=low, high=high)

    @property
    def limit(self) -> float:
        """The largest magnitude of the data."""
        return max(abs(self.low), abs(self.high))

    def norm(self) -> Normalize:
        """Map values to colours; a constant gets the lowest one, and 0 the middle where centred."""
        if self.centred:
            return Normalize(-self.limit or -1.0, self.limit or 1.0)
        return Normalize(self.low, self.high if self.high > self.low else self.low + 1.0)


def number(value: float, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, a true minus and thin spaces.

    The same spelling as `number` in js/lib/format.ts.
    """
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    size = abs(rounded)
    if size >= 1e7 or size < 1e-3:
        mantissa, power = f"{rounded:.{digits - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa} × 10{str(int(power)).translate(_SUPERSCRIPT)}"
    else:
        text = f"{rounded:,.{max(0, digits - 1 - floor(log10(size)))}f}"
        # Four digits stay together, as is usual in print; longer numbers are grouped.
        text = text.replace(",", _THIN if size >= 10_000 else "")
    return text.replace("-", "−", 1)


def count(value: int) -> str:
    """Write a whole number with thin spaces between the thousands."""
    return f"{value:,}".replace(",", _THIN if value >= 10_000 else "")


def span(scale: Scale) -> str:
    """Write the range of a scale in as few characters as stay true."""
    if scale.high == scale.low:
        return number(scale.low)
    return f"{number(scale.low)} … {number(scale.high)}"


def _range(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
