"""One state of a preview carried out: its samples, what was drawn, what a network makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from torch import Tensor

from convscope.augment.operation import rounded
from convscope.augment.previewable import Entry, Node, Outcome, Previewable, find, leaves
from convscope.plots.style import number
from convscope.scope import Scope
from convscope.widgets._preview_inputs import Given

Mode = Literal["samples", "images"]

_AT_ONCE = 4  # samples that a network sees at a time: between two, a newer request takes over


class Guess(TypedDict):
    """The class that a network names; typed as Thought in ``js/lib/preview_calls.ts``."""

    name: str
    score: float
    kind: str


@dataclass(frozen=True)
class Asked:
    """What is to be shown; as Asked in ``js/lib/preview_calls.ts``."""

    operations: list[Node]
    seed: int
    samples: int
    mode: Mode
    image: int
    alone: list[int] | None = None

    def indices(self, count: int) -> list[int]:
        """Return which of ``count`` images each sample is of."""
        if not 0 <= self.image < count:
            raise ValueError(f"image: there is no image {self.image}; there are {count}, from 0")
        if self.mode == "samples":
            return [self.image] * self.samples
        return [(self.image + i) % count for i in range(min(self.samples, count))]


@dataclass(frozen=True)
class Shown:
    """The samples of a state.

    Attributes
    ----------
    outcome
        The samples, and what was drawn for them.
    originals
        Position of the image of each sample.
    nodes
        All operations.
    paths
        Where the operation of each column of the record stands among them.
    """

    outcome: Outcome
    originals: list[int]
    nodes: list[Node]
    paths: list[list[int]]

    def drawn(self) -> list[dict[str, Any]]:
        """Return what was drawn; typed as Drawn in ``js/lib/preview_calls.ts``."""
        columns = self.outcome.record.columns
        return [
            {
                "path": path,
                "name": find(self.nodes, path)["name"],
                "applied": column.applied.tolist(),
                "values": {
                    name: [rounded(float(value), 5) for value in values.tolist()]
                    for name, values in column.values.items()
                },
            }
            for path, column in zip(self.paths, columns, strict=True)
        ]

    def titles(self, entries: Mapping[str, Entry]) -> list[str]:
        """Return what each leaf is called."""
        nodes = [find(self.nodes, path) for path in self.paths]
        return [each.get("title") or entries[each["name"]].title or each["name"] for each in nodes]

    def words(self, sample: int, entries: Mapping[str, Entry]) -> str:
        """Return what was drawn for a sample in a few words: ``Rotate 12.3°, Flip``."""
        parts = []
        columns = self.outcome.record.columns
        for title, path, column in zip(self.titles(entries), self.paths, columns, strict=True):
            if not column.applied[sample]:
                continue
            params = {each.name: each for each in entries[find(self.nodes, path)["name"]].params}
            values = [
                _with_unit(float(values[sample]), params[name].unit)
                for name, values in column.values.items()
                if name in params
            ]
            parts.append(" ".join([title, *values]))
        return ", ".join(parts) or "unchanged"


class Preview:
    """A pipeline and images: carries states out, and keeps the last.

    Parameters
    ----------
    base
        The pipeline that states are states of.
    given
        The images.
    """

    def __init__(self, base: Previewable, given: Given) -> None:
        self.base = base
        self.given = given
        self.entries = base.catalogue()
        self._last: tuple[str, Shown] | None = None  # a job may read it in another thread
        self._guesses: dict[int, Guess] = {}  # of the originals

    def state(self, operations: Sequence[Node], seed: int) -> Previewable:
        """Return the pipeline in a state."""
        return self.base.with_state(operations, seed=seed)

    def show(self, asked: Asked) -> Shown:
        """Carry a state out; the last is kept."""
        key = json.dumps(vars(asked))
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        shown = self._carried_out(asked, None)
        self._last = (key, shown)
        return shown

    def glance(self, asked: Asked, side: int) -> Shown:
        """Carry a state out for a moment's look, while a slider moves.

        Where nothing in the pipeline depends on single pixels, images are first reduced to what is
        shown: what is enlarged by the pipeline is a little soft until the slider rests.

        Parameters
        ----------
        asked
            The state.
        side
            Pixels of the longer side of a sample as it is shown.
        """
        return self._carried_out(asked, side)

    def labels(self, indices: Sequence[int]) -> list[int | str] | None:
        """Return the classes of some images."""
        labels = self.given.labels
        return None if labels is None else [labels[i] for i in indices]

    def names(self, indices: Sequence[int]) -> list[str]:
        """Return the names of some images."""
        return [str(self.given.source.names[i]) for i in indices]

    def looks(self, scope: Scope, asked: Asked) -> Iterator[list[Guess]]:
        """Yield what a network takes the samples for, a few at a time, then their originals."""
        shown = self.show(asked)
        images = shown.outcome.images
        for start in range(0, len(images), _AT_ONCE):
            yield _guessed(scope, list(images[start : start + _AT_ONCE]))
        for i in shown.originals:
            if i not in self._guesses:
                self._guesses[i] = _guessed(scope, [self.given[i].image])[0]
            yield [self._guesses[i]]

    def _carried_out(self, asked: Asked, longest: int | None) -> Shown:
        indices = asked.indices(len(self.given))
        numbers = indices if asked.mode == "images" else range(asked.samples)
        state = self.state(asked.operations, asked.seed)
        nodes = state.describe()
        one = state if asked.alone is None else state.only(asked.alone)
        own = one.describe()
        paths = [list(walk.path) for walk in leaves(own)]
        if asked.alone is not None and own != nodes:  # it is the first of a pipeline of its own
            paths = [[*asked.alone, *path[1:]] for path in paths]
        inputs = self.given.batch(indices, longest if one.scalable else None)
        return Shown(one.run(inputs, list(numbers)), indices, nodes, paths)


def _guessed(scope: Scope, images: list[Tensor]) -> list[Guess]:
    found = scope.predict(images, top=1)
    return [{"name": p.name, "score": p.score, "kind": p.kind} for (p, *_) in found]


def _with_unit(value: float, unit: str) -> str:
    return f"{number(value)}{'' if unit in ('', '°') else ' '}{unit}"
