"""What is erased: as large as was drawn, where it was drawn, and only in the image."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from reference import even
from scipy.ndimage import find_objects, label
from torch import Tensor

from convscope.augment import Pipeline, Record
from convscope.augment.dice import Dice, field
from convscope.augment.operation import Pixelwise
from convscope.augment.ops.erase import CoarseDropout, Cutout, RandomErasing

MANY = Dice(0, np.arange(6000), "test")
SIZES = [(30, 20), (20, 30), (7, 200)]
ALL = [RandomErasing, Cutout, CoarseDropout]


def _grey(n: int, height: int, width: int, channels: int = 3) -> Tensor:
    return torch.full((n, channels, height, width), 0.5)


def _hole(image: Tensor) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of what is black; it must be one full rectangle."""
    black = (image == 0).all(0)
    assert torch.equal(black, (image == 0).any(0))
    rows, columns = black.any(1).nonzero()[:, 0], black.any(0).nonzero()[:, 0]
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    assert black[top:bottom, left:right].all()
    assert black.sum() == (bottom - top) * (right - left)
    return top, bottom, left, right


@pytest.mark.parametrize("size", SIZES)
def test_the_rectangle_is_as_large_as_was_drawn_and_inside(size: tuple[int, int]) -> None:
    height, width = size
    pipe = Pipeline([RandomErasing(content="constant", area=(0.02, 0.6))], seed=1)
    result = pipe(_grey(80, height, width))
    for image, (drawn,) in zip(result.images, result.record, strict=True):
        top, bottom, left, right = _hole(image)
        area = drawn.values["area"] * height * width
        tall, wide = (area * drawn.values["ratio"]) ** 0.5, (area / drawn.values["ratio"]) ** 0.5
        if tall > height:
            tall, wide = height, area / height
        elif wide > width:
            tall, wide = area / width, width
        assert (bottom - top, right - left) == (max(1, round(tall)), max(1, round(wide)))


def test_a_tall_patch_stays_tall_on_a_wide_image() -> None:
    # Augmentor pastes it transposed where the image is not square.
    pipe = Pipeline([RandomErasing(content="constant", area=0.08, ratio=3)], seed=0)
    for image in pipe(_grey(10, 40, 100)).images:
        top, bottom, left, right = _hole(image)
        assert (bottom - top, right - left) == (31, 10)  # √(320 · 3), √(320 / 3)


def test_the_whole_image_can_be_erased_whatever_the_ratio() -> None:
    for ratio in (0.3, 1.0, 3.3):
        pipe = Pipeline([RandomErasing(content="constant", area=1, ratio=ratio)], seed=0)
        assert (pipe(_grey(3, 20, 30)).images == 0).all()


def test_a_very_small_area_is_one_pixel() -> None:
    pipe = Pipeline([RandomErasing(content="constant", area=0.001, ratio=1)], seed=0)
    assert ((pipe(_grey(5, 8, 12)).images == 0).sum((1, 2, 3)) == 3).all()  # of three channels


def test_tall_and_wide_are_equally_likely() -> None:
    ratio = RandomErasing(ratio=(0.25, 4)).draw(MANY)["ratio"]
    assert ratio.min() >= 0.25
    assert ratio.max() <= 4
    assert even(np.histogram(np.log(ratio), 8)[0])


def test_every_place_where_the_rectangle_fits_is_equally_likely() -> None:
    # 4 × 4 pixels on 7 × 9: 4 · 6 places.
    pipe = Pipeline([RandomErasing(content="constant", area=16 / 63, ratio=1)], seed=2)
    holes = [_hole(image) for image in pipe(_grey(4800, 7, 9, 1)).images]
    _, counts = np.unique([(top, left) for top, _, left, _ in holes], axis=0, return_counts=True)
    assert len(counts) == 24
    assert even(counts)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("content", ["noise", "mean", "constant"])
def test_masks_boxes_and_labels_stay(kind: type[Pixelwise], content: str) -> None:
    masks = torch.arange(600).reshape(1, 20, 30).expand(4, -1, -1)
    boxes = [[[2.0, 3.0, 20.0, 15.0]]] * 4
    pipe = Pipeline([kind(content=content)], seed=0)  # type: ignore[call-arg]
    images = torch.rand(4, 3, 20, 30)
    result = pipe(images, masks=masks, boxes=boxes, labels=[0, 1, 2, 3])
    assert not torch.equal(result.images, images)
    assert torch.equal(result.masks, masks)
    assert all(torch.equal(each, torch.tensor(boxes[0])) for each in result.boxes)
    assert result.labels == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("content", ["noise", "mean", "constant"])
@pytest.mark.parametrize("channels", [1, 4, 7])
def test_a_sample_is_alike_alone_in_a_batch_and_replayed(
    kind: type[Pixelwise], content: str, channels: int
) -> None:
    images = torch.rand(5, channels, 20, 30)
    before = images.clone()
    pipe = Pipeline([kind(content=content, p=0.7)], seed=3)  # type: ignore[call-arg]
    result = pipe(images, first=0)
    alone = torch.cat([pipe(images[i : i + 1], first=i).images for i in range(5)])
    kept = Record.from_dict(json.loads(json.dumps(result.record.to_dict())))
    torch.testing.assert_close(alone, result.images, rtol=0, atol=1e-6)
    assert torch.equal(pipe.replay(kept, images).images, result.images)
    assert torch.equal(images, before)  # those of the user are not written into


