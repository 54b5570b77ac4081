"""Shifts, shears and perspectives: where corners go, how they are drawn, and that promises hold."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reference import Array, applied, corners, even, photo, resampled, sources

from convscope.augment.dice import Dice
from convscope.augment.ops.affine import Affine, Shear, Translate
from convscope.augment.ops.tilt import Perspective, Skew
from convscope.augment.ops.turn import Rotate
from convscope.augment.warp import Warp, forward

SIDES = st.integers(1, 300)
MANY = Dice(0, np.arange(6000), "test")
CANVAS = np.array([[0, 0], [30, 0], [30, 20], [0, 20]])  # clockwise from the upper left


def pillow(image: Array, kind: Image.Transform, data: Array) -> Array:
    plane = Image.fromarray(image[0].astype(np.float32))
    found = plane.transform(plane.size, kind, tuple(data), Image.Resampling.BILINEAR)
    return np.asarray(found)


def same_inside(warp: Warp, expected: Array) -> None:
    """Compare where Pillow, which ends hard at the border, interpolates too."""
    image = photo(1)
    x, y = sources(warp)
    inside = (x > 1) & (x < 29) & (y > 1) & (y < 19)
    assert inside.sum() > 100
    np.testing.assert_allclose(resampled(image, warp)[0][inside], expected[inside], atol=1e-4)


def test_translation_moves_whole_pixels_right_and_down() -> None:
    _, warp = applied(Translate(fill=0.5), [(20, 30)], x=0.11, y=-0.2)
    found = resampled(photo(), warp)
    np.testing.assert_array_equal(found[:, :16, 3:], photo()[:, 4:, :-3])
    assert (found[:, :, :3] == 0.5).all()
    assert (found[:, 16:] == 0.5).all()


def test_translation_is_drawn_in_both_directions() -> None:
    values = Translate(x=0.3, y=(0.1, 0.2)).draw(MANY)
    assert even(np.array([(values["x"] < 0).sum(), (values["x"] > 0).sum()]))
    assert values["y"].min() >= 0.1


@pytest.mark.parametrize(("axis", "along_y"), [("x", 0), ("y", 1)])
def test_shear_is_pillows_affine(axis: str, along_y: int) -> None:
    slope = math.tan(math.radians(17))
    _, warp = applied(Shear(axis=axis, fit="keep"), [(20, 30)], degrees=17)
    data = (1, slope, -slope * 10, 0, 1, 0) if axis == "x" else (1, 0, 0, slope, 1, -slope * 15)
    same_inside(warp, pillow(photo(1), Image.Transform.AFFINE, data))


def test_positive_shear_leans_the_top_to_the_right_and_raises_the_right_side() -> None:
    _, leaning = applied(Shear(axis="x", fit="keep"), [(20, 30)], degrees=45)
    np.testing.assert_allclose(forward(leaning, 0, np.array([[15.0, 0.0]])), [[25, 0]])
    _, rising = applied(Shear(axis="y", fit="keep"), [(20, 30)], degrees=45)
    np.testing.assert_allclose(forward(rising, 0, np.array([[30.0, 10.0]])), [[30, -5]])


@given(height=SIDES, width=SIDES, degrees=st.floats(-80, 80), axis=st.sampled_from(["x", "y"]))
@settings(max_examples=200, deadline=None)
def test_a_cropped_shear_shows_no_border_and_keeps_proportions(
    height: int, width: int, degrees: float, axis: str
) -> None:
    _, warp = applied(Shear(axis=axis), [(height, width)], degrees=degrees)
    found, size = corners(warp), np.array([width, height])
    assert (found > -1e-6).all()
    assert (found < size + 1e-6).all()
    larger = (found - size / 2) * 1.001 + size / 2
    assert (larger < 0).any() or (larger > size).any()
    matrix = warp.matrix[0]
    assert matrix[0, 0] == pytest.approx(matrix[1, 1])  # zoomed alike along x and y


def test_a_cropped_shear_shows_nothing_of_the_fill() -> None:
    _, warp = applied(Shear(fill=0.0), [(20, 30)] * 20)
    for index in range(20):
        np.testing.assert_allclose(resampled(np.ones((1, 20, 30)), warp, index), 1)


def test_shear_is_drawn_evenly_on_both_sides_and_axes() -> None:
    values = Shear(degrees=10).draw(MANY)
    assert even(np.bincount(values["along_y"]))
    # Augmentor drew −9 … 11 without 0, and 1 twice as often: ten equal bins show neither here.
    assert even(np.histogram(values["degrees"], 10, (-10, 10))[0])


def test_an_affine_is_the_matrix_of_torchvision() -> None:
    options = {"degrees": 25, "x": 0.1, "y": -0.05, "scale": 1.2, "shear_x": 9, "shear_y": -6}
    _, warp = applied(Affine(), [(20, 30)], **options)
    # The formula in torchvision's documentation of affine matrices, whose angle is clockwise.
    a, sx, sy, s = math.radians(-25), math.radians(9), math.radians(-6), 1.2
    matrix = np.array(
        [
            [
                math.cos(a - sy) / math.cos(sy),
                -math.cos(a - sy) * math.tan(sx) / math.cos(sy) - math.sin(a),
            ],
            [
                math.sin(a - sy) / math.cos(sy),
                -math.sin(a - sy) * math.tan(sx) / math.cos(sy) + math.cos(a),
            ],
        ]
    )
    points = np.array([[0.0, 0.0], [30.0, 5.0], [7.0, 20.0]])
    expected = (points - (15, 10)) @ (s * matrix).T + (15 + 3, 10 - 1)
    np.testing.assert_allclose(forward(warp, 0, points), expected, atol=1e-9)


def test_an_affine_that_only_turns_or_only_shears_is_the_simple_operation() -> None:
    nothing = {"degrees": 0, "x": 0, "y": 0, "scale": 1, "shear_x": 0, "shear_y": 0}
    _, turned = applied(Affine(), [(20, 30)], **nothing | {"degrees": 33})
    _, rotated = applied(Rotate(fit="keep"), [(20, 30)], degrees=33)
    np.testing.assert_allclose(turned.matrix, rotated.matrix, atol=1e-12)
    for axis in ("x", "y"):
        _, one = applied(Affine(), [(20, 30)], **nothing | {f"shear_{axis}": 12})
        _, other = applied(Shear(axis=axis, fit="keep"), [(20, 30)], degrees=12)
        np.testing.assert_allclose(one.matrix, other.matrix, atol=1e-12)


OUTWARDS = {  # preset: which corners of the image move, by how many shifts, as in Augmentor
    0: {0: (0, -1), 3: (0, 1)},
    1: {1: (0, -1), 2: (0, 1)},
    2: {0: (-1, 0), 1: (1, 0)},
    3: {2: (1, 0), 3: (-1, 0)},
    4: {0: (-1, 0)},
    5: {0: (0, -1)},
    6: {1: (1, 0)},
    7: {1: (0, -1)},
    8: {2: (1, 0)},
    9: {2: (0, 1)},
    10: {3: (-1, 0)},
    11: {3: (0, 1)},
}


@pytest.mark.parametrize("preset", OUTWARDS)
def test_each_preset_draws_its_corners_out_by_a_share_of_the_longer_side(preset: int) -> None:
    _, warp = applied(Skew(), [(20, 30)], preset=preset, magnitude=0.2)
    expected = CANVAS.astype(float)
    for corner, shift in OUTWARDS[preset].items():
        expected[corner] += 0.2 * 30 * np.array(shift)
    np.testing.assert_allclose(forward(warp, 0, CANVAS.astype(float)), expected, atol=1e-9)
    data = (warp.matrix[0] / warp.matrix[0, 2, 2]).ravel()[:8]
    same_inside(warp, pillow(photo(1), Image.Transform.PERSPECTIVE, data))


@given(height=SIDES, width=SIDES, preset=st.integers(0, 11), magnitude=st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_cropped_skew_shows_no_border(
    height: int, width: int, preset: int, magnitude: float
) -> None:
    _, warp = applied(Skew(), [(height, width)], preset=preset, magnitude=magnitude)
    found = corners(warp)
    assert (found > -1e-6 * width).all()
    assert (found < np.array([width, height]) * (1 + 1e-6)).all()


@given(height=SIDES, width=SIDES, preset=st.integers(0, 11), magnitude=st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_whole_skew_keeps_all_of_the_image_on_the_canvas(
    height: int, width: int, preset: int, magnitude: float
) -> None:
    _, warp = applied(Skew(fit="whole"), [(height, width)], preset=preset, magnitude=magnitude)
    size = np.array([width, height])
    image = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    found = forward(warp, 0, image)
    assert (found > -1e-6 * width).all()
    assert (found < size * (1 + 1e-6)).all()
    assert (abs(np.ptp(found, axis=0) / size - 1) < 1e-6).any()  # as large as can be


@pytest.mark.parametrize(
    ("kind", "presets"),
    [
        ("left-right", range(2)),
        ("top-bottom", range(2, 4)),
        ("tilt", range(4)),
        ("corner", range(4, 12)),
        ("any", range(12)),
    ],
)
def test_the_presets_of_a_kind_are_equally_probable(kind: str, presets: range) -> None:
    drawn, counts = np.unique(Skew(kind=kind).draw(MANY)["preset"], return_counts=True)
    assert drawn.tolist() == list(presets)
    assert even(counts)


def test_perspective_moves_each_corner_inwards_by_what_was_drawn() -> None:
    values, warp = applied(Perspective(distortion=0.5), [(20, 30)], seed=4)
    names = ("upper_left", "upper_right", "lower_right", "lower_left")
    shares = np.array([[values[f"{name}_{axis}"][0] for axis in "xy"] for name in names])
    assert (shares < 0.5).all()
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    expected = CANVAS + shares * inwards * (15, 10)
    np.testing.assert_allclose(forward(warp, 0, CANVAS.astype(float)), expected, atol=1e-9)
    data = (warp.matrix[0] / warp.matrix[0, 2, 2]).ravel()[:8]
    same_inside(warp, pillow(photo(1), Image.Transform.PERSPECTIVE, data))


def test_perspective_draws_all_eight_ways_uniformly_and_apart() -> None:
    values = Perspective(distortion=0.6).draw(MANY)
    drawn = np.stack(list(values.values()))
    assert drawn.shape == (8, 6000)
    for each in drawn:
        assert even(np.histogram(each, 6, (0, 0.6))[0])
    assert abs(np.corrcoef(drawn) - np.eye(8)).max() < 0.07


@given(shares=st.lists(st.floats(0, 0.6), min_size=8, max_size=8))
@settings(max_examples=200, deadline=None)
def test_the_strongest_perspective_still_spans_a_board(shares: list[float]) -> None:
    names = Perspective(distortion=0.6).draw(Dice(0, np.arange(1)))
    drawn = dict(zip(names, shares, strict=True))
    _, warp = applied(Perspective(distortion=0.6), [(20, 30)], **drawn)
    found = forward(warp, 0, CANVAS.astype(float))
    sides = np.roll(found, -1, 0) - found
    after = np.roll(sides, -1, 0)
    assert (sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0] > 0).all()  # convex


@pytest.mark.parametrize("fill", [0.0, "edge"])
def test_no_perspective_is_no_change(fill: float | Literal["edge"]) -> None:
    _, warp = applied(Perspective(distortion=0, fill=fill), [(20, 30)])
    np.testing.assert_allclose(resampled(photo(), warp), photo(), atol=1e-9)
