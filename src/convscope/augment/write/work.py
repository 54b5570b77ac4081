"""Make the outputs of one image after the other, in threads."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from convscope.augment.pictures import mask_planes
from convscope.augment.write.files import place
from convscope.augment.write.manifest import Manifest, Row
from convscope.augment.write.pictures import encoded, encoded_mask, read_mask
from convscope.augment.write.plan import Job, Original, sample_number
from convscope.images import ImageError
from convscope.images.files import read_file

if TYPE_CHECKING:
    from convscope.augment.pipeline import Pipeline


@dataclass
class Done:
    """What became of a job.

    Attributes
    ----------
    job : Job
    made : list of (Row, list of Path)
        What is whole on disk, and which of its files are new.
    error : Exception or None
        Why the rest is not there.
    """

    job: Job
    made: list[tuple[Row, list[Path]]] = field(default_factory=list)
    error: Exception | None = None


@dataclass(frozen=True)
class Maker:
    """How outputs are made.

    Attributes
    ----------
    pipe : Pipeline
    target : Path
    suffix : str or None
        Of the format of all images; None keeps that of each.
    quality : int
        1 to 100.
    """

    pipe: Pipeline
    target: Path
    suffix: str | None
    quality: int

    def make(self, job: Job, stop: threading.Event) -> Done:
        """Read an image once, and write its outputs until one fails or all is to end."""
        done = Done(job)
        try:
            image = read_file(str(job.original.path))
            mask = _mask_of(job.original, image)
            for copy in job.copies:
                if stop.is_set():
                    break
                done.made.append(self._one(job.original, copy, image, mask))
        except (ImageError, OSError, MemoryError) as error:  # told by whoever waits for it
            done.error = error
        except Exception as error:  # functions of users raise any
            done.error = ValueError(f"{job.original.name!r}: {error}")
            done.error.__cause__ = error
        return done

    def _one(
        self, original: Original, copy: int, image: Tensor, mask: Image.Image | None
    ) -> tuple[Row, list[Path]]:
        number = sample_number(original, copy)
        result = self.pipe(
            image[None],
            masks=None if mask is None else mask_planes(mask)[None],
            labels=None if original.label is None else [original.label],
            first=number,
        )
        suffix = self.suffix or original.path.suffix[1:]
        data, suffix = encoded(result.images[0], suffix, self.quality)
        stem = f"{original.stem}_{copy}"
        files = {f"{stem}.{suffix}": data}
        if mask is not None:  # the mask goes first: where there is an image, there is its mask
            masked = encoded_mask(result.masks[0], mask)
            files = {f"masks/{stem}.png": masked, f"images/{stem}.{suffix}": data}
        new: list[Path] = []
        for name, content in files.items():
            if place(self.target / name, content):
                new.append(self.target / name)
        *masks, name = files
        drawn = json.dumps(result.record.to_dict(), separators=(",", ":"))
        row = Row(
            name,
            masks[0] if masks else "",
            original.name,
            original.label or "",
            number,
            self.pipe.seed,
            drawn,
        )
        return row, new


class Workers:
    """Threads that do jobs; iterating gives what became of each, in the order of the jobs.

    Each thread lets torch compute in itself alone: so many threads are enough, and sums come out
    the same whatever their number.
    """

    def __init__(self, maker: Maker, jobs: Iterable[Job], threads: int) -> None:
        self._maker = maker
        self._jobs = jobs
        self._threads = threads
        self._stop = threading.Event()
        self._waiting: deque[Future[Done]] = deque()

    def __enter__(self) -> Workers:
        self._before = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(
            self._threads, "convscope-write", torch.set_num_threads, (1,)
        )
        return self

    def __iter__(self) -> Iterator[Done]:
        for job in self._jobs:
            self._waiting.append(self._pool.submit(self._maker.make, job, self._stop))
            if len(self._waiting) >= 2 * self._threads:
                yield self._next()
        while self._waiting:
            yield self._next()

    def _next(self) -> Done:
        done = self._waiting[0].result()  # taken out only when it is here: one may interrupt
        self._waiting.popleft()
        return done

    def end(self) -> list[Done]:
        """Let nothing new begin, and return what was under way."""
        self._stop.set()
        begun = [each for each in self._waiting if not each.cancel()]
        self._waiting.clear()
        return [each.result() for each in begun]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self._pool.shutdown()
        torch.set_num_threads(self._before)


def recorded(workers: Workers, manifest: Manifest) -> Generator[Done, None, None]:
    """Let workers work, and put into the manifest what they made, however that ends."""
    with workers:
        try:
            for done in workers:
                _keep(done, manifest)
                yield done
        finally:
            for done in workers.end():
                with contextlib.suppress(OSError, ValueError):  # the first error is on its way
                    _keep(done, manifest)


def _keep(done: Done, manifest: Manifest) -> None:
    """Add the rows of a job; files whose rows can't be written are taken back."""
    made = list(done.made)
    done.made.clear()
    try:
        for row, _ in made:
            _enter(row, manifest)
            done.made.append((row, []))
    except BaseException:
        for _, files in made[len(done.made) :]:
            for file in files:
                file.unlink(missing_ok=True)
        raise


def _enter(row: Row, manifest: Manifest) -> None:
    known = manifest.rows.get((row.source, row.sample))
    if known is None:
        manifest.append(row)
    elif known.file != row.file:  # it was there before, and its file is gone
        raise ValueError(
            f"format: {known.file!r} was written before and would be {row.file!r} now; choose the "
            "same format again, or another folder"
        )


def _mask_of(original: Original, image: Tensor) -> Image.Image | None:
    if original.mask is None:
        return None
    mask = read_mask(original.mask, original.mask.name)
    (height, width), (columns, rows) = image.shape[-2:], mask.size
    if (columns, rows) != (width, height):
        raise ImageError(
            f"masks: that of {original.name!r} is {columns} × {rows} and the image {width} × "
            f"{height} (width × height); give masks of the size of their images"
        )
    return mask
