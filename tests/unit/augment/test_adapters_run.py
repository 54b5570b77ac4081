"""Pipelines of other libraries at work: draws, what lies on the images, and what is told of it."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
import torch
from foreign import PIPES, K, image, inputs

from convscope.augment.adapters import adapt
from convscope.augment.previewable import Inputs
from peers import albumentations as A
from peers import v1, v2

every = pytest.mark.parametrize("library", PIPES)


@every
def test_a_sample_depends_on_the_seed_and_its_number_alone(library: str) -> None:
    adapted = adapt(PIPES[library](), seed=3)
    together = adapted.run(inputs(4), [5, 6, 7, 8])
    alone = adapted.run(inputs(1), [7])
    assert torch.equal(together.images[2], alone.images[0])
    assert not torch.equal(together.images[0], together.images[1])
    other = adapted.with_state(adapted.describe(), seed=4).run(inputs(4), [5, 6, 7, 8])
    assert not torch.equal(together.images, other.images)


@every
def test_everybody_elses_random_numbers_go_on_as_if_nothing_had_run(library: str) -> None:
    adapted = adapt(PIPES[library]())

    def next_numbers(*, run: bool) -> tuple[float, float, float]:
        torch.manual_seed(1)
        np.random.seed(1)
        random.seed(1)
        if run:
            adapted.run(inputs(2), [0, 1])
        return float(torch.rand(1)), float(np.random.rand()), random.random()

    assert next_numbers(run=True) == next_numbers(run=False)


@every
def test_masks_boxes_and_points_move_along(library: str) -> None:
    adapted = adapt(PIPES[library]())
    nodes = copy.deepcopy(adapted.describe())
    square = torch.zeros(3, 40, 60, dtype=torch.uint8)
    square[:, 8:20, 10:34] = 255
    given = Inputs(
        square[None].repeat(6, 1, 1, 1),
        masks=[(square[0] > 0).to(torch.int64) * 300] * 6,
        boxes=[torch.tensor([[10.0, 8, 34, 20, 7], [40, 30, 45, 35, 8]])] * 6,
        keypoints=[torch.tensor([[21.5, 13.5, 1.0]])] * 6,
    )
    name = next(name for name in nodes[0]["params"] if name in ("degrees", "rotate"))
    nodes[0]["params"][name] = (-12, 12)
    nodes[1]["on"] = False  # kornia's brightness makes black grey
    result = adapted.with_state(nodes).run(given, range(6))
    assert result.masks.dtype == torch.int64
    assert set(result.masks.unique().tolist()) == {0, 300}
    for i in range(6):
        bright = result.images[i].float().mean(0) > 60
        assert ((result.masks[i] > 0) != bright).float().mean() < 0.06  # but for the blurred border
        rows, columns = torch.nonzero(result.masks[i], as_tuple=True)
        x0, y0, x1, y1, kind = result.boxes[i][0].tolist()
        assert kind == 7
        assert x0 <= columns.min() + 1.5 and columns.max() <= x1 + 0.5  # noqa: PT018
        assert y0 <= rows.min() + 1.5 and rows.max() <= y1 + 0.5  # noqa: PT018
        x, y, seen = result.keypoints[i][0].tolist()
        assert seen == 1
        assert x == pytest.approx(float(columns.float().mean()), abs=1.5)
        assert y == pytest.approx(float(rows.float().mean()), abs=1.5)


@every
def test_a_box_that_leaves_the_image_is_dropped_and_the_others_are_named(library: str) -> None:
    pipe = {
        "torchvision": v2.CenterCrop(20),
        "kornia": K.AugmentationSequential(K.CenterCrop((20, 20))),
        "albumentations": A.Compose([A.CenterCrop(20, 20)]),
    }[library]
    boxes = [torch.tensor([[0.0, 0, 6, 6], [25, 15, 35, 25]])]
    result = adapt(pipe).run(Inputs(image()[None], boxes=boxes), [0])
    assert result.images.shape[-2:] == (20, 20)
    assert result.kept[0].tolist() == [1]
    assert result.boxes[0].tolist() == [pytest.approx([5, 5, 15, 15], abs=1e-4)]


@every
def test_the_record_tells_what_was_applied_and_drawn(library: str) -> None:
    adapted = adapt(PIPES[library]())
    record = adapted.run(inputs(40), range(40)).record
    assert len(record) == 40
    first, *_, flip = record.columns
    degrees = first.values["rotate" if library == "albumentations" else "degrees"]
    assert first.applied.all()
    assert -20 <= degrees.min() < 0 < degrees.max() <= 30
    assert 2 < flip.applied.sum() < 38
    assert record == type(record).from_dict(record.to_dict())


def test_the_record_of_the_flip_is_what_the_picture_shows() -> None:
    for pipe in (v2.RandomHorizontalFlip(), K.RandomHorizontalFlip(), A.HorizontalFlip()):
        result = adapt(pipe).run(inputs(12), range(12))
        flipped = [torch.equal(each, image().flip(-1)) for each in result.images]
        assert result.record.columns[0].applied.tolist() == flipped
        assert 0 < sum(flipped) < 12


def test_the_older_transforms_run_on_pillow_images_as_they_do_in_training() -> None:
    pipe = v1.Compose(
        [
            v1.Resize((30, 50)),
            v1.RandomHorizontalFlip(1.0),
            v1.ToTensor(),
            v1.Normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.1]),
        ]
    )
    result = adapt(pipe).run(inputs(1), [0])
    expected = v1.ToTensor()(v1.Resize((30, 50))(v1.ToPILImage()(image()))).flip(-1)
    assert (result.images[0].float() / 255 - expected).abs().max() < 0.003  # shown as a picture
    assert adapt(pipe).describe()[0]["params"] == {"height": 30, "width": 50}
    with pytest.raises(ValueError, match=r"moves images only; take it from .*v2"):
        adapt(pipe).run(Inputs(image()[None], masks=[image()[0]]), [0])


def test_pictures_stay_pictures_after_values_were_prepared_for_a_network() -> None:
    picture = image()[None]
    mean, std = [0.4, 0.5, 0.6], [0.2, 0.3, 0.1]
    pipes = [
        v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]),
        K.AugmentationSequential(K.Normalize(torch.tensor(mean), torch.tensor(std))),
        A.Compose([A.Normalize(mean, std), A.ToTensorV2()]),
    ]
    for pipe in pipes:
        shown = adapt(pipe).run(Inputs(picture), [0]).images
        assert (shown.int() - picture.int()).abs().max() <= 1


@every
def test_grey_and_float_images_run_too(library: str) -> None:
    pipe = {
        "torchvision": v2.RandomAffine(10),
        "kornia": K.RandomAffine(10.0),
        "albumentations": A.Affine(rotate=(-10, 10)),
    }[library]
    grey = torch.rand(2, 1, 20, 30)
    result = adapt(pipe).run(Inputs(grey), [0, 1])
    assert result.images.shape == grey.shape
    assert result.images.dtype == torch.float32
    mixed = adapt(pipe).run(Inputs([image(20, 30), image(30, 20)]), [0, 1])
    assert [tuple(each.shape) for each in mixed.images] == [(3, 20, 30), (3, 30, 20)]


def test_mixing_modules_of_kornia_mix_the_batch() -> None:
    adapted = adapt(K.AugmentationSequential(K.RandomMixUpV2(p=1.0)))
    images = torch.stack([torch.zeros(3, 8, 9), torch.ones(3, 8, 9)])
    result = adapted.run(Inputs(images), [0, 1])
    assert result.images.shape == images.shape
    assert len(result.record) == 2
