"""From pictures in [0, 1] to what a network takes, with a gradient all the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from convscope.featurevis.objectives.expression import digest
from convscope.needs import input_channels
from convscope.preprocess import Preprocess, prepared_by

if TYPE_CHECKING:
    from convscope.scope import Scope


class NetworkInput:
    """How views (N, C, H, W) in [0, 1] become the inputs of a scope's network.

    Parameters
    ----------
    scope
        The network.
    input_range
        What 0 and 1 stand for where tensors go in as they are (``preprocess="none"``). By default
        the lowest and highest value of the scope's example, else 0 and 1.

    Attributes
    ----------
    channels : int
        Of the pictures.
    size : tuple of int
        Height and width that the network was made for.
    """

    def __init__(self, scope: Scope, input_range: tuple[float, float] | None = None) -> None:
        self.device = scope.device
        self._prepare = scope.preprocess
        example = scope.example
        self.dtype = example[0].dtype
        if example[0].ndim != 4 or not self.dtype.is_floating_point:
            raise ValueError(
                f"scope: its first input has shape {tuple(example[0].shape)} and type "
                f"{self.dtype}; only images (N, C, H, W) can be optimised"
            )
        self.size = (int(example[0].shape[2]), int(example[0].shape[3]))
        self.channels = int(example[0].shape[1])
        self._others = tuple(tensor[:1] for tensor in example[1:])
        if self._prepare is not None and input_range is not None:
            raise ValueError(
                "input_range: only for scopes with preprocess='none'; this one's preprocessing "
                "says what the network takes"
            )
        if self._prepare is not None and not isinstance(self._prepare, Preprocess):
            self.channels = input_channels(scope.network)
        self._shift, self._gain = self._affine(_range_of(scope, example[0], input_range))

    def __call__(self, views: Tensor) -> tuple[Tensor, ...]:
        """Return the network's inputs for views."""
        if self._prepare is not None and not isinstance(self._prepare, Preprocess):
            prepare = prepared_by(self._prepare)
            values = torch.stack([prepare(view) for view in views])
        else:
            if isinstance(self._prepare, Preprocess) and self._prepare.bgr:
                views = views.flip(1)
            values = torch.addcmul(self._shift, views, self._gain)
        others = tuple(each.expand(len(views), *each.shape[1:]) for each in self._others)
        return (values.to(self.device, self.dtype), *others)

    def _affine(self, limits: tuple[float, float]) -> tuple[Tensor, Tensor]:
        """Return shift and gain per channel (1, C, 1, 1)."""
        shift, gain = torch.tensor(limits[0]), torch.tensor(limits[1] - limits[0])
        if isinstance(self._prepare, Preprocess):
            mean = torch.tensor(self._prepare.mean if self._prepare.mean is not None else 0.0)
            std = torch.tensor(self._prepare.std if self._prepare.std is not None else 1.0)
            shift, gain = -mean / std * self._prepare.gain, self._prepare.gain / std
        wide = self.dtype if self.dtype == torch.float64 else torch.float32
        return tuple(  # type: ignore[return-value]
            each.reshape(-1, 1, 1).expand(self.channels, 1, 1)[None].to(self.device, wide)
            for each in (shift, gain)
        )


def told_by_example(scope: Scope) -> str:
    """Return text that stands for what only an example tells: size, range and the other inputs."""
    example = scope.inputs.example
    if example is None:
        return ""
    first, *others = example
    found = [f"{tuple(each.shape[1:])} {digest(each[:1])}" for each in others]
    if scope.preprocess is None:
        found.append(f"{tuple(first.shape[1:])} {_range_of(scope, first, None)}")
    return " ".join(found)


def _range_of(
    scope: Scope, example: Tensor, given: tuple[float, float] | None
) -> tuple[float, float]:
    if given is not None:
        low, high = map(float, given)
        if not low < high:
            raise ValueError(f"input_range: must be (low, high) with low below high, got {given}")
        return low, high
    if scope.preprocess is not None or not scope.has_example:
        return 0.0, 1.0
    low, high = float(example.amin()), float(example.amax())
    return (low, high) if low < high else (0.0, 1.0)
