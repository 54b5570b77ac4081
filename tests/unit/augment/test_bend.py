"""Bends: borders that stay, displacements as large and as smooth as said, the same in any batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reference import applied, even, photo, resampled, sources

from convscope.augment.dice import Dice
from convscope.augment.ops import bend
from convscope.augment.ops.bend import Elastic, ElasticGrid, GaussianDistortion
from convscope.augment.warp import forward

BENDS = [ElasticGrid(), GaussianDistortion(), Elastic()]


@pytest.mark.parametrize("operation", BENDS[:2], ids=lambda each: type(each).__name__)
@given(height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_border_of_a_grid_stays(
    operation: ElasticGrid, height: int, width: int, seed: int
) -> None:
    _, warp = applied(operation, [(height, width)], seed=seed, magnitude=12)
    assert warp.lattice is not None
    assert not warp.lattice[0, :, [0, -1]].any()
    assert not warp.lattice[0, :, :, [0, -1]].any()
    assert warp.sizes.tolist() == [[height, width]]
    found = resampled(np.ones((1, height, width)), warp)
    np.testing.assert_allclose(found, 1)  # nothing from beside the image


def test_a_grid_bends_as_pillows_mesh_of_quadrilaterals() -> None:
    image = photo(1, 60, 80)
    _, warp = applied(ElasticGrid(columns=4, rows=3), [(60, 80)], magnitude=6)
    assert warp.lattice is not None
    y, x = np.mgrid[0:61:20, 0:81:20]
    vertices = np.stack([x, y]) + warp.lattice[0]
    tiles = []
    for row in range(3):
        for column in range(4):
            box = (20 * column, 20 * row, 20 * column + 20, 20 * row + 20)
            around = ((row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1))
            tiles.append(
                (box, tuple(float(each) for at in around for each in vertices[:, at[0], at[1]]))
            )
    plane = Image.fromarray(image[0].astype(np.float32))
    expected = plane.transform(plane.size, Image.Transform.MESH, tiles, Image.Resampling.BILINEAR)
    inner = np.s_[2:-2, 2:-2]
    found = resampled(image, warp)[0]
    np.testing.assert_allclose(found[inner], np.asarray(expected)[inner], atol=1e-6)
    assert abs(found - image[0])[inner].max() > 0.3


def test_vertices_of_a_grid_move_uniformly_and_apart() -> None:
    sizes = [(200, 300)] * 3000
    _, warp = applied(ElasticGrid(columns=3, rows=4), sizes, magnitude=8)
    assert warp.lattice is not None
    inner = warp.lattice[:, :, 1:-1, 1:-1].reshape(3000, -1).T
    assert inner.shape == (2 * 3 * 2, 3000)
    for moves in inner:
        assert even(np.histogram(moves, 8, (-8, 8))[0])
    assert abs(np.corrcoef(inner) - np.eye(12)).max() < 0.1


def test_no_vertex_passes_the_next_however_large_the_magnitude() -> None:
    _, warp = applied(ElasticGrid(columns=5, rows=4), [(20, 30)] * 500, magnitude=1000)
    assert warp.lattice is not None
    assert np.abs(warp.lattice[:, 0]).max() == pytest.approx(3, abs=0.01)  # half of 30 / 5
    assert np.abs(warp.lattice[:, 1]).max() == pytest.approx(2.5, abs=0.01)


def test_more_tiles_leave_the_draws_of_the_others_as_they_are() -> None:
    _, few = applied(ElasticGrid(columns=4, rows=4), [(400, 400)], magnitude=5)
    _, more = applied(ElasticGrid(columns=6, rows=5), [(400, 400)], magnitude=5)
    assert few.lattice is not None
    assert more.lattice is not None
    np.testing.assert_array_equal(few.lattice[0, :, 1:4, 1:4], more.lattice[0, :, 1:4, 1:4])


def bell(x: float, y: float) -> float:
    """Return Augmentor's surface, brought to 0 … 1 by its extremes on the unit square."""
    lowest = np.exp(-0.25 / 0.2 - 0.25 / 0.4)
    return (np.exp(-((x - 0.5) ** 2) / 0.2 - (y - 0.5) ** 2 / 0.4) - lowest) / (1 - lowest)


@pytest.mark.parametrize("method", ["in", "out"])
@pytest.mark.parametrize(
    ("corner", "left", "top"),
    [("ul", 0.5, 0.5), ("ur", 0, 0.5), ("dl", 0.5, 0), ("dr", 0, 0), ("bell", None, None)],
)
def test_gaussian_moves_spread_as_the_bell_says(
    method: str, corner: str, left: float | None, top: float | None
) -> None:
    operation = GaussianDistortion(
        columns=3, rows=4, corner=corner, method=method, sd_x=0.2, sd_y=0.4
    )
    _, warp = applied(operation, [(800, 900)] * 4000, magnitude=10)
    assert warp.lattice is not None
    spread = warp.lattice.std((0, 1))
    for row in range(1, 4):
        for column in range(1, 3):
            x, y = column / 3, row / 4
            if left is not None and top is not None:
                x, y = x / 2 + left, y / 2 + top
            height = bell(x, y) if method == "in" else 1 - bell(x, y)
            assert spread[row, column] == pytest.approx(10 * max(height, 0.01), rel=0.05)
    assert abs(warp.lattice.mean((0, 1))).max() < 1


