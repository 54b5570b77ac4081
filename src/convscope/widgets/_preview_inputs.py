"""What an augmentation preview is given, prepared once an image: pixels and what lies on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.augment.previewable import Inputs
from convscope.augment.stacks import add_masks, stack_images
from convscope.augment.targets import BoxFormat, to_corners
from convscope.images import ImageSource, as_source, fit, resize

_KEPT = 64  # images kept prepared


@dataclass(frozen=True)
class Prepared:
    """One image with what lies on it, at the size at which it is previewed."""

    image: Tensor  # (C, h, w) uint8 or float32 in [0, 1]
    mask: Tensor | None  # (K, h, w)
    boxes: Tensor | None  # (K, 4 or more) x0, y0, x1, y1 in pixels
    keypoints: Tensor | None  # (K, 2 or 3) x, y of pixel centres, visibility
    size: tuple[int, int]  # height and width of the image itself


class Given:
    """The images of a preview, and what lies on them.

    Parameters
    ----------
    images
        What `convscope.images.as_source` takes.
    masks, boxes, keypoints, labels
        One for each image, as a pipeline takes them.
    box_format : {"xyxy", "xywh", "cxcywh"}
        Of `boxes`.
    resolution : int or None
        Larger images are reduced to this many pixels on their longer side.
    """

    def __init__(
        self,
        images: Any,
        masks: Any = None,
        boxes: Any = None,
        keypoints: Any = None,
        labels: Any = None,
        *,
        box_format: BoxFormat = "xyxy",
        resolution: int | None = None,
    ) -> None:
        self.source: ImageSource = as_source(images)
        count = len(self.source)
        if isinstance(masks, Tensor) and masks.ndim == 2 and count == 1:
            masks = masks[None]
        for name, each in (("masks", masks), ("boxes", boxes), ("keypoints", keypoints)):
            _check_length(name, each, count)
        self._masks, self._boxes, self._keypoints = masks, boxes, keypoints
        self._box_format = box_format
        self._resolution = resolution
        self.labels = self.source.labels if labels is None else labels
        _check_length("labels", self.labels, count)
        self._prepared: dict[int, Prepared] = {}
        self._batch: tuple[tuple[int, ...], Inputs] | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Prepared:
        if index not in self._prepared:
            while len(self._prepared) >= _KEPT:
                self._prepared.pop(next(iter(self._prepared)))
            self._prepared[index] = self._prepare(index)
        return self._prepared[index]

    @property
    def extras(self) -> list[str]:
        """What lies on the images."""
        given = {"masks": self._masks, "boxes": self._boxes, "keypoints": self._keypoints}
        return [name for name, each in given.items() if each is not None]

    def batch(self, indices: Sequence[int]) -> Inputs:
        """Return some images, which may be one many times, as a batch; the last one is kept."""
        wanted, kept = tuple(indices), self._batch
        if kept is None or kept[0] != wanted:
            kept = self._batch = wanted, self._stacked(indices)
        return kept[1]

    def _stacked(self, indices: Sequence[int]) -> Inputs:
        prepared = [self[i] for i in indices]
        first = prepared[0]
        alike = all(each is first for each in prepared)
        images: Tensor | list[Tensor] = [each.image for each in prepared]
        if alike:
            images = first.image.expand(len(indices), *first.image.shape)
        elif len({each.image.shape for each in prepared}) == 1:
            images = torch.stack([each.image for each in prepared])
        return Inputs(
            images,
            [each.mask for each in prepared if each.mask is not None] or None,
            [each.boxes for each in prepared if each.boxes is not None] or None,
            [each.keypoints for each in prepared if each.keypoints is not None] or None,
            None if self.labels is None else [self.labels[i] for i in indices],
        )

    def _prepare(self, index: int) -> Prepared:
        image = self.source[index]
        size = (int(image.shape[1]), int(image.shape[2]))
        mask = self._mask(index, image)
        small = size if self._resolution is None else fit(*size, self._resolution)
        boxes, keypoints = self._table(self._boxes, index), self._table(self._keypoints, index)
        if boxes is not None:
            boxes = torch.cat([to_corners(boxes[:, :4], self._box_format), boxes[:, 4:]], 1)
        if small != size:
            image = resize(image, small)
            mask = mask if mask is None else resize(mask, small, method="nearest")
            across, down = small[1] / size[1], small[0] / size[0]
            if boxes is not None:
                boxes = boxes.clone()
                boxes[:, :4] *= torch.tensor([across, down, across, down])
            if keypoints is not None:
                # A point names the centre of a pixel.
                keypoints = keypoints.clone()
                scale = torch.tensor([across, down])
                keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
        return Prepared(image, mask, boxes, keypoints, size)

    def _mask(self, index: int, image: Tensor) -> Tensor | None:
        if self._masks is None:
            return None
        stacks, _ = stack_images(image)
        try:
            add_masks(stacks, [self._masks[index]])
        except ValueError as error:
            raise ValueError(str(error).replace("mask 0", f"mask {index}")) from error
        found: Tensor = stacks[0].masks[0]  # type: ignore[index]  # it has just been added
        return found

    def _table(self, tables: Any, index: int) -> Tensor | None:
        if tables is None:
            return None
        table = torch.as_tensor(tables[index], dtype=torch.float32)
        return table if table.ndim == 2 else table.reshape(0, 4 if tables is self._boxes else 2)


def _check_length(name: str, given: Any, count: int) -> None:
    if given is not None and (not hasattr(given, "__len__") or len(given) != count):
        came = len(given) if hasattr(given, "__len__") else repr(given)
        raise ValueError(f"{name}: give one for each of {count} images; got {came}")
