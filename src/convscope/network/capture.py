"""Activations of any layers from one forward pass that stops as soon as it has them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.forward_ad import dual_level, make_dual, unpack_dual

from convscope.network import outputs
from convscope.network.layers import Layer, LayerTree
from convscope.network.state import untouched, version
from convscope.network.survey import Tap


class _Reached(BaseException):
    """Every layer asked for has run.

    Not an ``Exception``, so that a model which swallows exceptions does not swallow this one.
    """


@dataclass(frozen=True)
class Pass:
    """What one forward pass gave.

    Attributes
    ----------
    taken
        The tensor of every layer asked for, by name, as the module gave it.
    output
        The model's output; None when the pass stopped early.
    """

    taken: dict[str, Tensor]
    output: Any


@dataclass
class Capture:
    """Takes the activations of some layers of a model.

    Parameters
    ----------
    model
        The network; it is left as it was by every run.
    tree
        Its layers.
    names
        Which layers to take, as ``tree`` names them.
    """

    model: nn.Module
    tree: LayerTree
    names: Sequence[str]
    _layers: dict[str, Layer] = field(init=False)
    _copied: set[str] = field(init=False)

    def __post_init__(self) -> None:
        if isinstance(self.names, str):
            self.names = [self.names]
        if not self.names:
            raise ValueError(
                "layers: got none; name at least one of scope.layers, such as "
                f"{', '.join(map(repr, self.tree.names[:2]))}"
            )
        self._layers = {name: self.tree.find(name) for name in self.names}
        last = max(_tap(layer).order for layer in self._layers.values())
        self._copied = {
            name
            for name, layer in self._layers.items()
            if _tap(layer).overwritten and _tap(layer).order < last
        }

    def run(self, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return the activations for one batch, without a graph.

        Parameters
        ----------
        inputs
            The model's inputs, each (N, ...), on its device.

        Returns
        -------
        dict of str to Tensor
            For each name (N, C, H, W), (N, C) or what else the layer gives, images first.
        """
        with untouched(self.model):
            taken = self._safe_pass(inputs)
            lent = {_memory(t) for t in (*inputs, *self.model.parameters(), *self.model.buffers())}
            taken = {n: t.clone() if _memory(t) in lent else t for n, t in taken.items()}
        count = inputs[0].shape[0]
        return {name: self.read(name, tensor, count) for name, tensor in taken.items()}

    def _safe_pass(self, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Run until nothing that was taken has been written over since."""
        while True:
            versions: dict[str, int | None] = {}

            def keep(name: str, tensor: Tensor, seen: dict[str, int | None] = versions) -> Tensor:
                if name in self._copied or tensor.is_inference():
                    return tensor.clone()
                seen[name] = version(tensor)
                return tensor

            taken = self._pass(inputs, keep, pass_on=False, to_output=False).taken
            spoilt = {name for name, then in versions.items() if version(taken[name]) != then}
            if not spoilt:
                return taken
            self._copied |= spoilt

    def run_differentiably(self, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return the activations as :meth:`run` does, with their graph from the inputs.

        Call it inside ``untouched(model, gradients=True)``. The pass stops after the last layer.
        """
        taken = self._safe_pass(inputs)
        count = inputs[0].shape[0]
        return {name: self.read(name, tensor, count) for name, tensor in taken.items()}

    def run_with_graph(self, inputs: tuple[Tensor, ...], *, to_output: bool = True) -> Pass:
        """Return activations that a gradient can be taken for.

        Call it inside ``untouched(model, gradients=True)``. What runs after a layer gets a copy
        of what was taken, so that in-place operations change neither value nor graph.

        Parameters
        ----------
        inputs
            The model's inputs, each (N, ...), on its device.
        to_output
            Run on to the model's output; else stop once every layer has been taken.
        """

        def keep(_name: str, tensor: Tensor) -> Tensor:
            if tensor.requires_grad:
                return tensor
            if not (tensor.is_floating_point() or tensor.is_complex()):
                raise ValueError(f"layers: {_name!r} gives {tensor.dtype}, which has no gradient")
            return tensor.detach().requires_grad_(True)

        return self._pass(inputs, keep, pass_on=True, to_output=to_output)

    def run_with_tangent(
        self, inputs: tuple[Tensor, ...], start: str, tangent: Callable[[Tensor], Tensor]
    ) -> dict[str, tuple[Tensor, Tensor]]:
        """Return every layer with how it changes when one of them does: forward mode.

        Call it inside ``untouched(model)``; it stops once every layer has been taken.

        Parameters
        ----------
        inputs
            The model's inputs, each (N, ...), on its device.
        start
            The layer that changes.
        tangent
            Gives how it changes, from what it is.

        Returns
        -------
        dict of str to tuple of Tensor
            For each layer its tensor and the change of it, 0 where it does not depend on ``start``.
        """

        def keep(name: str, tensor: Tensor) -> Tensor:
            if name != start:
                return tensor
            dual: Tensor = make_dual(tensor.clone(), tangent(tensor))  # type: ignore[no-untyped-call]
            return dual

        with dual_level():
            taken = self._pass(inputs, keep, pass_on=True, to_output=False).taken
            pairs = {n: unpack_dual(t) for n, t in taken.items()}  # type: ignore[no-untyped-call]
        return {
            name: (value, torch.zeros_like(value) if change is None else change)
            for name, (value, change) in pairs.items()
        }

    def read(self, name: str, tensor: Tensor, count: int) -> Tensor:
        """Return what was taken for ``count`` images as (N, C, H, W), or (N, ...), images first."""
        layer = self._layers[name]
        tap = _tap(layer)
        fits = tensor.ndim == len(tap.shape)
        if fits:
            tensor = tensor.movedim(tap.batch_axis or 0, 0)
            fits = len(tensor) == count * tap.group
        if not fits or (tap.grid is not None and not tap.grid.fits(tensor)):
            raise ValueError(
                f"layers: {name!r} gave a tensor of shape {tuple(tensor.shape)} for {count} "
                "images, which can't be divided among them; use batch_size=1 or another layer"
            )
        if tap.group > 1:
            return tensor.reshape(count, tap.group, *tensor.shape[1:])
        return tensor if tap.grid is None else tap.grid.maps(tensor)

    def _pass(
        self,
        inputs: tuple[Tensor, ...],
        keep: Callable[[str, Tensor], Tensor],
        *,
        pass_on: bool,
        to_output: bool,
    ) -> Pass:
        """Run the model, to its output or only until all is taken.

        With ``pass_on`` what follows a layer gets a copy of what was taken.
        """
        modules = dict(self.model.named_modules())
        taken: dict[str, Tensor] = {}
        handles = []
        output = None
        try:
            for module, wanted in self._by_module().items():
                stop_at = None if to_output else len(self._layers)
                hook = _hook(wanted, taken, keep, stop_at, pass_on=pass_on)
                handles.append(modules[module].register_forward_hook(hook))
            output = self.model(*inputs)
        except _Reached:
            pass
        finally:
            for handle in handles:
                handle.remove()
        for name in self._layers:
            if name not in taken:
                raise ValueError(
                    f"layers: {name!r} did not run for these images, though it ran for the example"
                )
        return Pass({name: taken[name] for name in self._layers}, output)

    def _by_module(self) -> dict[str, dict[tuple[int, str], str]]:
        wanted: dict[str, dict[tuple[int, str], str]] = {}
        for name, layer in self._layers.items():
            tap = _tap(layer)
            wanted.setdefault(tap.module, {})[tap.call, tap.suffix] = name
        return wanted


def _hook(
    wanted: dict[tuple[int, str], str],
    taken: dict[str, Tensor],
    keep: Callable[[str, Tensor], Tensor],
    stop_at: int | None,
    *,
    pass_on: bool,
) -> Callable[[nn.Module, Any, Any], Any]:
    """Return a hook that takes what is ``wanted``.

    It stops the pass once ``stop_at`` tensors are taken. With ``pass_on`` copies of what was taken
    go on in its place.
    """
    calls = itertools.count()

    def hook(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        call = next(calls)

        def take(suffix: str, tensor: Tensor) -> Tensor:
            name = wanted.get((call, suffix))
            if name is None or name in taken:
                return tensor
            taken[name] = keep(name, tensor)
            with torch.enable_grad():  # the model may have switched gradients off for its trunk
                return taken[name].clone()

        if pass_on:
            output = outputs.replace(output, take)
        else:
            for suffix, tensor in outputs.tensors(output):
                name = wanted.get((call, suffix))
                if name is not None and name not in taken:
                    taken[name] = keep(name, tensor)
        if len(taken) == stop_at:
            raise _Reached
        return output if pass_on else None

    return hook


def _tap(layer: Layer) -> Tap:
    if layer.tap is None:  # LayerTree.find gives only layers that have one
        raise RuntimeError(f"layer {layer.name!r} gives no tensor")
    return layer.tap


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
