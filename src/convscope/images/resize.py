"""Resizing, antialiased, in memory that doesn't grow with the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias, get_args

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

Method: TypeAlias = Literal["nearest", "bilinear", "bicubic", "area"]

METHODS: tuple[str, ...] = get_args(Method)
_STRIP = 1 << 24  # values worked on at once; larger images go in strips of rows


def resize(image: Tensor, size: tuple[int, int], *, method: Method = "bilinear") -> Tensor:
    """Resize an image; shrinking is antialiased.

    Large images are shrunk along one side first, a strip at a time. The result is that of doing it
    at once, but a 20,000 × 20,000 image never has a float copy.

    Parameters
    ----------
    image : Tensor
        (C, H, W), any dtype but complex.
    size : tuple of int
        (h, w) of the result, in pixels.
    method : {"nearest", "bilinear", "bicubic", "area"}
        "area" is the mean of the source pixels under each new one. "bicubic" is clamped to [0, 1],
        or to the range of a float image that leaves [0, 1], so that it doesn't overshoot.

    Returns
    -------
    Tensor
        (C, h, w), dtype of `image`; integers are rounded.

    Raises
    ------
    ValueError
        For a wrong shape, size or method.

    Examples
    --------
    >>> import torch
    >>> resize(torch.zeros(3, 40, 60, dtype=torch.uint8), (20, 30)).shape
    torch.Size([3, 20, 30])
    """
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(f"image: needs the shape (C, H, W), not empty; got {tuple(image.shape)}")
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size: needs (height, width), both at least 1; got {size}")
    if method not in METHODS:
        raise ValueError(f"method: {method!r} isn't known; choose one of {', '.join(METHODS)}")
    if image.is_complex():
        raise ValueError("image: complex numbers can't be resized; pass real ones")
    height, width = size
    if (height, width) == tuple(image.shape[1:]):
        return image
    lines = image
    if image.numel() > _STRIP:
        lines = _shorter(image, height) if method == "area" else _narrower(image, width, method)
    result = _interpolate(lines, size, method)
    return _restored(result, image, method)


def fit(height: int, width: int, max_side: int) -> tuple[int, int]:
    """Tell the size of an image shrunk, never enlarged, to `max_side` with its shape kept."""
    if max_side < 1:
        raise ValueError(f"max_side: must be at least 1 pixel; got {max_side}")
    scale = min(1.0, max_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


# Both write into one tensor made beforehand: lines kept one by one between the buffers that torch
# needs for each would leave holes in the heap, gigabytes in the end.


def _narrower(image: Tensor, width: int, method: Method) -> Tensor:
    """Resize the rows, a strip of them at a time."""
    first = _interpolate(image[:, :1], (1, width), method)
    lines = first.new_empty(image.shape[0], image.shape[1], width)
    for top, strip in _strips(image):
        lines[:, top : top + strip.shape[1]] = _interpolate(strip, (strip.shape[1], width), method)
    return lines


def _shorter(image: Tensor, height: int) -> Tensor:
    """Average the rows under each new row, which takes torch's own "area" ten times as long."""
    channels, source, width = image.shape
    lines = image.new_zeros((height, width * channels), dtype=_working_dtype(image.dtype))
    for row, line in enumerate(lines):
        window = image[:, row * source // height : -(-(row + 1) * source // height)]
        for _, strip in _strips(window):
            flat = strip.permute(1, 2, 0).reshape(strip.shape[1], -1)
            line += flat.sum(dim=0, dtype=lines.dtype)
        line /= window.shape[1]
    return lines.view(height, width, channels).permute(2, 0, 1)


def _strips(image: Tensor) -> Iterator[tuple[int, Tensor]]:
    rows = max(1, _STRIP // (image.shape[0] * image.shape[2]))
    return ((top, image[:, top : top + rows]) for top in range(0, image.shape[1], rows))


def _interpolate(image: Tensor, size: tuple[int, int], method: Method) -> Tensor:
    """Interpolate in the narrowest dtype that torch can work in: bytes stay bytes."""
    if image.dtype != torch.uint8 or method == "area":
        image = image.to(_working_dtype(image.dtype))
    if method == "nearest":
        return F.interpolate(image[None], size, mode="nearest-exact")[0]
    if method == "area":
        return F.interpolate(image[None], size, mode="area")[0]
    return F.interpolate(image[None], size, mode=method, antialias=True)[0]


def _working_dtype(dtype: torch.dtype) -> torch.dtype:
    wide = (torch.float64, torch.int32, torch.int64, torch.uint32, torch.uint64)
    return torch.float64 if dtype in wide else torch.float32


def _restored(result: Tensor, image: Tensor, method: Method) -> Tensor:
    """Bring the result back to the dtype and range of the image."""
    dtype = image.dtype
    if dtype.is_floating_point:
        if method == "bicubic":
            low, high = (float(bound) for bound in torch.aminmax(image))
            result = result.clamp(min(low, 0.0), max(high, 1.0))
        return result.to(dtype)
    if result.dtype == dtype:
        return result
    if dtype == torch.bool:
        return result >= 0.5
    bounds = torch.iinfo(dtype)
    return result.round().clamp(bounds.min, bounds.max).to(dtype)
