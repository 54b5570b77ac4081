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


def _pushed(
    xy: Any, i: Any, x: Any, y: Any, state: Any, times: Any, a: Any, b: Any, alpha: Any
) -> Any:
    """Return a point's place after pushes against some drawn ones, and the state of the draws."""
    count, half = np.uint64(xy.shape[0]), np.uint64(32)
    for _ in range(times):
        state ^= state << np.uint64(13)  # xorshift (Marsaglia 2003)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        k = np.int64(((state >> half) * count) >> half)
        if k == i:
            continue
        dx, dy = x - xy[k, 0], y - xy[k, 1]
        square = dx * dx + dy * dy
        push = _TWO * b / ((_NEAR + square) * (a * square**b + _ONE))
        x += alpha * min(_FAR, max(-_FAR, push * dx))
        y += alpha * min(_FAR, max(-_FAR, push * dy))
    return x, y, state


pushed = numba.njit(nogil=True, fastmath=True)(_pushed)


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
    for edge in range(heads.shape[0]):
        if due[edge] > epoch:
            continue
        i, j = heads[edge], tails[edge]
        x, y = xy[i, 0], xy[i, 1]  # kept at hand until all pushes are done
        dx, dy = x - xy[j, 0], y - xy[j, 1]
        square = dx * dx + dy * dy
        if square > _NONE:
            curve = a * square**b
            pull = -_TWO * b * curve / (square * (curve + _ONE))
            dx = alpha * min(_FAR, max(-_FAR, pull * dx))
            dy = alpha * min(_FAR, max(-_FAR, pull * dy))
            x += dx
            y += dy
            xy[j, 0] -= dx
            xy[j, 1] -= dy
        due[edge] += period[edge]
        push_period = period[edge] / pushes
        times = int((epoch - push_due[edge]) / push_period)
        push_due[edge] += times * push_period
        x, y, states[i] = pushed(xy, i, x, y, states[i], times, a, b, alpha)
        xy[i, 0], xy[i, 1] = x, y


epoch = numba.njit(nogil=True, fastmath=True)(_epoch)
