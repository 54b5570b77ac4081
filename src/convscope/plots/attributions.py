"""Attributions over the pictures that they explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convscope.plots.channels import Shown, odd_notes, own_ends
from convscope.plots.maps import sheet
from convscope.plots.mosaic import Panel
from convscope.plots.overlay import opacity_note, over_picture
from convscope.plots.page import StillFigure
from convscope.plots.style import (
    Array,
    ColormapName,
    Scale,
    ThemeName,
    choice,
    count,
    span,
    theme_of,
)
from convscope.plots.values import numbers, picture_of

if TYPE_CHECKING:
    from convscope.attribution import Attributions

Shared = Literal["auto", "all", "column", "map"]

_NOTES = {
    "all": "one scale for all maps",
    "column": "each column has its own scale, printed below it",
    "map": "each map has its own scale, printed below it",
}
_ACROSS = 6  # maps and pictures a row, at least where there are enough
_MOST = 8  # images drawn unless asked for more


def attributions(
    attributions: Attributions,
    *,
    images: Sequence[int] | None = None,
    layers: Sequence[str] | None = None,
    scale: Shared = "auto",
    opacity: float = 0.6,
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
    title: str = "",
) -> StillFigure:
    """Draw maps over their pictures: a row for each image, a column for each layer and target.

    Parameters
    ----------
    attributions : Attributions
        What ``scope.attribute(…)`` gave.
    images : sequence of int, optional
        Which images; the first eight when not given.
    layers : sequence of str, optional
        Which layers; all when not given.
    scale : {"auto", "all", "column", "map"}
        What shares one scale. "auto" is all maps of one layer, and each column where there are
        several layers, whose values can't be compared.
    opacity : float
        How much of a map covers its picture, 0 to 1.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        "auto" is diverging around 0 where values are negative.
    theme : {"light", "dark"}
        Colours of the page.
    title : str
        Over the figure; the method and its targets when empty.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import convscope as cs
    >>> found = cs.demo.scope().attribute(cs.demo.photograph("coffee"), "espresso")
    >>> figure = cs.plots.attributions(found)
    """
    names = attributions.layers if layers is None else list(layers)
    shown = range(min(_MOST, len(attributions))) if images is None else images
    share = choice("scale", scale, get_args(Shared))
    if share == "auto":
        share = "all" if len(names) == 1 else "column"
    width = attributions.scores.shape[1]
    grid = {
        (image, name, target): numbers(attributions.map(image, layer=name, target=target), "maps")
        for image in shown
        for name in names
        for target in range(width)
    }
    if not grid:
        raise ValueError("images: got none; give at least one")
    flat = np.concatenate([values.ravel() for values in grid.values()])
    whole = Scale.of(flat, colormap, theme_of(theme))
    panels: list[Panel] = []
    for image in shown:
        picture = _picture(attributions, image)
        if picture is not None:
            panels.append(Panel(picture / 255.0, whole, label=_short(_title(attributions, image))))
        for name in names:
            for target in range(width):
                key = (image, name, target)
                own = whole.over(_sharing(grid, key, share))
                panel = _over(grid[key], picture, own, opacity)
                label = _short(_label(attributions, key, len(names)))
                caption = span(own) if share != "all" else ""
                panels.append(replace(panel, label=label, caption=caption))
    beside = attributions.picture is not None
    notes = [
        _words(attributions),
        _NOTES[share],
        *([opacity_note(opacity)] if beside else []),
        *odd_notes(flat),
    ]
    ends = None if share == "all" else own_ends(whole)
    columns = len(names) * width + beside
    if len(shown) > 1:  # narrow rows stand side by side
        columns *= max(1, min(len(shown), _ACROSS // columns))
    made = Shown(panels, whole, ends, _what(attributions, shown, names), notes)
    return sheet(made, title or _head(attributions), theme_of(theme), columns=columns)


def overlaid(
    attributions: Attributions,
    image: int = 0,
    *,
    layer: str | None = None,
    target: int = 0,
    opacity: float = 0.6,
    scale: Literal["all", "map"] = "all",
    colormap: ColormapName = "auto",
    theme: ThemeName = "light",
) -> Tensor:
    """Return one map in colour over its picture in grey.

    Parameters
    ----------
    attributions : Attributions
        What ``scope.attribute(…)`` gave.
    image, target : int
        Which image, and which of its targets.
    layer : str, optional
        Which layer; the first when not given.
    opacity : float
        How much of the map covers the picture, 0 to 1.
    scale : {"all", "map"}
        One scale for all maps of the layer, or this map's own.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        "auto" is diverging around 0 where values are negative.
    theme : {"light", "dark"}
        Whose colour of magnitudes to take.

    Returns
    -------
    Tensor
        uint8 (3, H, W) of the picture's size.

    Examples
    --------
    >>> import convscope as cs
    >>> found = cs.demo.scope().attribute(cs.demo.photograph("coffee"), "espresso")
    >>> cs.plots.overlaid(found).shape
    torch.Size([3, 224, 224])
    """
    picture = _picture(attributions, image)
    if picture is None:
        raise ValueError("image: there are no pictures; use figure(), which draws maps alone")
    chosen = attributions.map(image, layer=layer, target=target)
    choice("scale", scale, ("all", "map"))
    over = attributions.maps[layer or attributions.layers[0]] if scale == "all" else chosen
    own = Scale.of(numbers(over, "maps"), colormap, theme_of(theme))
    size = (picture.shape[0], picture.shape[1])
    # Between the centres of cells, as the widget does; values stay within their range.
    large = functional.interpolate(chosen[None, None], size, mode="bilinear", align_corners=False)
    colours = own.colormap(own.norm()(large[0, 0].numpy()))[..., :3]
    behind = over_picture(large[0, 0].numpy(), picture, own, opacity).behind
    mixed = opacity * colours + (1 - opacity) * np.asarray(behind)
    return torch.from_numpy(np.round(mixed * 255).astype(np.uint8)).permute(2, 0, 1).contiguous()


def _sharing(grid: dict[tuple[int, str, int], Array], key: Any, share: str) -> Array:
    """Return the values that share a scale with a map."""
    if share == "map":
        return grid[key]
    same = (v.ravel() for k, v in grid.items() if share == "all" or k[1:] == key[1:])
    return np.concatenate(list(same))


def _over(values: Array, picture: Any, scale: Scale, opacity: float) -> Panel:
    if picture is None:
        return Panel(values, scale)
    return over_picture(values, picture, scale, opacity)


def _picture(attributions: Attributions, image: int) -> Any:
    if attributions.picture is None:
        return None
    pixels = attributions.picture(attributions.indices[image])
    # Networks of other channel numbers are drawn by their first.
    return picture_of(pixels if len(pixels) in (1, 3) else pixels[:1])


def _title(attributions: Attributions, image: int) -> str:
    return f"image {attributions.indices[image]}"


def _label(attributions: Attributions, key: tuple[int, str, int], layers: int) -> str:
    image, name, target = key
    asked = attributions.targets[image][target]
    if layers == 1:
        return asked
    return name if attributions.scores.shape[1] == 1 else f"{name}: {asked}"


def _head(attributions: Attributions) -> str:
    from convscope.attribution import METHODS

    title = METHODS[attributions.method].title
    names = list(dict.fromkeys(name for row in attributions.targets for name in row))
    return f"{title} · {', '.join(names[:4])}{', …' if len(names) > 4 else ''}"


def _words(attributions: Attributions) -> str:
    from convscope.attribution import METHODS

    words = METHODS[attributions.method].words.rstrip(".")
    return words[0].lower() + words[1:]


def _what(attributions: Attributions, shown: Sequence[int], names: Sequence[str]) -> str:
    words = {"decrease": " · what lowers the score", "maintain": " · what leaves the score alone"}
    few = f"{count(len(shown))} of {count(len(attributions))} images · "
    few = few if len(shown) < len(attributions) else ""
    return f"{few}{', '.join(names)}{words.get(attributions.aim or '', '')}"


def _short(words: str) -> str:
    return words if len(words) <= 26 else f"{words[:25]}…"
