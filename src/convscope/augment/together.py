"""Several items through a pipeline at once: what is alike goes together, each by its own draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.augment.entries import Augmented, Entry
from convscope.augment.operation import Mixing
from convscope.augment.pipeline import Pipeline
from convscope.augment.record import Record
from convscope.augment.result import Result
from convscope.images import ImageError, as_source

_PIXELS = 4 * 224 * 224  # with more at once, each image takes longer: measured on one core


class Together:
    """A pipeline for entries.

    Parameters
    ----------
    pipe : Pipeline
    min_visible : float
        As in a call of the pipeline.
    """

    def __init__(self, pipe: Pipeline, min_visible: float) -> None:
        self._pipe = pipe
        self._min_visible = min_visible
        self._mixing = [isinstance(leaf.operation, Mixing) for leaf in pipe.leaves]

    def augment(
        self, entries: Sequence[Entry], partner_of: Callable[[Entry], Entry]
    ) -> list[Augmented]:
        """Return what becomes of each entry.

        Parameters
        ----------
        entries : sequence of Entry
        partner_of : callable
            Gives the entry with which one is mixed; asked only for those that are.
        """
        kinds: dict[Any, list[int]] = {}
        for i, entry in enumerate(entries):
            kinds.setdefault(entry.kind, []).append(i)
        made: dict[int, Augmented] = {}
        for alike in kinds.values():
            for places in _few(alike, entries):
                some = self._alike([entries[i] for i in places], partner_of)
                made.update(zip(places, some, strict=True))
        return [made[i] for i in range(len(entries))]

    def _alike(self, entries: list[Entry], partner_of: Callable[[Entry], Entry]) -> list[Augmented]:
        try:
            return self._run(entries, partner_of)
        except ValueError as error:
            if len(entries) > 1:  # so that the one at fault is named, and only that fails
                return [self._alike([entry], partner_of)[0] for entry in entries]
            if str(error).startswith(entries[0].where):
                raise
            raise ValueError(f"{entries[0].where}: {error}") from error

    def _run(self, entries: list[Entry], partner_of: Callable[[Entry], Entry]) -> list[Augmented]:
        record = self._draw(entries)
        mixed = np.flatnonzero(self._mixes(record))
        count = len(entries)
        if mixed.size:
            entries = [*entries, *(_alike(entries[i], partner_of(entries[i])) for i in mixed)]
            record = self._paired(self._draw(entries), mixed, count)
        result = self._pipe.replay(
            record,
            _images(entries),
            None if entries[0].planes is None else [entry.planes for entry in entries],
            None if entries[0].boxes is None else [_plain(entry.boxes) for entry in entries],
            _keypoints(entries),
            _labels(entries),
            box_format=entries[0].box_format,  # type: ignore[arg-type]  # it says which there are
            min_visible=self._min_visible,
        )
        return [self._made(result, i, entry) for i, entry in enumerate(entries[:count])]

    def _draw(self, entries: list[Entry]) -> Record:
        numbers = [entry.number for entry in entries]
        return self._pipe.draw(len(entries), samples=numbers, labels=_labels(entries))

    def _mixes(self, record: Record) -> np.ndarray[Any, Any]:
        columns = [
            c.applied for c, mixes in zip(record.columns, self._mixing, strict=True) if mixes
        ]
        return np.any(columns, 0) if columns else np.zeros(len(record), bool)

    def _paired(self, record: Record, mixed: np.ndarray[Any, Any], count: int) -> Record:
        """Let each entry that is mixed find its partner, which comes behind all, and is not."""
        ahead = np.ones(len(record))
        ahead[mixed] = count + np.arange(len(mixed)) - mixed
        fraction = (ahead - 0.5) / max(len(record) - 1, 1)  # as `Mixing.draw` has it
        columns = []
        for column, mixes in zip(record.columns, self._mixing, strict=True):
            if mixes:
                applied = column.applied & (np.arange(len(record)) < count)
                values = {**column.values, "partner": fraction}
                column = replace(column, applied=applied, values=values)
            columns.append(column)
        return replace(record, columns=tuple(columns))

    def _made(self, result: Result, i: int, entry: Entry) -> Augmented:
        def one(values: Any) -> Any:
            return None if values is None else values[i]

        return Augmented(
            result.images[i].to(entry.picture.pixels.dtype),
            one(result.masks),
            one(result.boxes),
            one(result.kept),
            one(result.keypoints),
            one(result.labels) if self._pipe.mixes else None,
        )


def _few(places: list[int], entries: Sequence[Entry]) -> Iterator[list[int]]:
    """Share entries out into so few at once that their pixels stay in the processor's cache."""
    largest = max(entries[i].picture.pixels[0].numel() for i in places)
    step = max(1, _PIXELS // largest)
    for start in range(0, len(places), step):
        yield places[start : start + step]


def _alike(entry: Entry, partner: Entry) -> Entry:
    if partner.kind != entry.kind:
        raise ImageError(
            f"{entry.where}: is to be mixed with {partner.where}, which has other parts or another "
            "dtype; give all items the same"
        )
    return partner


def _images(entries: list[Entry]) -> Any:
    images = [entry.picture.pixels for entry in entries]
    if len({tuple(image.shape) for image in images}) == 1:
        return torch.stack(images)
    return as_source(images, layout="CHW")


def _labels(entries: list[Entry]) -> Any:
    if entries[0].label is None:
        return None
    labels = [entry.label for entry in entries]
    return torch.stack(labels) if isinstance(labels[0], Tensor) else labels


def _keypoints(entries: list[Entry]) -> list[Tensor] | None:
    """Return tables (P, 2 or 3): those of all boxes of an item in one."""
    if entries[0].keypoints is None:
        return None
    tables = [entry.keypoints for entry in entries if entry.keypoints is not None]
    return [each.reshape(-1, each.shape[-1]) if each.numel() else each for each in tables]


def _plain(boxes: Any) -> Any:
    return boxes.as_subclass(Tensor) if isinstance(boxes, Tensor) else boxes
