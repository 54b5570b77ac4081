"""Images and labels of a map's points, which come for the points or for all that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convscope.images import ImageSource, as_source
from convscope.images.source import View
from convscope.inputs import Errors
from convscope.scope import Scope
from convscope.widgets._scatter_columns import Category, as_category

if TYPE_CHECKING:
    from convscope.manifold import Projection


def images_of(
    images: Any, projection: Projection, scope: Scope | None, errors: Errors
) -> ImageSource | None:
    """Return one image for each point, or None where there are none.

    Raises
    ------
    ValueError
        If there are neither as many as points nor as vectors.
    """
    if images is None:
        return None
    source = (
        as_source(images, errors=errors) if scope is None else scope.source(images, errors=errors)
    )
    count, wanted, given = len(source), len(projection), projection.given
    if count not in (wanted, given):
        hint = "" if wanted == given else f" (or {given}, one for each vector)"
        raise ValueError(f"images: {count} for {wanted} points{hint}; give one for each")
    if count == wanted:
        return source
    return View(source, projection.indices.tolist())


def labels_of(
    labels: Any, projection: Projection, source: ImageSource | None, scope: Scope | None
) -> Category | None:
    """Return the class of each point; without labels those that came with the images, if any."""
    from convscope.manifold import categories
    from convscope.manifold.labels import of_points, per_point

    classes = None if scope is None else scope.classes
    if labels is None:
        if source is None or source.labels is None:
            return None
        named = source.class_names or classes
        return as_category(categories(list(source.labels), len(source), classes=named), "labels")
    values = per_point("labels", labels, projection)
    if classes is None:
        return as_category(of_points(labels, projection), "labels")
    return as_category(categories(values, len(projection), classes=classes), "labels")
