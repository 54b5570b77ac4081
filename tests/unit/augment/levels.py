"""Images whose values are whole grey levels, and how operations change them, for the oracles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Operation, Pixelwise

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


def laid_out_otherwise(operation: Pixelwise, channels: int = 3) -> Iterator[tuple[Array, Array]]:
    """Yield what comes of the same pixels in other orders in memory, and in the usual one."""
    drawn = operation.draw(Dice(0, np.arange(2), "test"))
    images = torch.from_numpy(pictures(2, channels)).float() / 255
    expected = operation.apply(images, drawn).numpy()
    turned = images.transpose(2, 3).contiguous().transpose(2, 3)  # as Rotate90 leaves them
    for each in (turned, images.to(memory_format=torch.channels_last)):
        assert not each.is_contiguous()
        yield operation.apply(each, drawn).numpy(), expected


def alone_and_together(operation: Operation, channels: int = 3) -> Iterator[tuple[Array, Array]]:
    """Yield each sample as a pipeline makes it alone, and in a batch that it is not alone in."""
    images = 0.1 + 0.7 * torch.from_numpy(pictures(6, channels)).float() / 255
    pipe = Pipeline([operation.replace(p=0.7)], seed=3)
    batch = pipe(images, first=0).images
    assert not torch.equal(batch, images)
    for i, image in enumerate(images):
        yield pipe(image[None], first=i).images[0].numpy(), batch[i].numpy()