def test_noise_is_even_differs_from_sample_to_sample_and_comes_from_the_seed() -> None:
    pipe = Pipeline([RandomErasing(area=1, ratio=1)], seed=0)
    result = pipe(_grey(2, 100, 100))
    for image, (drawn,) in zip(result.images, result.record, strict=True):
        values = image.numpy().ravel()
        assert even(np.histogram(values, 10, (0, 1))[0])
        expected = field(int(drawn.values["seed"])).random((3, 10000), np.float32)
        np.testing.assert_array_equal(values, expected.ravel())
    assert not torch.equal(result.images[0], result.images[1])
    assert not torch.equal(result.images[0, 0], result.images[0, 1])


def test_the_mean_is_that_of_each_channel_of_the_image() -> None:
    images = torch.rand(3, 3, 20, 30)
    result = Pipeline([RandomErasing(content="mean", area=1)], seed=0)(images).images
    means = images.mean((2, 3), keepdim=True).expand_as(images)
    torch.testing.assert_close(result, means)


def test_a_constant_is_the_value_in_bytes_too() -> None:
    images = torch.randint(0, 256, (3, 3, 20, 30), dtype=torch.uint8)
    result = Pipeline([RandomErasing(content="constant", value=0.2, area=1)], seed=0)(images)
    assert (result.images == 51).all()


@pytest.mark.parametrize("size", SIZES)
def test_a_cutout_is_a_square_cut_off_by_the_border(size: tuple[int, int]) -> None:
    height, width = size
    result = Pipeline([Cutout(size=(0.3, 1.2))], seed=4)(_grey(80, height, width))
    cut = 0
    for image, (drawn,) in zip(result.images, result.record, strict=True):
        side = max(1, round(drawn.values["size"] * min(size)))
        y, x = int(drawn.values["y"] * height), int(drawn.values["x"] * width)
        top, bottom, left, right = _hole(image)
        assert (top, bottom) == (max(0, y - side // 2), min(height, y - side // 2 + side))
        assert (left, right) == (max(0, x - side // 2), min(width, x - side // 2 + side))
        cut += (bottom - top, right - left) != (side, side)
    assert 0 < cut < 80


@pytest.mark.parametrize("size", [(30, 20), (20, 30)])
def test_one_hole_of_a_coarse_dropout_is_as_large_as_was_drawn(size: tuple[int, int]) -> None:
    result = Pipeline([CoarseDropout(holes=1, size=(0.1, 0.9))], seed=5)(_grey(60, *size))
    for image, (drawn,) in zip(result.images, result.record, strict=True):
        top, bottom, left, right = _hole(image)
        assert bottom - top == max(1, round(drawn.values["size"] * size[0]))
        assert right - left == max(1, round(drawn.values["size"] * size[1]))


def test_a_coarse_dropout_has_as_many_holes_as_were_drawn() -> None:
    # Holes of 3 × 2 pixels on 300 × 200: where none touch, they can be counted.
    result = Pipeline([CoarseDropout(holes=(2, 6), size=0.01)], seed=6)(_grey(60, 300, 200, 1))
    counted = 0
    for image, (drawn,) in zip(result.images, result.record, strict=True):
        parts, found = label((image[0] == 0).numpy(), np.ones((3, 3)))
        shapes = {tuple(s.stop - s.start for s in part) for part in find_objects(parts)}
        if shapes == {(3, 2)}:
            assert found == drawn.values["holes"]
            counted += 1
    assert counted > 50
    _, often = np.unique(CoarseDropout(holes=(2, 6)).draw(MANY)["holes"], return_counts=True)
    assert len(often) == 5
    assert even(often)


def test_a_hole_stays_where_it_is_when_others_are_added() -> None:
    images = _grey(8, 60, 90)
    few, more = (
        Pipeline([CoarseDropout(holes=holes, size=0.1)], seed=7)(images, first=0).images
        for holes in (3, 12)
    )
    assert (more[few == 0] == 0).all()
    assert (more == 0).sum() > 2 * (few == 0).sum()


@pytest.mark.parametrize("kind", ALL)
def test_only_the_drawn_samples_are_erased(kind: type[Pixelwise]) -> None:
    result = Pipeline([kind(content="constant", p=0.5)], seed=0)(_grey(40, 20, 30))  # type: ignore[call-arg]
    erased = (result.images == 0).any(3).any(2).any(1).numpy()
    np.testing.assert_array_equal(erased, result.record.columns[0].applied)
    assert 5 < erased.sum() < 35


def test_an_area_of_nothing_and_an_unknown_content_are_sentences() -> None:
    with pytest.raises(ValueError, match=r"RandomErasing: area must be between 0.001 and 1; got 0"):
        RandomErasing(area=0)
    with pytest.raises(ValueError, match="Cutout: content must be one of 'constant', 'mean', 'noi"):
        Cutout(content="black")
    with pytest.raises(ValueError, match="CoarseDropout: holes must be a whole number"):
        CoarseDropout(holes=(1.5, 3))
