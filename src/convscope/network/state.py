"""A look at a model that leaves no trace: flags, buffers and random numbers as before."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

_locks: WeakKeyDictionary[nn.Module, threading.RLock] = WeakKeyDictionary()
_locks_guard = threading.Lock()
_alone: ContextVar[bool] = ContextVar("convscope_alone", default=True)


@contextmanager
def among_others() -> Iterator[None]:
    """Leave random states alone inside, for work in a thread beside other threads.

    They belong to the whole process: putting them back would make another thread draw the same
    numbers twice. A model that draws some in evaluation mode then moves them on.
    """
    before = _alone.set(False)
    try:
        yield
    finally:
        _alone.reset(before)


@contextmanager
def alone(model: nn.Module) -> Iterator[None]:
    """Keep others from looking at ``model`` inside: it has no hooks and flags but its own."""
    with _lock_of(model):
        yield


@contextmanager
def untouched(model: nn.Module, *, gradients: bool = False) -> Iterator[None]:
    """Run the body with ``model`` in evaluation mode and restore everything afterwards.

    Training flags, buffers, ``requires_grad`` and the random states of torch, NumPy and Python
    are as before when the body ends, raises or is interrupted. Compiled regions run eagerly and
    fused attention is off inside, since both skip the hooks of inner modules. One thread at a
    time looks at a model. Inside `among_others` random states are left alone.

    Parameters
    ----------
    model
        The model that is looked at.
    gradients
        Record a graph inside, for gradients that reach inputs and activations only: parameters
        do not require gradients meanwhile. Otherwise no graph is recorded.
    """
    with _lock_of(model), ExitStack() as stack:
        stack.callback(_Flags.of(model).restore)
        stack.callback(_Buffers.of(model).restore)
        if _alone.get():
            stack.callback(_Random.now(model).restore)
        for module in model.modules():
            module.training = False
        if gradients:
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.requires_grad_(False)
        stack.enter_context(_eager())
        stack.enter_context(torch.set_grad_enabled(gradients))
        yield


@contextmanager
def _eager() -> Iterator[None]:
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    # Importing the compiler takes seconds; where nobody has, nothing is compiled.
    may_compile = "torch._dynamo" in sys.modules
    stance = torch.compiler.set_stance("force_eager") if may_compile else nullcontext()
    try:
        with stance, torch.inference_mode(mode=False):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def _lock_of(model: nn.Module) -> threading.RLock:
    with _locks_guard:
        return _locks.setdefault(model, threading.RLock())


@dataclass(frozen=True)
class _Flags:
    training: list[tuple[nn.Module, bool]]
    learning: list[nn.Parameter]

    @classmethod
    def of(cls, model: nn.Module) -> _Flags:
        return cls(
            training=[(module, module.training) for module in model.modules()],
            learning=[p for p in model.parameters() if p.requires_grad],
        )

    def restore(self) -> None:
        for module, flag in self.training:
            module.training = flag
        for parameter in self.learning:
            if not parameter.requires_grad:
                parameter.requires_grad_(True)


@dataclass(frozen=True)
class _Buffers:
    saved: list[tuple[nn.Module, str, Tensor | None, Tensor | None]]

    @classmethod
    def of(cls, model: nn.Module) -> _Buffers:
        return cls(
            [
                (module, name, buffer, None if buffer is None else buffer.clone())
                for module in model.modules()
                for name, buffer in module._buffers.items()
            ]
        )

    def restore(self) -> None:
        for module, name, buffer, copy in self.saved:
            if module._buffers.get(name) is not buffer:
                module._buffers[name] = buffer
            # Values are compared, since writing through `.data` leaves no other trace.
            if buffer is not None and copy is not None and not torch.equal(buffer, copy):
                with torch.inference_mode(buffer.is_inference()), torch.no_grad():
                    buffer.copy_(copy)


@dataclass(frozen=True)
class _Random:
    torch_cpu: Tensor
    torch_cuda: dict[int, Tensor]
    python: object
    numpy: dict[str, object]

    @classmethod
    def now(cls, model: nn.Module) -> _Random:
        indices = {p.device.index or 0 for p in model.parameters() if p.device.type == "cuda"}
        return cls(
            torch_cpu=torch.get_rng_state(),
            torch_cuda={i: torch.cuda.get_rng_state(i) for i in sorted(indices)},
            python=random.getstate(),
            numpy=np.random.get_state(legacy=False),
        )

    def restore(self) -> None:
        torch.set_rng_state(self.torch_cpu)
        for index, state in self.torch_cuda.items():
            torch.cuda.set_rng_state(state, index)
        random.setstate(self.python)  # type: ignore[arg-type]
        np.random.set_state(self.numpy)


def version(tensor: Tensor | None) -> int | None:
    """Return how often ``tensor`` was written in place, or None where torch does not count."""
    if tensor is None or tensor.is_inference():
        return None
    return tensor._version