def test_gaussian_moves_in_a_corner_are_largest_there() -> None:
    for corner, place in {"ul": (1, 1), "ur": (1, -2), "dl": (-2, 1), "dr": (-2, -2)}.items():
        operation = GaussianDistortion(columns=5, rows=5, corner=corner, method="in")
        _, warp = applied(operation, [(500, 500)] * 200, magnitude=10)
        assert warp.lattice is not None
        spread = warp.lattice.std((0, 1))
        assert spread.max() == spread[place]


def test_elastic_moves_are_as_large_as_the_magnitude_says() -> None:
    _, warp = applied(Elastic(sigma=10), [(200, 300)] * 60, magnitude=3)
    assert warp.lattice is not None
    assert np.sqrt((warp.lattice**2).mean((0, 2, 3))) == pytest.approx(3, rel=0.05)


def test_elastic_moves_are_as_smooth_as_noise_under_a_gaussian() -> None:
    _, warp = applied(Elastic(sigma=12), [(192, 192)] * 200, magnitude=1)
    moves = np.stack([sources(warp, index)[0] - np.arange(192) - 0.5 for index in range(200)])
    variance = (moves**2).mean()
    for distance in (6, 12, 24, 48):
        found = (moves[:, :, :-distance] * moves[:, :, distance:]).mean() / variance
        # Noise smoothed by a Gaussian of sigma: its correlation is exp(−d² / 4 sigma²).
        assert found == pytest.approx(np.exp(-(distance**2) / (4 * 12**2)), abs=0.03)


def test_straight_lines_between_nodes_miss_little_of_an_elastic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values, warp = applied(Elastic(sigma=12), [(190, 200)] * 4, magnitude=1)
    coarse = np.stack([sources(warp, index) for index in range(4)])
    monkeypatch.setattr(bend, "_FINE", 48)
    fine = Elastic(sigma=12).warp(values, warp.sizes)
    exact = np.stack([sources(fine, index) for index in range(4)])
    assert np.sqrt(((coarse - exact) ** 2).mean()) < 0.03
    assert abs(coarse - exact).max() < 0.1


@pytest.mark.parametrize("operation", BENDS, ids=lambda each: type(each).__name__)
def test_a_sample_bends_the_same_alone_and_beside_any_other(operation: Elastic) -> None:
    sizes = np.array([[90, 120], [300, 64], [31, 17], [90, 120]])
    values = operation.draw(Dice(0, np.arange(4)))
    together = operation.warp(values, sizes)
    for index in range(4):
        one = slice(index, index + 1)
        alone = operation.warp({name: each[one] for name, each in values.items()}, sizes[one])
        for both in zip(sources(together, index), sources(alone), strict=True):
            np.testing.assert_allclose(*both, atol=1e-5)


@pytest.mark.parametrize("operation", BENDS, ids=lambda each: type(each).__name__)
def test_what_is_recorded_is_enough_and_images_and_masks_share_it(operation: Elastic) -> None:
    values, warp = applied(operation, [(40, 50)] * 2)
    again = operation.warp({name: each.copy() for name, each in values.items()}, warp.sizes)
    assert set(values) == {"magnitude", "seed"}
    np.testing.assert_array_equal(warp.lattice, again.lattice)
    assert warp.lattice is not None
    assert (warp.lattice[0] != warp.lattice[1]).any()


def test_a_new_sigma_keeps_the_pattern_and_only_spreads_it() -> None:
    values = Elastic().draw(Dice(1, np.arange(1))) | {"magnitude": np.ones(1)}
    size = np.array([[256, 256]])
    moves = [
        np.stack(sources(Elastic(sigma=sigma).warp(values, size)))[:, 128, 128]
        for sigma in (16, 16.1, 32)
    ]
    np.testing.assert_allclose(moves[0], moves[1], atol=0.05)
    np.testing.assert_allclose(moves[0], moves[2], atol=0.05)  # the centre keeps its place


@pytest.mark.parametrize(
    "operation",
    [ElasticGrid(columns=4, rows=4, magnitude=8), Elastic(magnitude=4), Elastic(sigma=40)],
)
def test_points_are_followed_forward_to_where_their_pixels_went(operation: Elastic) -> None:
    _, warp = applied(operation, [(150, 200)])
    there = np.stack(sources(warp), -1)[20:130:10, 20:180:10].reshape(-1, 2)
    y, x = np.mgrid[20:130:10, 20:180:10] + 0.5
    expected = np.stack([x, y], -1).reshape(-1, 2)
    np.testing.assert_allclose(forward(warp, 0, there), expected, atol=0.05)
