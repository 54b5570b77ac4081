"""What a scope answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
