"""Whatever holds images becomes a source with names and labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset

from convscope.images import ImageError, ImageSource, as_source


def grey(value: int, height: int = 4, width: int = 6) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


def shades(source: ImageSource) -> list[int]:
    return [int(image[0, 0, 0]) for image in source]


class Photos(Dataset):  # type: ignore[type-arg]
    """Five images with labels; counts how often it was asked."""

    def __init__(self, make: Any, *, broken: int | None = None) -> None:
        self.make = make
        self.broken = broken
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        if index == self.broken:
            raise KeyError("no such record")
        return self.make(index)


def test_a_list_may_mix_kinds_and_sizes(tmp_path: Path) -> None:
    Image.fromarray(grey(1)).save(tmp_path / "dawn.png")
    items = [
        tmp_path / "dawn.png",
        Image.fromarray(grey(2, 8, 9)),
        grey(3, 20, 30),
        torch.full((3, 5, 7), 4 / 255),
        torch.full((1, 3, 5, 7), 5, dtype=torch.uint8),
    ]
    source = as_source(items)
    shapes = [tuple(image.shape) for image in source]
    assert shapes == [(1, 4, 6), (1, 8, 9), (1, 20, 30), (3, 5, 7), (3, 5, 7)]
    assert source.names == ["dawn", "image 1", "image 2", "image 3", "image 4"]
    assert source[3].dtype == torch.float32
    assert int(source[4][0, 0, 0]) == 5


def test_one_image_is_a_source_of_one(tmp_path: Path) -> None:
    Image.fromarray(grey(1)).save(tmp_path / "dawn.png")
    for image in (tmp_path / "dawn.png", Image.fromarray(grey(1)), grey(1), torch.ones(1, 4, 6)):
        assert len(as_source(image)) == 1


def test_a_dict_gives_names() -> None:
    source = as_source({"dawn": grey(1), 7: grey(2)})
    assert source.names == ["dawn", "7"]
    assert shades(source) == [1, 2]


def test_a_dict_entry_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(grey(1)).save(tmp_path / name)
    with pytest.raises(ValueError, match="each entry of a dict must be one image"):
        as_source({"cats": tmp_path})


def test_tuples_of_image_and_label_give_labels(tmp_path: Path) -> None:
    source = as_source([(grey(1), "dog"), (grey(2), "cat"), (grey(3), "dog")])
    assert source.labels == ["dog", "cat", "dog"]
    assert source.class_names == ["cat", "dog"]
    Image.fromarray(grey(1)).save(tmp_path / "a.png")
    source = as_source([(str(tmp_path / "a.png"), 3), (grey(2), np.int64(1))])
    assert source.labels == [3, 1]
    assert source.class_names is None


def test_names_and_labels_given_are_used() -> None:
    source = as_source([grey(1), grey(2)], names=["a", "b"], labels=["x", "y"])
    assert (source.names, source.labels, source.class_names) == (["a", "b"], ["x", "y"], ["x", "y"])
    with pytest.raises(ValueError, match="names: got 3 for 2 images; give one for each"):
        as_source([grey(1), grey(2)], names=["a", "b", "c"])
    with pytest.raises(ValueError, match="labels: got 1 for 2 images"):
        as_source([grey(1), grey(2)], labels=[0])


def test_errors_use_the_names_given() -> None:
    bad = np.full((4, 6), np.nan)
    with pytest.raises(ImageError, match="image 'night': 24 of 24 values"):
        as_source({"dawn": grey(1), "night": bad})[1]
    with pytest.raises(ImageError, match="image 'night': 24 of 24 values"):
        as_source([grey(1), bad], names=["dawn", "night"])[1]


def test_a_source_passes_through_and_can_be_renamed() -> None:
    source = as_source([grey(1), grey(2)], labels=["x", "y"], errors="skip")
    assert as_source(source) is source
    renamed = as_source(source, names=["a", "b"])
    assert (renamed.names, renamed.labels, renamed.errors) == (["a", "b"], ["x", "y"], "skip")
    assert source.names == ["image 0", "image 1"]
    assert as_source(source, errors="raise").errors == "raise"


def test_a_slice_is_a_source() -> None:
    source = as_source([grey(value) for value in range(10)], labels=list(range(10)))
    part = source[7:2:-2]
    assert shades(part) == [7, 5, 3]
    assert part.names == ["image 7", "image 5", "image 3"]
    assert part.labels == [7, 5, 3]
    assert shades(part[1:]) == [5, 3]
    assert [indices for indices, _ in part.batches(2, lambda image: image)] == [[0, 1], [2]]


def test_indices_are_those_of_a_list() -> None:
    source = as_source([grey(value) for value in range(3)])
    assert int(source[-1][0, 0, 0]) == 2
    assert int(source[np.int64(1)][0, 0, 0]) == 1
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"no image {index}; there are 3"):
            source[index]
    with pytest.raises(TypeError):
        source["dawn"]


def test_a_list_changed_later_does_not_change_the_source() -> None:
    items = [grey(1), grey(2)]
    names = ["a", "b"]
    source = as_source(items, names=names)
    items.append(grey(3))
    names[0] = "z"
    assert (len(source), source.names) == (2, ["a", "b"])


def test_a_source_says_what_it_holds() -> None:
    source = as_source([grey(1)] * 4, labels=["x", "y", "x", "y"])
    text = "<ImageSource: 4 images ('image 0', 'image 1', 'image 2', …), 2 classes>"
    assert repr(source) == text
    assert repr(as_source(grey(1))) == "<ImageSource: 1 image ('image 0')>"


MAKERS = {
    "Pillow": lambda index: Image.fromarray(grey(index)),
    "array": grey,
    "tensor": lambda index: torch.full((1, 4, 6), index, dtype=torch.uint8),
    "channels-last array": lambda index: np.full((4, 6, 3), index, np.uint8),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_dataset_of_images_and_labels(make: Any) -> None:
    source = as_source(Photos(lambda index: (make(index), index * 10)))
    assert shades(source) == [0, 1, 2, 3, 4]
    assert list(source.labels) == [0, 10, 20, 30, 40]
    assert source.names[:2] == ["item 0", "item 1"]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_dataset_of_images_alone_has_no_labels(make: Any) -> None:
    source = as_source(Photos(make))
    assert shades(source) == [0, 1, 2, 3, 4]
    assert source.labels is None


def test_a_dataset_of_dicts_gives_image_and_label() -> None:
    source = as_source(Photos(lambda index: {"id": "x", "image": grey(index), "label": index}))
    assert shades(source) == [0, 1, 2, 3, 4]
    assert list(source.labels) == [0, 1, 2, 3, 4]
    with pytest.raises(ImageError, match="no image among its keys 'id', 'text'; name it 'image'"):
        as_source(Photos(lambda index: {"id": 1, "text": "x"}))


def test_torchs_own_datasets_work() -> None:
    images = torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1).expand(5, 3, 4, 6)
    dataset = TensorDataset(images, torch.arange(5) * 2)
    assert list(as_source(dataset).labels) == [0, 2, 4, 6, 8]
    assert shades(as_source(Subset(dataset, [3, 1]))) == [3, 1]
    assert len(as_source(ConcatDataset([dataset, dataset]))) == 10
    assert shades(as_source(TensorDataset(images))) == [0, 1, 2, 3, 4]


def test_a_datasets_class_names_are_kept() -> None:
    dataset = Photos(lambda index: (grey(index), index % 2))
    dataset.classes = ["cat", "dog"]
    assert as_source(dataset).class_names == ["cat", "dog"]


def test_labels_of_images_already_read_cost_nothing() -> None:
    dataset = Photos(lambda index: (grey(index), torch.tensor(index)))
    source = as_source(dataset)
    for _ in source.batches(2, lambda image: image):
        pass
    dataset.asked.clear()
    assert source.labels == [0, 1, 2, 3, 4]
    assert dataset.asked == []


def test_a_dataset_is_asked_in_order_and_by_one_thread() -> None:
    dataset = Photos(lambda index: grey(index))
    source = as_source(dataset)
    dataset.asked.clear()
    for _ in source.batches(2, lambda image: image):
        pass
    assert dataset.asked == [0, 1, 2, 3, 4]


def test_a_dataset_that_raises_is_named() -> None:
    with pytest.raises(ImageError, match="item 3: the dataset raised KeyError: 'no such record'"):
        as_source(Photos(grey, broken=3))[3]
    with pytest.raises(ImageError, match="item 0: the dataset raised"):
        as_source(Photos(grey, broken=0))
    source = as_source(Photos(lambda index: (grey(index), index), broken=0), errors="skip")
    with pytest.warns(UserWarning, match="item 0"):
        assert [i for indices, _ in source.batches(3, lambda x: x) for i in indices] == [1, 2, 3, 4]


def test_normalised_tensors_of_a_dataset_say_what_to_do() -> None:
    dataset = Photos(lambda index: (torch.linspace(-2, 2, 72).reshape(3, 4, 6), 0))
    with pytest.raises(ImageError, match=r"item 2: .*from -2 to 2.*before normalisation"):
        as_source(dataset)[2]


class Endless(IterableDataset):  # type: ignore[type-arg]
    """A stream, which has no index."""

    def __iter__(self) -> Iterator[np.ndarray]:
        return itertools.repeat(grey(1))


class Unsized(Dataset):  # type: ignore[type-arg]
    """A dataset that doesn't tell its length."""

    def __getitem__(self, index: int) -> np.ndarray:
        return grey(index)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (Endless(), "of type Endless can only be read once.*islice"),
        ((grey(1) for _ in range(3)), "of type generator can only be read once.*islice"),
        (Unsized(), "of type Unsized has no length; add __len__"),
        (None, "of type NoneType isn't an image"),
        ({}, "the dict is empty"),
        (TensorDataset(torch.zeros(0, 3, 4, 6)), "the dataset is empty"),
        (np.zeros((0, 4, 6)), "is empty"),
    ],
)
def test_what_is_no_sequence_of_images_is_refused(images: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        as_source(images)


def test_an_unknown_errors_option_is_refused() -> None:
    with pytest.raises(ValueError, match="errors: 'ignore' isn't known; choose 'raise' or 'skip'"):
        as_source(grey(1), errors="ignore")
