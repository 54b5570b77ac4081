"""One item of a Dataset: what it holds and where, so that it can be put together again."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from PIL import Image
from torch import Tensor

from convscope.images import ImageError
from convscope.images.items import as_label

Role: TypeAlias = Literal["image", "mask", "boxes", "keypoints", "label", "per box", "other"]
Roles: TypeAlias = Mapping[Hashable, "Role | None"]
Path: TypeAlias = tuple[Any, ...]

_NAMES: dict[Role, tuple[str, ...]] = {
    "image": ("image", "img", "pixel_values"),
    "mask": ("mask", "masks", "segmentation"),
    "boxes": ("boxes", "bboxes"),
    "keypoints": ("keypoints",),
    "label": ("label", "labels", "target"),
}
_PER_BOX = ("labels", "area", "iscrowd", "scores", "difficult")  # beside boxes
_KNOWN: dict[Hashable, Role] = {name: role for role, names in _NAMES.items() for name in names}


@dataclass(frozen=True)
class Part:
    """Something in an item.

    Attributes
    ----------
    path : tuple
        Names and positions that lead to it; () if it is the item itself.
    role : Role
        What it is; "other" goes as it is.
    value : object
    """

    path: Path
    role: Role
    value: Any

    @property
    def name(self) -> str:
        """What a person calls it."""
        return _spelt(self.path)


def checked_roles(roles: Roles | None) -> Roles:
    """Return roles by name or position, or say what is none."""
    for name, role in (roles or {}).items():
        if role is not None and role not in get_args(Role):
            known = ", ".join(repr(each) for each in get_args(Role)[:-1])
            raise ValueError(f"roles: {name!r} can't be {role!r}; choose {known} or None")
    return dict(roles or {})


def parts_of(item: Any, roles: Roles, where: str) -> list[Part]:
    """Find the parts of an item: an image, (image, …), or a dict that names them.

    Parameters
    ----------
    item : object
    roles : mapping
        What is what, by name or position, where that can't be told.
    where : str
        How errors call the item.
    """
    if isinstance(item, Mapping):
        parts = list(_named(item, (), roles, where, inner=False))
    elif isinstance(item, tuple | list):
        parts = list(_listed(item, roles, where))
    else:
        parts = [Part((), "image", item)]
    for role in ("image", "boxes", "keypoints", "label"):
        count = sum(part.role == role for part in parts)
        if count > 1:
            raise ImageError(
                f"{where}: has {count} parts that are {role}; say with roles= which is"
            )
    if not any(part.role == "image" for part in parts):
        held = f" among its keys {', '.join(map(str, item))}" if isinstance(item, Mapping) else ""
        raise ImageError(f"{where}: there is no image{held}; say with roles= what is the image")
    return parts


def put(item: Any, changes: Mapping[Path, Any]) -> Any:
    """Return an item of the same structure with other parts at some paths."""
    if () in changes:
        return changes[()]
    below: dict[Any, dict[Path, Any]] = {}
    for path, value in changes.items():
        below.setdefault(path[0], {})[path[1:]] = value
    if isinstance(item, Mapping):
        changed: Any = copy.copy(item) if isinstance(item, dict) else dict(item)
        for step, inner in below.items():
            changed[step] = put(item[step], inner)
        return changed
    values = [put(each, below[i]) if i in below else each for i, each in enumerate(item)]
    return type(item)(*values) if hasattr(item, "_fields") else type(item)(values)


def _listed(item: Any, roles: Roles, where: str) -> Iterator[Part]:
    size = None
    for i, value in enumerate(item):
        if i in roles:
            yield Part((i,), roles[i] or "other", value)
        elif i == 0 and "image" not in roles.values():
            size = _size(value)
            yield Part((i,), "image", value)
        elif isinstance(value, Mapping):
            yield from _named(value, (i,), roles, where, inner=True)
        else:
            yield Part((i,), _told(value, size, f"{where}[{i}]"), value)


def _named(
    item: Mapping[Any, Any], path: Path, roles: Roles, where: str, *, inner: bool
) -> Iterator[Part]:
    """Name the parts of a dict; beside boxes, labels are theirs."""
    taken = set(roles.values())
    boxed = any(roles.get(key, _KNOWN.get(key)) == "boxes" for key in item)
    pixels = next((item[key] for key in item if _KNOWN.get(key) == "image"), None)
    for key, value in item.items():
        role: Role | None = _KNOWN.get(key)
        if key in roles:
            role = roles[key] or "other"
        elif boxed and key in _PER_BOX:
            role = "per box"
        elif isinstance(value, Mapping) and not inner:
            yield from _named(value, (*path, key), roles, where, inner=True)
            continue
        elif role == "image" and (inner or "image" in taken):
            role = None
        if role is None or (role == "label" and key not in roles):
            role = _told(value, _size(pixels), where + _spelt((*path, key)))
            role = "other" if _KNOWN.get(key) is None and role == "label" else role
        yield Part((*path, key), role, value)


def _told(value: Any, size: tuple[int, int] | None, where: str) -> Role:
    """Tell what stands beside an image in a tuple."""
    if hasattr(value, "canvas_size") and hasattr(value, "format"):  # torchvision's BoundingBoxes
        return "boxes"
    if isinstance(value, Image.Image):
        return "mask"
    if as_label(value) is not None:
        return "label"
    if isinstance(value, Tensor | np.ndarray):
        if value.ndim >= 2 and size in (tuple(value.shape[-2:]), tuple(value.shape[:2])):
            return "mask"
        if value.ndim == 1:  # shares of classes, or a vector of marks
            return "label"
    _check_harmless(value, where)
    return "other"


def _size(image: Any) -> tuple[int, int] | None:
    """Return the height and width of an image, as far as its shape tells."""
    if isinstance(image, Image.Image):
        return image.height, image.width
    shape = tuple(getattr(image, "shape", ()))
    if len(shape) < 2:
        return None
    return shape[:2] if isinstance(image, np.ndarray) else shape[-2:]


def _spelt(path: Path) -> str:
    return "".join(f"[{step!r}]" for step in path)


def _check_harmless(value: Any, where: str) -> None:
    """Refuse what may lie on the image: it would stay where it is while the image moves."""
    if isinstance(value, list | tuple) and value:
        plain = all(each is None or isinstance(each, str | bytes | int | float) for each in value)
    elif isinstance(value, Tensor | np.ndarray):
        plain = value.ndim < 2
    else:
        plain = not isinstance(value, Mapping) or not value
    if not plain:
        step = where[where.rindex("[") + 1 : -1]
        raise ImageError(
            f"{where}: is a {type(value).__name__}, and may have to move with the image; say what "
            f"it is, with roles={{{step}: 'mask'}} or such, or None to leave it as it is"
        )
