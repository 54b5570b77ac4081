"""Our own pipelines as `Previewable`: operations as nodes, and nodes as operations."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from convscope.augment import previewable
from convscope.augment.adapters import adapt
from convscope.augment.combine import Choice, Combinator, OneOf, Sequential, SomeOf
from convscope.augment.combine import Node as Part
from convscope.augment.declare import Param
from convscope.augment.operation import REGISTRY, Operation, find
from convscope.augment.pipeline import Pipeline
from convscope.augment.previewable import Entry, Inputs, Node, Previewable, plain
from convscope.augment.record import Record
from convscope.augment.result import Result
from convscope.augment.reuse import Memory

_GROUPS = {
    "place": "place and size",
    "shape": "shape",
    "colour": "colour",
    "texture": "texture and noise",
    "erase": "cover",
    "mix": "mix images",
    "combine": "combine",
}
_COMBINATORS: dict[str, type[Combinator]] = {
    each.__name__: each for each in (OneOf, SomeOf, Sequential, Choice)
}
_COUNT = Param("span", "how many of them", (1, 2), 0, math.inf, 1, (0, 2), whole=True, name="count")
TARGETS = ("convscope", "torchvision", "kornia", "albumentations", "yaml")


def previewable_of(pipe: Any) -> Previewable:
    """Return a pipeline, ours or one of another library, with the interface of `Previewable`."""
    return PipelinePreview(pipe) if isinstance(pipe, Pipeline) else adapt(pipe)


class PipelinePreview:
    """A `Pipeline` with the interface of `previewable.Previewable`.

    Parameters
    ----------
    pipe : Pipeline
        It is never changed.
    """

    can_edit = True
    targets = TARGETS

    def __init__(self, pipe: Pipeline) -> None:
        self._refs: dict[str, Operation] = {}
        self._nodes = [self._described(part) for part in pipe.operations]
        self._pipe = pipe
        self._only: int | None = None  # place of the one leaf that is applied
        self._memories = {False: Memory(), True: Memory()}  # of all states; True: reduced images

    @property
    def scalable(self) -> bool:
        """Whether no operation depends on single pixels, or on a fixed length in pixels."""
        return all(_is_scalable(leaf.operation) for leaf in self._pipe.leaves)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, without what is switched off."""
        return self._pipe

    @property
    def seed(self) -> int:
        """The seed of the pipeline."""
        return self._pipe.seed

    def describe(self) -> list[Node]:
        """Return the operations as nodes."""
        return list(self._nodes)

    def catalogue(self) -> dict[str, Entry]:
        """Return every operation and combinator there is, by kind."""
        order = list(_GROUPS)
        known = sorted(REGISTRY.items(), key=lambda item: order.index(item[1].group))
        found = {name: _entry(cls) for name, cls in known}
        for name, cls in _COMBINATORS.items():
            params = tuple(self._declared({"name": name}).values())
            title, group = cls.title or name, _GROUPS["combine"]
            addable = cls is not Choice  # whose classes nobody has named
            found[name] = Entry(params, title, group, _phrase(cls), nests=True, addable=addable)
        return found

    def with_state(self, nodes: Sequence[Node], *, seed: int | None = None) -> PipelinePreview:
        """Return the same pipeline with other operations."""
        other = object.__new__(type(self))
        other._refs = self._refs
        other._memories = self._memories
        other._nodes = [self._checked(node) for node in nodes]
        other._only = None
        changes = {} if seed is None else {"seed": seed}
        operations = list(self._built(other._nodes))
        other._pipe = self._pipe.replace(operations=operations, **changes)
        return other

    def only(self, path: Sequence[int]) -> PipelinePreview:
        """Return the operation at a path alone, with what it draws within the whole."""
        previewable.find(self._nodes, path)  # says so where there is none
        places = [walk.path for walk in previewable.leaves(self._nodes)]
        if tuple(path) not in places:
            return self.with_state(previewable.alone(self._nodes, path))
        other = self.with_state(self._nodes)
        other._only = places.index(tuple(path))
        return other

    def run(self, inputs: Inputs, samples: Sequence[int]) -> Result:
        """Augment a batch."""
        record = self._drawn(len(inputs), list(samples), inputs.labels)
        reduced = inputs.scale != 1
        carried = _shortened(record, self._pipe, inputs.scale) if reduced else record
        result = self._memories[reduced].run(self._pipe, inputs, carried)
        return dataclasses.replace(result, record=record)

    def draws(self, count: int, labels: Sequence[int | str] | None = None) -> Record:
        """Draw without touching an image; labels are taken in turn."""
        each = None if not labels else [labels[i % len(labels)] for i in range(count)]
        return self._drawn(count, list(range(count)), each)

    def to_code(self, target: str) -> str:
        """Return it as code or YAML."""
        if target == "yaml":
            return self._pipe.to_yaml()
        return self._pipe.to_code(target)  # type: ignore[arg-type]  # it says which there are

    def _drawn(self, count: int, samples: list[int], labels: Sequence[int | str] | None) -> Record:
        record = self._pipe.draw(count, labels=labels, samples=samples)
        if self._only is None:
            return record
        columns = tuple(
            dataclasses.replace(column, applied=np.full(count, place == self._only))
            for place, column in enumerate(record.columns)
        )
        return dataclasses.replace(record, columns=columns)

    def _described(self, part: Part) -> Node:
        name = type(part).__name__
        if isinstance(part, Choice):
            classes = [
                [label, [self._described(each) for each in own.operations]]
                for label, own in part.classes.items()
            ]
            default = [self._described(each) for each in part.default.operations]
            params = {"p": part.p}
            return {
                "name": name,
                "params": params,
                "on": True,
                "classes": classes,
                "default": default,
            }
        if isinstance(part, Combinator):
            return {
                "name": name,
                "params": plain(part._arguments()),
                "on": True,
                "operations": [self._described(each) for each in part.operations],
            }
        values = {each: getattr(part, each) for each in part.params()}
        node: Node = {"name": name, "params": plain(values), "on": True}
        if not _is_declared(type(part)):
            held = next((ref for ref, each in self._refs.items() if each is part), None)
            node["ref"] = held or f"{name} {len(self._refs) + 1}"
            self._refs[node["ref"]] = part
            node["title"] = _title(part)
        return node

    def _checked(self, node: Node) -> Node:
        """Return a node, perhaps as a person wrote it, with all that belongs to it."""
        if not isinstance(node, Mapping) or not isinstance(node.get("name"), str):
            raise ValueError(f"operations: each is a dict with a name and params; got {node!r}")
        name, given = node["name"], dict(node.get("params", {}))
        weights = given.pop("weights", None)
        params = _checked_params(name, self._declared(node), given)
        if weights is not None:
            params = {"weights": [float(each) for each in weights], **params}
        checked: Node = {**node, "params": params, "on": bool(node.get("on", True))}
        if name == "Choice":
            classes = node.get("classes", [])
            checked["classes"] = [
                [label, [self._checked(n) for n in own]] for label, own in classes
            ]
            checked["default"] = [self._checked(each) for each in node.get("default", ())]
        elif name in _COMBINATORS:
            checked["operations"] = [self._checked(each) for each in node.get("operations", ())]
        return checked

    def _declared(self, node: Node) -> Mapping[str, Param]:
        name = node["name"]
        if "ref" in node:
            if node["ref"] not in self._refs:
                raise ValueError(f"operations: nothing is kept as {node['ref']!r} in this pipeline")
            return self._refs[node["ref"]].params()
        if name in _COMBINATORS:
            counted = {"count": _COUNT} if name == "SomeOf" else {}
            return {**counted, **_COMBINATORS[name].params()}
        return find(name).params()

    def _built(self, nodes: Sequence[Node]) -> Iterator[Part]:
        """Make the operations of nodes; what is off, and combinators of nothing, are left out."""
        for node in nodes:
            if node.get("on", True) and (part := self._part(node)) is not None:
                yield part

    def _part(self, node: Node) -> Part | None:
        name, params = node["name"], dict(node.get("params", {}))
        if name == "Choice":
            classes = {label: list(self._built(own)) for label, own in node.get("classes", [])}
            default = list(self._built(node.get("default", ())))
            return Choice(classes, default=default, **params)
        if name not in _COMBINATORS:
            if "ref" in node:
                return self._refs[node["ref"]].replace(**params)
            return find(name)(**params)
        combinator: Any = _COMBINATORS[name]
        children = node.get("operations", [])
        kept = [(i, built) for i, child in enumerate(children) for built in self._built([child])]
        if not kept:
            return None
        if "count" in params:
            params["count"] = [min(end, len(kept)) for end in params["count"]]
        if params.get("weights") is not None:
            params["weights"] = [params["weights"][i] for i, _ in kept]
        made: Part = combinator([built for _, built in kept], **params)
        return made


