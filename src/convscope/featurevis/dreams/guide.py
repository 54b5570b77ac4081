"""A guide image: at each place the dream goes towards the guide's most similar feature."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.featurevis.objectives import Objective, Seen
from convscope.featurevis.objectives.expression import digest
from convscope.featurevis.objectives.units import Layered
from convscope.strongest import as_maps

if TYPE_CHECKING:
    from convscope.scope import Scope

_PLACES = 4096  # compared at once, so that the table of products stays small


@dataclass(frozen=True, eq=False)
class Guided(Layered):
    """Mean over places of the largest dot product with any of the guide's features (K, C)."""

    features: Tensor = field(repr=False)

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"{self.layer} guided by {digest(self.features)}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.layer, id(self.features))

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.layer(terms[0].layer, rows)
        features = terms[0].features.to(maps)
        places = maps.flatten(2).mT.reshape(-1, maps.shape[1])
        with torch.no_grad():
            best = [(part @ features.T).argmax(1) for part in torch.split(places, _PLACES)]
        products = (places * features[torch.cat(best)]).sum(1)
        return torch.mean(products.view(len(maps), -1), 1)


def guided(scope: Scope, layer: str, guide: Any) -> Objective:
    """Return the objective that goes towards what a layer sees in an image."""
    name = scope.layers.find(layer).name
    maps = as_maps(scope.activations(guide, name)[name])
    return Objective(((1.0, Guided(name, maps.transpose(0, 1).flatten(1).T.contiguous())),))
