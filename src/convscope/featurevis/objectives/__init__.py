"""What a picture is made to maximise, after Lucid: objectives that add, subtract and scale."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from convscope.featurevis.objectives.expression import Objective, Plan, Seen, Term
from convscope.featurevis.objectives.pictures import (
    Border,
    Distance,
    Norm,
    Roughness,
    TotalVariation,
)
from convscope.featurevis.objectives.relations import Alignment, Diversity
from convscope.featurevis.objectives.spelling import as_objective
from convscope.featurevis.objectives.units import (
    Channel,
    ClassLogit,
    Direction,
    Neuron,
    Pattern,
    WholeLayer,
)

__all__ = [
    "Objective",
    "Plan",
    "Seen",
    "Term",
    "alignment",
    "as_objective",
    "border",
    "caricature",
    "channel",
    "class_logit",
    "direction",
    "direction_neuron",
    "distance",
    "diversity",
    "interpolate",
    "neuron",
    "norm",
    "roughness",
    "total_variation",
    "whole_layer",
]


def channel(layer: str, unit: int) -> Objective:
    """Return the mean of a channel over all places, ``"layer3:12"``."""
    return _single(Channel(layer, unit))


def neuron(layer: str, unit: int, at: tuple[int, int] | None = None) -> Objective:
    """Return a channel at one place, row and column; by default the centre."""
    return _single(Neuron(layer, unit, at))


def whole_layer(layer: str) -> Objective:
    """Return the mean square of a layer, what DeepDream maximises."""
    return _single(WholeLayer(layer))


def class_logit(name: str | int) -> Objective:
    """Return the score of a class before any softmax, ``"class:tabby"``."""
    return _single(ClassLogit(name))


def direction(layer: str, vector: Tensor, *, power: float = 0.0) -> Objective:
    """Return the mean over places of ``dot * max(0.1, cosine) ** power`` with a vector (C,).

    Parameters
    ----------
    layer
        Name of the layer.
    vector
        (C,), such as the mean activation at some places.
    power
        0 is the plain dot product; more keeps other directions out (Distill Activation Atlas).
    """
    return _single(Direction(layer, _vector(vector), power))


def direction_neuron(
    layer: str, vector: Tensor, *, at: tuple[int, int] | None = None, power: float = 0.0
) -> Objective:
    """Return the same as :func:`direction` at one place, by default the centre."""
    return _single(Direction(layer, _vector(vector), power, one_place=True, at=at))


def caricature(layer: str, maps: Tensor, *, power: float = 0.0) -> Objective:
    """Return the dot product with activations (C, H, W) of a real image, place by place.

    With a power of 0 what is strong in the image is exaggerated; the higher the power, the more
    the picture is held to the image's own activations.
    """
    return _single(Pattern(layer, torch.as_tensor(maps).detach(), power))


def total_variation(beta: float = 2.0) -> Objective:
    """Return how rough a picture is; subtract it: ``channel(...) - 0.5 * total_variation()``."""
    return _single(TotalVariation(beta))


def norm(p: float = 6.0, *, centre: float = 0.5) -> Objective:
    """Return how far the values are from ``centre``, mean of the p-th powers; subtract it."""
    if p < 1:
        raise ValueError(f"p: must be at least 1, got {p}")
    return _single(Norm(p, centre))


def roughness() -> Objective:
    """Return what a blur would take from the picture; subtract it."""
    return _single(Roughness())


def border(width: int = 20, *, centre: float = 0.5) -> Objective:
    """Return how busy the border is; subtract it to keep the picture in the middle."""
    return _single(Border(width, centre))


def distance(picture: Tensor) -> Objective:
    """Return the root mean square difference from a picture; subtract it to stay near."""
    return _single(Distance(torch.as_tensor(picture).detach()))


def diversity(layer: str) -> Objective:
    """Return how unlike the pictures of one target are in a layer, by their Gram matrices.

    It compares the copies of a target: ``optimize(scope, target + diversity(layer), copies=4)``.
    """
    return _single(Diversity(layer))


def alignment(layer: str = "image", *, decay: float = 2.0) -> Objective:
    """Return how like its neighbours in the batch a picture is; needs ``together=True``."""
    return _single(Alignment(layer, decay))


def interpolate(
    first: Objective | str, second: Objective | str, count: int = 5, *, align: float = 0.0
) -> list[Objective]:
    """Return ``count`` objectives from one to another, in even steps.

    Parameters
    ----------
    first, second
        Objectives or text.
    count
        At least 2.
    align
        Weight of :func:`alignment`, which keeps shapes in place from one to the next.
    """
    if count < 2:
        raise ValueError(f"count: must be at least 2, got {count}")
    one, other = as_objective(first), as_objective(second)
    shares: Sequence[float] = [turn / (count - 1) for turn in range(count)]
    mixed = [(1 - share) * one + share * other for share in shares]
    mixed = [Objective(tuple(p for p in each.terms if p[0] != 0)) for each in mixed]
    return [each + align * alignment() for each in mixed] if align else mixed


def _single(term: Term) -> Objective:
    return Objective(((1.0, term),))


def _vector(vector: Tensor) -> Tensor:
    found = torch.as_tensor(vector).detach()
    if found.ndim != 1:
        raise ValueError(f"vector: must have shape (C,), got {tuple(found.shape)}")
    return found
