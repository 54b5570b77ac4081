"""Pixel values: which ranges come in, and what is shown."""

from __future__ import annotations

import torch
from torch import Tensor

from convscope.images.problems import ImageError

_ROUNDING = 1e-3  # how far a float may leave [0, 1] by earlier resampling before it is an error


def as_pixels(values: Tensor, name: str) -> Tensor:
    """Bring the values of one image to uint8, or to float32 in [0, 1], or say why not.

    Parameters
    ----------
    values : Tensor
        Any shape. bool, uint8 in 0..255, uint16 in 0..65535, other integers in 0..255, or floats
        in [0, 1].
    name : str
        How errors call the image.

    Returns
    -------
    Tensor
        uint8 or float32, same shape, on the CPU. It shares memory with `values` where nothing
        had to change, so it is for reading only.

    Raises
    ------
    ImageError
        For NaN or infinite values, and for values outside the range of their kind.
    """
    if values.layout != torch.strided or values.is_quantized:
        raise ImageError(f"{name}: is a sparse or quantized tensor; pass a plain, dense one")
    values = values.detach().cpu()
    if values.dtype == torch.uint8:
        return values
    if values.dtype == torch.bool:
        return values.to(torch.uint8) * 255
    if values.dtype == torch.uint16:
        return values.to(torch.float32).div_(65535)
    if values.is_complex():
        raise ImageError(f"{name}: holds complex numbers; pass their magnitude or angle in [0, 1]")
    if values.is_floating_point():
        return _unit_floats(values.to(torch.float32), name)
    return _byte_integers(values, name)


def to_float(image: Tensor) -> Tensor:
    """Turn an image into float32 in [0, 1].

    Parameters
    ----------
    image : Tensor
        Any shape; uint8 in 0..255, uint16 in 0..65535, bool, or floats, which keep their values.

    Returns
    -------
    Tensor
        float32, same shape; the image itself if it is float32 already.

    Raises
    ------
    ValueError
        For another dtype, whose range isn't known.

    Examples
    --------
    >>> import torch
    >>> to_float(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    tensor([[[0., 1.]]])
    """
    if image.is_floating_point() or image.dtype == torch.bool:
        return image.to(torch.float32)
    if image.dtype == torch.uint8:
        return image.to(torch.float32).div_(255)
    if image.dtype == torch.uint16:
        return image.to(torch.float32).div_(65535)
    raise ValueError(f"image: {image.dtype} has no known range; pass uint8, uint16 or floats")


def to_display(image: Tensor) -> Tensor:
    """Turn an image of any channel count into red, green and blue bytes.

    One or two channels are shown as grey (the second, an alpha, is dropped), three as they are,
    four as their first three (an alpha or a fourth band isn't drawn). Of five or more the first
    three are shown, each stretched from its least to its greatest value, since bands beyond the
    visible have no colour of their own.

    Parameters
    ----------
    image : Tensor
        (C, H, W); uint8, uint16, bool, or floats, which are clamped to [0, 1]. NaN shows as black.

    Returns
    -------
    Tensor
        (3, H, W) uint8; it may share memory with `image`.

    Raises
    ------
    ValueError
        If the image hasn't three dimensions, or no channel.
    """
    if image.ndim != 3 or image.shape[0] == 0:
        raise ValueError(f"image: needs the shape (C, H, W); got {tuple(image.shape)}")
    channels = image.shape[0]
    if channels < 3:
        return _as_bytes(image[:1]).expand(3, -1, -1)
    if channels > 4:
        return _as_bytes(_stretched(to_float(image[:3])))
    return _as_bytes(image[:3])


def _as_bytes(image: Tensor) -> Tensor:
    if image.dtype == torch.uint8:
        return image
    unit = torch.nan_to_num(to_float(image)).clamp(0, 1)
    return (unit * 255).round_().to(torch.uint8)


def _stretched(bands: Tensor) -> Tensor:
    bands = torch.nan_to_num(bands)
    low = bands.amin(dim=(1, 2), keepdim=True)
    span = bands.amax(dim=(1, 2), keepdim=True) - low
    return (bands - low) / torch.where(span > 0, span, 1.0)


def _unit_floats(values: Tensor, name: str) -> Tensor:
    low, high = (bound.item() for bound in torch.aminmax(values))  # NaN goes through to both
    if not (-float("inf") < low and high < float("inf")):
        bad = int((~torch.isfinite(values)).sum())
        raise ImageError(
            f"{name}: {bad} of {values.numel()} values are NaN or infinite; replace them first, "
            "for example with nan_to_num"
        )
    if low >= 0 and high <= 1:
        return values
    if low >= -_ROUNDING and high <= 1 + _ROUNDING:
        return values.clamp(0, 1)
    if low >= 0 and high <= 255:
        advice = "divide by 255, or pass the image as uint8"
    elif low < 0:
        advice = "pass the image as it was before normalisation, or rescale it to [0, 1]"
    else:
        advice = "rescale it to [0, 1]"
    raise ImageError(
        f"{name}: floats must lie in [0, 1], but these go from {low:.4g} to {high:.4g}; {advice}"
    )


def _byte_integers(values: Tensor, name: str) -> Tensor:
    kind = str(values.dtype).removeprefix("torch.")
    low, high = (int(bound) for bound in torch.aminmax(values.to(torch.int64)))
    if low < 0 or high > 255:
        raise ImageError(
            f"{name}: {kind} values must lie in 0..255, but these go from {low} to {high}; "
            "pass uint16 if they fill 0..65535, else floats rescaled to [0, 1]"
        )
    return values.to(torch.uint8)
