"""Where arrays begin in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STEP = 64  # bytes: the longest vector of a processor


def aligned(values: NDArray[np.float32]) -> Tensor:
    """Return an array as a tensor that begins at a multiple of 64 bytes, copied if it has to be.

    Products of matrices add up in another order where it doesn't, and round otherwise: then one
    seed would give two maps.
    """
    tensor = torch.from_numpy(values)
    return tensor if tensor.data_ptr() % _STEP == 0 else tensor.clone()
