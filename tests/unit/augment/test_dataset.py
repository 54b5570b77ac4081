"""Augmented Datasets: each epoch its own draws, whatever the number of workers."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
from toys import Pictures, label_of

from convscope.augment import CropSize, Custom, Flip, MixUp, Pipeline, Rotate
from peers import v2

PIPE = [Flip(p=0.5), Rotate(degrees=30, p=0.8)]


def _epochs(
    workers: int, epochs: int = 2, *, persistent: bool = False, **options: Any
) -> list[torch.Tensor]:
    dataset = Pipeline(PIPE, seed=3).dataset(Pictures(label_of))
    loader = DataLoader(
        dataset, batch_size=4, num_workers=workers, persistent_workers=persistent, **options
    )
    return [torch.cat([images for images, _ in loader]) for _ in range(epochs)]


@pytest.mark.parametrize(("workers", "persistent"), [(1, False), (2, False), (2, True)])
def test_any_number_of_workers_gives_the_same_images(workers: int, *, persistent: bool) -> None:
    alone = _epochs(0)
    together = _epochs(workers, persistent=persistent)
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def test_workers_that_are_spawned_give_the_same_images_too() -> None:
    assert torch.equal(_epochs(1, 1, multiprocessing_context="spawn")[0], _epochs(0, 1)[0])


@pytest.mark.filterwarnings("ignore:This DataLoader will create 4 worker")
def test_four_workers_with_batches_of_one_and_a_shuffled_order_agree_too() -> None:
    def epochs(workers: int) -> list[torch.Tensor]:
        dataset = Pipeline(PIPE, seed=3).dataset(Pictures(label_of, count=6), copies=2)
        order = torch.Generator().manual_seed(8)
        loader = DataLoader(dataset, shuffle=True, num_workers=workers, generator=order)
        return [torch.cat([images for images, _ in loader]) for _ in range(3)]

    for alone, together in zip(epochs(0), epochs(4), strict=True):
        assert torch.equal(alone, together)


def test_a_batch_gives_what_its_items_give_alone() -> None:
    batch = Pipeline(PIPE, seed=3).dataset(Pictures(label_of)).__getitems__([3, 7, 3])
    alone = Pipeline(PIPE, seed=3).dataset(Pictures(label_of))
    for image, label in batch:
        mine = alone[label]
        assert torch.allclose(image, mine[0], atol=1e-4)
        assert label == mine[1]
    assert not torch.equal(batch[0][0], batch[2][0])


def test_copies_of_an_item_each_draw_their_own() -> None:
    dataset = Pipeline(PIPE, seed=3).dataset(Pictures(label_of), copies=3)
    assert len(dataset) == 30
    assert [dataset[i][1] for i in (4, 14, 24)] == [4, 4, 4]
    assert len({dataset[i][0].sum().item() for i in (4, 14, 24)}) == 3
    assert torch.equal(dataset[-1][0], Pipeline(PIPE, seed=3).dataset(Pictures(), copies=3)[29])


def test_a_copy_of_a_dataset_counts_for_itself_also_in_workers() -> None:
    dataset = Pipeline(PIPE, seed=3).dataset(Pictures())
    dataset[0]
    for other in (copy.deepcopy(dataset), pickle.loads(pickle.dumps(dataset))):
        loader = DataLoader(other, batch_size=5, num_workers=1)
        first, second = (torch.cat([*loader]) for _ in range(2))
        assert not torch.equal(first, second)
    assert torch.equal(dataset[1], Pipeline(PIPE, seed=3).dataset(Pictures())[1])


def test_each_epoch_and_each_item_draws_anew_and_two_runs_agree() -> None:
    first, second = _epochs(0)
    assert not torch.equal(first, second)
    assert torch.equal(first, _epochs(0)[0])
    record = Pipeline(PIPE, seed=3).draw(10)
    assert len(set(record.column("Rotate").values["degrees"].tolist())) == 10


def test_a_set_epoch_decides_the_draws_alone() -> None:
    dataset = Pipeline(PIPE, seed=3).dataset(Pictures())
    dataset.set_epoch(4)
    first = dataset[2]
    assert torch.equal(first, dataset[2])
    dataset.set_epoch(5)
    assert not torch.equal(first, dataset[2])
    with pytest.raises(ValueError, match="epoch: must be a whole number from 0; got -1"):
        dataset.set_epoch(-1)


def test_a_set_epoch_reaches_workers_that_are_running_already() -> None:
    dataset = Pipeline(PIPE, seed=3).dataset(Pictures())
    loader = DataLoader(dataset, batch_size=5, num_workers=2, persistent_workers=True)
    seen = []
    for epoch in (1, 0, 1):
        dataset.set_epoch(epoch)
        seen.append(torch.cat([*loader]))
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])


def test_the_order_in_which_items_are_asked_for_changes_none() -> None:
    one, other = (Pipeline(PIPE, seed=3).dataset(Pictures()) for _ in range(2))
    forth = [one[i] for i in range(10)]
    back = [other[i] for i in reversed(range(10))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(forth, back, strict=True))


def test_what_an_item_is_made_of_comes_back_so() -> None:
    flip = Pipeline([Flip()], seed=0)
    array = np.arange(600, dtype=np.uint8).reshape(20, 30) % 7
    mask = Image.fromarray(array, "P")
    mask.putpalette([0, 0, 0, 255, 0, 0])
    target = {
        "boxes": [[2, 3, 10, 8], [1, 1, 4, 4]],
        "labels": torch.tensor([5, 6]),
        "area": torch.tensor([40.0, 9.0]),
        "image_id": 17,
    }
    image = torch.rand(3, 20, 30)
    assert torch.equal(flip.dataset([image])[0], image.flip(-1))
    pair = flip.dataset([(image, 4)])[0]
    assert torch.equal(pair[0], image.flip(-1))
    assert pair[1] == 4
    shown = flip.dataset([(image, mask)], images="same")[0][1]
    assert shown.mode == "P"
    assert shown.getpalette() == mask.getpalette()
    assert (np.asarray(shown) == array[:, ::-1]).all()
    planes = flip.dataset([(image, mask)])[0][1]  # which a DataLoader can put into a batch
    assert torch.equal(planes, torch.from_numpy(array).flip(-1))
    _, found = flip.dataset([(image, target)])[0]
    assert found["boxes"].tolist() == [[20, 3, 28, 8], [26, 1, 29, 4]]
    assert found["image_id"] == 17
    named = flip.dataset([{"image": image, "mask": array, "label": "cat", "id": 3}])[0]
    assert (named["mask"] == array[:, ::-1]).all()
    assert (named["label"], named["id"]) == ("cat", 3)


def testlabel_ofs_of_boxes_go_with_their_boxes() -> None:
    crop = Pipeline([CropSize(height=20, width=10, place="centre")], seed=0)  # x from 10 to 20
    target = {
        "boxes": torch.tensor([[0.0, 0, 5, 5], [12, 2, 16, 6]]),
        "labels": torch.tensor([5, 6]),
        "area": torch.tensor([25.0, 16.0]),
    }
    _, found = crop.dataset([(torch.rand(3, 20, 30), target)])[0]
    assert found["labels"].tolist() == [6]
    assert found["boxes"].tolist() == [[2, 2, 6, 6]]
    assert found["area"].tolist() == [16]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pillow_images_become_tensors_or_stay(mode: Any) -> None:
    picture = Image.fromarray((np.random.default_rng(0).random((20, 30, 3)) * 255).astype("uint8"))
    picture = picture.convert(mode)
    flip = Pipeline([Flip()], seed=0)
    tensor = flip.dataset([(picture, 1)])[0][0]
    assert tensor.dtype == torch.uint8
    assert tensor.shape == (len(picture.getbands()), 20, 30)
    same = flip.dataset([(picture, 1)], images="same")[0][0]
    assert same.mode == mode
    assert (np.asarray(same) == np.asarray(picture)[:, ::-1]).all()


def test_a_function_is_called_with_each_augmented_image() -> None:
    dataset = Pipeline([Flip()], seed=0).dataset(Pictures(label_of), then=lambda image: image - 1)
    assert torch.equal(dataset[0][0], Pictures().images[0].flip(-1) - 1)


def test_a_transform_gives_what_it_takes() -> None:
    transform = Pipeline([Flip()], seed=0).transform()
    tensor = torch.rand(3, 20, 30)
    assert torch.equal(transform(tensor), tensor.flip(-1))
    array = (np.random.default_rng(0).random((20, 30, 3)) * 255).astype(np.uint8)
    assert (transform(array) == array[:, ::-1]).all()
    picture = Image.fromarray(array)
    assert (np.asarray(transform(picture)) == array[:, ::-1]).all()
    assert transform(picture.convert("L")).mode == "L"


class Transformed(Pictures):
    """Calls a transform itself, as torchvision's datasets do."""

    transform: Any = None

    def __getitem__(self, index: int) -> Any:
        return self.transform(self.images[0])


