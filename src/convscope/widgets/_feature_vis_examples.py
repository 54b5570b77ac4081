"""The real images that excite a target: the measure of every picture that was made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from convscope.featurevis import Examples, find_examples
from convscope.featurevis.begin import softmax_before
from convscope.featurevis.objectives import Objective
from convscope.images import ImageSource
from convscope.scope import Scope
from convscope.strongest import Strongest, find_both
from convscope.widgets._feature_vis_targets import one_channel
from convscope.widgets._patches import PATCH, patch_item

_KEPT = 64  # answers, and layers searched
_BEST = 9


@dataclass(frozen=True)
class Found:
    """What real images reach for one objective.

    Attributes
    ----------
    examples
        The strongest places, best first.
    total
        How many images there are.
    """

    examples: Examples
    total: int


class ExampleFinder:
    """Finds the real images that excite targets, and keeps what it found.

    One look at all images answers for every unit of a layer; sums and directions take a look each.

    Parameters
    ----------
    source
        The images.
    """

    def __init__(self, source: ImageSource) -> None:
        self.source = source
        self._weights = ""
        self._layers: dict[tuple[str, int], Strongest] = {}
        self._own: dict[str, Found] = {}

    def follow(self, weights: str) -> None:
        """Forget what was found with other weights than those that a digest stands for."""
        if weights != self._weights:
            self._weights, self._layers, self._own = weights, {}, {}

    def at_hand(self, scope: Scope, target: Objective) -> Found | None:
        """Return what is known already, None where images have to be looked at first."""
        plain = one_channel(target.resolved(scope))
        if plain is None or target.key in self._own:
            return self._own.get(target.key)
        sign, layer, unit = plain
        found = self._layers.get((layer, sign))
        return None if found is None else self._of_unit(found, sign, unit)

    def look(self, scope: Scope, target: Objective) -> Iterator[Found]:
        """Yield what was found so far, better with each batch; the last one is for all images."""
        known = self.at_hand(scope, target)
        if known is not None:
            yield known
            return
        plain = one_channel(target.resolved(scope))
        # Where the model ends in softmax, pictures are measured before it: so are the images.
        if plain is None or softmax_before(scope, (plain[1],)) is not None:
            yield from self._look_for_itself(scope, target)
        else:
            yield from self._look_at_layer(scope, *plain)

    def _look_for_itself(self, scope: Scope, target: Objective) -> Iterator[Found]:
        weights, found, errors = self._weights, None, self.source.errors
        for each in find_examples(scope, target, self.source, k=_BEST, errors=errors):
            found = Found(each, len(self.source))
            yield found
        if found is not None and weights == self._weights:
            self._own = _bounded(self._own | {target.key: found})

    def _look_at_layer(self, scope: Scope, sign: int, layer: str, unit: int) -> Iterator[Found]:
        weights, both, errors = self._weights, None, self.source.errors
        for both in find_both(scope, self.source, layer, k=_BEST, errors=errors):
            yield self._of_unit(both[0 if sign > 0 else 1], sign, unit)
        if both is not None and weights == self._weights:
            ends = {(layer, 1): both[0], (layer, -1): both[1]}
            self._layers = _bounded(self._layers | ends)

    def item(
        self, scope: Scope, found: Examples, rank: int, *, side: int = PATCH
    ) -> dict[str, Any]:
        """Return what the page is told of one of the places."""
        row, column = (int(n) for n in found.positions[rank])
        return patch_item(
            scope,
            self.source,
            found.layer,
            found.size,
            image=int(found.images[rank]),
            position=(row, column),
            value=float(found.values[rank]),
            side=side,
        )

    def _of_unit(self, found: Strongest, sign: int, unit: int) -> Found:
        examples = Examples(
            values=found.values[:, unit] * sign,
            images=found.images[:, unit],
            positions=found.positions[:, unit],
            layer=found.layer,
            size=found.size,
            maximum=float(found.means[0, unit]) * sign,
            seen=found.seen,
        )
        return Found(examples, len(self.source))


def _bounded(kept: dict[Any, Any]) -> dict[Any, Any]:
    return dict(list(kept.items())[-_KEPT:])
