"""Random numbers that depend on nothing but the seed, the sample and what they are for.

A number is a hash of (seed, sample, operation, name), not the next of a stream. So a sample draws
the same in a batch or alone, in any thread or worker; and when one slider moves, every other draw
stays, which is why the preview does not jump. The hash is splitmix64 (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Numbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Dice:
    """The draws of one operation for some samples.

    Parameters
    ----------
    seed : int
        Of the pipeline.
    samples : ndarray
        (N,) whole numbers: which sample each one is.
    key : str
        Names the operation within the pipeline, such as "Rotate" or "Rotate 2".
    """

    seed: int
    samples: Numbers
    key: str = ""
    hashed: Numbers | None = None  # of the samples, which all parts share

    def of(self, key: str) -> Dice:
        """Return the dice of a part."""
        key = f"{self.key}/{key}" if self.key else key
        return Dice(self.seed, self.samples, key, self._own)

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> Numbers:
        """Draw (N,) float64 in [low, high)."""
        return _spread(self._bits(name), low, high)

    def uniforms(self, names: Sequence[str], low: float, high: float) -> dict[str, Numbers]:
        """Draw the same for many names at once."""
        starts = np.array([_start(self.seed, self.key, name) for name in names], np.uint64)
        drawn = _spread(_mixed(self._own ^ starts[:, None]), low, high)
        return dict(zip(names, drawn, strict=True))

    def whole(self, name: str, low: int, high: int) -> Numbers:
        """Draw (N,) int64 from low to high, both included."""
        return np.minimum(low + (self.uniform(name) * (high - low + 1)).astype(np.int64), high)

    def seeds(self, name: str) -> Numbers:
        """Draw (N,) int64 below 2**31: seeds for fields too large to keep."""
        return (self._bits(name) >> np.uint64(33)).astype(np.int64)

    def _bits(self, name: str) -> Numbers:
        return _mixed(self._own ^ _start(self.seed, self.key, name))

    @functools.cached_property
    def _own(self) -> Numbers:
        if self.hashed is not None:
            return self.hashed
        return _mixed(self.samples.astype(np.uint64) * _GOLDEN)


def whole_numbers(numbers: Sequence[int]) -> Numbers:
    """Return numbers of samples as an array."""
    return np.asarray(numbers, np.int64)


def field(seed: int) -> np.random.Generator:
    """Return the generator of a field (noise, displacements) whose seed is in the record."""
    return np.random.Generator(np.random.PCG64(int(seed)))


@functools.lru_cache(4096)
def _start(seed: int, key: str, name: str) -> np.uint64:
    text = f"{seed}\0{key}\0{name}".encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def _spread(bits: Numbers, low: float, high: float) -> Numbers:
    fractions = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return np.asarray(low + fractions * (high - low))


def _mixed(bits: Numbers) -> Numbers:
    bits = bits + _GOLDEN  # arrays of whole numbers wrap around, as the hash wants it
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
