"""What callers hand in: tensors of any device and type, or arrays; read, never written."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from convscope.plots.style import Array


def numbers(value: Any, argument: str) -> Array:
    """Read a tensor or an array as floating-point numbers, without changing it.

    Parameters
    ----------
    value : Tensor or array_like
        Any shape, device and real type, also bfloat16 and tensors that ask for a gradient.
    argument : str
        The name of the argument, for the error message.

    Returns
    -------
    ndarray
        float32 or float64. It may share memory with `value`, so nobody here writes to it.

    Raises
    ------
    TypeError
        For complex numbers and for what is not numbers.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach()
        exact = torch.float64 if value.dtype in (torch.float64, torch.int64) else torch.float32
        if not value.is_complex():
            value = value.to(device="cpu", dtype=exact).numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{argument}: expected real numbers, got {_kind(value, array)}")
    if array.size == 0:
        raise ValueError(f"{argument}: expected at least one value, got shape {array.shape}")
    if array.dtype in (np.float32, np.float64):
        return np.asarray(array)
    return array.astype(np.float32 if array.dtype == np.float16 else np.float64)


def maps_of(value: Any, argument: str = "maps") -> Array:
    """Read the activation of one image: maps (C, H, W), one map (H, W) or a vector (C,).

    A batch of one, (1, C, H, W), is taken as its only image, and maps of a single position,
    (C, 1, 1), as a vector.

    Returns
    -------
    ndarray
        (C, H, W) for maps, (C,) for a vector.
    """
    array = numbers(value, argument)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[1:] == (1, 1):
        return array[:, 0, 0]
    if array.ndim == 2:
        return array[None]
    if array.ndim in (1, 3):
        return array
    hint = f"; choose one image: {argument}[0]" if array.ndim == 4 else ""
    raise ValueError(
        f"{argument}: expected (C, H, W), (H, W) or (C,) of one image, "
        f"got shape {array.shape}{hint}"
    )


def picture_of(value: Any, argument: str = "image") -> npt.NDArray[np.uint8]:
    """Read a picture for showing.

    Parameters
    ----------
    value : Tensor or array_like
        (3, h, w), (1, h, w), (4, h, w), (h, w, 3), (h, w, 1), (h, w, 4) or (h, w); integers 0 to
        255, or floating-point numbers in [0, 1]. Transparency is left out.

    Returns
    -------
    ndarray
        (h, w, 3) uint8, a new array.
    """
    raw = value.dtype if isinstance(value, torch.Tensor) else np.asarray(value).dtype
    array = numbers(value, argument)
    array = array[None] if array.ndim == 2 else array
    if array.ndim == 3 and array.shape[0] not in (1, 3, 4) and array.shape[2] in (1, 3, 4):
        array = array.transpose(2, 0, 1)
    if array.ndim != 3 or array.shape[0] not in (1, 3, 4):
        raise ValueError(
            f"{argument}: expected a picture (3, h, w), (1, h, w) or (h, w), got {array.shape}"
        )
    whole = raw in (torch.uint8, np.uint8) or (array.max() > 1.0 and _is_whole(raw))
    floats = np.nan_to_num(array[:3] / (255.0 if whole else 1.0))
    if floats.max() > 1.001 or floats.min() < -0.001:
        raise ValueError(
            f"{argument}: expected numbers in [0, 1], or whole ones in 0 to 255, got "
            f"{array.min():.3g} to {array.max():.3g}; show the picture before its normalisation"
        )
    shown = np.round(np.clip(floats, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    return np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else np.ascontiguousarray(shown)


def kernels_of(value: Any, argument: str = "weight") -> Array:
    """Read weights (out, in, kh, kw); (out, in, k) and (out, in) get their missing axes.

    Raises
    ------
    ValueError
        For weights that are no 1-D or 2-D convolution.
    """
    array = numbers(value, argument)
    if array.ndim == 2:
        return array[:, :, None, None]
    if array.ndim == 3:
        return array[:, :, None, :]
    if array.ndim == 4:
        return array
    hint = "; choose one slice: weight[:, :, 0]" if array.ndim == 5 else ""
    raise ValueError(
        f"{argument}: expected weights (out, in, kh, kw), got shape {array.shape}{hint}"
    )


def norms(kernels: Array) -> Array:
    """Measure the length of every kernel, (out, in), leaving out what is not finite."""
    finite = np.where(np.isfinite(kernels), kernels, 0)
    return np.asarray(np.sqrt((finite.astype(np.float64) ** 2).sum(axis=(2, 3))))


def _is_whole(dtype: Any) -> bool:
    if isinstance(dtype, torch.dtype):
        return not dtype.is_floating_point
    return np.dtype(dtype).kind in "iu"


def _kind(value: Any, array: npt.NDArray[Any]) -> str:
    return f"{type(value).__name__} of {array.dtype}"
