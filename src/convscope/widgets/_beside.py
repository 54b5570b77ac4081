"""A network for jobs: the same weights, but hooks and flags that nobody else meets.

While a job runs, other cells may call the model. A hook that ends a pass early must not end theirs.
"""

from __future__ import annotations

import copy
import logging
from typing import Any

from torch import nn

from convscope.network import untouched
from convscope.scope import Scope

logger = logging.getLogger(__name__)


class Beside:
    """Gives a scope whose model shares the weights of another's, in the same memory.

    Parameters
    ----------
    scope
        The network that other cells use.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._twin: Scope | None = None
        self._weights: list[int] = []

    def scope(self) -> Scope:
        """Return the scope for a job; the person's own where the model can't be copied."""
        model = self._scope.model
        weights = [each.data_ptr() for each in (*model.parameters(), *model.buffers())]
        if self._twin is None or weights != self._weights:  # moved to a GPU, or loaded anew
            self._twin = _twin(self._scope)
            self._weights = weights
        return self._twin


def _twin(scope: Scope) -> Scope:
    model = scope.model
    memo: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    memo |= {
        id(each): nn.Parameter(each.detach(), requires_grad=False) for each in model.parameters()
    }
    try:
        with untouched(scope.network):  # nobody else's hooks are on it meanwhile
            twin = copy.deepcopy(model, memo)
        return scope.on(twin)
    except Exception as error:  # models may hold what can't be copied: files, locks, processes
        logger.info("jobs use the model itself, since it can't be copied: %s", error)
        return scope
