"""Objectives about units: a neuron, a channel, a layer, a direction, a class."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.featurevis.objectives.expression import Objective, Seen, Term, digest
from convscope.targets import class_index

if TYPE_CHECKING:
    from convscope.scope import Scope

_FLOOR = 0.1  # of the cosine, so that the opposite direction is no second maximum (lucid#116)
_TINY = 1e-8
OUTPUT = "output"


@dataclass(frozen=True, eq=False)
class Layered(Term):
    """A term about one layer."""

    layer: str

    @property
    def layers(self) -> tuple[str, ...]:
        """See :class:`Term`."""
        return (self.layer,)


@dataclass(frozen=True, eq=False)
class Channel(Layered):
    """Mean of a channel over all places; of (C,) the value."""

    unit: int

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"{self.layer}:{self.unit}"

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        name, shape = layer_of(scope, self.layer)
        _check_unit(self.layer, self.unit, shape[0])
        return Objective(((1.0, replace(self, layer=name, unit=self.unit % shape[0])),))

    def places(self, maps: Tensor) -> Tensor:
        """See :class:`Term`."""
        return maps[:, self.unit]

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.maps[terms[0].layer]
        units = torch.tensor([term.unit for term in terms], device=maps.device)
        return maps[rows.to(maps.device), units].mean(dim=(1, 2))


@dataclass(frozen=True, eq=False)
class Neuron(Layered):
    """A channel at one place, the centre by default."""

    unit: int
    at: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"{self.layer}:{self.unit}{_place(self.at)}"

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        name, shape = layer_of(scope, self.layer)
        _check_unit(self.layer, self.unit, shape[0])
        _check_place(self.layer, self.at, shape)
        return Objective(((1.0, replace(self, layer=name, unit=self.unit % shape[0])),))

    def places(self, maps: Tensor) -> Tensor:
        """See :class:`Term`."""
        return maps[:, self.unit]

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.maps[terms[0].layer]
        units = torch.tensor([term.unit for term in terms], device=maps.device)
        y, x = _places([term.at for term in terms], maps)
        return maps[rows.to(maps.device), units, y, x]


@dataclass(frozen=True, eq=False)
class WholeLayer(Layered):
    """Mean square of a layer: what DeepDream maximises."""

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return self.layer

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        return Objective(((1.0, replace(self, layer=layer_of(scope, self.layer)[0])),))

    def places(self, maps: Tensor) -> Tensor:
        """See :class:`Term`."""
        return maps.square().mean(dim=1)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        return seen.layer(terms[0].layer, rows).square().mean(dim=(1, 2, 3))


@dataclass(frozen=True, eq=False)
class Direction(Layered):
    """Dot product with a vector, times a power of the cosine (Distill Activation Atlas)."""

    vector: Tensor = field(repr=False)
    power: float = 0.0
    one_place: bool = False
    at: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        place = _place(self.at) if self.one_place else ""
        return f"{self.layer}:direction {digest(self.vector)}^{self.power:g}{place}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.layer, self.power, self.one_place)

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        name, shape = layer_of(scope, self.layer)
        if tuple(self.vector.shape) != (shape[0],):
            raise ValueError(
                f"vector: has shape {tuple(self.vector.shape)}, but layer {self.layer!r} has "
                f"{shape[0]} channels"
            )
        _check_place(self.layer, self.at, shape)
        return Objective(((1.0, replace(self, layer=name)),))

    def places(self, maps: Tensor) -> Tensor:
        """See :class:`Term`."""
        return weighed(maps, self.vector.to(maps)[None, :, None, None], 1, self.power)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.layer(terms[0].layer, rows)
        vectors = torch.stack([term.vector for term in terms]).to(maps)
        if terms[0].one_place:
            y, x = _places([term.at for term in terms], maps)
            maps = maps[torch.arange(len(maps), device=maps.device), :, y, x][:, :, None, None]
        return weighed(maps, vectors[:, :, None, None], 1, terms[0].power).mean(dim=(1, 2))


@dataclass(frozen=True, eq=False)
class Pattern(Layered):
    """Dot product with the activations of an image, place by place: a caricature of it."""

    maps: Tensor = field(repr=False)
    power: float = 0.0

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"{self.layer}:pattern {digest(self.maps)}^{self.power:g}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.layer, self.power)

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        name, shape = layer_of(scope, self.layer)
        if len(self.maps) != shape[0] or self.maps.ndim != 3:
            raise ValueError(
                f"maps: must be (C, H, W) with {shape[0]} channels for layer {self.layer!r}, got "
                f"{tuple(self.maps.shape)}"
            )
        return Objective(((1.0, replace(self, layer=name)),))

    def places(self, maps: Tensor) -> Tensor:
        """See :class:`Term`."""
        return torch.mul(maps, fitted(self.maps.to(maps)[None], maps)).mean(dim=1)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        maps = seen.layer(terms[0].layer, rows)
        wanted = torch.stack([term.maps for term in terms]).to(maps)
        wanted = fitted(wanted, maps)
        return weighed(maps.flatten(1), wanted.flatten(1), 1, terms[0].power) / maps[0].numel()


@dataclass(frozen=True, eq=False)
class ClassLogit(Term):
    """The score of a class before any softmax."""

    name: str | int

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"class:{self.name}"

    def resolved(self, scope: Scope) -> Objective:
        """See :class:`Term`."""
        name, shape = layer_of(scope, OUTPUT)
        if len(shape) > 1 and max(shape[1:]) > 1:
            raise ValueError(
                f"class: the output of the model has shape {shape}, which has no class scores; "
                f"name a unit of a layer instead, such as '{name}:0'"
            )
        unit = class_index(self.name, scope.classes, shape[0], name="class")
        return Objective(((1.0, Channel(name, unit)),))


def weighed(values: Tensor, vectors: Tensor, axis: int, power: float) -> Tensor:
    """Return ``dot * max(0.1, cosine) ** power`` along an axis; with power 0 the plain dot."""
    dot = (values * vectors).sum(axis)
    if power == 0:
        return dot
    lengths = values.norm(dim=axis) * vectors.norm(dim=axis)
    return torch.mul(dot, (dot / lengths.clamp_min(_TINY)).clamp_min(_FLOOR) ** power)


def fitted(wanted: Tensor, maps: Tensor) -> Tensor:
    """Return maps resampled to the height and width of others."""
    if wanted.shape[2:] == maps.shape[2:]:
        return wanted
    return torch.nn.functional.interpolate(
        wanted, (int(maps.shape[2]), int(maps.shape[3])), mode="bilinear", antialias=True
    )


def layer_of(scope: Scope, name: str) -> tuple[str, tuple[int, ...]]:
    """Return the full name and the shape (C, ...) of a layer that gives numbers."""
    tree = scope.layers
    if name == OUTPUT and not getattr(tree[OUTPUT], "capturable", False):
        logits = [n for n in tree.names if n == f"{OUTPUT}[logits]"]
        name = logits[0] if logits else name
    layer = tree.find(name)
    if layer.dtype is not None and not layer.dtype.is_floating_point:
        raise ValueError(f"target: layer {name!r} gives {layer.dtype}, which has no gradient")
    return layer.name, layer.shape or ()


def _check_unit(layer: str, unit: int, count: int) -> None:
    if not -count <= unit < count:
        raise ValueError(
            f"target: no unit {unit} in layer {layer!r}, which has {count}, from 0 to {count - 1}"
        )


def _check_place(layer: str, at: tuple[int, int] | None, shape: tuple[int, ...]) -> None:
    if at is None:
        return
    height, width = (*shape[1:], 1, 1)[:2]
    if not (0 <= at[0] < height and 0 <= at[1] < width):
        raise ValueError(
            f"target: no place {at[0]},{at[1]} in layer {layer!r}, whose maps have {height} rows "
            f"and {width} columns"
        )


def _places(places: Sequence[tuple[int, int] | None], maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows and columns; the centre where none is given, the last where maps are smaller."""
    height, width = maps.shape[2:]
    found = [(height // 2, width // 2) if at is None else at for at in places]
    y = torch.tensor([min(each[0], height - 1) for each in found], device=maps.device)
    x = torch.tensor([min(each[1], width - 1) for each in found], device=maps.device)
    return y, x


def _place(at: tuple[int, int] | None) -> str:
    return "@centre" if at is None else f"@{at[0]},{at[1]}"
