"""A pipeline of another library, taken apart into nodes and made anew; the user's is only read."""

from __future__ import annotations

import copy
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import torch

from convscope.augment.adapters.knob import Arguments, Knob, Meanings, knobs, turned
from convscope.augment.adapters.notes import Notes
from convscope.augment.adapters.randomness import borrowed, seed_all, seeds
from convscope.augment.adapters.sample import Sample, collected, sample_of
from convscope.augment.previewable import Entry, Inputs, Node, alone
from convscope.augment.record import Record
from convscope.augment.result import Result


@dataclass(frozen=True)
class Part:
    """One transform of the user's.

    Attributes
    ----------
    transform : object
        It, as the user made it.
    title : str
        Its class name.
    arguments : mapping
        What it was made with, as far as sliders change it.
    knobs : tuple of Knob
        Its sliders.
    nests : bool
        Whether it holds other transforms.
    weights : dict
        How probable each of these is, in proportion, by their names; empty if all alike.
    """

    transform: Any
    title: str
    arguments: Arguments
    knobs: tuple[Knob, ...]
    nests: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)


class Foreign(ABC):
    """A pipeline of another library, with the interface of `Previewable`.

    Parameters
    ----------
    pipe : object
        What the user has; it is not changed.
    seed : int
        What its draws begin with.
    """

    library: ClassVar[str]
    meanings: ClassVar[Meanings]
    scalable = False  # which of its lengths are in pixels is not known

    def __init__(self, pipe: Any, *, seed: int = 0) -> None:
        self._root = pipe
        self._parts: dict[str, Part] = {}
        held = self.held(pipe)
        self.can_edit = held is not None
        self._nodes = [self._take_apart(each) for each in ([pipe] if held is None else held)]
        self._seed = seed

    @abstractmethod
    def held(self, transform: Any) -> Sequence[Any] | None:
        """Return the transforms that one holds; None for one that is no container."""

    def weights(self, transform: Any) -> Sequence[float] | None:  # noqa: ARG002
        """Return how probable each of those is, in proportion; None if there is no such thing."""
        return None

    @abstractmethod
    def arguments(self, transform: Any) -> dict[str, Any]:
        """Return what a transform was made with, by name."""

    @abstractmethod
    def changed(self, transform: Any, arguments: Arguments) -> Any:
        """Return a new transform of the same kind with other arguments."""

    @abstractmethod
    def holding(
        self,
        transform: Any,
        arguments: Arguments,
        held: Sequence[Any],
        weights: Sequence[float] | None,
    ) -> Any:
        """Return a new container of the same kind that holds other transforms."""

    @abstractmethod
    def composed(self, transforms: Sequence[Any]) -> Any:
        """Return a pipeline of the kind of the user's."""

    @abstractmethod
    def carry_out(
        self, transforms: Sequence[Any], notes: Notes, samples: Sequence[Sample], numbers: list[int]
    ) -> list[Sample]:
        """Run transforms that were built with `notes` on samples, each with its own seed."""

    @abstractmethod
    def listened(self, transform: Any, notes: Notes, position: int) -> Any:
        """Return a transform, just built, so that it notes what it draws."""

    @abstractmethod
    def written(self, transforms: Sequence[Any]) -> str:
        """Return code that makes a pipeline of these transforms."""

    @property
    def pipeline(self) -> Any:
        """The pipeline as a user of the library knows it, without what is switched off."""
        built = list(self._built(self._nodes))
        return self.composed(built) if self.can_edit else (built or [self.composed([])])[0]

    @property
    def seed(self) -> int:
        """What its draws begin with."""
        return self._seed

    @property
    def targets(self) -> tuple[str, ...]:
        """Its own library: what `to_code` writes."""
        return (self.library,)

    def describe(self) -> list[Node]:
        """Return its transforms as nodes."""
        return list(self._nodes)

    def catalogue(self) -> dict[str, Entry]:
        """Return the transforms that the user's pipeline holds, by name."""
        return {
            name: Entry(
                params=[knob.param for knob in part.knobs],
                title=part.title,
                group=self.library,
                help=_first_sentence(part.transform),
                nests=part.nests,
            )
            for name, part in self._parts.items()
        }

    def with_state(self, nodes: Sequence[Node], *, seed: int | None = None) -> Foreign:
        """Return the same pipeline with other values, order or switches; checked by building it."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._nodes = [self._checked(node) for node in nodes]
        other._seed = self._seed if seed is None else seed
        try:
            list(other._built(other._nodes))
        except Exception as error:  # each library has its own
            raise ValueError(f"{self.library}: {_sentence(error)}") from error
        return other

    def only(self, path: Sequence[int]) -> Foreign:
        """Return the transform at a path alone, applied to every sample."""
        return self.with_state(alone(self._nodes, path))

    def run(self, inputs: Inputs, samples: Sequence[int]) -> Result:
        """Augment a batch; what a sample draws depends on the seed and its number."""
        given = [sample_of(inputs, i) for i in range(len(inputs))]
        notes = Notes()
        transforms = list(self._built(self._nodes, notes))
        device = inputs.images[0].device if len(inputs) else torch.device("cpu")
        with borrowed(device), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each slider movement would say it again
            if not transforms or not given:
                found = given
            else:
                try:
                    found = self.carry_out(transforms, notes, given, seeds(self._seed, samples))
                except Exception as error:  # each library has its own
                    raise ValueError(
                        f"{self.library} could not run this: {_sentence(error)}"
                    ) from error
        return collected(inputs, given, found, notes.record(self._seed, samples))

    def draws(self, count: int, labels: Sequence[int | str] | None = None) -> Record | None:  # noqa: ARG002
        """Return None: other libraries draw when they are given an image."""
        return None

    def to_code(self, target: str) -> str:
        """Return code that makes this pipeline with its own library."""
        if target != self.library:
            raise ValueError(
                f"target: {self.library} pipelines are written for {self.library!r} only; "
                f"got {target!r}"
            )
        return self.written(list(self._built(self._nodes)))

    def one_by_one(
        self, run: Any, samples: Sequence[Sample], numbers: Sequence[int], notes: Notes
    ) -> list[Sample]:
        """Run samples one after another, each with its own seed."""
        found = []
        for sample, number in zip(samples, numbers, strict=True):
            seed_all(number, sample.image.device)
            notes.begin()
            found.append(run(sample, number))
        return found

    def _take_apart(self, transform: Any) -> Node:
        title = getattr(transform, "__name__", type(transform).__name__)
        name, count = title, 1
        while name in self._parts:
            count += 1
            name = f"{title} {count}"
        arguments = self.arguments(transform)
        sliders = knobs(title, arguments, self.meanings)
        held = self.held(transform)
        self._parts[name] = Part(transform, title, arguments, sliders, nests=held is not None)
        node: Node = {
            "name": name,
            "params": {knob.param.name: knob.param.default for knob in sliders},
            "on": True,
        }
        if held is not None:
            node["operations"] = [self._take_apart(each) for each in held]
            names = [child["name"] for child in node["operations"]]
            weights = dict(zip(names, self.weights(transform) or (), strict=False))
            self._parts[name] = replace(self._parts[name], weights=weights)
        return node

    def _checked(self, node: Node) -> Node:
        name = node.get("name", "")
        if name not in self._parts:
            known = ", ".join(self._parts)
            raise ValueError(f"operations: there is no {name!r} in this pipeline, only {known}")
        part = self._parts[name]
        params = {
            knob.param.name: knob.param.check(
                node.get("params", {}).get(knob.param.name, knob.param.default), name
            )
            for knob in part.knobs
        }
        checked: Node = {"name": name, "params": params, "on": bool(node.get("on", True))}
        if part.nests:
            checked["operations"] = [self._checked(each) for each in node.get("operations", ())]
        return checked

    def _built(self, nodes: Sequence[Node], notes: Notes | None = None) -> Iterator[Any]:
        """Make the transforms of nodes; those that are off, or hold nothing, are left out."""
        for node in nodes:
            if not node.get("on", True):
                continue
            name = node["name"]
            part = self._parts[name]
            arguments = turned(part.arguments, part.knobs, node["params"], name)
            if not part.nests:
                turns = arguments != part.arguments
                made = self.changed(part.transform, arguments) if turns else copied(part.transform)
                if notes is not None:
                    made = self.listened(made, notes, notes.add(part.title))
                yield made
                continue
            held = list(self._built(node["operations"], notes))
            if held:
                names = [each["name"] for each in node["operations"] if each.get("on", True)]
                weights = _weights(part.weights, names) if len(names) == len(held) else None
                yield self.holding(part.transform, arguments, held, weights)


def _weights(weights: Mapping[str, float], names: Sequence[str]) -> list[float] | None:
    """Return the weights of those that are left; what came from elsewhere counts as the mean."""
    if not weights:
        return None
    usual = sum(weights.values()) / len(weights)
    found = [weights.get(name, usual) for name in names]
    return found if any(found) else None


def _sentence(error: Exception) -> str:
    """Return what an error says in a line; pydantic, with which Albumentations checks, has many."""
    checks = error.__cause__ or error.__context__ or error
    if hasattr(checks, "errors"):
        told = [": ".join([*map(str, each["loc"]), each["msg"]]) for each in checks.errors()]
        return "; ".join(told).replace("Value error, ", "")
    return " ".join(str(error).split()) or type(error).__name__


def _first_sentence(transform: Any) -> str:
    text = " ".join((type(transform).__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".")[:120]


def copied(transform: Any) -> Any:
    """Return a copy of a transform of the user's."""
    try:
        return copy.deepcopy(transform)
    except Exception:  # it holds what can't be copied, such as an open file
        return copy.copy(transform)
