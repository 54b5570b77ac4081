"""Where layouts begin: at the first two principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plane(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the first two columns, (N, 2); the second is 0 where there is only one."""
    found = np.zeros((len(vectors), 2), np.float32)
    found[:, : min(2, vectors.shape[1])] = vectors[:, :2]
    return found


def spread(vectors: NDArray[np.float32], width: float, seed: int) -> NDArray[np.float32]:
    """Return the first two components, the first ``width`` wide, with a trace of noise.

    The noise, a ten-thousandth of the width, parts points that are equal.
    """
    found = plane(vectors)
    found -= found.mean(0)
    found *= width / max(float(np.ptp(found, axis=0).max()), 1e-30)
    noise = np.random.default_rng(seed).normal(scale=1e-4 * width, size=found.shape)
    return np.ascontiguousarray(found + noise, dtype=np.float32)


def narrow(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the first two components with a standard deviation of 1e-4 (Kobak et al. 2019)."""
    found = spread(vectors, 1.0, seed)
    return found * np.float32(1e-4 / float(found[:, 0].std()))
