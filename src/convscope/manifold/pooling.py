"""From maps to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

Pool = Literal["mean", "max", "center", "random", "flatten"]


def check_pool(pool: object) -> None:
    """Refuse what is no way of pooling."""
    if pool not in get_args(Pool):
        raise ValueError(f"pool: must be one of {', '.join(get_args(Pool))}, got {pool!r}")


def pooled(maps: Tensor, pool: Pool, numbers: Sequence[int], *, seed: int) -> Tensor:
    """Return one vector for each map.

    Parameters
    ----------
    maps
        (N, C, ...); vectors (N, C) stay as they are.
    pool
        ``"mean"`` or ``"max"`` over all positions, the vector at the ``"center"`` or at a
        ``"random"`` position, or all of them, ``"flatten"``.
    numbers
        (N,), the number of each map: a random position depends on it and on the seed alone, not
        on the batch.
    seed
        Of random positions.

    Returns
    -------
    Tensor
        (N, C); flattened (N, C · H · W).
    """
    check_pool(pool)
    if maps.ndim <= 2:
        return maps
    if pool == "flatten":
        return maps.flatten(1)
    flat = maps.flatten(2)
    if pool == "mean":
        return flat.mean(2) if flat.is_floating_point() else flat.float().mean(2)
    if pool == "max":
        return flat.amax(2)
    places = _centres(maps) if pool == "center" else _draws(flat.shape[2], numbers, seed)
    wanted = places.to(flat.device)[:, None, None].expand(-1, flat.shape[1], 1)
    return flat.gather(2, wanted)[..., 0]


def _centres(maps: Tensor) -> Tensor:
    place = 0
    for side in maps.shape[2:]:
        place = place * side + side // 2
    return torch.full((len(maps),), place)


def _draws(positions: int, numbers: Sequence[int], seed: int) -> Tensor:
    """Return one of so many positions for each map, from its number and the seed."""
    draws = [np.random.default_rng([seed, int(n)]).integers(positions) for n in numbers]
    return torch.tensor(draws, dtype=torch.long)
