"""The oracle of the warps agrees with torch, so both can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from reference import photo, resampled, resampled_mask, sources
from torch.nn import functional

from convscope.augment.declare import Fill
from convscope.augment.ops.affine import Affine
from convscope.augment.warp import Warp, identity, looked_up

TORCH = {"edge": "border", "reflect": "reflection", 0.0: "zeros"}


def slanted(fill: Fill = 0.0) -> Warp:
    dice = {"degrees": 30, "x": 0.1, "y": -0.2, "scale": 0.7, "shear_x": 10, "shear_y": -7}
    values = {name: np.array([value]) for name, value in dice.items()}
    return Affine(fill=fill).warp(values, np.array([[20, 30]]))


@pytest.mark.parametrize("fill", [0.0, "edge", "reflect"])
def test_pixels_are_those_of_grid_sample(fill: Fill) -> None:
    warp, image = slanted(fill), photo()
    grid = np.stack(sources(warp), -1) / (30, 20) * 2 - 1
    expected = functional.grid_sample(
        torch.from_numpy(image)[None],
        torch.from_numpy(grid)[None],
        padding_mode=TORCH[fill],  # type: ignore[index]
        align_corners=False,
    )
    np.testing.assert_allclose(resampled(image, warp), expected[0], atol=1e-12)


def test_one_fill_a_channel_lies_softly_around_the_image() -> None:
    image = np.ones((2, 20, 30))
    found = resampled(image, slanted((0.25, 0.5)))
    share = resampled(np.ones((1, 20, 30)), slanted(0.0))[0]
    np.testing.assert_allclose(found[0], share + 0.25 * (1 - share), atol=1e-12)
    np.testing.assert_allclose(found[1], share + 0.5 * (1 - share), atol=1e-12)


@pytest.mark.parametrize("smooth", [False, True])
def test_lattices_are_interpolated_as_the_package_does_it(*, smooth: bool) -> None:
    lattice = np.random.default_rng(0).normal(0, 2, (1, 2, 4, 6)).astype(np.float32)
    plain = identity(np.array([[20, 30]]))
    warp = Warp(plain.matrix, plain.sizes, lattice, smooth=smooth)
    y, x = np.mgrid[:20, :30] + 0.5
    points = np.stack([x / 30, y / 20], -1)[None] * 2 - 1
    moves = looked_up(torch.from_numpy(lattice).double(), torch.from_numpy(points), smooth=smooth)[
        0
    ].numpy()
    found = sources(warp)
    np.testing.assert_allclose(found[0], x + moves[0], atol=1e-6)
    np.testing.assert_allclose(found[1], y + moves[1], atol=1e-6)


def test_masks_take_whole_labels() -> None:
    mask = np.arange(600, dtype=np.int16).reshape(1, 20, 30) + 1000
    found = resampled_mask(mask, slanted(), outside=-1)
    assert found.dtype == np.int16
    assert set(np.unique(found)) <= {-1, *mask.flat}
    assert (found == -1).any()
    assert (resampled_mask(mask, slanted("edge")) >= 1000).all()
    assert (resampled_mask(mask, slanted("reflect")) >= 1000).all()
