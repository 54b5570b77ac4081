"""The layers of a model as a tree one can read, search and ask."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import torch
from torch import nn

from convscope.network.layer_table import as_html, as_text, thousands
from convscope.network.receptive import ReceptiveField
from convscope.network.survey import Survey, Tap

#: Name of the model's own output among the layers.
OUTPUT = "output"


@dataclass(frozen=True)
class Layer:
    """One layer, or one of the tensors that a layer gives.

    Attributes
    ----------
    name
        Dotted name as in ``model.named_modules()``; ``"conv@1"`` is the second call of a module,
        ``"lstm[0]"`` the first tensor of a tuple, ``"head[logits]"`` a value of a dict;
        ``"output"`` is what the model returns.
    kind
        Class of the module, such as ``"Conv2d"``.
    shape
        Shape for one image, channels first: (C, H, W) or (C,); None where there is no tensor.
    parameters, trainable
        Number of parameters in the module and below it, and how many of them learn.
    receptive
        What part of the input a unit sees; None where this is not defined.
    depth
        Depth in the tree, from 0.
    leaf
        The module has no modules below it.
    used
        It ran in the dry run.
    calls
        How often it ran for one input.
    order
        Position in the order of execution; None when it did not run.
    shared_with
        Name of the layer that is the same module; its calls are named there.
    grid
        How maps are read from it: ``""`` for the usual order, ``"channels last"``,
        ``"14 × 14 tokens + 1"``.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    parameters: int
    trainable: int
    receptive: ReceptiveField | None
    depth: int
    leaf: bool
    used: bool
    calls: int
    order: int | None
    shared_with: str | None
    grid: str
    dtype: torch.dtype | None
    tap: Tap | None

    @property
    def capturable(self) -> bool:
        """Whether activations can be taken here, one result per image."""
        return self.tap is not None and self.tap.batch_axis is not None

    @property
    def marks(self) -> str:
        """What is out of the ordinary, in words: shared, unused, called several times."""
        words = []
        if self.shared_with is not None:
            words.append(f"same as {self.shared_with}")
        elif not self.used:
            words.append("unused")
        if self.calls > 1 and "@" not in self.name:
            words.append(f"called {self.calls} times")
        if self.grid:
            words.append(self.grid)
        return ", ".join(words)


class LayerTree(Sequence[Layer]):
    """All layers of a model, in the order of ``model.named_modules()``.

    Iterates over :class:`Layer`; ``tree["layer3.0.conv1"]`` finds one by name. Prints as a tree in
    a terminal and as a table in a notebook.
    """

    def __init__(self, layers: Sequence[Layer], *, title: str = "model") -> None:
        self._layers = tuple(layers)
        self._by_name = {layer.name: layer for layer in self._layers}
        self._title = title

    @property
    def names(self) -> list[str]:
        """The names of all layers that give one tensor per image."""
        return [layer.name for layer in self._layers if layer.capturable]

    def find(self, name: str) -> Layer:
        """Return the layer called ``name``.

        Raises
        ------
        ValueError
            If no layer has that name, naming the closest ones, or if its activations can't be
            taken.
        """
        layer = self._by_name.get(name)
        if layer is None:
            raise ValueError(f"layers: no layer {name!r}{self._closest(name)}")
        if layer.capturable:
            return layer
        parts = [other for other in self.names if other.startswith(f"{name}[")]
        if len(parts) == 1:
            return self._by_name[parts[0]]
        raise ValueError(f"layers: {name!r} {_why_not(layer, parts)}")

    def _closest(self, name: str) -> str:
        close = difflib.get_close_matches(str(name), self._by_name, n=3, cutoff=0.5)
        ends = [other for other in self._by_name if other.endswith(f".{name}")]
        found = list(dict.fromkeys([*ends[:3], *close]))[:3]
        hint = f"; did you mean {' or '.join(map(repr, found))}?" if found else "."
        return f"{hint} scope.layers lists all {len(self._layers)}"

    def __len__(self) -> int:
        return len(self._layers)

    @overload
    def __getitem__(self, key: int | str) -> Layer: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Layer, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Layer | tuple[Layer, ...]:
        if isinstance(key, str):
            if key not in self._by_name:
                raise ValueError(f"layers: no layer {key!r}{self._closest(key)}")
            return self._by_name[key]
        return self._layers[key]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __contains__(self, key: object) -> bool:
        return key in self._by_name or key in self._layers

    def __repr__(self) -> str:
        return as_text(self._title, self._layers)

    def _repr_html_(self) -> str:
        return as_html(self._title, self._layers)


