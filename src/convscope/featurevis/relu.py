"""A ReLU that lets gradients through where it blocks all of a picture's.

A picture on which a unit is off gets no gradient, stays as it is and ends as grey noise. For the
first steps Lucid sends the gradient through all the same (redirected_relu_grad). It is decided for
each picture of the batch by itself: one that fires does not leave the others without.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

# GELU and SiLU let a little through everywhere; below this share it counts as blocked.
_TRICKLE = 1e-2


@contextmanager
def redirected_relu() -> Iterator[None]:
    """Let blocked gradients of ReLU, ReLU6, GELU and SiLU through, for each picture by itself.

    Inside, these functions have their values, whether a module or a function computes them. In
    the backward pass of a loss that is to be *lowered*, a picture whose gradient an activation
    blocks entirely gets the gradient of the identity instead, except where it would push a unit
    that is off further off. Source: Lucid, ``misc/redirected_relu_grad.py``.

    Examples
    --------
    >>> x = torch.tensor([[-1.0, -2.0], [1.0, -2.0]], requires_grad=True)
    >>> with redirected_relu():
    ...     loss = -torch.relu(x).sum()
    >>> torch.autograd.grad(loss, x)[0]
    tensor([[-1., -1.],
            [-1.,  0.]])
    """
    with _Redirect():
        yield


class _Redirect(TorchFunctionMode):
    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        kwargs = kwargs or {}
        replacement = _REPLACED.get(func)
        if replacement is None or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        return replacement(func, *args, **kwargs)


@dataclass(frozen=True)
class _Kind:
    """An activation: where it is cut off above, and what share of a gradient counts as none."""

    function: Callable[[Tensor], Tensor]
    high: float = float("inf")
    trickle: float = 0.0


class _Redirected(torch.autograd.Function):
    """Any of the activations."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kind: _Kind) -> Tensor:
        ctx.save_for_backward(x)
        ctx.kind = kind
        return kind.function(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,), (grad,), kind = ctx.saved_tensors, grads, ctx.kind
        # The backward pass may run inside the context, which must not catch the function again.
        with torch.enable_grad(), torch._C.DisableTorchFunction():
            own = x.detach().requires_grad_(True)
            native = torch.autograd.grad(kind.function(own), own, grad)[0]
        further = ((x < 0) & (grad > 0)) | ((x > kind.high) & (grad < 0))
        outside = (x < 0) | (x > kind.high)
        instead = torch.where(outside, grad.masked_fill(further, 0), native)
        came, left = _size(grad), _size(native)
        blocked = (left <= kind.trickle * came).view(-1, *[1] * (x.ndim - 1))
        return torch.where(blocked, instead, native), None


def _size(values: Tensor) -> Tensor:
    size: Tensor = torch.linalg.vector_norm(values.reshape(len(values), -1), dim=1)
    return size


def _apply(kind: _Kind, x: Tensor, *, inplace: bool) -> Any:
    if x.ndim < 2 or not x.requires_grad:
        result = kind.function(x)
        return x.copy_(result) if inplace else result
    if not inplace:
        return _Redirected.apply(x, kind)  # type: ignore[no-untyped-call]
    return x.copy_(_Redirected.apply(x.clone(), kind))  # type: ignore[no-untyped-call]


def _relu(func: Any, input: Tensor, inplace: bool = False) -> Any:  # noqa: A002, FBT001, FBT002
    inplace = inplace or func in (torch.relu_, Tensor.relu_)
    return _apply(_Kind(torch.relu), input, inplace=inplace)


def _relu6(_func: Any, input: Tensor, inplace: bool = False) -> Any:  # noqa: A002, FBT001, FBT002
    return _apply(_Kind(functional.relu6, high=6.0), input, inplace=inplace)


def _hardtanh(
    func: Any,
    input: Tensor,  # noqa: A002
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,  # noqa: FBT001, FBT002
) -> Any:
    if min_val != 0:
        return func(input, min_val, max_val, inplace)
    kind = _Kind(functools.partial(torch.clamp, min=0, max=max_val), high=max_val)
    return _apply(kind, input, inplace=inplace)


def _gelu(_func: Any, input: Tensor, approximate: str = "none") -> Any:  # noqa: A002
    gelu = functools.partial(functional.gelu, approximate=approximate)
    return _apply(_Kind(gelu, trickle=_TRICKLE), input, inplace=False)


def _silu(_func: Any, input: Tensor, inplace: bool = False) -> Any:  # noqa: A002, FBT001, FBT002
    return _apply(_Kind(functional.silu, trickle=_TRICKLE), input, inplace=inplace)


_REPLACED: dict[Any, Callable[..., Any]] = {
    functional.relu: _relu,
    functional.relu_: _relu,
    torch.relu: _relu,
    torch.relu_: _relu,
    Tensor.relu: _relu,
    Tensor.relu_: _relu,
    functional.relu6: _relu6,
    functional.hardtanh: _hardtanh,
    functional.gelu: _gelu,
    functional.silu: _silu,
}
