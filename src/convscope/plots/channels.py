"""The channels of a layer in an order, on a scale, with the words that say which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from convscope.plots.mosaic import Panel
from convscope.plots.style import Array, Scale, Theme, choice, count, span

ScaleName = Literal["shared", "channel"]
SortName = Literal["index", "mean", "max", "sparsity", "similarity"]

LIMIT = 64  # maps drawn unless asked for more

_ORDERS = {
    "index": "in their order",
    "mean": "highest mean first",
    "max": "highest maximum first",
    "sparsity": "most zeros first",
}


@dataclass(frozen=True)
class Shown:
    """The panels of a layer, and the words that make them true."""

    panels: list[Panel]
    scale: Scale  # of the whole layer
    ends: tuple[str, str] | None  # words for the ends of the bar, where each panel has its scale
    what: str  # "64 of 256 channels, highest mean first"
    notes: list[str]


def panels_of(
    maps: Array,
    theme: Theme,
    *,
    unit: int | None,
    scale: str,
    sort: str,
    limit: int | None,
    colormap: str,
) -> Shown:
    """Make a panel of each channel of (C, H, W), in the order and on the scale asked for."""
    choice("scale", scale, get_args(ScaleName))
    order = order_of(maps, sort, unit)[: limit_of(limit, LIMIT)]
    whole = Scale.of(maps, colormap, theme)
    each = scale == "channel" and len(maps) > 1
    panels = []
    for channel in order:
        values = maps[channel]
        own = whole.over(values) if each else whole
        panels.append(
            Panel(
                values=values,
                scale=own,
                label=str(channel) if len(maps) > 1 else "",
                caption=span(own) if each else "",
                silent=not values.any(),
                chosen=channel == unit,
            )
        )
    ends = own_ends(whole) if each else None
    what = what_of(maps, order, sort, unit, "channel")
    return Shown(panels, whole, ends, what, scale_notes(maps, each=each) + odd_notes(maps))


def order_of(maps: Array, sort: str, unit: int | None) -> list[int]:
    """Sort the channels of (C, ...) as the layer browser does; equal ones keep their order."""
    choice("sort", sort, get_args(SortName))
    check_unit(unit, len(maps))
    flat = maps.reshape(len(maps), -1)
    if sort == "index":
        return list(range(len(maps)))
    finite = np.where(np.isfinite(flat), flat, 0)
    if sort == "sparsity":
        key = (flat == 0).mean(axis=1)
    elif sort == "similarity":
        key = _cosines(finite, strongest(maps) if unit is None else unit)
    else:
        key = finite.max(axis=1) if sort == "max" else finite.mean(axis=1)
    return [int(channel) for channel in np.argsort(-key, kind="stable")]


def strongest(maps: Array) -> int:
    """Find the channel with the highest mean."""
    flat = maps.reshape(len(maps), -1)
    return int(np.where(np.isfinite(flat), flat, 0).mean(axis=1).argmax())


def check_unit(unit: int | None, total: int) -> None:
    """Refuse a unit that the layer does not have."""
    if unit is not None and not 0 <= unit < total:
        raise ValueError(f"unit: the layer has units 0 to {total - 1}, got {unit}")


def limit_of(limit: int | None, default: int) -> int:
    """Return how many panels to draw."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1, got {limit}")
    return default if limit is None else limit


def own_ends(scale: Scale) -> tuple[str, str]:
    """Name the ends of a bar that stands for panels of different ranges."""
    return ("−its largest", "+its largest") if scale.centred else ("its minimum", "its maximum")


def what_of(maps: Array, order: Sequence[int], sort: str, unit: int | None, noun: str) -> str:
    """Say how many of the channels are shown, and in which order."""
    total, drawn = len(maps), len(order)
    if total == 1:
        return "one map" if maps.ndim == 3 else f"one {noun}"
    anchor = strongest(maps) if unit is None else unit
    words = _ORDERS.get(sort, f"most similar to {noun} {anchor} first")
    if drawn == total:
        return f"all {count(total)} {noun}s, {words}"
    first = "the first " if sort == "index" else ""
    return f"{first}{count(drawn)} of {count(total)} {noun}s, {words}"


def scale_notes(maps: Array, *, each: bool) -> list[str]:
    """Say what a colour means, and how many channels are silent."""
    if len(maps) == 1:
        return []
    notes = ["one scale for all channels of the layer"]
    if each:
        notes = ["each channel has its own scale, printed below it"]
    silent = int((~maps.reshape(len(maps), -1).any(axis=1)).sum())
    if silent:
        notes.append(f"struck through: 0 everywhere ({count(silent)} of {count(len(maps))})")
    return notes


def odd_notes(maps: Array) -> list[str]:
    """Say how many values are not finite."""
    odd = int((~np.isfinite(maps)).sum())
    return [f"grey: not finite ({count(odd)} of {count(maps.size)} values)"] if odd else []


def part_of(drawn: int, total: int, noun: str) -> str:
    """Say how many are drawn: 32 of 160 filters."""
    plural = noun if total == 1 else f"{noun}s"
    return (
        f"{count(drawn)} of {count(total)} {plural}"
        if drawn < total
        else f"{count(total)} {plural}"
    )


def dimensions(shape: Sequence[int]) -> str:
    """Write a shape as 256 × 14 × 14."""
    return " × ".join(count(side) for side in shape)


def _cosines(flat: Array, anchor: int) -> Array:
    exact = flat.astype(np.float64)
    lengths = np.sqrt((exact**2).sum(axis=1))
    sizes = lengths * lengths[anchor]
    # A silent channel has no direction; it stands last.
    return np.where(sizes > 0, exact @ exact[anchor] / np.where(sizes > 0, sizes, 1), -2.0)
