"""Noise: random fields from the seed in the record, the same on any device and in any batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import Span, number, span
from convscope.augment.dice import Dice, Numbers, field
from convscope.augment.operation import Group, Pixelwise, Values, column

_HALF = 1 << 15  # of the values that 16 bits can have


@dataclass(frozen=True, kw_only=True)
class GaussianNoise(Pixelwise):
    """Add normal noise, independent in each pixel and channel.

    Parameters
    ----------
    std : (float, float) or float
        Its standard deviation, from 0; values run from 0 to 1.
    p : float
        How probable it is for a sample.

    Notes
    -----
    A deviation has one of 65,536 values of the normal distribution, none beyond 4.3 times `std`.
    """

    group: ClassVar[Group] = "texture"
    title: ClassVar[str] = "Gaussian noise"

    std: Span = span((0.02, 0.1), "standard deviation", low=0, high=10, slider=(0, 0.5))

    def draw(self, dice: Dice) -> Values:
        """Draw the strength, and a seed for the noise."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Add the noise."""
        drawn = random_words(values["seed"], images.shape[1:], images.device)
        even = drawn.to(images.dtype).add_(0.5).div_(_HALF)  # between −1 and 1
        strength = column(values["std"] * math.sqrt(2), images)
        return torch.addcmul(images, even.erfinv_(), strength)


@dataclass(frozen=True, kw_only=True)
class SaltAndPepper(Pixelwise):
    """Replace single pixels by white or black, all channels of a pixel alike.

    Parameters
    ----------
    amount : (float, float) or float
        Share of the pixels, 0 to 1.
    salt : float
        Share of white among them, 0 to 1.
    p : float
        How probable it is for a sample.
    """

    group: ClassVar[Group] = "texture"
    title: ClassVar[str] = "Salt and pepper"

    amount: Span = span((0.01, 0.05), "share of the pixels", low=0, high=1, slider=(0, 0.5))
    salt: float = number(0.5, "share of white among them", low=0, high=1)

    def draw(self, dice: Dice) -> Values:
        """Draw the amount, and a seed for the places."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Pepper the lowest of a random field, salt its highest."""
        drawn = random_words(values["seed"], (1, *images.shape[2:]), images.device)
        even = drawn.to(images.dtype)
        amount = column(values["amount"] * 2 * _HALF, images)
        salted = (even >= _HALF - amount * self.salt).to(images.dtype)
        kept = (even >= amount * (1 - self.salt) - _HALF).to(images.dtype).sub_(salted)
        return torch.addcmul(salted, images, kept)


def random_words(
    seeds: Numbers, shape: torch.Size | tuple[int, ...], device: torch.device
) -> Tensor:
    """Return an even random field of each seed, (n, *shape) int16."""
    return torch.from_numpy(_field(seeds, shape, "<i2")).to(device)


def random_levels(
    seeds: Numbers, shape: torch.Size | tuple[int, ...], device: torch.device
) -> Tensor:
    """Return an even random field of each seed, (n, *shape) uint8."""
    return torch.from_numpy(_field(seeds, shape, "u1")).to(device)


def _field(seeds: Numbers, shape: torch.Size | tuple[int, ...], dtype: str) -> Numbers:
    count = math.prod(shape)
    each = 8 // np.dtype(dtype).itemsize  # numbers in one draw of the generator
    drawn = np.empty((len(seeds), -(-count // each)), "<u8")
    for row, seed in zip(drawn, seeds, strict=True):
        row[:] = field(seed).bit_generator.random_raw(len(row))
    return drawn.view(dtype)[:, :count].reshape(len(seeds), *shape)
