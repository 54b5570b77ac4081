"""Maps of single images for the attribution widget, computed once and kept a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

from convscope.answers import Prediction
from convscope.attribution import METHODS, Attributions, MethodName, attribute
from convscope.attribution.attributions import INPUT
from convscope.attribution.questions import PREDICTED, Questions
from convscope.attribution.request import has_maps
from convscope.images import ImageSource
from convscope.network import Layer
from convscope.scope import Scope
from convscope.widgets._layers import is_browsable

#: A class by index or name, "predicted", a unit as "layer:12", or the name of a function.
Target = int | str

_KEPT_BYTES = 256_000_000  # of maps, over all images
_KEY_LAYERS = 6
_method = attrgetter("method")


@dataclass(frozen=True)
class Asked:
    """One map that is asked for; layer is "input" for methods that explain the input."""

    image: int
    method: MethodName
    target: Target
    layer: str


class AttributionMaps:
    """The maps of one network, each computed once; what is near is computed with it.

    Parameters
    ----------
    scope
        The network.
    looking
        Gives the network for a look.
    source
        The images.
    predictions
        What the network takes an image for.
    functions
        Targets that are functions of the output, by name.
    """

    def __init__(
        self,
        scope: Scope,
        looking: Callable[[], Scope],
        source: ImageSource,
        predictions: Callable[[int], Sequence[Prediction]],
        functions: Mapping[str, Callable[[Any], Tensor]],
    ) -> None:
        self._scope = scope
        self._looking = looking
        self._source = source
        self._predictions = predictions
        self._functions = dict(functions)
        self._kept: OrderedDict[tuple[int, str, Target], Attributions] = OrderedDict()
        self._lock = threading.RLock()  # jobs ask from threads of their own
        self.layers = [layer.name for layer in scope.layers if is_explainable(layer)]

    def one(self, asked: Asked) -> Attributions:
        """Return the map of one layer, as an `Attributions` of one image and one target."""
        self.fill([asked])
        with self._lock:
            found = self._kept[self._key(asked)]
        return replace(found, maps={asked.layer: found.maps[asked.layer]})

    def possible(self, asked: Sequence[Asked]) -> list[Attributions]:
        """Return those maps that can be made; where none can, the first error is raised."""
        errors: dict[Asked, Exception] = {}
        for _, group in groupby(asked, _method):
            errors |= self.attempt(list(group))
        if len(errors) == len(set(asked)):
            raise next(iter(errors.values()))
        return [self.one(each) for each in asked if each not in errors]

    def attempt(self, asked: Sequence[Asked]) -> dict[Asked, Exception]:
        """Compute maps together, or one by one where that fails, and return what went wrong."""
        try:
            self.fill(asked)
        except (TypeError, ValueError, RuntimeError) as error:
            if len(asked) == 1:
                return {asked[0]: error}
            return {key: why for each in asked for key, why in self.attempt([each]).items()}
        return {}

    def fill(self, asked: Sequence[Asked]) -> None:
        """Compute those maps of one image and method that are missing, in one pass.

        All layers that some target misses are computed for all targets that miss some.
        """
        missing = [each for each in asked if not self.has(each)]
        if not missing:
            return
        image, method = missing[0].image, missing[0].method
        targets = list(dict.fromkeys(self.resolved(image, each.target) for each in missing))
        layers = list(dict.fromkeys(each.layer for each in missing))
        found = attribute(
            self._looking(),
            [self._source[image]],
            [[self._functions.get(str(target), target) for target in targets]],
            method=method,
            layers=layers if METHODS[method].layers else None,
        )
        with self._lock:
            for column, target in enumerate(targets):
                self._keep((image, method, target), _of_target(found, column))
            self._forget()

    def has(self, asked: Asked) -> bool:
        """Tell whether a map is at hand."""
        with self._lock:
            known = self._kept.get(self._key(asked))
            return known is not None and asked.layer in known.maps

    def resolved(self, image: int, target: Target) -> Target:
        """Return the class that a target means for an image, so that one class is kept once."""
        if target == PREDICTED:
            guesses = self._predictions(image)
            return guesses[0].index if guesses else target
        if isinstance(target, str) and target in (self._scope.classes or ()):
            return list(self._scope.classes or ()).index(target)
        return target

    def check(self, target: Any, name: str) -> Target:
        """Return a target, or say why it is none, naming what is close."""
        if isinstance(target, str) and target in self._functions:
            return target
        try:
            Questions.of(target, 1, self._scope)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}{str(error).removeprefix('targets')}") from error
        count = len(self._scope.classes or ())
        if isinstance(target, int) and count and not 0 <= target < count:
            raise ValueError(f"{name}: no class {target}; there are {count}, from 0")
        return target  # type: ignore[no-any-return]

    def named(self, layer: str, name: str = "layer") -> str:
        """Return the name of a layer that has maps, or say why it has none."""
        found = self._scope.layers.find(layer)
        if found.name not in self.layers:
            raise ValueError(
                f"{name}: {found.name!r} gives {found.shape}, no map that lies over the image"
            )
        return found.name

    def key_layers(self, last: str) -> list[str]:
        """Return a few layers up to ``last``, of each size of maps the last outer one."""
        end = self._scope.layers.find(last).order or 0
        best: dict[tuple[int, ...], Layer] = {}
        for name in self.in_order():
            layer = self._scope.layers.find(name)
            size = (layer.shape or ())[1:]
            if (layer.order or 0) <= end and layer.depth <= getattr(best.get(size), "depth", 99):
                best[size] = layer
        # Sizes that only parts of blocks have, such as padded ones, say little.
        outer = min((layer.depth for layer in best.values()), default=0) + 1
        names = [layer.name for layer in best.values() if layer.depth <= outer and layer.order]
        names = sorted(set(names) - {last}, key=self.in_order().index)
        return [*names, last][-_KEY_LAYERS:]

    def neighbours(self, layer: str, among: Sequence[str]) -> tuple[str, str]:
        """Return the nearest layers before and after one among some, empty where there is none."""
        place = {name: i for i, name in enumerate(self.in_order())}
        before = [name for name in among if place[name] < place[layer]]
        after = [name for name in among if place[name] > place[layer]]
        return max(before, key=place.get, default=""), min(after, key=place.get, default="")  # type: ignore[arg-type]

    def in_order(self) -> list[str]:
        """Return the layers as the image passes through them."""
        return sorted(self.layers, key=lambda name: self._scope.layers.find(name).order or 0)

    def chunks(self, size: int) -> Iterator[list[str]]:
        """Yield the layers in parts of ``size``, the last ones first."""
        names = self.in_order()[::-1]
        return (names[i : i + size] for i in range(0, len(names), size))

    def _key(self, asked: Asked) -> tuple[int, str, Target]:
        return asked.image, asked.method, self.resolved(asked.image, asked.target)

    def _keep(self, key: tuple[int, str, Target], found: Attributions) -> None:
        known = self._kept.pop(key, None)
        self._kept[key] = found if known is None else _joined(known, found)

    def _forget(self) -> None:
        """Drop the maps made longest ago until what is kept fits."""
        while len(self._kept) > 1 and self._bytes() > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(m.numel() * 4 for found in self._kept.values() for m in found.maps.values())


def is_explainable(layer: Layer) -> bool:
    """Tell whether a layer has maps with more than one position, on the way to the output."""
    return (
        is_browsable(layer)
        and has_maps(layer)
        and layer.order is not None
        and max((layer.shape or (1,))[1:]) > 1
    )


def layer_of(method: str, layer: str) -> str:
    """Return under which name the maps of a method stand."""
    return layer if METHODS[method].layers else INPUT


def beside(found: Sequence[Attributions], layer: str) -> Attributions:
    """Return the maps of one layer for several targets of one image as one value."""
    first = found[0]
    table = (tuple(each.questions.table[0][0] for each in found),)
    return replace(
        first,
        maps={layer: torch.stack([each.maps[layer] for each in found], 1)},
        targets=[tuple(each.targets[0][0] for each in found)],
        classes=torch.cat([each.classes for each in found], 1),
        scores=torch.cat([each.scores for each in found], 1),
        completeness=None,
        questions=replace(first.questions, table=table, several=True),
    )


def _of_target(found: Attributions, column: int) -> Attributions:
    """Return the part of an answer that is about one of its targets."""
    one = slice(column, column + 1)
    table = tuple((row[column],) for row in found.questions.table)
    return replace(
        found,
        maps={name: maps[:, column] for name, maps in found.maps.items()},
        targets=[(row[column],) for row in found.targets],
        classes=found.classes[:, one],
        scores=found.scores[:, one],
        completeness=None if found.completeness is None else found.completeness[:, one],
        questions=replace(found.questions, table=table, several=False),
    )


def _joined(known: Attributions, found: Attributions) -> Attributions:
    return replace(found, maps={**known.maps, **found.maps})
