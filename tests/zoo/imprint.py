"""All that a look at a model could change, taken before and compared after."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules import module as nn_module

_HOOKS = [name for name in vars(nn.Module()) if name.endswith(("_hooks", "_kwargs", "_called"))]
_GLOBAL_HOOKS = [name for name in vars(nn_module) if name.startswith("_global_")]


def imprint(model: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Any]:
    """Return everything that must be the same after a call, by a name that says what it is."""
    marks: dict[str, Any] = dict(_of_torch())
    for name, module in model.named_modules():
        marks.update({f"{name}: {key}": value for key, value in _of_module(module)})
    for name, parameter in model.named_parameters():
        marks.update({f"{name}: {key}": value for key, value in _of_tensor(parameter)})
        marks[f"{name}: version"] = parameter._version
    for name, buffer in model.named_buffers():
        marks.update({f"{name}: {key}": value for key, value in _of_tensor(buffer)})
    for index, tensor in enumerate(inputs):
        marks.update({f"input {index}: {key}": value for key, value in _of_tensor(tensor)})
        marks[f"input {index}: version"] = tensor._version
    return marks


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Name everything that is not as it was."""
    names = before.keys() | after.keys()
    return sorted(n for n in names if not _same(before.get(n, "none"), after.get(n, "none")))


def _of_module(module: nn.Module) -> Iterator[tuple[str, Any]]:
    yield "identity", id(module)
    yield "class", type(module)
    yield "training", module.training
    yield "attributes", set(vars(module))
    yield "forward", vars(module).get("forward")
    yield "compiled call", module._compiled_call_impl
    yield "children", [(name, id(child)) for name, child in module.named_children()]
    yield "full backward hook", module._is_full_backward_hook
    for name in _HOOKS:
        hooks = getattr(module, name)
        yield name, list(hooks.items()) if hasattr(hooks, "items") else hooks


def _of_tensor(tensor: Tensor) -> Iterator[tuple[str, Any]]:
    yield "identity", id(tensor)
    yield "memory", tensor.data_ptr()
    yield "values", tensor.detach().clone()
    yield "requires_grad", tensor.requires_grad
    yield "leaf", tensor.is_leaf
    yield "dtype", tensor.dtype
    yield "device", tensor.device
    yield "strides", tensor.stride()
    yield "tensor hooks", list((tensor._backward_hooks or {}).items())
    if tensor.is_leaf:
        yield "grad", None if tensor.grad is None else id(tensor.grad)
        yield "values of grad", None if tensor.grad is None else tensor.grad.clone()


def _of_torch() -> Iterator[tuple[str, Any]]:
    yield "torch RNG", torch.get_rng_state()
    kind, keys, *rest = np.random.get_state()
    yield "numpy RNG", (kind, keys.tolist(), *rest)
    yield "python RNG", random.getstate()
    yield "grad mode", torch.is_grad_enabled()
    yield "inference mode", torch.is_inference_mode_enabled()
    yield "anomaly mode", torch.is_anomaly_enabled()
    yield "autocast", torch.is_autocast_enabled("cpu")
    yield "default dtype", torch.get_default_dtype()
    yield "default device", torch.get_default_device()
    yield "threads", torch.get_num_threads()
    yield "deterministic", torch.are_deterministic_algorithms_enabled()
    yield "fused attention", torch.backends.mha.get_fastpath_enabled()
    yield "onednn", torch.backends.mkldnn.enabled
    yield "function modes", torch._C._len_torch_function_stack()
    yield "dispatch modes", torch._C._len_torch_dispatch_stack()
    for name in _GLOBAL_HOOKS:
        hooks = getattr(nn_module, name)
        yield name, list(hooks.items()) if hasattr(hooks, "items") else hooks


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and torch.equal(one.nan_to_num(), other.nan_to_num())
    return bool(one == other)
