"""The part of an image that excites a unit, cut out for a page."""

from __future__ import annotations

from typing import Any

from convscope.images import ImageSource, encode
from convscope.scope import Scope
from convscope.strongest import patch_at

PATCH = 128  # pixels of the longer side


def patch_item(
    scope: Scope,
    source: ImageSource,
    layer: str,
    map_size: tuple[int, int],
    *,
    image: int,
    position: tuple[int, int],
    value: float,
    side: int = PATCH,
) -> dict[str, Any]:
    """Return what the page is told of a place in an image; typed as TopItem in js/views/detail.ts.

    Parameters
    ----------
    scope
        The network.
    source
        The images.
    layer, map_size
        The layer, and the height and width of its map.
    image
        Position of the image.
    position
        Row and column in the layer's map.
    value
        The activation there.
    side
        Pixels that the longer side of the picture has at most.
    """
    view = scope.view(source[image])
    field = scope.layers[layer].receptive
    patch = patch_at(field, position, map_size, (view.shape[1], view.shape[2]))
    y0, x0, y1, x1 = patch.box
    return {
        "image": image,
        "name": str(source.names[image]),
        "value": value,
        "position": list(position),
        "box": list(patch.box),
        "whole": patch.whole,
        "picture": encode(view[:, y0:y1, x0:x1], max_side=side),
    }
