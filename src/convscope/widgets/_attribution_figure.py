"""The still picture of an attribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.figure import Figure

from convscope import plots
from convscope.attribution import METHODS, Attributions
from convscope.widgets._attribution_maps import beside


@dataclass(frozen=True)
class Drawn:
    """What a still picture shows.

    Attributes
    ----------
    found
        Each of one layer, one image and one target.
    difference
        Draw the first less the second.
    """

    found: Sequence[Attributions]
    difference: bool = False


def figure(drawn: Drawn, **options: Any) -> Figure:
    """Draw maps of one image side by side.

    Parameters
    ----------
    drawn
        What is shown.
    **options
        Of :func:`convscope.plots.attributions`.
    """
    found = drawn.found
    methods = {each.method for each in found}
    layers = {each.layers[0] for each in found}
    if len(methods) == 1 and len(layers) == 1:
        joined = beside(found, found[0].layers[0])
        return plots.attributions(
            joined.difference(0, 1) if drawn.difference else joined, **options
        )
    # A column for each layer or method: both stand as layers do.
    names = [METHODS[each.method].title if len(methods) > 1 else each.layers[0] for each in found]
    maps = {name: each.maps[each.layers[0]] for name, each in zip(names, found, strict=True)}
    title = "" if len(methods) == 1 else f"{len(methods)} methods · {found[0].targets[0][0]}"
    return plots.attributions(replace(found[0], maps=maps), title=title, **options)
