"""Images whose values are whole grey levels, and how operations change them, for the oracles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from convscope.augment.operation import Pixelwise

Array = np.ndarray[Any, np.dtype[Any]]


def pictures(count: int = 5, channels: int = 3, height: int = 20, width: int = 30) -> Array:
    """Return images (count, channels, height, width) uint8, uneven in every respect.

    Grey values, black, white and strong colours are among them.
    """
    rng = np.random.default_rng(7)
    found = rng.integers(0, 256, (count, channels, height, width))
    found = (found * rng.uniform(0.3, 1, (count, channels, 1, 1))).astype(np.uint8)
    found[:, :, :4] = found[:, :1, :4]
    found[:, :, 4:5, :6] = 0
    found[:, :, 5:6, :6] = 255
    found[:, 0, 6:7, :6] = 255
    return found


def changed(operation: Pixelwise, images: Array, **values: float) -> Array:
    """Return images uint8 after an operation with given values, as the pipeline applies it."""
    drawn = {name: np.full(len(images), value) for name, value in values.items()}
    floats = torch.from_numpy(images).float() / 255
    before = floats.clone()
    found = operation.apply(floats, drawn).clamp(0, 1)
    assert torch.equal(floats, before), "was written into"
    assert found.dtype == torch.float32
    assert found.shape == floats.shape
    return np.asarray((found * 255 + 0.5).to(torch.uint8).numpy())


def by_pillow(function: Callable[[Image.Image], Image.Image], images: Array) -> Array:
    """Return images uint8 (n, 3, H, W) or (n, 1, H, W) after a function of Pillow."""
    found = []
    for image in images:
        plain = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
        new = np.asarray(function(Image.fromarray(plain)))
        found.append(new[None] if new.ndim == 2 else new.transpose(2, 0, 1))
    return np.stack(found)


def apart(a: Array, b: Array) -> int:
    """Return how many grey levels two images are apart at most."""
    assert a.shape == b.shape
    return int(abs(a.astype(int) - b.astype(int)).max())
