"""How many pictures run at once, so that neither memory nor the processor's cache overflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from convscope.scope import Scope

# Measured on two cores: beyond this size of the largest tensor, allocators give memory back to the
# system after each step, and a step waits for it to be handed out again.
_LARGEST = 16 << 20
_KEPT = 3  # tensors of a layer's size that a step with gradient holds, roughly
_SHARE = 0.5  # of the free memory of a GPU


def at_once(
    scope: Scope, layers: Sequence[str], size: tuple[int, int], native: tuple[int, int]
) -> int:
    """Return how many views of a size go through the network in one pass.

    Parameters
    ----------
    scope
        The network.
    layers
        The pass ends after the last of them.
    size
        Height and width of the views in pixels.
    native
        Those that the shapes of the layers are for.
    """
    grown = size[0] * size[1] / (native[0] * native[1])
    sizes = [bytes_ * grown for bytes_ in _bytes_until(scope, layers)] or [1.0]
    if scope.device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(scope.device)
        return max(1, int(_SHARE * free / (_KEPT * sum(sizes))))
    return max(1, int(_LARGEST / max(sizes)))


def _bytes_until(scope: Scope, layers: Sequence[str]) -> list[float]:
    """Return the bytes of every tensor for one image, up to the last of the layers."""
    tree = scope.layers
    orders = [tree.find(name).order for name in layers]
    last = max((order for order in orders if order is not None), default=0)
    found = []
    for layer in tree:
        if layer.order is not None and layer.order <= last and layer.shape and layer.leaf:
            numbers = 1
            for side in layer.shape:
                numbers *= side
            found.append(numbers * (layer.dtype or torch.float32).itemsize)
    return [float(count) for count in found]


def split(families: Sequence[int], limit: int) -> list[slice]:
    """Return runs of at most ``limit`` rows that keep families together.

    Parameters
    ----------
    families
        The family of each row; those of one lie side by side.
    limit
        A family that is larger is a run by itself.
    """
    found: list[slice] = []
    start = 0
    while start < len(families):
        stop = start + 1
        while stop < len(families) and _fits(families, start, stop, limit):
            stop = _end(families, stop)
        stop = max(stop, _end(families, start))
        found.append(slice(start, stop))
        start = stop
    return found


def _fits(families: Sequence[int], start: int, stop: int, limit: int) -> bool:
    return _end(families, stop) - start <= limit


def _end(families: Sequence[int], row: int) -> int:
    """Return the row after the family of ``row``."""
    stop = row
    while stop < len(families) and families[stop] == families[row]:
        stop += 1
    return stop
