"""A network for jobs: the same weights, but hooks and flags that nobody else meets.

While a job runs, other cells may call the model. A hook that ends a pass early must not end theirs.
"""

from __future__ import annotations

import copy
import logging
import threading
from typing import Any

import torch
from torch import nn

from convscope.network import alone
from convscope.scope import Scope

logger = logging.getLogger(__name__)

_PLAIN = (bool, int, float, str, type(None))


class Beside:
    """Gives a scope whose model shares the weights of another's, in the same memory.

    Buffers it has for itself: they are put back after each look, which must not undo what a cell
    that trains has made of them meanwhile.

    Parameters
    ----------
    scope
        The network that other cells use.
    """

    def __init__(self, scope: Scope) -> None:
        #: The person's own: its names, layers and classes.
        self.own = scope
        self._twin: Scope | None = None
        self._made_of: tuple[object, ...] = ()
        self._lock = threading.Lock()

    def scope(self) -> Scope:
        """Return the scope for a job; the person's own where the model can't be copied."""
        with self._lock:
            made_of = _make_up(self.own.model)
            if self._twin is None or made_of != self._made_of or not self._same_buffers(self._twin):
                self._twin = _twin(self.own)
                self._made_of = made_of
            return self._twin

    def _same_buffers(self, twin: Scope) -> bool:
        pairs = zip(self.own.model.buffers(), twin.model.buffers(), strict=True)
        return all(own is other or torch.equal(own, other) for own, other in pairs)


def _make_up(model: nn.Module) -> tuple[object, ...]:
    """Return what tells whether a model was moved, loaded anew, or put together otherwise."""
    tensors = [each.data_ptr() for each in (*model.parameters(), *model.buffers())]
    return (tensors, [(name, *_traits(module)) for name, module in model.named_modules()])


def _traits(module: nn.Module) -> tuple[object, ...]:
    """Return the kind of a module and its own attributes; those that are no numbers by identity."""
    attributes = [
        (name, value if isinstance(value, _PLAIN) else id(value))
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "training"
    ]
    return (type(module), attributes)


def _twin(scope: Scope) -> Scope:
    model = scope.model
    # `.data`, since a cell that trains between the two passes of a job must not fail the second.
    memo: dict[int, Any] = {
        id(each): nn.Parameter(each.data, requires_grad=False) for each in model.parameters()
    }
    try:
        with alone(scope.network):
            twin = copy.deepcopy(model, memo)
        return scope.on(twin)
    except Exception as error:  # models may hold what can't be copied: files, locks, processes
        logger.info("jobs use the model itself, since it can't be copied: %s", error)
        return scope
