"""A copy of a network that captum's DeepLift can set its hooks on, and what it would not see.

DeepLift changes the gradient of nonlinearities by hooks on their modules: those must not write in
place, must run once in a pass, and must be modules. All but the last can be helped on a copy.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from convscope.attribution.rectified import NONLINEARITIES

# Captum lists some of these; its rule for ReLU holds for each, since they act on single numbers.
_ELEMENTWISE = (
    *(nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU),
    *(nn.SiLU, nn.Mish, nn.Hardswish, nn.Softplus, nn.Threshold),
)
# Their functions are not counted: gates and attention call them on tensors everywhere.
_UNCOUNTED = (nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Softsign)
_OWN_RULES = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.Softmax)
_FUNCTIONS = NONLINEARITIES | {
    functional.max_pool1d,
    functional.max_pool2d,
    functional.max_pool3d,
}


def calls_of(network: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, int]:
    """Return how often each nonlinear module runs in a pass, by name.

    Parameters
    ----------
    network
        The network; call this inside ``untouched``.
    inputs
        What it is called with.

    Raises
    ------
    ValueError
        If it calls nonlinearities as functions too, which hooks do not see; names them.
    """
    counts: Counter[str] = Counter()
    handles = []
    functions = _Functions()
    counted = 0
    try:
        for name, module in network.named_modules():
            if isinstance(module, (*_ELEMENTWISE, *_UNCOUNTED, *_OWN_RULES)):
                handles.append(module.register_forward_hook(_counter(counts, name)))
        with functions, torch.no_grad():
            network(*(each.clone() for each in inputs))
    finally:
        for handle in handles:
            handle.remove()
    for name, times in counts.items():
        module = network.get_submodule(name)
        counted += times * (not isinstance(module, (*_UNCOUNTED, nn.Softmax)))
    unseen = sum(functions.found.values()) - counted
    if unseen > 0:
        names = ", ".join(sorted(functions.found))
        raise ValueError(
            f"method: 'deeplift' sees nonlinearities that are modules only, and this model calls "
            f"{unseen} as functions ({names}); use 'integrated_gradients', or give them modules"
        )
    return dict(counts)


def safe_copy(network: nn.Module, calls: dict[str, int]) -> nn.Module:
    """Return a copy with the same weights, in the same memory, that hooks can be set on.

    Nonlinearities do not write in place in it, and each of their calls has a module of its own.

    Parameters
    ----------
    network
        The network.
    calls
        How often each nonlinear module runs in a pass, by name.

    Raises
    ------
    ValueError
        If the network can't be copied.
    """
    tensors = [*network.parameters(), *network.buffers()]
    memo: dict[int, Any] = {id(tensor): tensor for tensor in tensors}
    try:
        twin = copy.deepcopy(network, memo)
    except Exception as error:
        raise ValueError(
            f"method: 'deeplift' works on a copy of the model, which can't be made ({error}); use "
            "'integrated_gradients'"
        ) from error
    known = {
        twin.get_submodule(name): _InTurn(twin.get_submodule(name), n) for name, n in calls.items()
    }
    for parent in list(twin.modules()):
        for name, child in list(parent._modules.items()):
            if child in known:
                parent._modules[name] = known[child]
    return known.get(twin, twin)


class _InTurn(nn.Module):
    """Stands for a nonlinearity, with a module of its own for each of its calls in a pass."""

    def __init__(self, original: nn.Module, count: int) -> None:
        super().__init__()
        self.calls = nn.ModuleList(_hookable(original) for _ in range(count))
        self.turns = itertools.cycle(self.calls)
        self.inplace = getattr(original, "inplace", False)

    def forward(self, given: Tensor) -> Tensor:
        result: Tensor = next(self.turns)(given)
        # Written back after the hooks have run, for models that rely on it.
        return given.copy_(result) if self.inplace else result


def _hookable(original: nn.Module) -> nn.Module:
    """Return a nonlinearity that captum has a rule for and that does not write in place."""
    if isinstance(original, _OWN_RULES):
        return copy.deepcopy(original)
    own = copy.copy(original)
    if hasattr(own, "inplace"):
        setattr(own, "inplace", False)  # noqa: B010 - no attribute of every module
    clothed = nn.ReLU()
    clothed.forward = own.__call__  # type: ignore[method-assign]
    return clothed


class _Functions(TorchFunctionMode):
    """Counts nonlinearities, wherever they are called from."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func in _FUNCTIONS:
            self.found[getattr(func, "__name__", "max_pool")] += 1
        return func(*args, **(kwargs or {}))


def _counter(counts: Counter[str], name: str) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        counts[name] += 1

    return hook
