"""The real images, and the places in them, that excite any objective most."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.featurevis.begin import softmax_before
from convscope.featurevis.objectives import Objective, Plan, Seen, as_objective
from convscope.featurevis.objectives.product import Product
from convscope.featurevis.softmax import WithoutSoftmax
from convscope.inputs import Errors
from convscope.strongest import as_maps

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True)
class Examples:
    """The real images in which one place excites an objective most, the strongest first.

    Attributes
    ----------
    values
        (k,), what the objective is at that place.
    images
        (k,) int64, which image that was.
    positions
        (k, 2) int64, row and column in the finest of the layers' maps.
    layer
        The layer of that map.
    size
        Its height and width.
    maximum
        The most that an image reaches as a whole, as a picture's activation is measured.
    seen
        How many images were looked at; k is at most that.
    """

    values: Tensor
    images: Tensor
    positions: Tensor
    layer: str
    size: tuple[int, int]
    maximum: float
    seen: int


def find_examples(
    scope: Scope,
    target: Objective | str,
    images: Any,
    *,
    k: int = 9,
    batch_size: int = 16,
    errors: Errors = "raise",
) -> Iterator[Examples]:
    """Yield the ``k`` strongest places for an objective, one in an image, better with every batch.

    For all units of a layer at once, `convscope.strongest.find_strongest` is quicker.

    Parameters
    ----------
    scope
        The network.
    target
        An objective, or what `as_objective` reads; penalties do not count.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    k
        How many images to keep.
    batch_size
        How many images run at once, and how many come between two results.
    errors
        ``"skip"`` leaves out files that can't be read, with a warning that names them.

    Raises
    ------
    ValueError
        If the objective is about no layer.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> *_, found = find_examples(digits.scope, "conv3:4 - conv3:9", digits.images[:40], k=3)
    >>> found.images.shape, found.layer
    (torch.Size([3]), 'conv3')
    """
    wanted = as_objective(target).resolved(scope).activation
    if not wanted.layers:
        raise ValueError("target: it is not about a layer, so images can't be compared")
    softmax = softmax_before(scope, wanted.layers)  # as a picture's activation is measured
    left_out = nullcontext() if softmax is None else WithoutSoftmax(softmax)
    batches = scope.iter_activations(images, wanted.layers, batch_size=batch_size, errors=errors)
    best: Examples | None = None
    while True:
        with left_out:
            batch = next(batches, None)
        if batch is None:
            return
        maps = {name: as_maps(tensor).float() for name, tensor in batch.activations.items()}
        found = _strongest_of(wanted, maps, torch.tensor(batch.indices), k)
        best = found if best is None else _merged(best, found, k)
        yield best


def _strongest_of(wanted: Objective, maps: dict[str, Tensor], indices: Tensor, k: int) -> Examples:
    count = len(indices)
    layer = max(wanted.layers, key=lambda name: maps[name].shape[2] * maps[name].shape[3])
    height, width = (int(side) for side in maps[layer].shape[2:])
    total = _places(wanted, maps, (height, width))
    values, places = total.flatten(1).max(dim=1)
    seen = Seen(maps, torch.zeros(count, 1, 1, 1), torch.arange(count))
    scores = Plan([wanted] * count).scores(seen)
    order = values.topk(min(k, count)).indices
    place = places[order]
    return Examples(
        values=values[order],
        images=indices[order],
        positions=torch.stack([place // width, place % width], dim=1),
        layer=layer,
        size=(height, width),
        maximum=float(scores.max()),
        seen=count,
    )


def _places(wanted: Objective, maps: dict[str, Tensor], size: tuple[int, int]) -> Tensor:
    """Return what each place adds (N, H, W), on the CPU; factors are multiplied place by place."""
    total = torch.zeros(())
    for weight, term in wanted.terms:
        if isinstance(term, Product):
            places = math.prod(
                (_places(each.activation, maps, size) for each in term.factors),
                start=torch.ones(()),
            )
        else:
            places = term.places(maps[term.layers[0]]).cpu()
            if tuple(places.shape[1:]) != size:
                places = functional.interpolate(places[:, None], size)[:, 0]
        total = total + weight * places
    return total


def _merged(one: Examples, other: Examples, k: int) -> Examples:
    values = torch.cat([one.values, other.values])
    order = values.topk(min(k, len(values))).indices
    return Examples(
        values=values[order],
        images=torch.cat([one.images, other.images])[order],
        positions=torch.cat([one.positions, other.positions])[order],
        layer=other.layer,
        size=other.size,
        maximum=max(one.maximum, other.maximum),
        seen=one.seen + other.seen,
    )
