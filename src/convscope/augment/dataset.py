"""Pipelines in front of a DataLoader: a Dataset whose items are augmented, and a transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

from convscope.augment.dice import Dice, whole_numbers
from convscope.augment.items import Item, apart, as_given, as_tensor, together
from convscope.augment.pipeline import Pipeline
from convscope.augment.result import Result
from convscope.augment.targets import BoxFormat

_PARTNERS = 2**40  # samples from here on are those that others are mixed with


class AugmentedDataset(Dataset[Any]):
    """A Dataset whose items are augmented, anew each time they are asked for.

    What an item draws depends on the seed of the pipeline, its index and how often it was asked for
    before: each epoch draws anew, and the same whatever the number of workers. Where an epoch is
    broken off, workers may have read ahead; `set_epoch` makes the draws depend on the epoch alone.

    Parameters
    ----------
    pipe : Pipeline
    dataset : Dataset
        With a length. Its items are images, pairs (image, label), (image, mask) or (image, target),
        or dicts with "image" and any of "mask", "boxes", "keypoints", "label"; they come back so.
        A target is a dict as torchvision's detection models take it.
    images : {"tensor", "same"}
        Images as tensors (C, H, W), uint8 or float32 in [0, 1] as they were, or of the kind given.
    then : callable, optional
        Called with each augmented image, such as a normalisation.
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
        images: Literal["tensor", "same"] = "tensor",
        then: Callable[[Any], Any] | None = None,
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
        self.pipe = pipe
        self.dataset = dataset
        self._images = images
        self._then = then
        self._box_format = box_format
        self._min_visible = min_visible
        # Workers, also those of a later epoch, share what they count.
        self._visits = _shared(torch.zeros(len(dataset), dtype=torch.int64))
        self._epoch = _shared(torch.full((1,), -1, dtype=torch.int64))

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Let the draws depend on the index and this number, from 0, in place of the visits."""
        self._epoch[0] = epoch

    def __getitem__(self, index: int) -> Any:
        """Return an item, augmented."""
        if not 0 <= index < len(self):
            raise IndexError(f"dataset: there is no item {index}; there are {len(self)}")
        number = self._number(index)
        given = self.dataset[index]
        item = apart(given, f"item {index}")
        result = self._mixed(item, number) if self.pipe.mixes else self._alone(item, number)
        image = result.images[0]
        new = Item(
            image,
            None if result.masks is None else result.masks[0],
            None if result.boxes is None else result.boxes[0],
            None if result.keypoints is None else result.keypoints[0],
            result.labels[0] if self.pipe.mixes and result.labels is not None else None,
        )
        shown = image
        if self._images == "same":
            first = given[0] if isinstance(given, tuple | list) else given
            shown = as_given(image, first if not isinstance(first, dict) else first["image"])
        if self._then is not None:
            shown = self._then(shown)
        return together(given, shown, new, None if result.kept is None else result.kept[0])

    def _number(self, index: int) -> int:
        """Return the number of the sample, and count the visit."""
        visit = int(self._visits[index])
        self._visits[index] += 1
        epoch = int(self._epoch[0])
        return (visit if epoch < 0 else epoch) * len(self) + index

    def _alone(self, item: Item, number: int) -> Result:
        return self.pipe(
            item.image[None],
            None if item.mask is None else item.mask[None],
            None if item.boxes is None else [item.boxes],
            None if item.keypoints is None else [item.keypoints],
            None if item.label is None else [item.label],
            box_format=self._box_format,
            min_visible=self._min_visible,
            first=number,
        )

    def _mixed(self, item: Item, number: int) -> Result:
        """Augment an item together with another one, which it may be mixed with."""
        dice = Dice(self.pipe.seed, whole_numbers([number]), "dataset")
        partner = int(dice.whole("partner", 0, len(self) - 1)[0])
        other = apart(self.dataset[partner], f"item {partner}")
        pair = [item, other]
        labels = None if item.label is None else [each.label for each in pair]
        samples = [number, _PARTNERS + number]
        record = self.pipe.draw(2, samples=samples, labels=labels)
        return self.pipe.replay(
            record,
            [each.image for each in pair],
            None if item.mask is None else [each.mask for each in pair],
            None if item.boxes is None else [each.boxes for each in pair],
            None if item.keypoints is None else [each.keypoints for each in pair],
            labels,
            box_format=self._box_format,
            min_visible=self._min_visible,
        )


def _shared(tensor: Tensor) -> Tensor:
    return tensor.share_memory_()  # type: ignore[no-untyped-call, no-any-return]


class Transform:
    """A pipeline as a function of one image, for a torchvision ``Compose`` or a Dataset.

    In the workers of a DataLoader it draws from the seed that the worker got from torch, elsewhere
    it goes on with the numbers of the pipeline: after ``torch.manual_seed``, the same number of
    workers gives the same images. `AugmentedDataset` promises more.

    Parameters
    ----------
    pipe : Pipeline
    """

    def __init__(self, pipe: Pipeline) -> None:
        if pipe.mixes:
            raise ValueError("transform: MixUp and CutMix need a second image; use pipe.dataset")
        self.pipe = pipe
        self._calls = 0

    def __call__(self, image: Any) -> Any:
        """Return the image augmented, of the kind that it came.

        Parameters
        ----------
        image : PIL.Image.Image, Tensor or ndarray
            (C, H, W) if it is a tensor, (H, W, C) or (H, W) if it is an array.
        """
        result = self.pipe(as_tensor(image, "image")[None], first=self._first())
        return as_given(result.images[0], image)

    def _first(self) -> int | None:
        worker = get_worker_info()
        if worker is None:
            return None
        self._calls += 1
        dice = Dice(worker.seed, whole_numbers([self._calls]), "transform")
        return int(dice.seeds("first")[0])

    def __repr__(self) -> str:
        return f"Transform({self.pipe!r})"
