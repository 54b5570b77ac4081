"""Stamps: small numbers that change when an image does, found without decoding it."""

from __future__ import annotations

import os
import zlib
from typing import Any

import numpy as np
import torch
from torch import Tensor

UNKNOWN, MISSING = 0, 1


def stamp_of(item: Any) -> int:
    """Return a number that stands for what holds an image, as it is now.

    Parameters
    ----------
    item
        A local path, of which size and time of change count; or an array or tensor, of which the
        values count.

    Returns
    -------
    int
        32 bits; `UNKNOWN` for anything else, `MISSING` for a file that is not there.
    """
    if isinstance(item, str | os.PathLike):
        try:
            found = os.stat(item)  # noqa: PTH116 - a Path for each of many would cost more
        except OSError:
            return MISSING
        return _own(zlib.crc32(f"{found.st_size}/{found.st_mtime_ns}".encode()))
    if isinstance(item, np.ndarray):
        return _own(zlib.crc32(np.ascontiguousarray(item).view(np.uint8).data))
    return _own(checksum(item)) if isinstance(item, Tensor) else UNKNOWN


def checksum(values: Tensor) -> int:
    """Return the CRC-32 of a tensor's values."""
    flat = values.detach().cpu().contiguous().reshape(-1)
    return zlib.crc32(flat.view(torch.uint8).numpy().data)


def _own(number: int) -> int:
    return number if number > MISSING else number + 2
