"""Random numbers of other libraries: seeded for each sample, and everybody else's left alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from convscope.augment.dice import Dice


@contextmanager
def borrowed(device: torch.device) -> Iterator[None]:
    """Give back the global generators of torch, NumPy and Python as they were.

    Parameters
    ----------
    device : torch.device
        Of the images: its generator is given back too.
    """
    python, numpy = random.getstate(), np.random.get_state()
    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def seed_all(number: int, device: torch.device) -> None:
    """Seed all that `borrowed` gives back, and nothing else: other devices keep their numbers."""
    random.seed(number)
    np.random.seed(number)
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(number)


def seeds(seed: int, samples: Sequence[int]) -> list[int]:
    """Return a seed below 2**31 for each sample, which depends on its number alone."""
    numbers = np.asarray(samples, np.int64)
    return [int(each) for each in Dice(seed, numbers).seeds("another library")]
