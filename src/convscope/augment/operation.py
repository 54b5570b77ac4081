"""What an operation is: a frozen dataclass of declared parameters, and one of four kinds.

`Geometric` operations say where each pixel comes from, `Linear` ones how colours are mixed; runs of
either are carried out as one. `Pixelwise` ones compute new pixels, `Mixing` ones combine samples.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from torch import Tensor

from convscope.augment.declare import Param, number, params_of
from convscope.augment.dice import Dice, Numbers
from convscope.augment.warp import Warp

Values: TypeAlias = dict[str, Numbers]  # what was drawn: (N,) each
Group: TypeAlias = Literal["place", "shape", "colour", "texture", "erase", "mix", "combine"]

REGISTRY: dict[str, type[Operation]] = {}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step of a pipeline.

    A subclass is a frozen, keyword-only dataclass whose fields are declared with the functions of
    `convscope.augment.declare`; it is known by its class name from then on, in YAML too.

    Parameters
    ----------
    p : float
        How probable it is for a sample to go through it, 0 to 1.
    """

    group: ClassVar[Group] = "place"
    title: ClassVar[str] = ""

    p: float = number(1.0, "how probable it is for a sample", low=0, high=1, step=0.01)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__ == __name__ or cls.__name__.startswith("_"):
            return  # a kind, or a base
        known = REGISTRY.get(cls.__name__)
        if known is not None and known.__module__ != cls.__module__:
            raise TypeError(f"operation: there is a {cls.__name__} already; choose another name")
        REGISTRY[cls.__name__] = cls

    def __post_init__(self) -> None:
        for name, param in self.params().items():
            value = param.check(getattr(self, name), type(self).__name__)
            object.__setattr__(self, name, value)  # frozen: only here, and only to bring into form

    @classmethod
    def params(cls) -> Mapping[str, Param]:
        """Return the declared parameters by name; ``p`` is the last."""
        return params_of(cls)  # type: ignore[arg-type]  # mypy takes the hash of instances for it

    def draw(self, dice: Dice) -> Values:
        """Draw one value of each span for each sample; subclasses add what they need.

        Whatever is random is drawn here and only here: the record holds it, and replays it.
        """
        values: Values = {}
        for name, param in self.params().items():
            if param.kind != "span":
                continue
            low, high = getattr(self, name)
            if param.whole:
                values[name] = dice.whole(name, low, high)
            else:
                values[name] = dice.uniform(name, low, high)
        return values

    def replace(self, **changes: Any) -> Operation:
        """Return the same operation with other parameters."""
        return dataclasses.replace(self, **changes)


class Geometric(Operation, ABC):
    """Moves pixels. Masks, boxes and keypoints move along."""

    @abstractmethod
    def warp(self, values: Values, sizes: Numbers) -> Warp:
        """Say where each pixel of the result comes from.

        Parameters
        ----------
        values : dict
            What was drawn, (n,) each.
        sizes : ndarray
            (n, 2) height and width of each sample before it.
        """


class Linear(Operation, ABC):
    """Maps the colour of each pixel by one matrix; a run of them is one matrix."""

    group: ClassVar[Group] = "colour"
    rgb: ClassVar[bool] = False  # whether it needs red, green and blue
    uses_means: ClassVar[bool] = False  # whether it needs the mean colour of each sample

    @abstractmethod
    def colours(self, values: Values, means: Numbers) -> tuple[Numbers, Numbers]:
        """Return the matrix (n, C, C) and the offset (n, C) of each sample, for values in [0, 1].

        The matrix must not depend on the means, and the offset must be affine in them: of a run of
        colours, both are worked out before any image is seen.

        Parameters
        ----------
        values : dict
            What was drawn, (n,) each.
        means : ndarray
            (n, C) mean of each channel before it; zeros unless the class sets ``uses_means``.
        """


class Pixelwise(Operation, ABC):
    """Computes new pixels in their place; masks, boxes and keypoints stay."""

    group: ClassVar[Group] = "colour"
    rgb: ClassVar[bool] = False  # whether it needs red, green and blue

    @abstractmethod
    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Return the new pixels, same shape; they are clamped to [0, 1] by the caller.

        Parameters
        ----------
        images : Tensor
            (n, C, H, W) float32 in [0, 1]; not to be written into.
        values : dict
            What was drawn, (n,) each.
        """


class Mixing(Operation, ABC):
    """Combines a sample with another one of the batch, pixels and labels."""

    group: ClassVar[Group] = "mix"
    masks: ClassVar[str] = ""  # why it can't mix masks, if it can't

    def draw(self, dice: Dice) -> Values:
        """Draw also which of the others, as a fraction of the batch."""
        return {**super().draw(dice), "partner": dice.uniform("partner")}

    @abstractmethod
    def mix(self, images: Tensor, partners: Tensor, values: Values) -> tuple[Tensor, Numbers]:
        """Return the mixed pixels (n, C, H, W) and the share of each sample in its mixture, (n,).

        Parameters
        ----------
        images, partners : Tensor
            (n, C, H, W) float32 in [0, 1]; not to be written into.
        values : dict
            What was drawn, (n,) each.
        """

    def mix_masks(self, masks: Tensor, partners: Tensor, values: Values) -> Tensor:
        """Return the masks (n, K, H, W) of the mixtures; not asked for where ``masks`` says why."""
        raise NotImplementedError


def find(name: str) -> type[Operation]:
    """Return the operation class of a name; near names are suggested."""
    if name in REGISTRY:
        return REGISTRY[name]
    close = difflib.get_close_matches(name, REGISTRY, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"operation: there is no {name!r}{hint}; convscope.augment lists them all")


def column(values: Numbers, like: Tensor, dims: int = 4) -> Tensor:
    """Return drawn values (n,) as a float tensor (n, 1, …) on the device of ``like``."""
    shaped = np.asarray(values, np.float32).reshape(-1, *[1] * (dims - 1))
    return like.new_tensor(shaped) if like.is_floating_point() else like.float().new_tensor(shaped)


def rounded(value: float, digits: int = 4) -> float:
    """Return a number short enough for a label."""
    return value if value == 0 else round(value, digits - 1 - math.floor(math.log10(abs(value))))
