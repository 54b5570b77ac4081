"""Windows: what they show, where they may lie, and what happens when the image is too small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reference import applied, corners, even, photo, resampled

from convscope.augment.dice import Dice
from convscope.augment.ops.window import CropFraction, CropSize, RandomResizedCrop, Zoom

SIDES = st.integers(1, 300)


def test_a_centred_crop_is_that_of_pillow() -> None:
    image = photo(1, 21, 30)
    _, warp = applied(CropSize(height=8, width=11, place="centre"), [(21, 30)])
    # torchvision: round((21 − 8) / 2) = 6 (to even) and round((30 − 11) / 2) = 10 (9.5, to even)
    expected = Image.fromarray(image[0].astype(np.float32)).crop((10, 6, 21, 14))
    np.testing.assert_allclose(resampled(image, warp)[0], np.asarray(expected), atol=1e-7)


def test_a_random_crop_lies_at_every_place_equally_often() -> None:
    sizes = np.tile([10, 12], (9600, 1))
    crop = CropSize(height=8, width=9)
    warp = crop.warp(crop.draw(Dice(0, np.arange(9600))), sizes)
    places, counts = np.unique(warp.matrix[:, :2, 2], axis=0, return_counts=True)
    assert places.tolist() == [[x, y] for x in range(4) for y in range(3)]
    assert even(counts)


def test_a_crop_larger_than_the_image_pads_it_or_keeps_it() -> None:
    image = photo()
    _, padded = applied(CropSize(height=25, width=10, place="centre", fill=0.5), [(20, 30)])
    found = resampled(image, padded)
    assert found.shape == (3, 25, 10)
    np.testing.assert_array_equal(found[:, 2:22], image[:, :, 10:20])
    assert (found[:, [0, 1, 22, 23, 24]] == 0.5).all()
    _, kept = applied(CropSize(height=25, width=10, place="centre", smaller="keep"), [(20, 30)])
    np.testing.assert_array_equal(resampled(image, kept), image[:, :, 10:20])
    _, whole = applied(CropSize(height=999, width=999, smaller="keep"), [(20, 30)])
    np.testing.assert_array_equal(resampled(image, whole), image)


def test_a_padded_random_crop_holds_the_whole_image_somewhere() -> None:
    _, warp = applied(CropSize(height=24, width=33), [(20, 30)] * 200)
    offsets = -warp.matrix[:, :2, 2]
    assert offsets.min(0).tolist() == [0, 0]
    assert offsets.max(0).tolist() == [3, 4]


@given(height=SIDES, width=SIDES, side=st.floats(0.01, 1), seed=st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_a_fraction_is_one_of_the_sides_and_lies_within(
    height: int, width: int, side: float, seed: int
) -> None:
    for resize in (False, True):
        _, warp = applied(CropFraction(resize=resize), [(height, width)], seed=seed, side=side)
        found = corners(warp)
        assert (found > -1e-9).all()
        assert (found < np.array([width, height]) + 1e-9).all()
        if resize:
            assert warp.sizes.tolist() == [[height, width]]
            np.testing.assert_allclose(found[2] - found[0], side * np.array([width, height]))
        else:
            wanted = np.maximum(np.rint(side * np.array([height, width])), 1)
            assert warp.sizes[0].tolist() == wanted.tolist()


def test_an_enlarged_fraction_is_pillows_resize_of_a_box() -> None:
    image = photo(1)
    _, warp = applied(CropFraction(), [(20, 30)], side=0.5, x=0.2, y=0.7)
    plane = Image.fromarray(image[0].astype(np.float32))
    box = (0.2 * 15, 0.7 * 10, 0.2 * 15 + 15, 0.7 * 10 + 10)
    expected = np.asarray(plane.resize((30, 20), Image.Resampling.BILINEAR, box))
    np.testing.assert_allclose(resampled(image, warp)[0], expected, atol=1e-5)


def test_a_centred_fraction_draws_no_place() -> None:
    values, warp = applied(CropFraction(place="centre"), [(20, 30)], side=0.5)
    assert set(values) == {"side"}
    assert corners(warp).tolist() == [[7.5, 5], [22.5, 5], [22.5, 15], [7.5, 15]]


def test_random_resized_crops_have_the_area_and_proportions_asked_for() -> None:
    count = 4000
    operation = RandomResizedCrop(height=24, width=40, scale=(0.2, 0.4), ratio=(0.5, 2))
    sizes = np.tile([400, 420], (count, 1))
    values = operation.draw(Dice(3, np.arange(count)))
    warp = operation.warp(values, sizes)
    assert (warp.sizes == (24, 40)).all()
    ends = np.stack([corners(warp, index)[[0, 2]] for index in range(count)])
    assert (ends > -1e-9).all()
    assert (ends < np.array([420, 400]) + 1e-9).all()
    width, height = (ends[:, 1] - ends[:, 0]).T
    area, ratio = width * height / (400 * 420), width / height
    assert 0.195 < area.min() < 0.21 < 0.39 < area.max() < 0.405
    assert 0.49 < ratio.min() < 0.52 < 1.95 < ratio.max() < 2.02
    assert even(np.array([(ratio < 1).sum(), (ratio >= 1).sum()]))  # the logarithm is uniform
    np.testing.assert_allclose(ratio, values["ratio"], rtol=0.02)  # all fitted at the first try


@pytest.mark.parametrize(
    ("size", "window"),
    [((10, 100), (10, 13)), ((100, 10), (13, 10)), ((30, 30), (30, 30))],
)
def test_where_no_window_fits_the_largest_allowed_in_the_centre_is_taken(
    size: tuple[int, int], window: tuple[int, int]
) -> None:
    operation = RandomResizedCrop(scale=(1, 1), ratio=(3 / 4, 4 / 3))
    _, warp = applied(operation, [size])
    ends = corners(warp)[[0, 2]]
    assert (ends[1] - ends[0])[::-1].round(6).tolist() == list(window)
    if size != (30, 30):
        assert abs(ends.mean(0)[::-1] * 2 - size).max() <= 1


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.5])
def test_zoom_is_about_the_centre(factor: float) -> None:
    image = photo(1)
    _, warp = applied(Zoom(), [(20, 30)], factor=factor)
    plane = Image.fromarray(image[0].astype(np.float32))
    step = 1 / factor
    data = (step, 0, 15 - 15 * step, 0, step, 10 - 10 * step)
    expected = np.asarray(
        plane.transform((30, 20), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    )
    inner = np.s_[6:14, 9:21]
    np.testing.assert_allclose(resampled(image, warp)[0][inner], expected[inner], atol=1e-4)


def test_zoom_by_a_half_fills_three_quarters() -> None:
    _, warp = applied(Zoom(fill=0.0), [(20, 40)], factor=0.5)
    assert resampled(np.ones((1, 20, 40)), warp).mean() == pytest.approx(0.25, abs=0.01)


@given(factor=st.floats(1, 20), height=st.integers(1, 30), width=st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_zooming_in_shows_nothing_of_the_fill(factor: float, height: int, width: int) -> None:
    _, warp = applied(Zoom(fill=0.0), [(height, width)], factor=factor)
    np.testing.assert_allclose(resampled(np.ones((1, height, width)), warp), 1)
