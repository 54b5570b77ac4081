"""Samples that stay as they were while one operation changes: they need not be made again.

A sample depends on the operations that it went through and on what these drew for it, and on
nothing else. So when a slider of an operation with p = 0.5 moves, half of the samples stay.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers
from convscope.augment.operation import Mixing
from convscope.augment.pipeline import Pipeline
from convscope.augment.previewable import Inputs
from convscope.augment.record import Column, Record
from convscope.augment.result import Result


class Memory:
    """The last run of a pipeline."""

    def __init__(self) -> None:
        self._last: _Run | None = None  # replaced at once: another thread may be reading it

    def run(self, pipe: Pipeline, inputs: Inputs, record: Record) -> Result:
        """Do with images what was drawn, as `Pipeline.replay` does; what is known is taken over.

        Parameters
        ----------
        pipe : Pipeline
        inputs : Inputs
            Samples count as the same only in the very same object.
        record : Record
            Of `pipe`, one sample for each image.
        """
        last = self._last
        if last is None or (stale := last.stale(pipe, inputs, record)).all():
            result = _replayed(pipe, inputs, record)
        elif stale.any():
            places = np.flatnonzero(stale).tolist()
            part = _replayed(pipe, _some(inputs, places), record.select(places))
            result = _merged(last.result, part, places, record)
        else:
            result = dataclasses.replace(last.result, record=record)
        self._last = _Run(pipe, inputs, result)
        return result


@dataclass(frozen=True)
class _Run:
    pipe: Pipeline
    inputs: Inputs
    result: Result

    def stale(self, pipe: Pipeline, inputs: Inputs, record: Record) -> Numbers:
        """Return which samples have to be made anew, (N,) bool."""
        every = np.ones(len(record), bool)
        settings = ("interpolation", "mask_fill", "seed")
        old, new = self.pipe.leaves, pipe.leaves
        if (
            self.inputs is not inputs
            or any(getattr(self.pipe, each) != getattr(pipe, each) for each in settings)
            or [leaf.key for leaf in old] != [leaf.key for leaf in new]
        ):
            return every
        stale = ~every
        before = self.result.record.columns
        for was, now, then, column in zip(old, new, before, record.columns, strict=True):
            touched = then.applied | column.applied
            if isinstance(now.operation, Mixing) and touched.any():
                return every  # samples depend on one another
            changed = was.operation != now.operation
            stale |= touched if changed else touched & _differs(then, column)
        return stale


def _differs(old: Column, new: Column) -> Numbers:
    """Return for which samples something else was drawn, (N,) bool."""
    differs = old.applied != new.applied
    for name, values in new.values.items():
        differs = differs | (old.values[name] != values)
    return np.asarray(differs)


def _replayed(pipe: Pipeline, inputs: Inputs, record: Record) -> Result:
    return pipe.replay(record, inputs.images, inputs.masks, inputs.boxes, inputs.keypoints)


def _some(inputs: Inputs, places: Sequence[int]) -> Inputs:
    def chosen(of: Any) -> Any:
        return None if of is None else [of[i] for i in places]

    images = inputs.images
    if isinstance(images, Tensor):
        alike = images.stride(0) == 0  # one image many times
        images = images[: len(places)] if alike else images[list(places)]
    else:
        images = chosen(images)
    return Inputs(images, *(chosen(e) for e in (inputs.masks, inputs.boxes, inputs.keypoints)))


def _merged(whole: Result, part: Result, places: Sequence[int], record: Record) -> Result:
    """Put samples into a copy of a result."""
    return Result(
        _put(whole.images, part.images, places),
        _put(whole.masks, part.masks, places),
        _put(whole.boxes, part.boxes, places),
        _put(whole.kept, part.kept, places),
        _put(whole.keypoints, part.keypoints, places),
        whole.labels,
        record,
    )


def _put(whole: Any, part: Any, places: Sequence[int]) -> Any:
    if whole is None:
        return None
    if isinstance(whole, Tensor) and isinstance(part, Tensor) and whole.shape[1:] == part.shape[1:]:
        new = whole.clone()
        new[list(places)] = part
        return new
    listed = list(whole)
    for place, each in zip(places, part, strict=True):
        listed[place] = each
    alike = isinstance(whole, Tensor) or isinstance(part, Tensor)
    if alike and len({each.shape for each in listed}) == 1:
        return torch.stack(listed)
    return listed
