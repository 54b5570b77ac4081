"""Random numbers of a picture: a hash of the seed, the picture's name and what they are for.

They are no stream shared by a batch. So a picture draws the same alone or among hundreds, in
whichever chunk it lies, and a run that is continued goes on with the numbers it would have had.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_BLOCK = 64  # steps whose numbers are drawn at once


def generator(seed: int, *names: object) -> torch.Generator:
    """Return the generator, on the CPU, that a seed and names stand for."""
    text = "\0".join(map(str, (seed, *names)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)


def normal(shape: Sequence[int], seed: int, keys: Sequence[str], name: object) -> Tensor:
    """Draw a standard normal field of ``shape`` for each key: (N, *shape) float32 on the CPU."""
    fields = [torch.randn(*shape, generator=generator(seed, key, name)) for key in keys]
    return torch.stack(fields)


@dataclass(frozen=True)
class Draws:
    """The numbers of some pictures at one step.

    Parameters
    ----------
    seed : int
        Of the run.
    keys : tuple of str
        Names of the pictures; views of one picture have names of their own.
    step : int
        From 0.
    """

    seed: int
    keys: tuple[str, ...]
    step: int

    def uniform(self, count: int, name: str) -> Tensor:
        """Draw (N, count) in [0, 1), float32 on the CPU."""
        block, row = divmod(self.step, _BLOCK)
        return _table(self.seed, self.keys, name, count, block)[:, row]

    def normal(self, shape: Sequence[int], name: str) -> Tensor:
        """Draw (N, *shape), float32 on the CPU."""
        return normal(shape, self.seed, self.keys, f"{name} {self.step}")


@functools.lru_cache(2048)
def _table(seed: int, keys: tuple[str, ...], name: str, count: int, block: int) -> Tensor:
    """Draw (N, steps, count) for a block of steps."""
    rows = [torch.rand(_BLOCK, count, generator=generator(seed, key, name, block)) for key in keys]
    return torch.stack(rows)


@dataclass(frozen=True)
class OwnDraws(Draws):
    """The numbers of some pictures, each at a step of its own; ``step`` is not looked at.

    Parameters
    ----------
    steps : tuple of int
        One for each picture.
    """

    steps: tuple[int, ...] = ()

    def uniform(self, count: int, name: str) -> Tensor:
        """Draw (N, count) in [0, 1), float32 on the CPU."""
        rows = []
        for key, step in zip(self.keys, self.steps, strict=True):
            block, row = divmod(step, _BLOCK)
            rows.append(_table(self.seed, (key,), name, count, block)[0, row])
        return torch.stack(rows)

    def normal(self, shape: Sequence[int], name: str) -> Tensor:
        """Draw (N, *shape), float32 on the CPU."""
        rows = [
            normal(shape, self.seed, (key,), f"{name} {step}")
            for key, step in zip(self.keys, self.steps, strict=True)
        ]
        return torch.cat(rows)
