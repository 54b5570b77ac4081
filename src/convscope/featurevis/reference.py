"""What real images reach: the measure of every picture that was made."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from convscope.featurevis.begin import softmax_before
from convscope.featurevis.objectives import Objective, Plan, Seen, as_objective
from convscope.featurevis.softmax import WithoutSoftmax
from convscope.strongest import as_maps

if TYPE_CHECKING:
    from convscope.scope import Scope


def data_maxima(
    scope: Scope,
    targets: Sequence[Objective | str],
    images: Any,
    *,
    batch_size: int = 16,
    softmax: int | Literal["auto"] | None = "auto",
) -> Tensor:
    """Return the most that each target reaches on an image (T,), on the CPU.

    It is the same number that a picture's activation is, so for a channel its mean over the map.

    Parameters
    ----------
    scope
        The network.
    targets
        Objectives or text; penalties do not count.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    batch_size
        How many images run at once; memory does not grow with their number.
    softmax
        Which call of softmax is left out, None for none; by default that which ends the model, as
        in `visualize`.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> data_maxima(digits.scope, ["class:3", "conv1:0"], digits.images[:20]).shape
    torch.Size([2])
    """
    wanted = [as_objective(each).resolved(scope).activation for each in targets]
    layers = tuple(dict.fromkeys(name for each in wanted for name in each.layers))
    best = torch.full((len(wanted),), -torch.inf)
    if not layers:
        raise ValueError("targets: none of them is about a layer, so images can't be compared")
    call = softmax_before(scope, layers) if softmax == "auto" else softmax
    left_out = nullcontext() if call is None else WithoutSoftmax(call)
    batches = scope.iter_activations(images, layers, batch_size=batch_size)
    while True:
        with left_out:
            batch = next(batches, None)
        if batch is None:
            return best
        maps = {name: as_maps(tensor).float() for name, tensor in batch.activations.items()}
        count = len(batch.indices)
        seen = Seen(maps, torch.zeros(count, 1, 1, 1), torch.arange(count))
        scores = [Plan([each] * count).scores(seen).max() for each in wanted]
        best = torch.maximum(best, torch.stack(scores))
