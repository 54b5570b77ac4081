"""Pipeline: operations in order, drawn anew for each sample, carried out on whole batches."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from convscope.augment.combine import Node, checked
from convscope.augment.declare import as_number
from convscope.augment.dice import Dice
from convscope.augment.flat import Leaf, applied, keyed
from convscope.augment.handover import Handover
from convscope.augment.labels import checked_classes, plain_labels
from convscope.augment.operation import Mixing, Operation
from convscope.augment.record import Column, Record
from convscope.augment.resample import Settings
from convscope.augment.result import Result
from convscope.augment.run import Given, run
from convscope.augment.targets import BoxFormat

Interpolation: TypeAlias = Literal["nearest", "bilinear", "bicubic"]


class Pipeline(Handover):
    """Operations in order, each with its own probability and ranges.

    What a sample draws depends only on the seed and the number of the sample: not on the batch, the
    thread or the worker.

    Parameters
    ----------
    operations : iterable of Operation or Combinator
    seed : int, optional
        From 0; left out, one is chosen, and ``pipe.seed`` tells it.
    interpolation : {"bilinear", "nearest", "bicubic"}
        How pixels are looked up where they move. Masks always take the nearest.
    mask_fill : float
        What masks hold where there is no image.
    classes : int or sequence of str, optional
        How many classes there are, or their names: what MixUp and CutMix make shares of.

    Examples
    --------
    >>> import torch
    >>> from convscope import augment
    >>> pipe = augment.Pipeline([augment.Rotate(degrees=20), augment.Flip(p=0.5)], seed=0)
    >>> result = pipe(torch.rand(4, 3, 20, 30))
    >>> result.images.shape
    torch.Size([4, 3, 20, 30])
    """

    def __init__(
        self,
        operations: Iterable[Node],
        *,
        seed: int | None = None,
        interpolation: Interpolation = "bilinear",
        mask_fill: float = 0,
        classes: int | Sequence[str] | None = None,
    ) -> None:
        self.operations = checked(operations, "Pipeline")
        self.seed = _checked_seed(seed)
        if interpolation not in get_args(Interpolation):
            known = ", ".join(repr(each) for each in get_args(Interpolation))
            raise ValueError(f"interpolation: {interpolation!r} isn't known; choose {known}")
        if as_number(mask_fill) is None:
            raise ValueError(f"mask_fill: must be a number; got {mask_fill!r}")
        self.interpolation = interpolation
        self.mask_fill = mask_fill
        self.classes = checked_classes(classes)
        nodes = list(keyed(self.operations))
        self._keys = [key for key, _ in nodes]
        #: All operations, combinators taken apart, each with the key by which it is recorded.
        self.leaves = tuple(Leaf(key, node) for key, node in nodes if isinstance(node, Operation))
        #: Whether an operation mixes samples, so that labels become shares of classes.
        self.mixes = any(isinstance(leaf.operation, Mixing) for leaf in self.leaves)
        self._lock = threading.Lock()
        self._next = 0

    def __call__(
        self,
        images: Any,
        masks: Any = None,
        boxes: Any = None,
        keypoints: Any = None,
        labels: Any = None,
        *,
        box_format: BoxFormat = "xyxy",
        min_visible: float = 0.1,
        first: int | None = None,
    ) -> Result:
        """Augment images, and what lies on them.

        Parameters
        ----------
        images : object
            A tensor (N, C, H, W) or (C, H, W), uint8 or float in [0, 1], on any device; or whatever
            `convscope.images.as_source` takes. Sizes may differ.
        masks : object, optional
            (N, H, W) or (N, K, H, W), a list of (H, W) or (K, H, W), Pillow images or paths; any
            dtype. They move with the images by the nearest pixel and are never recoloured.
        boxes : object, optional
            (K, 4) pixels for each image; further columns, such as classes, are carried along.
        keypoints : object, optional
            (K, 2) for each image, x and y of pixel centres, or (K, 3) with visibility (0: not to be
            seen).
        labels : object, optional
            One for each image: int or str, or shares (N, classes).
        box_format : {"xyxy", "xywh", "cxcywh"}
            Of `boxes`, in and out.
        min_visible : float
            A box of which less than this share of its area is still to be seen is dropped, 0 to 1.
        first : int, optional
            Number of the first sample; left out, each call goes on where the one before ended.

        Returns
        -------
        Result

        Raises
        ------
        ValueError
            If something is not what it should be; the sentence names the argument.
        """
        given = Given.of(images, masks, boxes, keypoints, labels, box_format, min_visible)
        record = self.draw(given.count, first=self._take(given.count, first), labels=labels)
        return self._run(given, record)

    def replay(
        self,
        record: Record,
        images: Any,
        masks: Any = None,
        boxes: Any = None,
        keypoints: Any = None,
        labels: Any = None,
        *,
        box_format: BoxFormat = "xyxy",
        min_visible: float = 0.1,
    ) -> Result:
        """Do with images what was drawn before; parameters as in a call.

        Parameters
        ----------
        record : Record
            Of a result of a pipeline with the same operations, one sample for each image.
        images, masks, boxes, keypoints, labels, box_format, min_visible
            As in a call.

        Returns
        -------
        Result
        """
        given = Given.of(images, masks, boxes, keypoints, labels, box_format, min_visible)
        if len(record) != given.count:
            raise ValueError(
                f"record: tells of {len(record)} samples, and there are {given.count} images; "
                "select some"
            )
        own = [leaf.key for leaf in self.leaves]
        drawn = [column.key for column in record.columns]
        if own != drawn:
            raise ValueError(f"record: was drawn for {drawn}, and this pipeline is {own}")
        return self._run(given, record)

    def draw(
        self, count: int, *, first: int = 0, labels: Any = None, samples: Any = None
    ) -> Record:
        """Draw for some samples without touching an image.

        Parameters
        ----------
        count : int
            How many.
        first : int
            Number of the first.
        labels : sequence, optional
            One for each sample, for what depends on the class.
        samples : sequence of int, optional
            Their numbers, in place of `first`.

        Returns
        -------
        Record
        """
        numbers = np.arange(first, first + count) if samples is None else np.asarray(samples)
        dice = Dice(self.seed, numbers.astype(np.int64))
        columns = []
        entered = applied(self.operations, self._keys, dice, plain_labels(labels, count))
        for leaf, mask in zip(self.leaves, entered, strict=True):
            values = leaf.operation.draw(dice.of(leaf.key))
            columns.append(Column(leaf.key, type(leaf.operation).__name__, mask, values))
        return Record(self.seed, numbers, tuple(columns))

    def replace(self, **changes: Any) -> Pipeline:
        """Return the same pipeline with other operations or settings."""
        return Pipeline(**{**self._settings(), **changes})

    def _settings(self) -> dict[str, Any]:
        return {
            "operations": self.operations,
            "seed": self.seed,
            "interpolation": self.interpolation,
            "mask_fill": self.mask_fill,
            "classes": self.classes,
        }

    def _run(self, given: Given, record: Record) -> Result:
        settings = Settings(self.interpolation, self.mask_fill)
        return run(given, self.leaves, record, settings, self.classes)

    def _take(self, count: int, first: int | None) -> int:
        if first is not None:
            return first
        with self._lock:
            start = self._next
            self._next += count
            return start

    def __getstate__(self) -> dict[str, Any]:
        return {**self._settings(), "_next": self._next}

    def __setstate__(self, state: dict[str, Any]) -> None:
        started = state.pop("_next")
        self.__init__(**state)  # type: ignore[misc]  # the lock does not travel
        self._next = started

    def __repr__(self) -> str:
        rest = {**self._settings()}
        operations = rest.pop("operations")
        inside = ", ".join(map(repr, operations))
        usual = {"interpolation": "bilinear", "mask_fill": 0, "classes": None}
        told = "".join(
            f", {name}={value!r}"
            for name, value in rest.items()
            if name == "seed" or value != usual[name]
        )
        return f"Pipeline([{inside}]{told})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pipeline) and self._settings() == other._settings()

    __hash__ = None  # type: ignore[assignment]


def _checked_seed(seed: int | None) -> int:
    if seed is None:
        return secrets.randbelow(2**31)
    plain = as_number(seed)
    if plain is None or plain != int(plain) or plain < 0:
        raise ValueError(f"seed: must be a whole number from 0; got {seed!r}")
    return int(seed)
