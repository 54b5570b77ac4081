"""One item of a Dataset, taken apart for a pipeline and put together again as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.images import ImageError
from convscope.images.arrays import from_array
from convscope.images.decode import from_pillow
from convscope.images.items import as_label

_IMAGE_KEYS = ("image", "img", "pixel_values")
_MASK_KEYS = ("mask", "masks", "segmentation")
_LABEL_KEYS = ("label", "labels", "target")


@dataclass
class Item:
    """What a pipeline takes of one item.

    Attributes
    ----------
    image : Tensor
        (C, H, W) uint8, or float32 in [0, 1].
    mask : Tensor or None
        (H, W) or (K, H, W).
    boxes, keypoints : object or None
        Tables (K, 4 or more) and (K, 2 or 3).
    label : int, str or None
        The class of the image.
    """

    image: Tensor
    mask: Any = None
    boxes: Any = None
    keypoints: Any = None
    label: Any = None


def as_tensor(image: Any, name: str) -> Tensor:
    """Return one image as (C, H, W), uint8 or float32 in [0, 1]."""
    if isinstance(image, Image.Image):
        return from_pillow(image, name)
    if isinstance(image, Tensor | np.ndarray):
        return from_array(image, "CHW" if _channels_first(image) else None, name)
    raise ImageError(
        f"{name}: is of type {type(image).__name__}; give a Pillow image, an array or a tensor"
    )


def as_given(image: Tensor, given: Any) -> Any:
    """Return a tensor (C, H, W) as an image of the kind that was given."""
    if isinstance(given, Image.Image):
        bytes_ = image if image.dtype == torch.uint8 else image.mul(255).add_(0.5).to(torch.uint8)
        array = bytes_.permute(1, 2, 0).contiguous().numpy()
        return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    if isinstance(given, np.ndarray):
        array = image.numpy()
        return array[0] if given.ndim == 2 else np.ascontiguousarray(array.transpose(1, 2, 0))
    return image[0] if given.ndim == 2 else image


def apart(item: Any, name: str) -> Item:
    """Take an item apart: an image, a pair (image, target), or a dict that names its parts.

    A target is a label, a mask, or a dict with "masks", "boxes", "keypoints" and "labels" as
    torchvision's detection models take them; labels of boxes stay with their boxes.
    """
    if isinstance(item, Mapping):
        key = _key(item, _IMAGE_KEYS)
        if key is None:
            raise ImageError(
                f"{name}: is a dict without 'image'; it has {', '.join(map(str, item))}"
            )
        found = Item(as_tensor(item[key], name))
        _named(found, item)
        return found
    if not isinstance(item, tuple | list) or not item:
        return Item(as_tensor(item, name))
    found = Item(as_tensor(item[0], name))
    for part in item[1:2]:
        if isinstance(part, Mapping):
            _named(found, part)
        elif as_label(part) is not None:
            found.label = as_label(part)
        else:
            found.mask = _mask(part)
    return found


def together(item: Any, image: Any, new: Item, kept: Tensor | None) -> Any:
    """Put an item together again, of the same structure, with other parts.

    Parameters
    ----------
    item : object
        As it came.
    image : object
        What its image is now.
    new : Item
        Its other parts; the label is shares of classes where images were mixed.
    kept : Tensor or None
        (K,) which boxes are left.
    """
    if isinstance(item, Mapping):
        return {**_renamed(item, new, kept), _key(item, _IMAGE_KEYS): image}
    if not isinstance(item, tuple | list):
        return image
    rest = list(item[1:])
    if rest and isinstance(rest[0], Mapping):
        rest[0] = _renamed(rest[0], new, kept)
    elif rest and as_label(rest[0]) is not None:
        rest[0] = rest[0] if new.label is None else new.label
    elif rest:
        rest[0] = _mask_as_given(new.mask, rest[0])
    return type(item)([image, *rest])


def _named(found: Item, parts: Mapping[Any, Any]) -> None:
    """Take what a dict names; labels beside boxes are those of the boxes."""
    key = _key(parts, _MASK_KEYS)
    if key is not None:
        found.mask = _mask(parts[key])
    found.boxes = parts.get("boxes")
    found.keypoints = parts.get("keypoints")
    key = _key(parts, _LABEL_KEYS)
    if key is not None and found.boxes is None:
        found.label = as_label(parts[key])


def _renamed(parts: Mapping[Any, Any], new: Item, kept: Tensor | None) -> dict[Any, Any]:
    """Return a dict with new parts; what belongs to boxes that are gone goes too."""
    changed = dict(parts)
    key = _key(parts, _MASK_KEYS)
    if key is not None and new.mask is not None:
        changed[key] = _mask_as_given(new.mask, parts[key])
    if new.keypoints is not None:
        changed["keypoints"] = new.keypoints
    label = _key(parts, _LABEL_KEYS)
    if new.boxes is None or kept is None:
        if label is not None and new.label is not None:
            changed[label] = new.label
        return changed
    count = len(parts["boxes"])
    changed["boxes"] = new.boxes
    for name in {label, "area", "iscrowd"} & set(parts):
        if hasattr(parts[name], "__len__") and len(parts[name]) == count:
            changed[name] = _taken(parts[name], kept)
    if "area" in changed:
        changed["area"] = (new.boxes[:, 2] - new.boxes[:, 0]) * (new.boxes[:, 3] - new.boxes[:, 1])
    return changed


def _taken(values: Any, kept: Tensor) -> Any:
    if isinstance(values, Tensor | np.ndarray):
        return values[kept] if isinstance(values, Tensor) else values[kept.numpy()]
    return [values[i] for i in kept.tolist()]


def _mask(mask: Any) -> Tensor:
    return mask if isinstance(mask, Tensor) else torch.from_numpy(np.array(mask))


def _mask_as_given(mask: Any, given: Any) -> Any:
    if isinstance(given, Tensor):
        return mask
    array = mask.numpy()
    if not isinstance(given, Image.Image):
        return array
    picture = Image.fromarray(array, given.mode if given.mode in ("P", "L") else None)
    if given.mode == "P":
        picture.putpalette(given.getpalette() or [])
    return picture


def _key(parts: Mapping[Any, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in parts), None)


def _channels_first(image: Any) -> bool:
    return isinstance(image, Tensor) and image.ndim == 3
