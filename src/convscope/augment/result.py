"""What comes out of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convscope.augment.record import Record


@dataclass(frozen=True)
class Result:
    """What came out of a pipeline.

    Attributes
    ----------
    images : Tensor or list of Tensor
        (N, C, H, W), or (C, h, w) each where sizes differ; dtype and device as they came.
    masks : Tensor, list of Tensor or None
        As they came: (N, H, W) or (N, K, H, W), dtype too.
    boxes : list of Tensor or None
        (K, 4 + e) float32 for each image: those still to be seen, in the format in which they came.
    kept : list of Tensor or None
        (K,) int64 for each image: which of the boxes given they are.
    keypoints : list of Tensor or None
        (K, 3) float32 for each image: x, y and whether it is still to be seen (1 or 0; 2 stays).
    labels : object
        As they came; (N, classes) float32 where the pipeline mixes images.
    record : Record
        What was drawn.
    """

    images: Any
    masks: Any
    boxes: list[Tensor] | None
    kept: list[Tensor] | None
    keypoints: list[Tensor] | None
    labels: Any
    record: Record
