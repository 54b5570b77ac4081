"""A model that ends in softmax, seen one step before it.

Softmax of one class rises when others fall, so its pictures show what the others are not. The
logit shows the class (keras-vis: "it does not work" with softmax).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from convscope.network import outputs, untouched

_SOFTMAX: frozenset[Callable[..., Any]] = frozenset(
    {
        functional.softmax,
        functional.log_softmax,
        torch.softmax,
        torch.log_softmax,
        Tensor.softmax,
        Tensor.log_softmax,
    }
)


class WithoutSoftmax(TorchFunctionMode):
    """Lets one call of softmax give back what it was given.

    Parameters
    ----------
    call
        Which one, from 0; each time the context is entered it counts anew.
    """

    def __init__(self, call: int) -> None:
        super().__init__()
        self._call = call
        self._seen = 0

    def __enter__(self) -> Any:
        self._seen = 0
        return super().__enter__()  # type: ignore[no-untyped-call]

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func not in _SOFTMAX:
            return func(*args, **kwargs)
        self._seen += 1
        if self._seen - 1 != self._call:
            return func(*args, **kwargs)
        return args[0] if args else kwargs["input"]


def final_softmax(model: nn.Module, inputs: tuple[Tensor, ...]) -> int | None:
    """Return which call of softmax gives the model's output, None when none does."""
    with untouched(model), _Recorder() as recorder:
        output = model(*inputs)
    given = {tensor.data_ptr() for _, tensor in outputs.tensors(output)}
    calls = [turn for turn, result in enumerate(recorder.results) if result.data_ptr() in given]
    return calls[-1] if calls else None


class _Recorder(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.results: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in _SOFTMAX:
            self.results.append(result)
        return result
