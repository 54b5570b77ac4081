"""One look at pictures: what they are worth, and which way they get better."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from convscope.featurevis.network_input import NetworkInput
from convscope.featurevis.norm import ScaleAndShift
from convscope.featurevis.objectives import Objective, Plan, Seen
from convscope.featurevis.relu import redirected_relu
from convscope.featurevis.softmax import WithoutSoftmax
from convscope.network import Capture, untouched
from convscope.strongest import as_maps

if TYPE_CHECKING:
    from convscope.scope import Scope

_log = logging.getLogger(__name__)

Found = TypeVar("Found")


@dataclass
class Response:
    """What a network answers to views: the scores of objectives.

    Parameters
    ----------
    scope
        The network.
    prepare
        From views to its inputs.
    layers
        Those that are needed; the pass ends after the last.
    softmax
        Which call of softmax is left out, None for none.
    half
        Compute in bfloat16 where the device is quicker so.
    """

    scope: Scope
    prepare: NetworkInput
    layers: Sequence[str]
    softmax: int | None = None
    half: bool = False
    _capture: Capture | None = field(init=False, default=None)
    _channels_last: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if self.layers:
            self._capture = Capture(self.scope.network, self.scope.layers, tuple(self.layers))

    @contextmanager
    def open(self, *, gradients: bool, redirect: bool = False) -> Iterator[None]:
        """Hold the model for a look, without trace."""
        with untouched(self.scope.network, gradients=gradients), ExitStack() as stack:
            if self.softmax is not None:
                stack.enter_context(WithoutSoftmax(self.softmax))
            if redirect:
                stack.enter_context(redirected_relu())
            if gradients and not redirect:
                stack.enter_context(ScaleAndShift())
            if self.half:
                stack.enter_context(torch.autocast(self.scope.device.type, torch.bfloat16))
            yield

    def maps(self, views: Tensor) -> dict[str, Tensor]:
        """Return the maps (N, C, H, W) of all layers, with their graph; call it inside `open`."""
        if self._capture is None:
            return {}
        inputs = self.prepare(views)
        if self._channels_last:
            last = (inputs[0].contiguous(memory_format=torch.channels_last), *inputs[1:])
            try:
                return self._as_maps(self._capture.run_differentiably(last))
            except RuntimeError as error:
                if "view size is not compatible" not in str(error):
                    raise
                _log.info("The model views its tensors as if they lay channels first: %s", error)
                self._channels_last = False
        return self._as_maps(self._capture.run_differentiably(inputs))

    def _as_maps(self, taken: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: as_maps(tensor) for name, tensor in taken.items()}

    def scores(self, images: Tensor, views: Tensor, plan: Plan, families: Tensor) -> Tensor:
        """Return the objectives (V,) of views (V, ...) of pictures; call it inside `open`."""
        return plan.scores(Seen(self.maps(views), images, families))


def clean_scores(
    response: Response, images: Tensor, objectives: Sequence[Objective], limit: int
) -> Tensor:
    """Return what the units of each objective reach on its picture as it is (N,), on the CPU."""
    found = []
    with response.open(gradients=False):
        for start in range(0, len(images), limit):
            part = images[start : start + limit]
            own = [each.activation for each in objectives[start : start + limit]]
            if not all(each.terms for each in own):
                own = list(objectives[start : start + limit])
            families = torch.arange(len(part))
            found.append(response.scores(part, part, Plan(own), families).cpu())
    return torch.cat(found)


def with_less_memory(
    limit: int, work: Callable[[int], Found], of: str = "pictures"
) -> tuple[int, Found]:
    """Do ``work(limit)``; out of memory, do it again with half, down to one.

    Parameters
    ----------
    limit
        How much at once.
    work
        Does it.
    of
        What the limit counts, for the log.

    Returns
    -------
    tuple
        The limit that worked, and the result.
    """
    while True:
        try:
            return limit, work(limit)
        except RuntimeError as error:
            if limit <= 1 or not _out_of_memory(error):
                raise
        limit = limit // 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        _log.warning("Out of memory: going on with %d %s at once", limit, of)


def _out_of_memory(error: RuntimeError) -> bool:
    text = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "not enough memory" in text
        or "can't allocate memory" in text
    )
