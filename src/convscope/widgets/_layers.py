"""The layers of a network as a browser needs them."""

from __future__ import annotations

from typing import Any

from torch import nn

from convscope.network import Layer
from convscope.scope import Scope


def as_scope(scope: Any) -> Scope:
    """Return ``scope``, or say what to pass."""
    if isinstance(scope, Scope):
        return scope
    hint = "wrap the model: cs.Scope(model)" if isinstance(scope, nn.Module) else "pass a cs.Scope"
    raise TypeError(f"scope: must be a Scope, got {type(scope).__name__}; {hint}")


def is_browsable(layer: Layer) -> bool:
    """Tell whether a layer has maps (C, H, W) or less for every image.

    Rows that make up an image together (windows of Swin) lie nowhere that we know of.
    """
    if layer.tap is not None and layer.tap.group > 1:
        return False
    return layer.capturable and layer.shape is not None and 1 <= len(layer.shape) <= 3


def first_layer(layers: list[Layer]) -> str:
    """Return the deepest layer whose maps still show where things are, or the first."""
    with_maps = [e for e in layers if e.shape is not None and len(e.shape) == 3 and e.parameters]
    if not with_maps:
        return layers[0].name
    largest = max(each.shape[1] for each in with_maps if each.shape is not None)
    fine = [e for e in with_maps if e.shape is not None and e.shape[1] >= largest / 4]
    return max(fine, key=lambda each: (each.order or 0, -each.depth)).name


def layer_info(layer: Layer) -> dict[str, Any]:
    """Return what the page is told of a layer; typed as LayerInfo in js/lib/protocol.ts."""
    field = layer.receptive
    flat = field is not None and len(field.size) == 2
    return {
        "name": layer.name,
        "kind": layer.kind,
        "shape": None if layer.shape is None else list(layer.shape),
        "parameters": layer.parameters,
        "rf": {
            "size": list(field.size),
            "stride": list(field.stride),
            "start": list(field.start),
            "gated": field.gated,
            "whole": field.whole,
        }
        if field is not None and flat
        else None,
        "depth": layer.depth,
        "leaf": layer.leaf,
        "used": layer.used,
        "calls": layer.calls,
        "shared": layer.shared_with,
        "grid": layer.grid,
        "capturable": is_browsable(layer),
    }


def middle_layer(layers: list[Layer]) -> str:
    """Return a layer whose features are parts of objects: blocks at an eighth of the first size."""
    with_maps = [e for e in layers if is_browsable(e) and len(e.shape or ()) == 3]
    with_maps = [each for each in with_maps if each.parameters] or with_maps
    if not with_maps:
        return layers[0].name
    largest = max(each.shape[1] for each in with_maps if each.shape is not None)
    fine = [e for e in with_maps if e.shape is not None and e.shape[1] >= largest / 8]
    last = min(each.shape[1] for each in fine if each.shape is not None)
    same = [e for e in fine if e.shape is not None and e.shape[1] == last]
    outer = [each for each in same if not each.leaf] or same
    depth = min(each.depth for each in outer)
    chosen = sorted((e for e in outer if e.depth == depth), key=lambda each: each.order or 0)
    return chosen[len(chosen) // 2].name
