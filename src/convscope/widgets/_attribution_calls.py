"""What a page may ask of an attribution: maps, checks of a map, where a position came from."""

from __future__ import annotations

from itertools import groupby
from typing import Any, cast

import torch
import traitlets
from torch import Tensor

from convscope.answers import Prediction
from convscope.attribution import (
    METHODS,
    Attributions,
    Faithfulness,
    attribute,
    feeds,
    growing_curves,
    made_from,
    shuffled,
)
from convscope.attribution.sanity import rank_correlation
from convscope.widgets._attribution_maps import Asked, AttributionMaps, Target
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job
from convscope.widgets._shown_images import ShownImages

_CHUNK = 32  # layers that are prepared at once; what is asked for meanwhile waits that long
_KEPT = 512  # traced positions

Triple = list[Any]  # method, target, layer


class AttributionCalls(ShownImages):
    """The calls of the attribution widget, which sets what stands below."""

    _maps: AttributionMaps
    _guesses: dict[int, list[Prediction]]
    layers: traitlets.List[str]
    _traces: dict[tuple[Any, ...], Tensor]

    @job
    def maps(self, job: Job, image: int, asked: list[Triple]) -> dict[str, Any]:
        """Return maps; in place of one that can't be made, a sentence that says why."""
        wanted = [Asked(image, *triple) for triple in asked]
        missing = [each for each in wanted if not self._maps.has(each)]
        groups = [list(group) for _, group in groupby(missing, key=lambda each: each.method)]
        errors: dict[Asked, Exception] = {}
        for turn, group in enumerate(groups):
            job.check()
            total = len(groups) if len(groups) > 1 else None  # one method tells nothing on its way
            job.progress(turn, total, METHODS[group[0].method].title)
            errors |= self._maps.attempt(group)
        if len(errors) == len(wanted) == 1:
            raise next(iter(errors.values()))
        return {
            "items": [
                {"error": str(errors[each])} if each in errors else _answer(self._maps.one(each))
                for each in wanted
            ]
        }

    @job
    def prepare(self, job: Job, image: int, method: str, target: Target, layer: str) -> None:
        """Compute what is likely to be asked for next: the likely classes, and all layers."""
        if method == "guided_gradcam" or not METHODS[method].layers:
            return
        name = cast("Any", method)
        classes = [guess.index for guess in self._predictions(image)]
        few = dict.fromkeys([layer, *self.layers])
        job.check()
        self._maps.attempt(
            [Asked(image, name, each, one) for each in (target, *classes) for one in few]
        )
        for layers in self._maps.chunks(_CHUNK):
            job.check()
            self._maps.attempt([Asked(image, name, target, one) for one in layers])

    @job
    def foresee(self, job: Job, image: int, method: str, targets: list[Target], layer: str) -> None:
        """Compute the maps of classes that are offered: one of them is likely to be chosen."""
        name = cast("Any", method)
        if METHODS[method].layers and method != "guided_gradcam":
            job.check()
            self._maps.attempt([Asked(image, name, each, layer) for each in targets])

    @job
    def between(
        self,
        job: Job,
        image: int,
        layer: str,
        position: list[int],
        earlier: str = "",
        later: str = "",
    ) -> dict[str, Any]:
        """Return what a position was made from, and what it feeds; null where no layer is given."""
        row, column = position
        made = self._traced(image, layer, (row, column), earlier, later="")
        job.check()
        job.preview({"made_from": made, "feeds": None})
        fed = self._traced(image, layer, (row, column), later=later, earlier="")
        return {"made_from": made, "feeds": fed}

    @job
    def faithfulness(
        self, job: Job, image: int, method: str, target: Target, layer: str
    ) -> dict[str, Any]:
        """Return the curves of deletion and insertion for a map; they are shown as they grow."""
        found = self._maps.one(Asked(image, cast("Any", method), target, layer))
        curves = None
        for curves in growing_curves(self._looking(), [self._source[image]], found):
            job.check()
            done = torch.stack([curves.deletion, curves.insertion]).isfinite()
            job.progress(int(done.sum()), done.numel(), "covering and uncovering")
            job.preview(_curves(curves))
        if curves is None:
            raise ValueError("image: could not be read")
        return _curves(curves)

    @job
    def sanity(
        self, job: Job, image: int, method: str, target: Target, layer: str
    ) -> dict[str, Any]:
        """Return the same map of a copy with shuffled weights, and how alike both are."""
        before = self._maps.one(Asked(image, cast("Any", method), target, layer))
        job.progress(0, 2, "shuffling the weights of a copy")
        scope = self._scope.on(shuffled(self._looking().network))
        job.check()
        job.progress(1, 2, "explaining the copy")
        after = attribute(
            scope,
            [self._source[image]],
            self._again(before),
            method=cast("Any", method),
            layers=[layer] if METHODS[method].layers else None,
        )
        job.check()
        one, other = (each.maps[layer].flatten(1) for each in (before, after))
        return {"map": after.maps[layer][0], "similarity": float(rank_correlation(one, other))}

    def _predictions(self, image: int) -> list[Prediction]:
        if image not in self._guesses:
            self._guesses[image] = super()._predictions(image)
        return self._guesses[image]

    def _again(self, found: Attributions) -> Any:
        """Return a question about the same class for another network."""
        index = int(found.classes[0, 0])
        asked = found.questions.table[0][0]
        return index if index >= 0 else asked if callable(asked) else str(asked)

    def _traced(
        self, image: int, layer: str, position: tuple[int, int], earlier: str, later: str
    ) -> Tensor | None:
        """Return one map of what a position was made from or feeds; None where nothing is asked."""
        if not earlier and not later:
            return None
        key = (image, layer, position, earlier, later)
        if key not in self._traces:
            given = [self._source[image]]
            self._traces[key] = (
                made_from(self._looking(), given, layer, position, earlier)
                if earlier
                else feeds(self._looking(), given, layer, position, later)
            )
        for old in list(self._traces)[: -_KEPT or None]:
            self._traces.pop(old, None)
        return self._traces[key]


def _answer(found: Attributions) -> dict[str, Any]:
    ((layer, maps),) = found.maps.items()
    return {
        "map": maps[0],
        "layer": layer,
        "method": found.method,
        "name": found.targets[0][0],
        "index": int(found.classes[0, 0]),
        "score": float(found.scores[0, 0]),
    }


def _curves(found: Faithfulness) -> dict[str, Any]:
    return {
        "fractions": found.fractions,
        "deletion": found.deletion[0],
        "insertion": found.insertion[0],
        "deletion_area": float(found.deletion_area[0]),
        "insertion_area": float(found.insertion_area[0]),
        "kind": found.kind,
        "name": found.names[0],
    }
