"""Does a map depend on what the network has learnt? A copy with shuffled weights tells."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convscope.attribution.attributions import Attributions
from convscope.attribution.catalogue import MethodName
from convscope.attribution.questions import PREDICTED, Targets
from convscope.attribution.request import attribute
from convscope.scope import Scope


@dataclass(frozen=True)
class SanityCheck:
    """Maps of the network beside those of a copy that has learnt nothing.

    Attributes
    ----------
    before, after
        The maps of the network, and of the copy with shuffled weights, about the same classes.
    similarity
        For each layer (N, T), the rank correlation of both maps, −1 to 1: near 0 the map depends
        on the weights, near 1 it shows the image rather than the network (Adebayo et al. 2018).
    seed
        How the weights were shuffled.
    """

    before: Attributions
    after: Attributions
    similarity: dict[str, Tensor]
    seed: int


def sanity_check(
    scope: Scope,
    images: Any,
    targets: Targets = PREDICTED,
    *,
    method: MethodName = "gradcam",
    seed: int = 0,
    **options: Any,
) -> SanityCheck:
    """Return maps of the network and of a copy with shuffled weights, and how alike they are.

    Parameters
    ----------
    scope
        The network; nothing in it changes.
    images, targets, method, **options
        As in :func:`convscope.attribution.attribute`. ``"predicted"`` is what the network, not its
        copy, predicts.
    seed
        The same seed shuffles the same way.

    Returns
    -------
    SanityCheck
        Both maps.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> check = cs.attribution.sanity_check(scope, image, "espresso")
    >>> bool(check.similarity["head"] < 0.9)
    True
    """
    given = scope.inputs.gather(images)
    before = attribute(scope, given, targets, method=method, **options)
    asked = [list(row) for row in before.questions.table]
    for place, index in enumerate(before.indices):
        for column, found in enumerate(before.classes[place].tolist()):
            asked[index][column] = found if found >= 0 else _again(asked[index][column])
    other = scope.on(shuffled(scope.network, seed=seed))
    after = attribute(other, given, asked, method=method, **options)
    similarity = {
        name: rank_correlation(_rows(before, name), _rows(after, name)) for name in before.layers
    }
    return SanityCheck(before, after, similarity, seed)


def shuffled(network: nn.Module, *, seed: int = 0) -> nn.Module:
    """Return a copy of a network whose weights are shuffled within each tensor.

    Adebayo et al. draw weights anew; shuffled ones keep the scale of every layer, so that signals
    neither die nor explode, and no layer needs to know how it was initialised. Buffers, such as
    the statistics of batch normalisation, stay.

    Parameters
    ----------
    network
        The network; it is left as it is.
    seed
        The same seed shuffles the same way.

    Raises
    ------
    ValueError
        If the network can't be copied.
    """
    try:
        twin = copy.deepcopy(network)
    except Exception as error:
        raise ValueError(f"model: can't be copied, so not be shuffled either ({error})") from error
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in twin.parameters():
            order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return twin


def rank_correlation(one: Tensor, other: Tensor) -> Tensor:
    """Return Spearman's correlation over the last axis; 0 where a row is constant.

    Parameters
    ----------
    one, other
        (..., P).
    """
    first, second = (_ranks(each) for each in (one, other))
    first, second = (each - each.mean(-1, keepdim=True) for each in (first, second))
    size = (first.square().sum(-1) * second.square().sum(-1)).sqrt()
    product = (first * second).sum(-1)
    return torch.where(size > 0, product / size.where(size > 0, 1), 0).float()


def _ranks(values: Tensor) -> Tensor:
    """Return the rank of each value in its row; equal values share the mean of their ranks."""
    ordered = values.double().sort(dim=-1).values
    values = values.double().contiguous()
    below = torch.searchsorted(ordered, values)
    until = torch.searchsorted(ordered, values, right=True)
    return (below + until).double() / 2


def _rows(attributions: Attributions, layer: str) -> Tensor:
    maps = attributions.maps[layer]
    maps = maps if maps.ndim == 4 else maps[:, None]
    return maps.flatten(2)


def _again(question: Any) -> Any:
    """Return a question that was read as one that can be asked."""
    return question if callable(question) else str(question)
