"""Tensors that go into a network as they are, without any preparation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.images import ImageSource, fit, resize
from convscope.images.stamp import stamp_of


@dataclass(frozen=True)
class RawInputs:
    """The inputs of a network for all images.

    Attributes
    ----------
    tensors
        One for each input, (N, ...).
    """

    tensors: tuple[Tensor, ...]

    def __len__(self) -> int:
        return len(self.tensors[0])

    def stamp(self, index: int) -> int:
        """Return a number that changes when the first of an image's inputs does."""
        return stamp_of(self.tensors[0][index])


class RawImages(ImageSource):
    """Images whose values may lie anywhere, as a normalised batch has them.

    Parameters
    ----------
    batch
        (N, C, H, W).
    """

    def __init__(self, batch: Tensor) -> None:
        self._batch = batch.detach()
        self.names = [f"image {index}" for index in range(len(batch))]

    def read(self, index: int, *, near: int | None = None) -> Tensor:
        """Return one image as it was given, (C, H, W)."""
        del near
        return self._batch[index].cpu()

    def thumbnail(self, index: int, max_side: int) -> Tensor:
        """Return one image small, its values spread over [0, 1]."""
        image = spread(self[index])
        return resize(image, fit(image.shape[1], image.shape[2], max_side))


def spread(values: Tensor) -> Tensor:
    """Return values scaled so that the lowest is 0 and the highest 1, float32."""
    values = values.float()
    low, high = values.amin(), values.amax()
    return (values - low) / (high - low).clamp_min(1e-12)


def raw_tensor(value: Any) -> Tensor | None:
    """Return a tensor (N, ...) from a tensor, an array or a list of tensors; None if it is none."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value) if value.dtype.kind in "biufc" else None
    if isinstance(value, Sequence) and value and all(isinstance(v, Tensor) for v in value):
        same = len({tuple(tensor.shape) for tensor in value}) == 1
        return torch.stack(list(value)) if same else None
    return None
