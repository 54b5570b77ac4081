"""Feature inversion: a picture from nothing that gives a layer the activations of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.featurevis.objectives import Objective, Seen, total_variation
from convscope.featurevis.objectives.units import Layered, fitted, layer_of
from convscope.featurevis.result import FeatureImage
from convscope.featurevis.run import Run
from convscope.featurevis.settings import settings_of
from convscope.strongest import as_maps

if TYPE_CHECKING:
    from convscope.scope import Scope

_SMOOTH = 0.05  # weight of total variation
_OPTIONS: dict[str, Any] = {"steps": 256, "transforms": "none"}


@dataclass(frozen=True, eq=False)
class Match(Layered):
    """Minus the squared distance from wanted activations, over their squared length."""

    maps: Tensor = field(repr=False)
    name: str = ""

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"{self.layer} of {self.name}"

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        return Objective(((1.0, replace(self, layer=layer_of(scope, self.layer)[0])),))

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.layer(terms[0].layer, rows)
        wanted = fitted(torch.stack([term.maps for term in terms]).to(maps), maps)
        away = (maps - wanted).square().sum(dim=(1, 2, 3))
        return torch.div(-away, wanted.square().sum(dim=(1, 2, 3)).clamp_min(1e-12))


def inversion(scope: Scope, images: Any, layer: str, **options: Any) -> Run:
    """Return a run that inverts images at a layer; iterate over it as over any.

    Parameters are those of `invert`.
    """
    chosen = settings_of(_OPTIONS | options)
    if chosen.penalty is None:
        chosen = replace(chosen, penalty=-_SMOOTH * total_variation())
    maps = as_maps(next(iter(scope.activations(images, layer).values())))
    names = _names(scope, images, len(maps))
    targets = [
        Objective(((1.0, Match(layer, own, name)),)) for own, name in zip(maps, names, strict=True)
    ]
    return Run(scope, targets, chosen)


def with_cosines(run: Run, results: Sequence[FeatureImage]) -> list[FeatureImage]:
    """Return the results of an inversion with the cosine to the activations they were made for."""
    found = []
    for picture, objective in zip(results, run.objectives, strict=True):
        term = objective.terms[0][1]
        if not isinstance(term, Match):
            raise TypeError("run: is no inversion")
        reached = run.maps_of(picture)[term.layer]
        wanted = fitted(term.maps[None].to(reached), reached)
        cosine = functional.cosine_similarity(reached.flatten(1), wanted.flatten(1))
        found.append(replace(picture, quality=replace(picture.quality, cosine=float(cosine))))
    return found


def invert(scope: Scope, images: Any, layer: str, **options: Any) -> list[FeatureImage]:
    """Return what a layer knows of images: pictures made from its activations alone.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layer
        Name of the layer.
    **options
        Those of `Settings`. By default 256 steps, no transforms, since places matter, and a
        little total variation as penalty (Mahendran, Vedaldi 2015).

    Returns
    -------
    list of FeatureImage
        One for each image; ``quality.cosine`` tells how near its activations are.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> (picture,) = invert(digits.scope, digits.images[0], "conv2", steps=100)
    >>> picture.quality.cosine > 0.8
    True
    """
    run = inversion(scope, images, layer, **options)
    for _ in run:
        pass
    return with_cosines(run, run.results())


def _names(scope: Scope, images: Any, count: int) -> Sequence[str]:
    try:
        return list(scope.source(images).names)
    except ValueError:  # tensors for a network that takes no images
        return [f"input {index}" for index in range(count)]
