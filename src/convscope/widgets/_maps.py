"""Activations of single images for a browser: computed once, kept a while, packed for the wire."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from convscope.images import ImageSource
from convscope.scope import Scope
from convscope.strongest import as_maps
from convscope.widgets._layers import is_browsable

_KEPT_BYTES = 512_000_000  # of activations, over all images
_MOSAIC_SIDE = 64  # pixels; a mosaic tile is rarely larger on the screen
_BINS = 32
_SPARKLINE = 12


class Activations:
    """The maps of every layer for the images looked at last.

    Parameters
    ----------
    scope
        The network.
    looking
        Gives the network for a look.
    source
        The images.
    """

    def __init__(self, scope: Scope, looking: Callable[[], Scope], source: ImageSource) -> None:
        self._scope = scope
        self._looking = looking
        self._source = source
        self._kept: OrderedDict[int, dict[str, Tensor]] = OrderedDict()
        self.layers = [layer for layer in scope.layers if is_browsable(layer)]
        total = sum(math.prod(layer.shape or ()) * 4 for layer in self.layers)
        self._all_at_once = total <= _KEPT_BYTES // 2

    def maps(self, image: int, layer: str) -> Tensor:
        """Return the maps (C, H, W) of one layer for one image, float32 on the CPU."""
        known = self._kept.setdefault(image, {})
        self._kept.move_to_end(image)
        if layer not in known:
            self._scope.layers.find(layer)
            names = [other.name for other in self.layers] if self._all_at_once else [layer]
            found = self._looking().activations([self._source[image]], names)
            known.update({name: as_maps(value)[0].float() for name, value in found.items()})
            self._forget()
        if layer not in known:
            raise ValueError(f"layer: {layer!r} gives no maps that can be shown as pictures")
        return known[layer]

    def summary(self, image: int) -> dict[str, NDArray[np.float32]]:
        """Return for every layer the sorted means of its channels, 12 numbers in [0, 1]."""
        if not self._all_at_once:
            return {}
        return {layer.name: _profile(self.maps(image, layer.name)) for layer in self.layers}

    def _forget(self) -> None:
        """Drop the images looked at longest ago until what is kept fits."""
        while len(self._kept) > 1 and self._bytes() > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(t.numel() * 4 for layers in self._kept.values() for t in layers.values())


def pack(maps: Tensor, *, levels: int) -> dict[str, Any]:
    """Return maps (C, H, W) with integer values between each channel's own ends.

    ``value = lo[c] + q / (levels - 1) * (hi[c] - lo[c])``. Maps larger than 64 pixels a side are
    averaged down for the mosaic; the statistics are those of the full maps. Not-a-number counts as
    zero and is told in ``invalid``.
    """
    invalid = int((~torch.isfinite(maps)).sum())
    maps = maps.nan_to_num(0.0, 0.0, 0.0) if invalid else maps
    shown = _shrink(maps)
    low, high = shown.amin(dim=(1, 2)), shown.amax(dim=(1, 2))
    span = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    steps = (shown - low[:, None, None]) / span[:, None, None] * (levels - 1)
    dtype = np.uint8 if levels <= 256 else np.uint16
    return {
        "shape": list(maps.shape),
        "shown": list(shown.shape[1:]),
        "data": steps.round().numpy().astype(dtype),
        "lo": low,
        "hi": high,
        "mean": maps.mean(dim=(1, 2)),
        "max": maps.amax(dim=(1, 2)),
        "min": maps.amin(dim=(1, 2)),
        "zeros": (maps == 0).float().mean(dim=(1, 2)),
        "invalid": invalid,
    }


def histogram(map_: Tensor) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return counts (32,) and edges (33,) of the finite values of one map."""
    values = map_[torch.isfinite(map_)].numpy()
    counts, edges = np.histogram(values, bins=_BINS) if values.size else (np.zeros(_BINS), None)
    edges = np.linspace(0, 1, _BINS + 1) if edges is None else edges
    return counts.astype(np.int32), edges.astype(np.float32)


def _shrink(maps: Tensor) -> Tensor:
    height, width = maps.shape[1:]
    scale = min(1.0, _MOSAIC_SIDE / max(height, width))
    if scale == 1.0:
        return maps
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return functional.interpolate(maps[None], size, mode="area")[0]


def _profile(maps: Tensor) -> NDArray[np.float32]:
    means = maps.mean(dim=(1, 2)).nan_to_num(0.0).sort().values
    points = torch.linspace(0, len(means) - 1, _SPARKLINE).round().long()
    values = means[points]
    low, high = values.min(), values.max()
    scaled = (values - low) / (high - low) if high > low else torch.zeros_like(values)
    return np.asarray(scaled.numpy(), dtype=np.float32)
