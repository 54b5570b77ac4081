"""UMAP's stochastic gradient descent, epoch by epoch, so that it can be watched and stopped.

As McInnes et al. 2018 have it: every edge pulls its ends together as often as it is strong, and
each pull comes with some pushes against points drawn at random. One thread, so that a seed gives
one layout, and without Python's lock, so that other threads go on.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

# Everything is float32, whose powers take half the time.
_FAR = np.float32(4.0)  # the longest step of one pull or push, before the learning rate
_ONE, _TWO, _NEAR = np.float32(1.0), np.float32(2.0), np.float32(0.001)
_NONE = np.float32(0.0)


def _epoch(
    xy: Any,
    heads: Any,
    tails: Any,
    period: Any,
    due: Any,
    push_due: Any,
    states: Any,
    a: Any,
    b: Any,
    alpha: Any,
    epoch: Any,
    pushes: Any,
) -> None:
    """Move points ``xy`` (N, 2) by all edges that are due in this epoch."""
    count = np.uint64(xy.shape[0])
    half = np.uint64(32)
    for edge in range(heads.shape[0]):
        if due[edge] > epoch:
            continue
        i, j = heads[edge], tails[edge]
        x, y = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
        square = x * x + y * y
        if square > _NONE:
            power = a * square**b
            pull = -_TWO * b * power / (square * (power + _ONE))
            x = alpha * min(_FAR, max(-_FAR, pull * x))
            y = alpha * min(_FAR, max(-_FAR, pull * y))
            xy[i, 0] += x
            xy[i, 1] += y
            xy[j, 0] -= x
            xy[j, 1] -= y
        due[edge] += period[edge]
        push_period = period[edge] / pushes
        times = int((epoch - push_due[edge]) / push_period)
        push_due[edge] += times * push_period
        for _ in range(times):
            state = states[i]  # xorshift (Marsaglia 2003)
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            states[i] = state
            k = np.int64(((state >> half) * count) >> half)
            x, y = xy[i, 0] - xy[k, 0], xy[i, 1] - xy[k, 1]
            square = x * x + y * y
            if square > _NONE:
                push = _TWO * b / ((_NEAR + square) * (a * square**b + _ONE))
                xy[i, 0] += alpha * min(_FAR, max(-_FAR, push * x))
                xy[i, 1] += alpha * min(_FAR, max(-_FAR, push * y))


epoch = numba.njit(nogil=True, fastmath=True)(_epoch)
