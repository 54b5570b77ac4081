"""One image with what lies on it, on its way through another library and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.augment.previewable import Inputs
from convscope.augment.record import Record
from convscope.augment.result import Result
from convscope.augment.stacks import as_dtype


@dataclass(frozen=True)
class Sample:
    """One image.

    Attributes
    ----------
    image : Tensor
        (C, H, W), uint8 or float in [0, 1].
    mask : Tensor or None
        (K, H, W).
    boxes : Tensor or None
        (K, 4) x0, y0, x1, y1 in pixels.
    index : Tensor or None
        (K,) int64: which of the boxes given they are.
    keypoints : Tensor or None
        (K, 2) x, y of pixel centres.
    """

    image: Tensor
    mask: Tensor | None = None
    boxes: Tensor | None = None
    index: Tensor | None = None
    keypoints: Tensor | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return int(self.image.shape[-2]), int(self.image.shape[-1])


def sample_of(inputs: Inputs, position: int) -> Sample:
    """Take one sample out of a batch."""
    mask = None if inputs.masks is None else inputs.masks[position]
    boxes = None if inputs.boxes is None else inputs.boxes[position][:, :4].float()
    points = None if inputs.keypoints is None else inputs.keypoints[position][:, :2].float()
    return Sample(
        inputs.images[position],
        mask[None] if mask is not None and mask.ndim == 2 else mask,
        boxes,
        None if boxes is None else torch.arange(len(boxes)),
        points,
    )


def collected(
    inputs: Inputs, given: Sequence[Sample], found: Sequence[Sample], record: Record
) -> Result:
    """Return samples as a result, in the form in which they came."""
    images = [
        as_dtype(
            each.image.clamp(0, 1) if each.image.is_floating_point() else each.image, own.dtype
        )
        for each, own in zip(found, (sample.image for sample in given), strict=True)
    ]
    masks = None
    if inputs.masks is not None:
        masks = [_as_before(each.mask, own) for each, own in zip(found, inputs.masks, strict=True)]
    boxes, kept = None, None
    if inputs.boxes is not None:
        finished = [_boxes(each, own) for each, own in zip(found, inputs.boxes, strict=True)]
        boxes, kept = [each for each, _ in finished], [index for _, index in finished]
    points = None
    if inputs.keypoints is not None:
        points = [_points(each, own) for each, own in zip(found, inputs.keypoints, strict=True)]
    return Result(
        _stacked(images),
        None if masks is None else _stacked(masks),
        boxes,
        kept,
        points,
        inputs.labels,
        record,
    )


def _picture(image: Tensor, own: Tensor) -> Tensor:
    image = image.clamp(0, 1) if image.is_floating_point() else image
    return as_dtype(image, own.dtype)


def _stacked(tensors: list[Tensor]) -> Any:
    alike = tensors and len({tuple(each.shape) for each in tensors}) == 1
    return torch.stack(tensors) if alike else tensors


def _as_before(mask: Tensor | None, own: Tensor) -> Tensor:
    assert mask is not None
    mask = mask[0] if own.ndim == 2 else mask
    return mask.round().to(own.dtype) if mask.is_floating_point() else mask.to(own.dtype)


def _boxes(sample: Sample, own: Tensor) -> tuple[Tensor, Tensor]:
    """Return the boxes that are still to be seen, clipped, and which of the old ones they are."""
    assert sample.boxes is not None
    assert sample.index is not None
    height, width = sample.size
    limits = torch.tensor([width, height, width, height], dtype=torch.float32)
    corners = sample.boxes.detach().cpu().float().reshape(-1, 4)
    corners = torch.minimum(corners.clamp(min=0), limits)
    seen = (corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])
    index = sample.index.cpu()[seen]
    return torch.cat([corners[seen], own.cpu().float()[index, 4:]], 1), index


def _points(sample: Sample, own: Tensor) -> Tensor:
    """Return all points, and whether each is still to be seen."""
    assert sample.keypoints is not None
    height, width = sample.size
    points = sample.keypoints.detach().cpu().float().reshape(-1, 2)
    x, y = points[:, 0] + 0.5, points[:, 1] + 0.5
    inside = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    before = own[:, 2].cpu().float() if own.shape[1] > 2 else torch.ones(len(points))
    return torch.cat([points, (before * inside)[:, None]], 1)
