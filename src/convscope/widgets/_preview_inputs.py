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

    def reduced(self, longest: int | None) -> Prepared:
        """Return it with a longer side of at most so many pixels."""
        height, width = self.image.shape[1:]
        small = (height, width) if longest is None else fit(height, width, longest)
        if small == (height, width):
            return self
        across, down = small[1] / width, small[0] / height
        boxes, keypoints = self.boxes, self.keypoints
        if boxes is not None:
            corners = boxes[:, :4] * torch.tensor([across, down, across, down])
            boxes = torch.cat([corners, boxes[:, 4:]], 1)
        if keypoints is not None:
            # A point names the centre of a pixel.
            places = (keypoints[:, :2] + 0.5) * torch.tensor([across, down]) - 0.5
            keypoints = torch.cat([places, keypoints[:, 2:]], 1)
        mask = None if self.mask is None else resize(self.mask, small, method="nearest")
        return Prepared(resize(self.image, small), mask, boxes, keypoints, self.size)


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
        self._batches: dict[bool, tuple[tuple[tuple[int, ...], int | None], Inputs]] = {}

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

    def batch(self, indices: Sequence[int], longest: int | None = None) -> Inputs:
        """Return some images, which may be one many times, as a batch of samples.

        The last one is kept: the same samples come as the very same object.

        Parameters
        ----------
        indices
            Which image each sample is.
        longest
            Reduce them to this many pixels on their longer side, if all can be reduced alike.
        """
        key, kept = (tuple(indices), longest), self._batches.get(longest is not None)
        if kept is None or kept[0] != key:
            kept = key, self._stacked(indices, longest)
            self._batches[longest is not None] = kept
        return kept[1]

    def _stacked(self, indices: Sequence[int], longest: int | None) -> Inputs:
        whole = {i: self[i] for i in indices}
        small = {i: each.reduced(longest) for i, each in whole.items()}
        scales = {small[i].image.shape[2] / whole[i].image.shape[2] for i in whole}
        if len(scales) > 1:
            small, scales = whole, {1.0}
        prepared = [small[i] for i in indices]
        images: Tensor | list[Tensor] = [each.image for each in prepared]
        if len(small) == 1:
            images = images[0].expand(len(indices), *images[0].shape)
        elif len({each.shape for each in images}) == 1:
            images = torch.stack(list(images))
        return Inputs(
            images,
            [each.mask for each in prepared if each.mask is not None] or None,
            [each.boxes for each in prepared if each.boxes is not None] or None,
            [each.keypoints for each in prepared if each.keypoints is not None] or None,
            None if self.labels is None else [self.labels[i] for i in indices],
            scales.pop(),
        )

    def _prepare(self, index: int) -> Prepared:
        image = self.source[index]
        size = (int(image.shape[1]), int(image.shape[2]))
        boxes, keypoints = self._table(self._boxes, index), self._table(self._keypoints, index)
        if boxes is not None:
            boxes = torch.cat([to_corners(boxes[:, :4], self._box_format), boxes[:, 4:]], 1)
        whole = Prepared(image, self._mask(index, image), boxes, keypoints, size)
        return whole.reduced(self._resolution)

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
