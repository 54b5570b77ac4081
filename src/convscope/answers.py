"""What a scope answers with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Prediction:
    """One class that a network names for an image.

    Attributes
    ----------
    name
        Name of the class, ``"class 7"`` where the scope has no names.
    index
        Index of the class.
    score
        Probability in [0, 1], or the raw output where there is only one class.
    kind
        ``"probability"`` or ``"score"``.
    """

    name: str
    index: int
    score: float
    kind: Literal["probability", "score"]


@dataclass(frozen=True)
class Batch:
    """Activations of some images.

    Attributes
    ----------
    indices
        Positions of the images in what was given.
    activations
        For each layer (N, C, H, W) or (N, C).
    """

    indices: list[int]
    activations: dict[str, Tensor]


def concatenated(parts: Iterator[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the tensors of all batches, joined along the images."""
    collected: dict[str, list[Tensor]] = {}
    for part in parts:
        for name, tensor in part.items():
            collected.setdefault(name, []).append(tensor)
    if not collected:
        raise ValueError("images: none could be read")
    return {name: torch.cat(tensors) for name, tensors in collected.items()}


def averaged(parts: Iterator[tuple[int, dict[str, Tensor]]]) -> dict[str, Tensor]:
    """Return the mean over all images of the means of batches, each with its count, on the CPU."""
    total: dict[str, Tensor] = {}
    count = 0
    for size, part in parts:
        for name, tensor in part.items():
            share = tensor.cpu() * size
            total[name] = total[name] + share if name in total else share
        count += size
    return {name: tensor / count for name, tensor in total.items()}