def _entry(cls: type[Operation]) -> Entry:
    return Entry(
        tuple(cls.params().values()),
        cls.title or cls.__name__,
        _GROUPS[cls.group],
        _phrase(cls),
        addable=_is_declared(cls),
    )


def _is_declared(cls: type[Operation]) -> bool:
    """Tell whether its parameters say all of it: no function, nothing to look up."""
    return all("param" in each.metadata for each in dataclasses.fields(cls))


def _is_scalable(operation: Operation) -> bool:
    fixed = any(p.unit == "px" and p.kind != "span" for p in operation.params().values())
    return operation.group in ("place", "shape", "colour") and not fixed


def _shortened(record: Record, pipe: Pipeline, scale: float) -> Record:
    """Return a record with the lengths in pixels that were drawn as they are in reduced images."""
    columns = []
    for leaf, column in zip(pipe.leaves, record.columns, strict=True):
        lengths = {name for name, p in leaf.operation.params().items() if p.unit == "px"}
        values = {
            name: each * scale if name in lengths else each for name, each in column.values.items()
        }
        columns.append(dataclasses.replace(column, values=values))
    return dataclasses.replace(record, columns=tuple(columns))


def _title(part: Operation) -> str:
    function = getattr(part, "function", None)
    return getattr(function, "__name__", part.title or type(part).__name__)


def _phrase(cls: type) -> str:
    first, *_ = (inspect.getdoc(cls) or "").split("\n\n")
    return " ".join(first.split()).rstrip(".")


def _checked_params(name: str, declared: Mapping[str, Param], given: Mapping[str, Any]) -> Any:
    """Return every declared parameter, checked and as JSON has it."""
    unknown = [each for each in given if each not in declared]
    if unknown:
        known = ", ".join(declared)
        raise ValueError(f"{name}: has no parameter {unknown[0]!r}; it has {known}")
    values = {
        key: param.check(given.get(key, param.default), name) for key, param in declared.items()
    }
    return plain(values)
