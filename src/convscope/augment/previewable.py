"""What `convscope.AugmentPreview` needs of a pipeline, its own or another library's.

A pipeline is described as plain nodes, which a page can edit, and made anew from them. Adapters
of other libraries have the interface of `Previewable`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from torch import Tensor

from convscope.augment.declare import Param
from convscope.augment.record import Record


class Node(TypedDict, total=False):
    """One operation, or a combinator with its children, as JSON.

    ``name`` and ``params`` are always there. It is OperationNode in ``js/lib/protocol.ts``.
    """

    name: str  # in the catalogue
    params: dict[str, Any]  # values by the names of its Params
    on: bool  # switched off ones are kept, and left out when it runs
    operations: list[Node]  # children of a combinator
    classes: list[list[Any]]  # [label, children] of a combinator with children for each class
    default: list[Node]  # and for all other classes
    title: str  # where it is not that of the catalogue: the name of a function
    ref: str  # what it is beyond its params, such as a function, kept under this name


@dataclass(frozen=True)
class Entry:
    """What a page has to know of an operation.

    Attributes
    ----------
    params : sequence of Param
        In the order in which they are shown; ``p`` last.
    title : str
        What the page calls it; its name when empty.
    group : str
        Under which heading the menu has it.
    help : str
        One phrase.
    nests : bool
        Whether it has children.
    addable : bool
        Whether the menu offers it.
    """

    params: Sequence[Param] = ()
    title: str = ""
    group: str = ""
    help: str = ""
    nests: bool = False
    addable: bool = True


class Outcome(Protocol):
    """What a run gives; `convscope.augment.Result` is one. Lists have one entry for each sample."""

    @property
    def images(self) -> Tensor | Sequence[Tensor]:
        """(N, C, H, W), or (C, h, w) each where sizes differ; dtype as it came."""

    @property
    def masks(self) -> Tensor | Sequence[Tensor] | None:
        """(N, K, h, w) or (N, h, w), or one each; None where none came."""

    @property
    def boxes(self) -> Sequence[Tensor] | None:
        """(K, 4 or more) each: x0, y0, x1, y1 in pixels."""

    @property
    def keypoints(self) -> Sequence[Tensor] | None:
        """(K, 3) each: x, y in pixels, visible."""

    @property
    def record(self) -> Record:
        """What was drawn: one column for each leaf that is on, depth first."""


@dataclass(frozen=True)
class Inputs:
    """What goes in: one entry for each sample, prepared by the widget."""

    images: Tensor | list[Tensor]  # (N, C, H, W), or (C, h, w) each; uint8, or float in [0, 1]
    masks: list[Tensor] | None = None  # (K, h, w) or (h, w) each
    boxes: list[Tensor] | None = None  # (K, 4 or more) each: x0, y0, x1, y1 in pixels
    keypoints: list[Tensor] | None = None  # (K, 2 or 3) each: x, y in pixels, visible
    labels: list[int | str] | None = None
    scale: float = 1.0  # of these images, where they were reduced for speed; lengths in px shrink

    def __len__(self) -> int:
        return len(self.images)


class Previewable(Protocol):
    """A pipeline as the widget sees it. Its objects are never changed, only replaced."""

    @property
    def can_edit(self) -> bool:
        """Whether operations may be added and moved; parameters and switches always may."""

    @property
    def scalable(self) -> bool:
        """Whether it does to reduced images what it does to the images: see `Inputs.scale`."""

    @property
    def pipeline(self) -> Any:
        """The pipeline itself, as a user of its library knows it; without what is switched off."""

    @property
    def seed(self) -> int:
        """The seed that its draws begin with."""

    @property
    def targets(self) -> Sequence[str]:
        """What `to_code` writes, such as "torchvision"; the first is its own."""

    def describe(self) -> list[Node]:
        """Return the operations; a leaf's place, depth first, is that of its column in a record."""

    def catalogue(self) -> Mapping[str, Entry]:
        """Return all operations that may occur in `describe`, or be added, by name."""

    def with_state(self, nodes: Sequence[Node], *, seed: int | None = None) -> Previewable:
        """Return the same pipeline with other operations.

        Raises
        ------
        ValueError
            With one sentence, where a value is not allowed.
        """

    def only(self, path: Sequence[int]) -> Previewable:
        """Return the operation at a path alone, applied to every sample.

        `find` says what a path is, and `alone` gives the nodes for `with_state`.
        """

    def run(self, inputs: Inputs, samples: Sequence[int]) -> Outcome:
        """Augment a batch; sample ``i`` of it draws as number ``samples[i]`` of the seed."""

    def draws(self, count: int, labels: Sequence[int | str] | None = None) -> Record | None:
        """Draw ``count`` samples without touching an image; None where that is not possible."""

    def to_code(self, target: str) -> str:
        """Return it as code of one of the `targets`."""


def plain(value: Any) -> Any:
    """Return nodes, or a part of them, as JSON has them: with lists for tuples."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def children(node: Node) -> list[Node]:
    """Return all children of a node: those of its classes first, then of the default."""
    if "classes" in node:
        of_classes = [child for _, nodes in node["classes"] for child in nodes]
        return [*of_classes, *node.get("default", ())]
    return list(node.get("operations", ()))


def find(nodes: Sequence[Node], path: Sequence[int]) -> Node:
    """Return the node at a path: ``[2, 0]`` is the first child of the third operation."""
    here: Sequence[Node] = nodes
    found: Node = {}
    for place in path:
        if not 0 <= place < len(here):
            raise ValueError(f"alone: there is no operation at {list(path)}; places count from 0")
        found = here[place]
        here = children(found)
    if not found:
        raise ValueError("alone: a path has at least one number; [0] is the first operation")
    return found


def alone(nodes: Sequence[Node], path: Sequence[int]) -> list[Node]:
    """Return the node at a path as the only one, switched on and certain."""
    node = find(nodes, path)
    certain: Node = {**node, "on": True, "params": {**node.get("params", {}), "p": 1.0}}
    return [certain]


@dataclass(frozen=True)
class Walk:
    """A leaf on the way through nodes, depth first."""

    node: Node
    path: tuple[int, ...] = field(default=())


def leaves(nodes: Sequence[Node], path: tuple[int, ...] = ()) -> list[Walk]:
    """Return the leaves that are on, in the order of a record's columns."""
    found: list[Walk] = []
    for place, node in enumerate(nodes):
        here = (*path, place)
        if not node.get("on", True):
            continue
        nested = "operations" in node or "classes" in node
        found += leaves(children(node), here) if nested else [Walk(node, here)]
    return found
