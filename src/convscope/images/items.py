"""Sources over what the user holds: paths, arrays, tensors, Pillow images, datasets."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from convscope.images.arrays import Layout, from_array
from convscope.images.decode import from_pillow
from convscope.images.files import RemoteFile, read_file
from convscope.images.lazy import Lazy, numbered
from convscope.images.problems import ImageError
from convscope.images.source import Errors, ImageSource, Label, classes_of
from convscope.images.stamp import stamp_of

_IMAGE_KEYS = ("image", "img", "pixel_values", "jpg", "png")
_LABEL_KEYS = ("label", "labels", "fine_label", "target", "cls")

_pillow_lock = threading.Lock()  # a Pillow image opened from a file decodes itself on first use


class ItemSource(ImageSource):
    """Images that each are an item of their own.

    Parameters
    ----------
    items : sequence
        Local paths, `RemoteFile`, Pillow images, arrays and tensors, mixed as they come; or one
        array or tensor, of which each entry is an image.
    names : sequence of str
    labels : sequence, optional
    layout : Layout, optional
        Of each array; None looks at each.
    errors : {"raise", "skip"}
    """

    def __init__(
        self,
        items: Any,
        names: Sequence[str],
        *,
        labels: Sequence[Label] | None = None,
        layout: Layout | None = None,
        errors: Errors = "raise",
    ) -> None:
        self._items = items
        self._layout = layout
        self.names = names
        self.labels = labels
        self.class_names = classes_of(labels)
        self.errors = errors

    def read(self, index: int, *, near: int | None = None) -> Tensor:
        """Decode one item."""
        number, given = f"image {index}", self.names[index]
        name = number if given == number else f"image {given!r}"
        return read_item(self._items[index], name, layout=self._layout, near=near)

    def stamp(self, index: int) -> int:
        """Return the stamp of one item."""
        return stamp_of(self._items[index])


class DatasetSource(ImageSource):
    """The images of a map-style dataset, such as ``torch.utils.data.Dataset``.

    Its items are images, (image, label, …) tuples, or dicts with an image and perhaps a label. They
    are read by one thread, in order, since datasets needn't bear more.

    Parameters
    ----------
    dataset : object
        With ``__len__`` and ``__getitem__``.
    layout : Layout, optional
        Of items that are arrays; None looks at each.
    errors : {"raise", "skip"}
    """

    threads = 1

    def __init__(
        self, dataset: Any, *, layout: Layout | None = None, errors: Errors = "raise"
    ) -> None:
        self._dataset = dataset
        self._layout = layout
        self._known: dict[int, Label] = {}
        self.errors = errors
        self.names = numbered("item", len(dataset))
        classes = getattr(dataset, "classes", None)
        if isinstance(classes, Sequence) and all(isinstance(name, str) for name in classes):
            self.class_names = list(classes)
        if self._first_has_label():
            self.labels = Lazy(len(dataset), self._label)

    def read(self, index: int, *, near: int | None = None) -> Tensor:
        """Decode the image of one item, and remember its label."""
        name = f"dataset item {index}"
        image, label = _parts(self._item(index), name)
        if label is not None:
            self._known[index] = label
        return read_item(image, name, layout=self._layout, near=near)

    def _item(self, index: int) -> Any:
        try:
            return self._dataset[index]
        except Exception as error:  # the dataset is the user's code
            text = f"{type(error).__name__}: {error}"
            raise ImageError(f"dataset item {index}: the dataset raised {text}") from error

    def _first_has_label(self) -> bool:
        try:
            return _parts(self._item(0), "dataset item 0")[1] is not None
        except ImageError:
            if self.errors == "raise":
                raise
            return False

    def _label(self, index: int) -> Label:
        if index not in self._known:
            label = _parts(self._item(index), f"dataset item {index}")[1]
            if label is None:
                raise ImageError(f"dataset item {index}: has no label, though item 0 has one")
            self._known[index] = label
        return self._known[index]


def read_item(item: Any, name: str, *, layout: Layout | None, near: int | None) -> Tensor:
    """Read one image, whatever holds it; see `from_array`, `from_pillow` and `read_file`."""
    if isinstance(item, RemoteFile | str | os.PathLike):
        return read_file(item if isinstance(item, RemoteFile) else os.fspath(item), near=near)
    if isinstance(item, Image.Image):
        with _pillow_lock:
            return from_pillow(item, name)
    if not isinstance(item, Tensor | np.ndarray) and hasattr(item, "__array__"):
        item = np.asarray(item)
    if isinstance(item, Tensor | np.ndarray):
        return from_array(item, layout, name)
    raise ImageError(not_an_image(item, name))


def not_an_image(item: object, name: str) -> str:
    """Say that something is no image, and what is."""
    advice = "pass a path, a Pillow image, an array or a tensor"
    if isinstance(item, list | tuple):
        advice = (
            "make nested lists an array first, with numpy.array, and don't nest lists of images"
        )
    return f"{name}: an object of type {type(item).__name__} isn't an image; {advice}"


def as_label(value: object) -> Label | None:
    """Read a label; None if the value isn't one."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        number = value.item()
        return number if isinstance(number, int) else None
    return None


def _parts(item: Any, name: str) -> tuple[Any, Label | None]:
    """Take a dataset's item apart into its image and its label."""
    if isinstance(item, Mapping):
        key = next((key for key in _IMAGE_KEYS if key in item), None)
        if key is None:
            held = ", ".join(repr(key) for key in item)
            raise ImageError(f"{name}: no image among its keys {held}; name it 'image'")
        label = next((item[key] for key in _LABEL_KEYS if key in item), None)
        return item[key], as_label(label)
    if isinstance(item, tuple | list):
        if not item:
            raise ImageError(f"{name}: is empty; it needs to start with an image")
        return item[0], as_label(item[1]) if len(item) > 1 else None
    return item, None