def build_tree(model: nn.Module, survey: Survey) -> LayerTree:
    """Return the layers of ``model`` with what its ``survey`` learnt of them."""
    taps: dict[str, list[Tap]] = {}
    for tap in survey.taps:
        taps.setdefault(tap.module, []).append(tap)
    first_name: dict[nn.Module, str] = {}
    layers: list[Layer] = []
    for name, module in model.named_modules(remove_duplicate=False):
        if name == "" or ".parametrizations." in f".{name}.":
            continue
        shared = first_name.setdefault(module, name)
        shared_with = shared if shared != name else None
        own = [] if shared_with else taps.get(name, [])
        layers.extend(_layers_of(name, module, own, survey.calls.get(shared, 0), shared_with))
    if not any(layer.name == OUTPUT for layer in layers):
        layers.extend(_layers_of(OUTPUT, model, taps.get("", []), survey.calls.get("", 0), None))
    total = sum(p.numel() for p in model.parameters())
    title = f"{type(model).__name__}: {len(layers)} layers, {thousands(total)} parameters"
    return LayerTree(layers, title=title)


def _layers_of(
    name: str, module: nn.Module, taps: list[Tap], calls: int, shared_with: str | None
) -> Iterator[Layer]:
    """Yield a row for the module and one for every further tensor that it gives."""
    parameters = list(module.parameters())
    depth = name.count(".")

    def row(title: str, tap: Tap | None, deeper: int) -> Layer:
        return Layer(
            name=title,
            kind=type(module).__name__.removeprefix("Parametrized"),
            shape=tap.maps_shape if tap is not None else None,
            parameters=sum(p.numel() for p in parameters),
            trainable=sum(p.numel() for p in parameters if p.requires_grad),
            receptive=tap.receptive if tap is not None else None,
            depth=depth + deeper,
            leaf=next(module.children(), None) is None,
            used=calls > 0,
            calls=calls,
            order=tap.order if tap is not None else None,
            shared_with=shared_with,
            grid=str(tap.grid) if tap is not None and tap.grid is not None else "",
            dtype=tap.dtype if tap is not None else None,
            tap=tap,
        )

    named = {tap_name(name, tap): tap for tap in taps}
    yield row(name, named.pop(name, None), 0)
    for title, tap in named.items():
        yield row(title, tap, 1)


def module_of(model: nn.Module, layer: Layer) -> nn.Module:
    """Return the module of ``model`` that a layer stands for."""
    name = layer.tap.module if layer.tap is not None else layer.shared_with or layer.name
    modules: dict[str, nn.Module] = dict(model.named_modules())
    return modules.get(name, model)


def tap_name(name: str, tap: Tap) -> str:
    """Return the public name of a tensor of the layer ``name``."""
    call = f"@{tap.call}" if tap.call else ""
    return f"{name}{call}{tap.suffix}"


def _why_not(layer: Layer, parts: list[str]) -> str:
    if parts:
        return f"gives {len(parts)} tensors; name one of {', '.join(parts[:6])}"
    if layer.shared_with is not None:
        return f"is the same module as {layer.shared_with!r}; ask for that"
    if not layer.used:
        return "did not run for the example input, so it has no activations"
    if layer.tap is None:
        return "gives no tensor, so it has no activations"
    return f"gives {layer.tap.shape} whatever the images, so there is nothing per image"
