"""Streaming: images read and prepared a little ahead, in bounded memory."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor

from convscope.images.problems import ImageError, SkippedImageWarning

if TYPE_CHECKING:
    from convscope.images.source import ImageSource

Prepare: TypeAlias = Callable[[Tensor], Tensor]
Result: TypeAlias = "Tensor | ImageError"  # an image, or why it is left out


def stream(
    source: ImageSource, indices: Sequence[int], batch_size: int, prepare: Prepare
) -> Iterator[tuple[list[int], Tensor]]:
    """Yield prepared images in batches; see `ImageSource.batches`."""
    held: list[tuple[int, Tensor]] = []
    failure: ImageError | None = None
    delivered = 0
    with closing(_results(source, indices, prepare, ahead=batch_size + source.threads)) as results:
        for index, result in results:
            if isinstance(result, ImageError):
                failure = result
                warnings.warn(f"left out: {result}", SkippedImageWarning, stacklevel=2)
                continue
            held.append((index, result))
            del result  # the batch holds a copy, so let go of this one
            if len(held) == batch_size:
                delivered += batch_size
                yield _stacked(held, source)
    if held:
        yield _stacked(held, source)
    elif failure is not None and delivered == 0:
        raise ImageError(f"images: none of {len(indices)} could be read; the last: {failure}")


def _results(
    source: ImageSource, indices: Sequence[int], prepare: Prepare, *, ahead: int
) -> Generator[tuple[int, Result]]:
    """Yield what becomes of each image, in order, with `ahead` more under way."""
    todo = iter(indices)
    pending: deque[tuple[int, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(source.threads, thread_name_prefix="convscope-images")

    def submit(count: int) -> None:
        for index in islice(todo, count):
            pending.append((index, pool.submit(_prepared, source, index, prepare)))

    def take() -> tuple[int, Result]:
        index, future = pending.popleft()
        result = future.result()
        submit(1)
        return index, result

    try:
        submit(ahead)
        while pending:
            yield take()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepared(source: ImageSource, index: int, prepare: Prepare) -> Result:
    try:
        image = source.read(index)
    except ImageError as error:
        if source.errors == "raise":
            raise
        return error.with_traceback(None)  # a traceback would keep the read's buffers alive
    try:
        return prepare(image)
    except ValueError as error:  # it can't know which image it was given
        raise ImageError(f"image {source.names[index]!r}: {error}") from error


def _stacked(held: list[tuple[int, Tensor]], source: ImageSource) -> tuple[list[int], Tensor]:
    """Stack the images held, and let go of them."""
    indices = [index for index, _ in held]
    images = [image for _, image in held]
    held.clear()
    first = images[0].shape
    for index, image in zip(indices, images, strict=True):
        if image.shape != first:
            raise ValueError(
                f"prepare: gives the shape {tuple(first)} for image {source.names[indices[0]]!r} "
                f"but {tuple(image.shape)} for {source.names[index]!r}, which don't make a batch; "
                "let it resize to one size, or use batch_size=1"
            )
    return indices, torch.stack(images)
