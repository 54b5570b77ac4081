"""Values with arrays and pictures in them, as JSON beside binary buffers.

The JavaScript side is ``js/lib/binary.ts``. Arrays become ``{"$buffer": i, "dtype", "shape"}``,
encoded pictures ``{"$buffer": i, "mediaType", "width", "height"}``, and NaN and infinities, which
JSON cannot write, ``{"$float": "NaN"}``.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping, Sequence, Set
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch

Json = None | bool | int | float | str | list[Any] | dict[str, Any]
AnyArray = npt.NDArray[Any]

# What JavaScript has typed arrays for, by NumPy's names.
WIRE_DTYPES = frozenset(
    {"float32", "float64", "uint8", "int8", "uint16", "int16", "uint32", "int32"}
)


@runtime_checkable
class EncodedPicture(Protocol):
    """An image as bytes of a file format; `convscope.images.Encoded` is one."""

    @property
    def data(self) -> bytes:
        """The file's bytes."""

    @property
    def media_type(self) -> str:
        """Such as ``image/webp``."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    @property
    def height(self) -> int:
        """Height in pixels."""


def encode(value: object) -> tuple[Json, list[bytes]]:
    """Take ``value`` apart into JSON and the buffers that it points to.

    Parameters
    ----------
    value
        Dicts, lists, tuples, sets, dataclasses, strings, numbers, None, and anywhere inside NumPy
        arrays, tensors (any device, any layout) and encoded pictures. Buffers are copies: what is
        sent does not change when the array does later.

    Raises
    ------
    TypeError
        Where something inside cannot be sent; the message says where it stands.

    Examples
    --------
    >>> encode({"map": np.zeros((2, 3), np.float32), "name": "conv1"})[0]
    {'map': {'$buffer': 0, 'dtype': 'float32', 'shape': [2, 3]}, 'name': 'conv1'}
    """
    buffers: list[bytes] = []
    return _encode(value, buffers, "value"), buffers


def _encode(value: object, buffers: list[bytes], where: str) -> Json:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (list, dict)):  # what most values are: asked before what takes longer
        return _container(value, buffers, where)
    if isinstance(value, torch.Tensor):
        return _encode(_to_numpy(value), buffers, where)
    if isinstance(value, np.generic):
        return _encode(value.item(), buffers, where)
    if isinstance(value, np.ndarray):
        return _array(value, buffers, where)
    if isinstance(value, EncodedPicture):
        return _picture(value, buffers)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _array(np.frombuffer(value, np.uint8), buffers, where)
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return _container(value, buffers, where)


def _container(value: object, buffers: list[bytes], where: str) -> Json:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        value = {field.name: getattr(value, field.name) for field in fields}
    if isinstance(value, Mapping):
        return _mapping(value, buffers, where)
    if isinstance(value, (Sequence, Set)):
        return [_encode(item, buffers, f"{where}[{i}]") for i, item in enumerate(value)]
    raise TypeError(f"{where}: cannot send a {type(value).__name__} to the page")


def _mapping(value: Mapping[Any, object], buffers: list[bytes], where: str) -> Json:
    items = [(str(key), _encode(v, buffers, f"{where}.{key}")) for key, v in value.items()]
    if any(key.startswith("$") for key, _ in items):
        # A user's own key must not be taken for one of our tags.
        return {"$map": [list(item) for item in items]}
    return dict(items)


def _number(value: float) -> Json:
    if isinstance(value, int):
        return int(value)
    if math.isnan(value):
        return {"$float": "NaN"}
    if math.isinf(value):
        return {"$float": "Infinity" if value > 0 else "-Infinity"}
    return float(value)


def _picture(value: EncodedPicture, buffers: list[bytes]) -> Json:
    buffers.append(bytes(value.data))
    return {
        "$buffer": len(buffers) - 1,
        "mediaType": value.media_type,
        "width": int(value.width),
        "height": int(value.height),
    }


def _array(array: AnyArray, buffers: list[bytes], where: str) -> Json:
    if array.ndim == 0:
        return _encode(array.item(), buffers, where)
    wire = _wire_array(array, where)
    buffers.append(wire.tobytes())  # C order, whatever the strides were
    return {
        "$buffer": len(buffers) - 1,
        "dtype": wire.dtype.name,
        "shape": [int(n) for n in wire.shape],
    }


def _wire_array(array: AnyArray, where: str) -> AnyArray:
    """Return ``array`` in a dtype that JavaScript has, little-endian, values unchanged."""
    name = array.dtype.name
    if name == "bool":
        array = array.astype(np.uint8)
    elif name == "float16":
        array = array.astype(np.float32)
    elif array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        small = array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31)
        array = array.astype(np.int32 if small else np.float64)
    elif name not in WIRE_DTYPES:
        raise TypeError(f"{where}: cannot send an array of {array.dtype} to the page")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _to_numpy(tensor: torch.Tensor) -> AnyArray:
    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.dtype is torch.bfloat16:
        tensor = tensor.float()
    array: AnyArray = tensor.numpy()
    return array
