"""Pipelines in front of a DataLoader: a Dataset whose items are augmented, and a transform."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

from convscope.augment.declare import as_number
from convscope.augment.dice import Dice, whole_numbers
from convscope.augment.entries import Entry, changes
from convscope.augment.items import Roles, checked_roles, parts_of, put
from convscope.augment.pictures import take
from convscope.augment.pipeline import Pipeline
from convscope.augment.targets import BoxFormat
from convscope.augment.together import Together
from convscope.images import ImageError

_PARTNERS = 2**40  # samples from here on are those that others are mixed with


class AugmentedDataset(Dataset[Any]):
    """A Dataset whose items are augmented, anew each time they are asked for.

    What an item draws depends on the seed of the pipeline, its index, and how often it was asked
    for before: every epoch draws anew, and a DataLoader gives the same to the last bit with none,
    one or many workers, started in whatever way, persistent or not. Two things only it can't know:
    where an epoch is broken off, workers have read ahead, and the next epochs differ; and where a
    sampler repeats an index, workers may swap the draws of its repetitions. `set_epoch` makes the
    draws depend on the epoch alone. Call it too where several processes train together, each with
    a dataset of its own, and where training goes on from a checkpoint.

    Parameters
    ----------
    pipe : Pipeline
        With MixUp or CutMix, an item is mixed with another one of the dataset, which the seed
        chooses; labels become shares of classes. If the pipeline has no ``classes``, it takes those
        of the dataset.
    dataset : Dataset
        With a length. Items are images; tuples of an image and any of a label, a mask and a target;
        or dicts with "image" and any of "mask", "boxes", "keypoints" and "label". A target is such
        a dict without the image, as torchvision's detection models take it: "labels", "area",
        "iscrowd", "masks" and keypoints (K, P, 3) stay with their boxes, and go with those that
        are no longer to be seen; "area" becomes that of the new box. They come back so.
    copies : int
        How many times the dataset is gone through in an epoch; item i is one of image
        i % len(dataset).
    images : {"tensor", "same"}
        "tensor" gives images as (C, H, W), uint8 or float in [0, 1] as they were, transparency laid
        over white, and Pillow masks as tensors of their values; "same" gives all of the kind, dtype
        and mode that it was.
    then : callable, optional
        Called with each augmented image, such as a normalisation.
    roles : mapping, optional
        What is what, by name or position, where that can't be told: "image", "mask", "boxes",
        "keypoints", "label", "per box", or None for what goes as it is.
    box_format : {"xyxy", "xywh", "cxcywh"}
    min_visible : float
        As in a call of the pipeline.

    Examples
    --------
    >>> import torch
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> from convscope import augment
    >>> pipe = augment.Pipeline([augment.Flip(p=0.5)], seed=0)
    >>> own = TensorDataset(torch.rand(8, 3, 20, 30), torch.arange(8))
    >>> images, labels = next(iter(DataLoader(pipe.dataset(own), batch_size=4)))
    >>> images.shape
    torch.Size([4, 3, 20, 30])
    """

    def __init__(
        self,
        pipe: Pipeline,
        dataset: Any,
        *,
        copies: int = 1,
        images: Literal["tensor", "same"] = "tensor",
        then: Callable[[Any], Any] | None = None,
        roles: Roles | None = None,
        box_format: BoxFormat = "xyxy",
        min_visible: float = 0.1,
    ) -> None:
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise ValueError(
                f"dataset: must have a length and items; got {type(dataset).__name__}, and for an "
                "IterableDataset put pipe.transform() into it"
            )
        if images not in ("tensor", "same"):
            raise ValueError(f"images: must be 'tensor' or 'same'; got {images!r}")
        if not isinstance(copies, int) or copies < 1:
            raise ValueError(f"copies: must be a whole number from 1; got {copies!r}")
        classes = getattr(dataset, "classes", None)
        if pipe.mixes and pipe.classes is None and isinstance(classes, Sequence):
            pipe = pipe.replace(classes=classes)
        self.pipe = pipe
        self.dataset = dataset
        self.copies = copies
        self._whole = images == "same"
        self._then = then
        self._roles = checked_roles(roles)
        self._box_format = box_format
        self._together = Together(pipe, min_visible)
        # The epoch, −1 where there is none, and behind it the visits of each item. All workers
        # share it, also those of a later epoch.
        self._counts = _shared(torch.tensor([-1] + [0] * len(self)))
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.dataset) * self.copies

    def set_epoch(self, epoch: int) -> None:
        """Let the draws depend on the index and this number, from 0, in place of the visits."""
        number = as_number(epoch)
        if number is None or number < 0 or number != int(number):
            raise ValueError(f"epoch: must be a whole number from 0; got {epoch!r}")
        self._counts[0] = int(number)

    def __getitem__(self, index: int) -> Any:
        """Return an item, augmented."""
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """Return some items; a DataLoader asks for a batch so, which is faster than one by one."""
        positions = [self._position(index) for index in indices]
        numbers = [self._number(position) for position in positions]
        entries = [self._entry(i, n) for i, n in zip(positions, numbers, strict=True)]
        made = self._together.augment(entries, self._partner)
        found = []
        for entry, new in zip(entries, made, strict=True):
            changed = dict(changes(entry, new))
            if self._then is not None:
                path = next(part.path for part in entry.parts if part.role == "image")
                changed[path] = self._then(changed[path])
            found.append(put(entry.item, changed))
        return found

    def _position(self, index: int) -> int:
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"dataset: there is no item {position}; there are {len(self)}")
        return position % len(self)

    def _number(self, position: int) -> int:
        """Return the number of the sample, and count the visit."""
        with self._lock:
            epoch, visit = int(self._counts[0]), int(self._counts[position + 1])
            self._counts[position + 1] = visit + 1
        return (visit if epoch < 0 else epoch) * len(self) + position

    def _entry(self, position: int, number: int) -> Entry:
        index = position % len(self.dataset)
        where = f"item {index}"
        item = self.dataset[index]
        parts = parts_of(item, self._roles, where)
        entry = Entry(item, parts, number, where, self._whole, self._box_format)
        if self.pipe.mixes and entry.label is None and len(parts) > 1:
            raise ImageError(
                f"{where}: has no label, of which MixUp and CutMix make shares; say with roles= "
                "what is its label, or give images alone"
            )
        return entry

    def _partner(self, entry: Entry) -> Entry:
        """Load the item with which another one is mixed: any but itself."""
        count = len(self.dataset)
        dice = Dice(self.pipe.seed, whole_numbers([entry.number]), "dataset")
        ahead = int(dice.whole("partner", min(1, count - 1), count - 1)[0])
        return self._entry((entry.number % len(self) + ahead) % count, _PARTNERS + entry.number)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._counts = _shared(self._counts)  # a copy counts for itself, with its own workers
        self._lock = threading.Lock()


def _shared(tensor: Tensor) -> Tensor:
    return tensor.share_memory_()  # type: ignore[no-untyped-call, no-any-return]


class Transform:
    """A pipeline as a function of one image, for a torchvision ``Compose`` or a Dataset.

    In the workers of a DataLoader it draws from the seed that torch gives the worker, elsewhere it
    goes on with the numbers of the pipeline. So calls, workers and epochs all draw their own, and
    after ``torch.manual_seed`` the same number of workers gives the same images, as with
    torchvision's transforms. `AugmentedDataset` promises more, and moves masks and boxes too.

    Parameters
    ----------
    pipe : Pipeline
    """

    def __init__(self, pipe: Pipeline) -> None:
        if pipe.mixes:
            raise ValueError("transform: MixUp and CutMix need a second image; use pipe.dataset")
        self.pipe = pipe
        self._calls = 0
        self._lock = threading.Lock()

    def __call__(self, image: Any) -> Any:
        """Return the image augmented, of the kind, dtype and mode that it was.

        Parameters
        ----------
        image : PIL.Image.Image, Tensor or ndarray
            (C, H, W) if it is a tensor, (H, W, C) or (H, W) if it is an array. Transparency moves
            along; a palette becomes RGB.
        """
        if isinstance(image, tuple | list | dict):
            raise ValueError(
                "image: is several things; a transform takes one image, and pipe.dataset moves "
                "masks and boxes with it"
            )
        picture = take(image, "image", whole=True)
        alpha = picture.alpha
        result = self.pipe(
            picture.pixels[None],
            masks=None if alpha is None else alpha[None],
            first=self._first(),
        )
        return picture.again(result.images[0], None if alpha is None else result.masks[0])

    def _first(self) -> int | None:
        worker = get_worker_info()
        if worker is None:
            return None
        with self._lock:
            self._calls += 1
            call = self._calls
        dice = Dice(worker.seed, whole_numbers([call]), "transform")
        return int(dice.seeds("first")[0])

    def __getstate__(self) -> dict[str, Any]:
        return {"pipe": self.pipe, "_calls": self._calls}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Transform({self.pipe!r})"
