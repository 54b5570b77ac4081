"""Backward passes that change what a nonlinearity lets through, without touching the model.

Every call of a nonlinearity is met where torch dispatches it, so modules that are used twice, that
write in place, and calls of functions all count; no hook is set and no copy is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Rule = Literal["guided", "deconvolution"]

# Each takes its input as first argument and returns a tensor of that shape; hardtanh is ReLU6.
_IN_PLACE = {
    functional.relu_,
    torch.relu_,
    Tensor.relu_,
    functional.leaky_relu_,
    functional.elu_,
    functional.hardtanh_,
    functional.selu_,
    functional.celu_,
    functional.threshold_,  # type: ignore[attr-defined]
}
NONLINEARITIES = _IN_PLACE | {
    functional.relu,
    torch.relu,
    Tensor.relu,
    functional.relu6,
    functional.hardtanh,
    functional.leaky_relu,
    functional.elu,
    functional.selu,
    functional.celu,
    functional.gelu,
    functional.silu,
    functional.mish,
    functional.hardswish,
    functional.softplus,
    functional.prelu,
    functional.threshold,
}


class Rectified(TorchFunctionMode):
    """Lets only positive gradients through nonlinearities inside a ``with`` block.

    Parameters
    ----------
    rule
        ``"guided"``: what their derivative lets through, where positive (Springenberg et al.
        2014). ``"deconvolution"``: all that is positive, whatever they gave (Zeiler and Fergus
        2013; keras-vis calls it "rectified").

    Attributes
    ----------
    met
        How many calls of nonlinearities were met.
    """

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self._rule = rule
        self.met = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run ``func``, and see to its gradient when it is a nonlinearity."""
        kwargs = kwargs or {}
        if func not in NONLINEARITIES or not args or not isinstance(args[0], Tensor):
            return func(*args, **kwargs)
        self.met += 1
        if self._rule == "guided":
            result = func(*args, **kwargs)
            if result.requires_grad:
                result.register_hook(_positive)
            return result
        return _deconvolve(func, args, kwargs)


def _positive(gradient: Tensor) -> Tensor:
    return gradient.clamp_min(0)


def _deconvolve(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    given = args[0]
    writes = func in _IN_PLACE or kwargs.get("inplace", False) or any(a is True for a in args[1:])
    with torch.no_grad():
        value = func(given.detach().clone(), *args[1:], **kwargs)
    result: Tensor = _Through.apply(given, value)  # type: ignore[no-untyped-call]
    return given.copy_(result) if writes else result


class _Through(torch.autograd.Function):
    """Gives a value that was worked out before, and hands all positive gradients on."""

    @staticmethod
    def forward(_ctx: Any, _given: Tensor, value: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient.clamp_min(0), None
