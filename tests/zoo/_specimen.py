"""What a specimen is, and how it is built reproducibly."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Specimen:
    """A model with inputs for it."""

    model: nn.Module
    example: tuple[Tensor, ...]  # the model is called as model(*example); a batch of 2 or 3
    name: str = ""
    classes: int | None = 5  # length of the logits; None where the output is no classification
    logits: Callable[[Any], Tensor] | None = None  # picks (N, classes) from the model's output
    random: bool = False  # it draws from the RNG: two passes from different states differ
    maps: Callable[[str, Tensor], Tensor] = lambda _name, raw: raw  # what a layer gave, as maps

    @property
    def inputs(self) -> Tensor | tuple[Tensor, ...]:
        """What the scope is asked with: the one input, or all of them."""
        return self.example[0] if len(self.example) == 1 else self.example


def build(make: Callable[[], Specimen]) -> Specimen:
    """Call a builder under its own seed, and leave no module in its tidy initial state."""
    with torch.random.fork_rng():
        torch.manual_seed(zlib.crc32(make.__name__.encode()))
        made = make()
        training = made.model.training
        unsettle(made.model)
        made.model.train(training)
    return replace(made, name=make.__name__)


def unsettle(model: nn.Module) -> None:
    """Give normalisations statistics and scales that are not 0 and 1, so that mistakes show."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
        if isinstance(module, nn.modules.batchnorm._BatchNorm | nn.GroupNorm | nn.LayerNorm):
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)


def images(count: int = 3, channels: int = 3, height: int = 20, width: int = 28) -> Tensor:
    """Random images in [0, 1], wider than high."""
    return torch.rand(count, channels, height, width)


def head(channels: int, classes: int = 5) -> nn.Sequential:
    """Global average pooling and a linear classifier."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
