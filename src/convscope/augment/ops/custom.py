"""A function of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from convscope.augment.dice import Dice
from convscope.augment.dice import field as random_field
from convscope.augment.operation import Pixelwise, Values


@dataclass(frozen=True, kw_only=True)
class Custom(Pixelwise):
    """Call a function of one's own on each image; masks, boxes and keypoints stay.

    What moves pixels is a subclass of `Geometric`, so that masks move along.

    Parameters
    ----------
    function : callable
        Takes an image, (C, H, W) float32 in [0, 1], and gives one of the same shape. If it has a
        parameter ``rng``, it gets a `numpy.random.Generator` that is the same for the same sample.
    p : float
        0 to 1.
    """

    group = "texture"
    title = "Custom function"

    function: Callable[..., Any] = field(default=lambda image: image)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.function):
            raise ValueError(f"Custom: function must be callable; got {self.function!r}")

    def draw(self, dice: Dice) -> Values:
        """Draw a seed for the function's own random numbers."""
        return {**super().draw(dice), "seed": dice.seeds("seed")}

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Call the function image by image."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        random = _takes_rng(self.function)
        found = []
        for image, seed in zip(images, values["seed"], strict=True):
            extra = {"rng": random_field(seed)} if random else {}
            new = torch.as_tensor(self.function(image.clone(), **extra))
            if new.shape != image.shape:
                raise ValueError(
                    f"Custom: {name} gave the shape {tuple(new.shape)} for an image of "
                    f"{tuple(image.shape)}; give the same shape, or subclass Geometric"
                )
            found.append(new.to(images))
        return torch.stack(found)


def _takes_rng(function: Callable[..., Any]) -> bool:
    try:
        return "rng" in inspect.signature(function).parameters
    except ValueError:  # functions written in C, such as torch.sqrt, do not tell
        return False
