"""The canvas: sizes as promised, at least one pixel, and what is added."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reference import applied, photo, resampled

from convscope.augment.declare import Fill
from convscope.augment.ops.canvas import Pad, PadFraction, PadTo, Resize, ResizeShorter, Scale


@pytest.mark.parametrize("size", [(20, 30), (43, 31), (60, 90)])
def test_enlarging_is_pillows_bilinear_resize(size: tuple[int, int]) -> None:
    image = photo(1)
    _, warp = applied(Resize(height=size[0], width=size[1]), [(20, 30)])
    plane = Image.fromarray(image[0].astype(np.float32))
    expected = plane.resize(size[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resampled(image, warp)[0], np.asarray(expected), atol=1e-5)


def test_the_shorter_side_is_brought_to_a_length_as_in_torchvision() -> None:
    _, warp = applied(ResizeShorter(side=256), [(480, 640), (640, 480), (100, 100), (1, 999)])
    assert warp.sizes.tolist() == [[256, 341], [341, 256], [256, 256], [256, 255744]]


@given(factor=st.floats(0.01, 20), height=st.integers(1, 300), width=st.integers(1, 300))
def test_scaling_multiplies_both_sides_and_leaves_a_pixel(
    factor: float, height: int, width: int
) -> None:
    _, warp = applied(Scale(), [(height, width)], factor=factor)
    assert (abs(warp.sizes[0] - factor * np.array([height, width])) <= 1).all()
    assert warp.sizes.min() >= 1
    corner = warp.matrix[0] @ (warp.sizes[0, 1], warp.sizes[0, 0], 1)
    np.testing.assert_allclose(corner, (width, height, 1))


@pytest.mark.parametrize(
    ("fill", "mode"), [(0.0, "constant"), ("edge", "edge"), ("reflect", "symmetric")]
)
def test_padding_is_that_of_numpy(fill: Fill, mode: str) -> None:
    operation = Pad(left=3, top=1, right=4, bottom=2, fill=fill)
    _, warp = applied(operation, [(20, 30)])
    expected = np.pad(photo(), ((0, 0), (1, 2), (3, 4)), mode=mode)
    np.testing.assert_array_equal(resampled(photo(), warp), expected)


def test_padding_by_a_fraction_adds_the_same_on_both_sides() -> None:
    _, warp = applied(PadFraction(fill=0.5), [(20, 30)], x=0.2, y=0.1)
    expected = np.pad(photo(), ((0, 0), (2, 2), (6, 6)), constant_values=0.5)
    np.testing.assert_array_equal(resampled(photo(), warp), expected)


@pytest.mark.parametrize(
    ("options", "size", "top", "left"),
    [
        ({}, (30, 30), 5, 0),
        ({"square": False, "multiple": 16}, (32, 32), 6, 1),
        ({"square": False, "height": 25}, (25, 30), 2, 0),
        ({"square": False, "height": 5, "width": 40}, (20, 40), 0, 5),
        ({"width": 40, "multiple": 7}, (42, 42), 11, 6),
    ],
)
def test_padding_to_a_size_keeps_the_image_in_the_centre(
    options: dict[str, int], size: tuple[int, int], top: int, left: int
) -> None:
    _, warp = applied(PadTo(**options), [(20, 30)])
    found = resampled(photo(), warp)
    assert found.shape[1:] == size
    np.testing.assert_array_equal(found[:, top : top + 20, left : left + 30], photo())
    assert found.sum() == pytest.approx(photo().sum())
