"""The still picture of a scatter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from convscope import plots
from convscope.images import ImageSource
from convscope.widgets._scatter_album import first_in_sight, readable
from convscope.widgets._scatter_columns import Category, Column, Value

if TYPE_CHECKING:
    from convscope.manifold import Categories, Projection

_PICTURES = 60  # at most
_RINGS = 2000  # selected points that get one


def figure(
    projection: Projection,
    column: Column | None,
    *,
    name: str,
    isolated: Sequence[str],
    source: ImageSource | None,
    pictures: float,
    selection: Sequence[int],
    point: int | None,
    near: int,
    **options: Any,
) -> Figure:
    """Draw what a scatter shows."""
    shown: dict[int, Any] = {}
    if source is not None and pictures > 0:
        for index in first_in_sight(projection.xy, round(_PICTURES * pictures)).tolist():
            picture = readable(source, index)
            if picture is not None:
                shown[index] = picture
    neighbours = []
    if point is not None and near > 0:
        neighbours = projection.neighbours(point, near).indices.tolist()
    colours: dict[str, Any] = {}
    if isinstance(column, Value):
        colours["values"] = column.values
    elif isinstance(column, Category):
        colours["labels"] = _lit(column, set(isolated))
    return plots.manifold(
        projection,
        name=name,
        pictures=shown,
        selection=list(selection)[:_RINGS],
        point=point,
        near=neighbours,
        **colours,
        **options,
    )


def _lit(column: Category, isolated: set[str]) -> Categories:
    """Return classes of which those that are set aside are missing."""
    from convscope.manifold.labels import MISSING

    found = column.told()
    lit = isolated.intersection(column.names)
    aside = [code for code, name in enumerate(column.names) if lit and name not in lit]
    return replace(found, codes=np.where(np.isin(found.codes, aside), MISSING, found.codes))
