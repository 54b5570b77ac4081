"""Items of a Dataset on their way through a pipeline: what it takes of them, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.augment.items import Part, Path
from convscope.augment.pictures import Picture, mask_image, mask_planes, take
from convscope.augment.targets import BoxFormat
from convscope.images import ImageError
from convscope.images.items import as_label

# Kinds of numbers that torch can hold but not look up.
_WIDER = {torch.uint16: torch.int32, torch.uint32: torch.int64, torch.uint64: torch.int64}


@dataclass(frozen=True)
class Entry:
    """An item, and the number by which it draws.

    Attributes
    ----------
    item : object
        As the dataset gave it.
    parts : list of Part
    number : int
    where : str
        How errors call it.
    whole : bool
        Whether everything comes back of the kind that it was, and not as tensors.
    usual : {"xyxy", "xywh", "cxcywh"}
        The format of boxes that don't tell theirs.
    """

    item: Any
    parts: list[Part]
    number: int
    where: str
    whole: bool
    usual: BoxFormat

    @cached_property
    def picture(self) -> Picture:
        """The image."""
        return take(self._one("image"), self.where, whole=self.whole)

    @cached_property
    def masks(self) -> list[Tensor]:
        """The masks, (K, H, W) each; the transparency of the image is the last."""
        masks = [self._mask(part) for part in self.parts if part.role == "mask"]
        alpha = self.picture.alpha
        return masks if alpha is None else [*masks, alpha[None]]

    @cached_property
    def planes(self) -> Tensor | None:
        """All masks in one, (K, H, W); of a dtype that holds the values of all."""
        filled = [each for each in self.masks if len(each)]
        if not filled:
            return None
        if len({each.dtype for each in filled}) > 1:
            filled = [each.to(torch.float64) for each in filled]
        return torch.cat(filled)

    @cached_property
    def boxes(self) -> Any:
        """The boxes (K, 4 or more), or None."""
        return self._one("boxes")

    @property
    def box_format(self) -> str:
        """In which format the boxes are; torchvision's tell it."""
        told = getattr(self.boxes, "format", None)
        return self.usual if told is None else str(getattr(told, "value", told)).lower()

    @cached_property
    def keypoints(self) -> Tensor | None:
        """The keypoints (…, 2 or 3), or None."""
        given = self._one("keypoints")
        if given is None:
            return None
        table = given if isinstance(given, Tensor) else torch.as_tensor(np.asarray(given))
        if table.numel() and (table.ndim < 2 or table.shape[-1] not in (2, 3)):
            raise ImageError(
                f"{self.where}: keypoints must be (K, 2), (K, 3) or so many of each box; got the "
                f"shape {tuple(table.shape)}"
            )
        return table

    @cached_property
    def label(self) -> Any:
        """The class of the image: int, str or shares (classes,), or None."""
        given = self._one("label")
        plain = as_label(given)
        if plain is not None or given is None:
            return plain
        shares = torch.as_tensor(given)
        return shares.to(torch.float32) if shares.ndim == 1 else None

    @property
    def kind(self) -> tuple[Any, ...]:
        """What entries must have in common to go through the pipeline together."""
        planes = self.planes
        shares = isinstance(self.label, Tensor)
        return (
            self.picture.pixels.dtype,
            None if planes is None else (len(planes), planes.dtype),
            self.boxes is not None,
            self.box_format,
            self.keypoints is not None,
            self.label is not None,
            shares and len(self.label),
        )

    def _one(self, role: str) -> Any:
        return next((part.value for part in self.parts if part.role == role), None)

    def _mask(self, part: Part) -> Tensor:
        size = tuple(self.picture.pixels.shape[-2:])
        if isinstance(part.value, Image.Image):
            planes = mask_planes(part.value)
        else:
            planes = (
                torch.as_tensor(np.array(part.value))
                if not isinstance(part.value, Tensor)
                else part.value.detach().as_subclass(Tensor)
            )
        planes = planes.to(_WIDER.get(planes.dtype, planes.dtype))
        if _is_last(part.value, size):
            planes = planes.permute(2, 0, 1)
        if planes.ndim not in (2, 3) or planes.shape[-2:] != size:
            raise ImageError(
                f"{self.where}{part.name}: a mask is (H, W) or (K, H, W) of the size of its image, "
                f"{size[0]} × {size[1]} (height × width); got the shape {tuple(planes.shape)}"
            )
        return planes if planes.ndim == 3 else planes[None]


@dataclass(frozen=True)
class Augmented:
    """What a pipeline made of an entry.

    Attributes
    ----------
    image : Tensor
        (C, H, W).
    planes : Tensor or None
        (K, H, W).
    boxes, kept : Tensor or None
        (K', 4 or more), and which they were.
    keypoints : Tensor or None
        (P, 3).
    shares : Tensor or None
        (classes,) where images were mixed.
    """

    image: Tensor
    planes: Tensor | None = None
    boxes: Tensor | None = None
    kept: Tensor | None = None
    keypoints: Tensor | None = None
    shares: Tensor | None = None


