"""Arrays and tensors: which side is which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from convscope.images.pixels import as_pixels
from convscope.images.problems import ImageError

Layout: TypeAlias = Literal["HW", "HWC", "CHW", "NHW", "NHWC", "NCHW"]
Array: TypeAlias = np.ndarray  # of any dtype and shape: both are checked at run time

LAYOUTS: tuple[str, ...] = get_args(Layout)
_FEW = 4  # grey, grey + alpha, RGB, RGBA: a side this short is channels
_BANDS = 16  # a side up to this long is channels if both others are longer


def from_array(array: Array | Tensor, layout: Layout | None, name: str) -> Tensor:
    """Read one image from an array or a tensor.

    Parameters
    ----------
    array : ndarray or Tensor
        (H, W), (H, W, C) or (C, H, W), also with a leading axis of length 1.
    layout : Layout or None
        The order of its axes; None looks at the shape, and where that leaves a choice reads an
        ndarray as channels last and a tensor as channels first.
    name : str
        How errors call the image.

    Returns
    -------
    Tensor
        (C, H, W) uint8, or float32 in [0, 1]; it may share memory with `array`.
    """
    check_kind(array, name)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 4:
        raise ImageError(
            f"{name}: holds {array.shape[0]} images, shape {tuple(array.shape)}, where one is "
            "wanted; pass such a batch alone, or its images one by one"
        )
    if array.ndim == 2:
        order: Layout = "HW"
    else:
        order = _check_layout(array.shape, _single(layout), name) or guess_single(array, name)
    pixels = as_pixels(_tensor(array), name)
    if order == "HW":
        return pixels.unsqueeze(0)
    return pixels.permute(2, 0, 1) if order == "HWC" else pixels


def find_layout(array: Array | Tensor, layout: Layout | None, name: str) -> Layout:
    """Tell the axes of an array that holds one image or many."""
    check_kind(array, name)
    given = _check_layout(array.shape, layout, name)
    if given is not None:
        return given
    if array.ndim == 2:
        return "HW"
    if array.ndim == 3:
        return _guess_triple(array, name)
    return "NHWC" if _channels_last(array, array.shape[1:], name) else "NCHW"


def guess_single(array: Array | Tensor, name: str) -> Layout:
    """Tell the axes of a three-dimensional array that holds one image."""
    return "HWC" if _channels_last(array, array.shape, name) else "CHW"


def check_kind(array: Array | Tensor, name: str) -> None:
    """Refuse what can't be an image: wrong dtypes, wrong dimensions, empty sides."""
    shape = tuple(array.shape)
    if isinstance(array, np.ndarray) and array.dtype.kind not in "biufc":
        raise ImageError(f"{name}: {_dtype_problem(array)}")
    if not 2 <= len(shape) <= 4:
        raise ImageError(
            f"{name}: an image has 2 or 3 dimensions and a batch 3 or 4, but this array has the "
            f"shape {shape}"
        )
    if 0 in shape:
        raise ImageError(f"{name}: is empty, shape {shape}; give at least one pixel and one image")


def _dtype_problem(array: Array) -> str:
    if array.dtype.kind in "US":
        return "is an array of strings; if they are paths, pass a list: paths.tolist()"
    if array.dtype.kind == "O":
        return (
            "is an array of Python objects (dtype object), often made from images of different "
            "sizes; pass them as a list"
        )
    return f"is an array of {array.dtype}, which isn't an image; pass uint8 or floats in [0, 1]"


def _check_layout(shape: Sequence[int], layout: Layout | None, name: str) -> Layout | None:
    if layout is not None and len(layout) != len(shape):
        raise ImageError(
            f"{name}: layout={layout!r} has {len(layout)} axes, but the array has {len(shape)}, "
            f"shape {tuple(shape)}"
        )
    return layout


def _single(layout: Layout | None) -> Layout | None:
    if layout in ("NHWC", "NCHW"):
        return "HWC" if layout == "NHWC" else "CHW"
    return layout


def _guess_triple(array: Array | Tensor, name: str) -> Layout:
    a, b, c = array.shape
    if isinstance(array, Tensor):
        if not _is_channels(a, b, c) and not _is_channels(c, a, b):
            raise ImageError(
                f"{name}: a tensor of shape {(a, b, c)} may be {a} grey images or one image with "
                f"{a} channels; say layout='NHW' or layout='CHW'"
            )
        return guess_single(array, name)
    if _is_channels(c, a, b):
        return "HWC"
    return "CHW" if a in (1, 3, 4) else "NHW"


def _channels_last(array: Array | Tensor, sides: Sequence[int], name: str) -> bool:
    a, b, c = sides
    first, last = _is_channels(a, b, c), _is_channels(c, a, b)
    if isinstance(array, Tensor):
        return last and not first
    if not first and not last:
        raise ImageError(
            f"{name}: none of the sides of {tuple(sides)} looks like channels; say "
            "layout='HWC', 'CHW' or, for a batch, 'NHWC', 'NCHW'"
        )
    return last


def _is_channels(side: int, other: int, another: int) -> bool:
    return side <= _FEW or (side <= _BANDS and side < min(other, another))


def _tensor(array: Array | Tensor) -> Tensor:
    if isinstance(array, Tensor):
        return array
    if array.dtype.itemsize > 8 and array.dtype.kind == "f":  # torch knows no long doubles
        array = array.astype(np.float64)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()  # torch can't view mirrored arrays, and warns of read-only ones
    return torch.from_numpy(array)
