"""The one shape in which everything inside convscope meets the user's images."""

from __future__ import annotations

import operator
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias, overload

from torch import Tensor

from convscope.images.batches import stream
from convscope.images.lazy import picked
from convscope.images.resize import fit, resize
from convscope.images.stamp import UNKNOWN

Errors: TypeAlias = Literal["raise", "skip"]
Label: TypeAlias = int | str


class ImageSource(Sequence[Tensor], ABC):
    """A sequence of images, each decoded when it is asked for and then let go.

    A subclass sets `names` and writes `read`; the rest follows.

    Attributes
    ----------
    names : sequence of str
        One for each image.
    labels : sequence of int or str, or None
        One for each image, where the images came with labels: the class folder, or what a dataset
        gives beside the image.
    class_names : sequence of str or None
        All classes, sorted as torchvision's ``ImageFolder`` sorts them, or as the dataset lists
        them.
    errors : {"raise", "skip"}
        What `batches` does with an image that can't be read. Asking for it by index always raises.
    threads : int
        How many threads `batches` reads and prepares with.
    """

    names: Sequence[str]
    labels: Sequence[Label] | None = None
    class_names: Sequence[str] | None = None
    errors: Errors = "raise"
    threads: int = max(1, min(4, (os.cpu_count() or 1) // 2))  # the model wants the other half

    @abstractmethod
    def read(self, index: int, *, near: int | None = None) -> Tensor:
        """Decode one image.

        Parameters
        ----------
        index : int
            From 0 to ``len(self) - 1``.
        near : int, optional
            The image is wanted only this many pixels long; a smaller decode is fine if it is
            faster.

        Returns
        -------
        Tensor
            (C, H, W); uint8, or float32 in [0, 1]. For reading only: it may be the user's memory.

        Raises
        ------
        ImageError
            If it can't be read.
        """

    def stamp(self, index: int) -> int:
        """Return a number that changes when an image does, without decoding it.

        Parameters
        ----------
        index : int
            From 0 to ``len(self) - 1``.

        Returns
        -------
        int
            Of 32 bits; 0 where only decoding would tell.
        """
        del index
        return UNKNOWN

    def thumbnail(self, index: int, max_side: int) -> Tensor:
        """Decode one image small: large JPEG files several times faster than by indexing.

        Parameters
        ----------
        index : int
            Negative ones count from the end.
        max_side : int
            The longer side is shrunk to this many pixels; smaller images keep their size.

        Returns
        -------
        Tensor
            (C, h, w); uint8, or float32 in [0, 1].
        """
        image = self.read(self._position(index), near=2 * max_side)
        return resize(image, fit(image.shape[1], image.shape[2], max_side))

    def batches(
        self,
        batch_size: int,
        prepare: Callable[[Tensor], Tensor],
        *,
        start: int = 0,
        stop: int | None = None,
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Stream prepared images in order, reading about a batch ahead in a few threads.

        Never more than two batches and an image a thread are held. The threads end when the last
        batch is taken, or when the iterator is closed or dropped.

        Parameters
        ----------
        batch_size : int
            Images a batch; the last may have fewer. With ``errors="skip"`` an image that can't be
            read is left out, with a `SkippedImageWarning`, and the next one takes its place.
        prepare : callable
            Takes one image, (C, H, W) uint8 or float32 in [0, 1], and gives a tensor, of the same
            shape for all images. It is called from several threads at once.
        start, stop : int, optional
            The range of images, as in a slice.

        Yields
        ------
        indices : list of int
            Which images the batch holds.
        images : Tensor
            (len(indices), ...), what `prepare` gave, stacked.

        Raises
        ------
        ImageError
            If an image can't be read, or with ``errors="skip"`` none could.
        ValueError
            If `batch_size` is below 1, or `prepare` gives different shapes.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size: must be at least 1; got {batch_size}")
        return stream(self, range(len(self))[start:stop], batch_size, prepare)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Tensor: ...
    @overload
    def __getitem__(self, index: slice) -> ImageSource: ...
    def __getitem__(self, index: int | slice) -> Tensor | ImageSource:
        if isinstance(index, slice):
            return View(self, range(len(self))[index])
        return self.read(self._position(index))

    def _position(self, index: int) -> int:
        position = operator.index(index)
        count = len(self)
        if not -count <= position < count:
            raise IndexError(f"images: there is no image {position}; there are {count}")
        return position % count

    def __repr__(self) -> str:
        shown = ", ".join(repr(self.names[i]) for i in range(min(3, len(self))))
        more = ", …" if len(self) > 3 else ""
        classes = f", {len(self.class_names)} classes" if self.class_names is not None else ""
        plural = "" if len(self) == 1 else "s"
        return f"<ImageSource: {len(self)} image{plural} ({shown}{more}){classes}>"


class View(ImageSource):
    """Some images of another source, perhaps under other names and labels.

    Parameters
    ----------
    base : ImageSource
    indices : sequence of int
        Which of its images, from 0.
    names, labels : sequence, optional
        One for each index; None keeps those of `base`.
    errors : {"raise", "skip"}, optional
        None keeps that of `base`.
    """

    def __init__(
        self,
        base: ImageSource,
        indices: Sequence[int],
        *,
        names: Sequence[str] | None = None,
        labels: Sequence[Label] | None = None,
        errors: Errors | None = None,
    ) -> None:
        self._base = base
        self._indices = indices
        self.names = names if names is not None else picked(base.names, indices)
        if labels is not None:
            self.labels, self.class_names = labels, classes_of(labels)
        elif base.labels is not None:
            self.labels, self.class_names = picked(base.labels, indices), base.class_names
        self.errors = errors or base.errors
        self.threads = base.threads

    def read(self, index: int, *, near: int | None = None) -> Tensor:
        """Decode one image of the base."""
        return self._base.read(self._indices[index], near=near)

    def stamp(self, index: int) -> int:
        """Return the stamp of an image of the base."""
        return self._base.stamp(self._indices[index])


def classes_of(labels: Sequence[Label] | None) -> Sequence[str] | None:
    """Give the sorted names among labels; None for numbers, which name no class."""
    if labels is None or not all(isinstance(label, str) for label in labels):
        return None
    return sorted({str(label) for label in labels})
