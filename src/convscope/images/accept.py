"""What counts as images, and how each becomes an `ImageSource`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, get_args

import numpy as np
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from convscope.images.arrays import LAYOUTS, Array, Layout, check_kind, find_layout
from convscope.images.files import Place
from convscope.images.items import DatasetSource, ItemSource, as_label, not_an_image
from convscope.images.lazy import numbered
from convscope.images.listing import Found, find_files, short_names
from convscope.images.problems import ImageError
from convscope.images.source import Errors, ImageSource, Label, View, classes_of


def as_source(
    images: Any,
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[Label] | None = None,
    errors: Errors | None = None,
    layout: Layout | None = None,
) -> ImageSource:
    """Make an image source of whatever holds images. Nothing is decoded yet.

    Parameters
    ----------
    images : object
        - a path, a folder (its subfolders are classes if all images lie in them), a glob, an fsspec
          URL of any of these, or a list of them;
        - a Pillow image, an ndarray (H, W), (H, W, C), (N, H, W) or (N, H, W, C), a tensor
          (C, H, W) or (N, C, H, W), in uint8 0..255, uint16 0..65535, bool, or floats in [0, 1];
        - a list of any of these, each one image, or of (image, label) tuples; sizes may differ;
        - a dict of name and image;
        - a torch ``Dataset`` of images, (image, label) tuples, or dicts with "image" and "label";
        - an `ImageSource`.

        Transparency of files and Pillow images is laid over white, grey stays one channel.
    names : sequence of str, optional
        One for each image; else file stems, "image 0" or "item 0".
    labels : sequence of int or str, optional
        One for each image; else those that `images` come with.
    errors : {"raise", "skip"}, optional
        What `ImageSource.batches` does with an image that can't be read; "raise" by default.
        "skip" leaves it out with a warning that names it.
    layout : {"HW", "HWC", "CHW", "NHW", "NHWC", "NCHW"}, optional
        The order of the axes of arrays and tensors; else told from the shape, and where that leaves
        a choice, ndarrays are channels last and tensors channels first.

    Returns
    -------
    ImageSource

    Raises
    ------
    ValueError
        If there is no image, or what came isn't images.
    FileNotFoundError
        If a path doesn't exist; near names are suggested.

    Examples
    --------
    >>> import numpy as np
    >>> as_source(np.zeros((2, 20, 30, 3), np.uint8), names=["dawn", "dusk"])
    <ImageSource: 2 images ('dawn', 'dusk')>
    """
    if errors not in (None, *get_args(Errors)):
        raise ValueError(f"errors: {errors!r} isn't known; choose 'raise' or 'skip'")
    if layout not in (None, *LAYOUTS):
        raise ValueError(f"layout: {layout!r} isn't known; choose one of {', '.join(LAYOUTS)}")
    if layout is not None and isinstance(images, ImageSource | str | os.PathLike | Image.Image):
        raise ValueError("layout: is only for arrays and tensors; these images know theirs")
    source = _accept(images, layout, errors or "raise")
    _check_length("names", names, source)
    _check_length("labels", labels, source)
    if names is None and labels is None and errors in (None, source.errors):
        return source
    if isinstance(images, ImageSource):  # the user's own stays as it is
        return View(source, range(len(source)), names=names, labels=labels, errors=errors)
    return _described(source, names, labels)


def _described(
    source: ImageSource, names: Iterable[str] | None, labels: Iterable[Label] | None
) -> ImageSource:
    """Give a source made here the names and labels that the user told."""
    if names is not None:
        source.names = [str(name) for name in names]
    if labels is not None:
        source.labels = list(labels)
        source.class_names = classes_of(source.labels)
    return source


def _accept(images: Any, layout: Layout | None, errors: Errors) -> ImageSource:
    if isinstance(images, ImageSource):
        return images
    if isinstance(images, str | os.PathLike):
        return _from_paths([images], errors)
    if isinstance(images, Image.Image):
        return _from_items([images], None, errors)
    if isinstance(images, np.ndarray | Tensor):
        return _from_array(images, layout, errors)
    if isinstance(images, Mapping):
        return _from_dict(images, layout, errors)
    if isinstance(images, list | tuple):
        return _from_list(images, layout, errors)
    if hasattr(images, "__array__"):
        array = np.asarray(images)
        if array.ndim == 1 and array.dtype.kind in "OUS":  # a column of a table
            return _from_list(array.tolist(), layout, errors)
        return _from_array(array, layout, errors)
    if isinstance(images, bytes | bytearray | memoryview) or hasattr(images, "read"):
        raise ValueError(
            f"images: an object of type {type(images).__name__} isn't an image; pass its path, or "
            "open it with PIL.Image.open"
        )
    if isinstance(images, IterableDataset) or not hasattr(images, "__getitem__"):
        raise ValueError(_unreadable(images))
    if hasattr(images, "__len__"):
        if len(images) == 0:
            raise ValueError("images: the dataset is empty; give at least one image")
        return DatasetSource(images, layout=layout, errors=errors)
    raise ValueError(
        f"images: an object of type {type(images).__name__} has no length; add __len__, or pass "
        "a list"
    )


def _unreadable(images: object) -> str:
    if isinstance(images, DataLoader):
        return (
            "images: a DataLoader gives batches in an order of its own; pass its dataset, "
            "loader.dataset, with images as they are before normalisation"
        )
    if isinstance(images, Set):
        return "images: a set has no order; pass a list, such as sorted(images)"
    if isinstance(images, Iterable):
        return (
            f"images: an object of type {type(images).__name__} can only be read once, in order; "
            "pass a list, such as list(itertools.islice(images, 100))"
        )
    return not_an_image(images, "images")


def _from_array(array: Array | Tensor, layout: Layout | None, errors: Errors) -> ImageSource:
    order = find_layout(array, layout, "images")
    if order.startswith("N"):
        return ItemSource(
            array,
            numbered("image", array.shape[0]),
            layout=_without_batch(order),
            errors=errors,
        )
    return ItemSource([array], numbered("image", 1), layout=order, errors=errors)


def _without_batch(order: Layout) -> Layout:
    if order == "NHW":
        return "HW"
    return "HWC" if order == "NHWC" else "CHW"


def _from_dict(images: Mapping[Any, Any], layout: Layout | None, errors: Errors) -> ImageSource:
    if not images:
        raise ValueError("images: the dict is empty; give at least one image")
    source = _from_list(list(images.values()), layout, errors)
    if len(source) != len(images):
        raise ValueError("images: each entry of a dict must be one image, not a folder or a glob")
    return _described(source, images, None)


def _from_list(items: Sequence[Any], layout: Layout | None, errors: Errors) -> ImageSource:
    if not items:
        raise ValueError("images: the list is empty; give at least one image")
    if _is_labelled_batch(items):
        raise ValueError(
            "images: this looks like a batch with its labels, as a DataLoader gives it; pass the "
            "images alone, with values in [0, 1]"
        )
    pairs = [_pair(item) for item in items]
    if None not in pairs:
        source = _from_list([pair[0] for pair in pairs if pair], layout, errors)
        labels = [pair[1] for pair in pairs if pair]
        _check_length("labels", labels, source)
        return _described(source, None, labels)
    if all(isinstance(item, str | os.PathLike) for item in items):
        if layout is not None:
            raise ValueError("layout: is only for arrays and tensors; files know theirs")
        return _from_paths(items, errors)
    return _from_items(items, layout, errors)


def _is_labelled_batch(items: Sequence[Any]) -> bool:
    """Tell whether there is a batch with one label for each image, or a list of such pairs."""
    if isinstance(items[0], list | tuple) and len(items[0]) == 2:
        return _is_labelled_batch(items[0])
    if len(items) != 2 or not all(isinstance(item, np.ndarray | Tensor) for item in items):
        return False
    images, labels = items
    return images.ndim == 4 and labels.ndim == 1 and len(images) == len(labels)


def _pair(item: Any) -> tuple[Any, Label] | None:
    """Take an (image, label) tuple apart; None for anything else."""
    if not isinstance(item, tuple) or len(item) != 2:
        return None
    label = as_label(item[1])
    return None if label is None else (item[0], label)


def _from_paths(paths: Sequence[Any], errors: Errors) -> ImageSource:
    files: list[Place] = []
    labels: list[Label] = []
    for path in paths:
        found = _found(path, errors, alone=len(paths) == 1)
        files += found.files
        labels += found.labels or []
    return ItemSource(
        files,
        short_names(files),
        labels=labels if len(labels) == len(files) else None,
        errors=errors,
    )


def _found(path: Any, errors: Errors, *, alone: bool) -> Found:
    text = os.fspath(path)
    if not isinstance(text, str):
        raise ValueError(f"images: the path {text!r} is bytes; pass it as a string")
    # One path must exist. Of many, those not there are left to reading, which can skip them; and
    # asking a remote store about each beforehand would take long.
    return find_files(text, missing_ok=not alone and (errors == "skip" or "://" in text))


def _from_items(items: Sequence[Any], layout: Layout | None, errors: Errors) -> ImageSource:
    """Take items of several kinds; paths among them may stand for many files."""
    places: list[Any] = []
    names: list[str] = []
    for item in items:
        name = f"image {len(places)}"
        if isinstance(item, str | os.PathLike):
            files = _found(item, errors, alone=False).files
            places += files
            names += short_names(files)
            continue
        if errors == "raise":
            _check_item(item, name)
        places.append(item)
        names.append(name)
    return ItemSource(places, names, layout=layout, errors=errors)


def _check_item(item: Any, name: str) -> None:
    """Refuse at once what can never be read."""
    if isinstance(item, np.ndarray | Tensor):
        check_kind(item, name)
    elif not isinstance(item, Image.Image) and not hasattr(item, "__array__"):
        raise ImageError(not_an_image(item, name))


def _check_length(what: str, given: Sequence[Any] | None, source: ImageSource) -> None:
    if given is not None and len(given) != len(source):
        raise ValueError(f"{what}: got {len(given)} for {len(source)} images; give one for each")
