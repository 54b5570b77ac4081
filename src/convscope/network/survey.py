"""One dry run of a model: what runs, in which order, and what it gives."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convscope.network import outputs
from convscope.network.grids import Grid, infer_grid
from convscope.network.receptive import ReceptiveField, Tracker
from convscope.network.state import untouched, version

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tap:
    """One tensor that a module gives: where a capture takes it.

    Attributes
    ----------
    module
        Name of the module, ``""`` for the whole model.
    call
        Which call of the module, from 0.
    suffix
        Which of its tensors: ``""``, ``"[0]"``, ``"[logits]"``.
    shape
        Shape for one image, before the grid is read.
    batch_axis
        The axis that images are stacked on; None when the tensor does not depend on the batch.
    group
        How many rows of the batch axis belong to one image (windows of Swin), usually 1.
    grid
        How the tensor is read as maps; None for the usual order.
    dtype
        Element type.
    order
        Position in the order of execution.
    receptive
        What of the input a unit sees; None where this is not defined.
    overwritten
        A later operation writes into the tensor, so that a capture must copy it.
    """

    module: str
    call: int
    suffix: str
    shape: tuple[int, ...]
    batch_axis: int | None
    group: int
    grid: Grid | None
    dtype: torch.dtype
    order: int
    receptive: ReceptiveField | None
    overwritten: bool

    @property
    def maps_shape(self) -> tuple[int, ...]:
        """Shape of one image's result, channels first."""
        shape = list(self.shape)
        if self.batch_axis is None:
            return tuple(shape)
        if self.group > 1:
            shape[self.batch_axis] = self.group
            rest = [n for i, n in enumerate(shape) if i != self.batch_axis]
            return (self.group, *rest)
        del shape[self.batch_axis]
        if self.grid is not None:
            return (shape[-1], *self.grid.size)
        return tuple(shape)


@dataclass(frozen=True)
class Survey:
    """What one dry run learnt.

    Attributes
    ----------
    taps
        All tensors that modules gave, in the order of execution.
    calls
        How often each module ran, by name.
    writes_input
        The model changes the tensors that it is called with.
    """

    taps: tuple[Tap, ...]
    calls: dict[str, int]
    writes_input: bool


@dataclass(frozen=True)
class _Record:
    module: str
    call: int
    suffix: str
    tensor: Tensor
    version: int | None
    receptive: ReceptiveField | None

    @property
    def key(self) -> tuple[str, int, str]:
        return self.module, self.call, self.suffix


def survey(model: nn.Module, example: tuple[Tensor, ...]) -> Survey:
    """Run ``model`` on one and on two copies of ``example`` and describe what ran.

    The difference of the two runs shows which axis of every tensor is the batch.

    Parameters
    ----------
    model
        Any module; it is left as it was.
    example
        The inputs of the model for one image or more, batch first.
    """
    one = tuple(t[:1].clone() for t in example)  # a model may write into its input
    with untouched(model), Tracker(one) as tracker:
        records, calls = _run(model, one, tracker)
    writes_input = not all(torch.equal(a, b[:1]) for a, b in zip(one, example, strict=True))
    try:
        with untouched(model):
            double, _ = _run(model, tuple(torch.cat([t, t]) for t in one))
    except Exception as error:  # a model with a fixed batch still has layers to show
        _log.info("The model does not run on a batch of two: %s", error)
        double = []
    image = _image_size(one)
    modules = dict(model.named_modules())
    shapes = {record.key: tuple(record.tensor.shape) for record in double}
    taps = []
    seen: set[tuple[int, int]] = set()
    for order, record in enumerate(records):
        shape = tuple(record.tensor.shape)
        axis, group = _batch_axis(shape, shapes.get(record.key))
        grid = None
        if axis is not None and group == 1:
            one_image = (1, *shape[:axis], *shape[axis + 1 :])
            grid = infer_grid(one_image, image, modules[record.module], seen)
            if grid is not None:
                seen.add(grid.size)
            elif len(shape) == 4:
                seen.add((one_image[2], one_image[3]))
        tap = Tap(
            module=record.module,
            call=record.call,
            suffix=record.suffix,
            shape=shape,
            batch_axis=axis,
            group=group,
            grid=grid,
            dtype=record.tensor.dtype,
            order=order,
            receptive=record.receptive,
            overwritten=record.version is None or version(record.tensor) != record.version,
        )
        taps.append(tap)
    return Survey(tuple(taps), calls, writes_input)


def _run(
    model: nn.Module, inputs: tuple[Tensor, ...], tracker: Tracker | None = None
) -> tuple[list[_Record], dict[str, int]]:
    records: list[_Record] = []
    calls: Counter[str] = Counter()

    def hook_for(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            call = calls[name]
            calls[name] += 1
            for suffix, tensor in outputs.tensors(output):
                field = None if tracker is None else tracker.field(tensor)
                records.append(_Record(name, call, suffix, tensor, version(tensor), field))

        return hook

    handles = []
    try:
        for name, module in model.named_modules():
            handles.append(module.register_forward_hook(hook_for(name)))
        model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return records, dict(calls)


def _image_size(inputs: tuple[Tensor, ...]) -> tuple[int, int] | None:
    for tensor in inputs:
        if tensor.ndim == 4:
            return int(tensor.shape[2]), int(tensor.shape[3])
    return None


def _batch_axis(one: tuple[int, ...], two: tuple[int, ...] | None) -> tuple[int | None, int]:
    if two is None:
        return (0, 1) if one and one[0] == 1 else (None, 1)
    if len(one) != len(two):
        return None, 1
    axes = [i for i, (a, b) in enumerate(zip(one, two, strict=True)) if b == 2 * a and a > 0]
    if len(axes) != 1:
        return None, 1
    return axes[0], one[axes[0]]
