"""One call of a pipeline: what was given, carried out as it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from convscope.augment.declare import as_number
from convscope.augment.flat import Leaf
from convscope.augment.fuse import Work, carry_out
from convscope.augment.labels import Classes, shares
from convscope.augment.operation import Mixing
from convscope.augment.record import Record
from convscope.augment.resample import Settings
from convscope.augment.result import Result
from convscope.augment.stacks import Form, Stack, add_masks, stack_images, unstack
from convscope.augment.targets import BoxFormat, start_boxes, start_keypoints


@dataclass(frozen=True)
class Given:
    """Images, and what lies on them; see `Pipeline.__call__`."""

    stacks: list[Stack]
    form: Form
    masks: Any
    boxes: Any
    keypoints: Any
    labels: Any
    box_format: BoxFormat
    min_visible: float

    @classmethod
    def of(
        cls,
        images: Any,
        masks: Any,
        boxes: Any,
        keypoints: Any,
        labels: Any,
        box_format: BoxFormat,
        min_visible: float,
    ) -> Given:
        """Stack the images, and leave the rest until it is known what was drawn."""
        share = as_number(min_visible)
        if share is None or not 0 <= share <= 1:
            raise ValueError(f"min_visible: must be between 0 and 1; got {min_visible!r}")
        stacks, form = stack_images(images)
        return cls(stacks, form, masks, boxes, keypoints, labels, box_format, share)

    @property
    def count(self) -> int:
        """How many images there are."""
        return sum(len(stack.samples) for stack in self.stacks)


def run(
    given: Given, leaves: Sequence[Leaf], record: Record, settings: Settings, classes: Classes
) -> Result:
    """Carry out what was drawn."""
    mixing = [leaf.operation for leaf in leaves if isinstance(leaf.operation, Mixing)]
    _check_mixing(mixing, given)
    masks = None if given.masks is None else add_masks(given.stacks, given.masks)
    work = Work(given.stacks, dtype=given.form.dtype)
    sizes = work.sizes
    if given.boxes is not None:
        work.boxes = start_boxes(given.boxes, sizes, given.box_format)
    if given.keypoints is not None:
        work.keypoints = start_keypoints(given.keypoints, sizes)
    if given.labels is not None and mixing:
        work.labels = shares(given.labels, given.count, classes)
    with torch.no_grad():
        carry_out(work, leaves, record, settings)
    boxes = [each.finish(given.box_format, given.min_visible) for each in work.boxes or ()]
    images, moved = unstack(work.stacks, given.form, masks)
    return Result(
        images,
        moved,
        [each for each, _ in boxes] if work.boxes is not None else None,
        [kept for _, kept in boxes] if work.boxes is not None else None,
        None if work.keypoints is None else [each.finish() for each in work.keypoints],
        given.labels if work.labels is None else work.labels,
        record,
    )


def _check_mixing(mixing: Sequence[Mixing], given: Given) -> None:
    """Say what can't be mixed before anything is drawn, not only where it was drawn."""
    for operation in mixing:
        name = type(operation).__name__
        if given.boxes is not None or given.keypoints is not None:
            raise ValueError(f"{name}: boxes and keypoints can't be mixed; leave them or it out")
        if given.masks is not None and operation.masks:
            raise ValueError(f"{name}: {operation.masks}")