def test_workers_draw_differently_and_alike_after_the_same_torch_seed() -> None:
    def run() -> torch.Tensor:
        dataset = Transformed(count=8)
        dataset.transform = Pipeline(PIPE, seed=1).transform()
        torch.manual_seed(5)
        loader = DataLoader(dataset, batch_size=1, num_workers=2)
        return torch.cat([*loader, *loader])

    first = run()
    assert len({each.sum().item() for each in first}) > 12
    assert torch.equal(first, run())


def test_a_transform_goes_into_a_compose_into_threads_and_into_files() -> None:
    transform = Pipeline(PIPE, seed=1).transform()
    compose = v2.Compose([transform, v2.ToDtype(torch.float32), v2.Normalize([0.5] * 3, [0.5] * 3)])
    assert compose(Pictures().images[0]).shape == (3, 20, 30)
    again = pickle.loads(pickle.dumps(transform))
    assert torch.equal(again(Pictures().images[0]), transform(Pictures().images[0]))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(transform, [Pictures().images[0]] * 40))
    assert len({each.sum().item() for each in found}) > 30


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        return iter([torch.rand(3, 4, 4)])


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Pipeline(PIPE).dataset(Stream()), "dataset: must have a length and items"),
        (lambda: Pipeline(PIPE).dataset([1], images="pil"), "images: must be 'tensor' or 'same'"),
        (lambda: Pipeline([MixUp()]).transform(), "need a second image; use pipe.dataset"),
        (lambda: Pipeline(PIPE).dataset(["a.png"])[0], "item 0: is of type str"),
        (
            lambda: Pipeline(PIPE).dataset([{"picture": 1}])[0],
            "no image among its keys picture",
        ),
    ],
)
def test_what_can_not_be_augmented_is_named(build: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        build()


def test_items_that_are_not_there_are_an_index_error() -> None:
    dataset = Pipeline(PIPE).dataset(TensorDataset(torch.rand(2, 3, 4, 4)))
    with pytest.raises(IndexError, match="there is no item 2; there are 2"):
        dataset[2]
    assert len([*dataset]) == 2


def test_a_function_of_ones_own_is_fine_in_workers() -> None:
    pipe = Pipeline([Custom(function=torch.sqrt)], seed=0)
    batches = [*DataLoader(pipe.dataset(Pictures()), batch_size=5, num_workers=1)]
    assert torch.allclose(torch.cat(batches), Pictures().images.sqrt())
