"""Turns and mirrors: whole pixels where they can, no border where it was promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reference import applied, corners, even, photo, resampled, sources

from convscope.augment.dice import Dice
from convscope.augment.ops.turn import Flip, Rotate, Rotate90

SIDES = st.integers(1, 400)
MANY = Dice(0, np.arange(6000), "test")


@pytest.mark.parametrize(("turns", "quarters"), [("90", 1), ("180", 2), ("270", 3)])
def test_quarter_turns_move_whole_pixels_counter_clockwise(turns: str, quarters: int) -> None:
    image = photo()
    values, warp = applied(Rotate90(turns=turns), [(20, 30)])
    expected = np.rot90(image, quarters, axes=(1, 2))
    np.testing.assert_array_equal(resampled(image, warp), expected)
    assert tuple(warp.sizes[0]) == expected.shape[1:]
    assert values["degrees"][0] == 90 * quarters


def test_any_quarter_turn_is_drawn_equally_often_and_never_none() -> None:
    degrees, counts = np.unique(Rotate90().draw(MANY)["degrees"], return_counts=True)
    assert degrees.tolist() == [90, 180, 270]
    assert even(counts)


def test_a_batch_turns_each_sample_its_own_way() -> None:
    sizes = np.array([[20, 30], [20, 30], [7, 5]])
    warp = Rotate90().warp({"degrees": np.array([90, 180, 270])}, sizes)
    assert warp.sizes.tolist() == [[30, 20], [20, 30], [5, 7]]


@pytest.mark.parametrize("degrees", [-170.0, -20.0, 3.5, 20.0, 90.0])
def test_rotation_is_that_of_pillow(degrees: float) -> None:
    image = photo(1, 40, 60)
    _, warp = applied(Rotate(fit="keep"), [(40, 60)], degrees=degrees)
    plane = Image.fromarray(image[0].astype(np.float32))
    expected = np.asarray(plane.rotate(degrees, Image.Resampling.BILINEAR))
    x, y = sources(warp)
    inside = (x > 1) & (x < 59) & (y > 1) & (y < 39)  # Pillow ends hard at the border
    assert inside.sum() > 500
    np.testing.assert_allclose(resampled(image, warp)[0][inside], expected[inside], atol=1e-4)


@pytest.mark.parametrize(
    ("size", "degrees", "crop"),
    [
        ((200, 300), 20, (206.5, 137.7)),  # Augmentor crops 232×79
        ((100, 100), 25, (75.3, 75.3)),  # 67×40
        ((60, 200), 20, (96.2, 28.8)),  # fails
        ((200, 300), 90, (200, 133.3)),  # does not allow it
    ],
)
def test_the_crop_of_a_rotation_keeps_the_aspect_at_any_angle(
    size: tuple[int, int], degrees: float, crop: tuple[float, float]
) -> None:
    _, warp = applied(Rotate(fit="crop"), [size], degrees=degrees)
    found = corners(warp)
    sides = np.linalg.norm(found[1] - found[0]), np.linalg.norm(found[2] - found[1])
    assert sides == pytest.approx(crop, abs=0.06)
    assert warp.sizes.tolist() == [list(size)]


@given(height=SIDES, width=SIDES, degrees=st.floats(-360, 360))
@settings(max_examples=300, deadline=None)
def test_the_crop_is_the_largest_of_its_aspect_that_shows_no_border(
    height: int, width: int, degrees: float
) -> None:
    _, warp = applied(Rotate(fit="crop"), [(height, width)], degrees=degrees)
    found = corners(warp)
    size = np.array([width, height])
    assert (found > -1e-6).all()
    assert (found < size + 1e-6).all()
    sides = np.linalg.norm(found[1] - found[0]), np.linalg.norm(found[2] - found[1])
    assert sides[0] * height == pytest.approx(sides[1] * width)
    larger = (found - size / 2) * 1.001 + size / 2
    assert (larger < 0).any() or (larger > size).any()


@given(height=st.integers(1, 40), width=st.integers(1, 40), degrees=st.floats(-180, 180))
@settings(max_examples=50, deadline=None)
def test_cropped_rotation_shows_nothing_of_the_fill(
    height: int, width: int, degrees: float
) -> None:
    _, warp = applied(Rotate(fit="crop", fill=0.0), [(height, width)], degrees=degrees)
    np.testing.assert_allclose(resampled(np.ones((1, height, width)), warp), 1)


@given(height=SIDES, width=SIDES, degrees=st.floats(-360, 360))
@settings(max_examples=200, deadline=None)
def test_an_expanded_canvas_holds_all_and_hardly_more(
    height: int, width: int, degrees: float
) -> None:
    _, warp = applied(Rotate(fit="expand"), [(height, width)], degrees=degrees)
    back = np.linalg.inv(warp.matrix[0])
    image = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    found = image @ back[:2, :2].T + back[:2, 2]
    canvas = warp.sizes[0, ::-1]
    assert (found > -1e-5).all()
    assert (found < canvas + 1e-5).all()
    assert (np.ptp(found, axis=0) > canvas - 1 - 1e-5).all()


def test_an_expanded_quarter_turn_is_the_exact_one() -> None:
    _, turned = applied(Rotate(fit="expand"), [(20, 30)], degrees=90)
    assert turned.sizes.tolist() == [[30, 20]]
    np.testing.assert_allclose(resampled(photo(), turned), np.rot90(photo(), 1, (1, 2)), atol=1e-9)


def test_what_lies_beside_a_kept_canvas_is_the_fill() -> None:
    _, warp = applied(Rotate(fit="keep", fill=(0.25, 0.75)), [(20, 30)], degrees=45)
    assert resampled(np.zeros((2, 20, 30)), warp)[:, 0, 0].tolist() == [0.25, 0.75]


def test_one_number_of_degrees_stands_for_both_directions() -> None:
    degrees = Rotate(degrees=20).draw(MANY)["degrees"]
    assert degrees.min() < -19.9
    assert degrees.max() > 19.9
    assert even(np.array([(degrees < 0).sum(), (degrees > 0).sum()]))


@pytest.mark.parametrize(("axis", "dim"), [("horizontal", 2), ("vertical", 1)])
def test_flips_mirror_whole_pixels(axis: str, dim: int) -> None:
    _, warp = applied(Flip(axis=axis), [(20, 30)])
    np.testing.assert_array_equal(resampled(photo(), warp), np.flip(photo(), dim))


def test_either_flip_is_drawn_half_of_the_time() -> None:
    assert even(np.bincount(Flip(axis="either").draw(MANY)["vertical"]))