def changes(entry: Entry, made: Augmented) -> Iterator[tuple[Path, Any]]:
    """Yield what takes the place of each part that may have changed."""
    size = (made.image.shape[-2], made.image.shape[-1])
    masks = _split(entry, made, size)
    alpha = None if entry.picture.alpha is None else masks[-1][0]
    order = iter(masks)
    for part in entry.parts:
        if part.role == "image":
            whole = entry.whole
            yield part.path, entry.picture.again(made.image, alpha) if whole else made.image
        elif part.role == "mask":
            planes = next(order)
            if part.path[-1:] == ("masks",) and made.kept is not None:  # one for each box
                planes = planes[made.kept] if len(planes) == len(entry.boxes) else planes
            yield part.path, _mask_again(planes, part.value, entry)
        elif part.role == "boxes" and made.boxes is not None:
            yield part.path, _boxes_again(made.boxes, part.value, size)
        elif part.role == "keypoints" and made.keypoints is not None:
            yield part.path, _keypoints_again(part.value, entry, made)
        elif part.role == "label" and made.shares is not None:
            yield part.path, made.shares
        elif part.role == "per box" and made.kept is not None and made.boxes is not None:
            if part.path[-1:] == ("area",):
                yield part.path, _like(_areas(made.boxes, entry.box_format), part.value)
            else:
                yield part.path, _kept(part.value, made.kept, len(entry.boxes))


def _split(entry: Entry, made: Augmented, size: tuple[int, int]) -> list[Tensor]:
    """Take the planes apart into the masks that they were."""
    start, found = 0, []
    for mask in entry.masks:
        end = start + len(mask)
        if made.planes is None or start == end:
            found.append(mask.new_empty(0, *size))
        else:
            found.append(made.planes[start:end].to(mask.dtype))
        start = end
    return found


def _mask_again(planes: Tensor, given: Any, entry: Entry) -> Any:
    flat = planes[0] if getattr(given, "ndim", 0) == 2 else planes
    if isinstance(given, Image.Image):
        flat = planes if len(given.getbands()) > 1 else planes[0]
        return mask_image(flat, given) if entry.whole else flat
    if _is_last(given, entry.picture.pixels.shape[-2:]):
        flat = flat.permute(1, 2, 0)
    return _like(flat, given)


def _boxes_again(boxes: Tensor, given: Any, size: tuple[int, int]) -> Any:
    if hasattr(given, "canvas_size"):  # torchvision's BoundingBoxes, which is never imported here
        kind: Any = type(given)
        return kind(boxes.to(given.dtype), format=given.format, canvas_size=size)
    return _like(boxes, given)


def _keypoints_again(given: Any, entry: Entry, made: Augmented) -> Any:
    table, points = entry.keypoints, made.keypoints
    assert table is not None
    assert points is not None
    columns = table.shape[-1] if table.numel() else 3
    found = points.reshape(*table.shape[:-1], 3)[..., :columns] if table.numel() else table
    if made.kept is not None and table.ndim == 3 and len(table) == len(entry.boxes):
        found = found[made.kept]
    return _like(found, given)


def _areas(boxes: Tensor, box_format: str) -> Tensor:
    if box_format == "xyxy":
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return boxes[:, 2] * boxes[:, 3]


def _kept(values: Any, kept: Tensor, count: int) -> Any:
    """Return what belongs to the boxes that are left."""
    if not hasattr(values, "__len__") or len(values) != count:
        return values
    if isinstance(values, Tensor | np.ndarray):
        return values[kept] if isinstance(values, Tensor) else values[kept.numpy()]
    return type(values)(values[i] for i in kept.tolist())


def _like(values: Tensor, given: Any) -> Any:
    """Return numbers as a tensor or array of the dtype of another; fractions are not cut off."""
    if isinstance(given, np.ndarray):
        keep = given.dtype.kind == "f" or not values.is_floating_point()
        return values.numpy().astype(given.dtype if keep else np.float32)
    if not isinstance(given, Tensor):
        return values
    if given.is_floating_point() or not values.is_floating_point():
        values = values.to(given.dtype)
    kind = type(given)
    return values if kind is Tensor else values.as_subclass(kind)


def _is_last(given: Any, size: Any) -> bool:
    """Tell whether an array has its planes last, (H, W, K)."""
    if not isinstance(given, np.ndarray) or given.ndim != 3:
        return False
    return tuple(given.shape[:2]) == tuple(size) and tuple(given.shape[1:]) != tuple(size)
