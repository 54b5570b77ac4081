"""The columns of a scatter, some of which are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.images import ImageError
from convscope.widgets._beside import Beside
from convscope.widgets._jobs import Job
from convscope.widgets._scatter_columns import Category, Column, Kind, Value, as_category
from convscope.widgets._scatter_maps import watched

if TYPE_CHECKING:
    from convscope.images import ImageSource
    from convscope.manifold import Projection
    from convscope.scope import Scope

# Makes a column of a map, which most columns do not depend on.
Make = Callable[[Job, str], Column]

_TOGETHER = 64  # images asked about between two looks at Stop


@dataclass
class Columns:
    """Columns by name: those that are there, and those that are made when they are asked for.

    Attributes
    ----------
    ready
        Those that are there, the same for all maps.
    making
        Kinds and makers of those that are not.
    by_map
        For those that each map has one of, such as the spread, what there is by map.
    """

    ready: dict[str, Column] = field(default_factory=dict)
    making: dict[str, tuple[Kind, Make]] = field(default_factory=dict)
    by_map: dict[str, dict[str, Column]] = field(default_factory=dict)

    def infos(self, layer: str) -> list[dict[str, Any]]:
        """Return what the page is told of a map; typed as ColumnInfo in js/lib/protocol.ts."""
        return [
            {
                "name": name,
                "kind": self._kind(name),
                "ready": self.is_ready(name, layer),
                "of_map": name in self.by_map,
            }
            for name in self.names()
        ]

    def is_ready(self, name: str, layer: str) -> bool:
        """Tell whether a column of a map is there."""
        return name in self.ready or layer in self.by_map.get(name, {})

    def __contains__(self, name: object) -> bool:
        return name in self.ready or name in self.making

    def names(self) -> list[str]:
        """Return the names of all columns."""
        return list(dict.fromkeys([*self.ready, *self.making]))

    def forget(self) -> None:
        """Let the columns of maps be made anew: the maps are others now.

        A job that still makes one of an old map puts it where nobody looks any more.
        """
        self.by_map = {name: {} for name in self.by_map}

    def get(self, name: str, job: Job, layer: str) -> Column:
        """Return a column of a map, made first where it is not there."""
        if name not in self:
            known = ", ".join(repr(each) for each in self.names()) or "none"
            raise KeyError(f"color: there is no column {name!r}; there are {known}")
        if name in self.ready:
            return self.ready[name]
        place, key = (self.by_map[name], layer) if name in self.by_map else (self.ready, name)
        if key not in place:
            place[key] = self.making[name][1](job, layer)
        return place[key]

    def add_spread(self, make: Make) -> None:
        """Let it be asked how far points move when their map is made again."""
        if "spread" not in self.ready:  # a column of the user's own goes before
            self.by_map["spread"] = {}
            self.making["spread"] = ("value", make)

    def add_predictions(self, beside: Beside, source: ImageSource, labels: Category | None) -> None:
        """Let the network's answers be asked for, and with labels whether they are right."""
        if "prediction" not in self.ready:  # columns of the user's own go before
            self.making["prediction"] = (
                "category",
                lambda job, _: _predicted(beside.scope(), source, job),
            )
        if labels is None or "correct" in self.ready or self._kind("prediction") == "value":
            return
        self.making["correct"] = (
            "category",
            lambda job, layer: _correct(labels, self.get("prediction", job, layer)),
        )

    def add_unit(self, name: str, beside: Beside | None, source: ImageSource | None) -> None:
        """Let the activation of a unit spelled ``"layer:12"`` be asked for."""
        layer, _, number = name.rpartition(":")
        if not layer or not number.isdigit() or beside is None or source is None:
            known = ", ".join(repr(each) for each in self.names())
            raise ValueError(
                f"color: there is no column {name!r}; there are {known}, and with scope= and "
                "images= a unit as 'layer:12'"
            )
        shape, unit = beside.own.layers[layer].shape, int(number)
        if shape is not None and unit >= shape[0]:
            raise ValueError(f"color: {layer!r} has {shape[0]} units, from 0; there is no {unit}")
        self.making[name] = (
            "value",
            lambda job, _: _activation(beside.scope(), source, layer, unit, job),
        )

    def _kind(self, name: str) -> Kind:
        if name in self.ready:
            return "category" if isinstance(self.ready[name], Category) else "value"
        return self.making[name][0]


def _predicted(scope: Scope, source: ImageSource, job: Job) -> Category:
    """Return the class that the network takes each image for; none where it can't be read."""
    from convscope.manifold import categories

    found: list[str | None] = []
    for start in range(0, len(source), _TOGETHER):
        job.check()
        found += _answers(scope, source[start : start + _TOGETHER])
        job.progress(len(found), len(source), "asking the network")
    return as_category(categories(found, len(found)), "prediction")


def _answers(scope: Scope, some: ImageSource) -> list[str | None]:
    """Return the answer to each of some images."""
    try:
        return [each[0].name for each in scope.predict(some, top=1)]
    except ImageError:
        if some.errors == "raise":
            raise
        if len(some) == 1:
            return [None]
    return [answer for i in range(len(some)) for answer in _answers(scope, some[i : i + 1])]


def _correct(known: Category, answers: Column) -> Category:
    """Return whether answers are the labels; missing where one of both is."""
    assert isinstance(answers, Category)
    # A network whose classes have no names calls them "class 7".
    named = {f"class {name}": code for code, name in enumerate(known.names)}
    named |= {name: code for code, name in enumerate(known.names)}
    meant = np.array([*(named.get(name, -1) for name in answers.names), -1])[answers.codes]
    codes = np.where(meant == known.codes, 0, 1)
    missing = (known.codes == len(known.names)) | (answers.codes == len(answers.names))
    return Category(np.where(missing, 2, codes).astype(np.uint16), ("right", "wrong"))


def _activation(scope: Scope, source: ImageSource, layer: str, unit: int, job: Job) -> Value:
    """Return how strongly a unit answers to each image: the mean over its map."""
    found = np.full(len(source), np.nan, np.float32)  # of those that can't be read
    for batch in scope.iter_activations(source, [layer], errors=source.errors):
        job.check()
        maps = batch.activations[layer][:, unit]
        found[batch.indices] = maps.reshape(len(maps), -1).float().mean(1).numpy()
        job.progress(batch.indices[-1] + 1, len(source), f"reading {layer}:{unit}")
    return Value(found)


def spread(projection: Projection, runs: int, job: Job) -> Value:
    """Return how far each point moves when the map is made again."""
    from convscope.manifold import Stopped

    try:
        found = projection.stability(runs, **watched(job))
    except Stopped:
        job.check()
        raise
    return Value(found.spread)
