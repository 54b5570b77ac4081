"""Binning against NumPy: half-open cells, every sample once, means of all levels in one pass."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.atlas.grid import cells_of, chosen_levels, grid_means, sorted_into
from convscope.atlas.layout import normalised


def places(count, seed=0, edges=()):
    """Places with many exactly on the edges of cells."""
    generator = np.random.default_rng(seed)
    xy = generator.random((count, 2), np.float32)
    for side in edges:
        rows = generator.random(count) < 0.2
        xy[rows] = generator.integers(0, side + 1, (rows.sum(), 2)) / side
    return xy


@pytest.mark.parametrize("side", [1, 3, 7, 20, 40, 80])
def test_counts_are_those_of_numpy(side):
    xy = places(5000, edges=(side, 20)).astype(np.float64)
    counts = np.bincount(cells_of(xy, side), minlength=side * side).reshape(side, side)
    edges = np.arange(side + 1) / side
    wanted = np.histogram2d(xy[:, 1], xy[:, 0], bins=(edges, edges))[0]
    if side in (1, 20, 40, 80):
        assert (counts == wanted).all()
    assert counts.sum() == 5000


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_every_sample_is_in_one_cell_and_its_cell_holds_it(side, seed, count):
    xy = places(count, seed, edges=(side,))
    level = sorted_into(xy, side)
    assert level.counts.sum() == count
    assert sorted(level.members) == list(range(count))
    for cell, start, stop in zip(level.cells, level.starts[:-1], level.starts[1:], strict=True):
        own = xy[level.members[start:stop]].astype(np.float64)
        row, column = divmod(int(cell), side)
        for values, place in ((own[:, 0], column), (own[:, 1], row)):
            assert (values * side >= place - 1e-6).all()
            assert (values * side < place + 1 + 1e-6).all()


def test_means_of_nested_and_other_levels_are_those_of_a_loop_over_cells():
    xy = places(3000, edges=(20,))
    xy[::17] = np.nan
    values = np.random.default_rng(2).normal(size=(3000, 5)).astype(np.float32)
    pieces = [(xy[i : i + 700], values[i : i + 700]) for i in range(0, 3000, 700)]
    for side, counts, means in grid_means(pieces, (5, 7, 20, 40), 5):
        cells = cells_of(xy, side)
        assert counts.sum() == np.count_nonzero(cells >= 0)
        for cell in np.unique(cells[cells >= 0]):
            own = values[cells == cell].astype(np.float64)
            assert counts[cell] == len(own)
            np.testing.assert_allclose(means[cell], own.mean(axis=0), atol=1e-5)


def test_cells_with_few_samples_can_be_left_out():
    xy = places(500)
    every, some = sorted_into(xy, 10), sorted_into(xy, 10, min_count=5)
    assert some.cells.tolist() == every.cells[every.counts >= 5].tolist()
    assert some.counts.min() >= 5
    assert len(some.members) == some.counts.sum() == some.starts[-1]
    for cell, start, stop in zip(some.cells, some.starts[:-1], some.starts[1:], strict=True):
        assert (cells_of(xy[some.members[start:stop]], 10) == cell).all()


def test_levels_that_samples_are_too_few_for_are_dropped_and_it_is_said():
    found = chosen_levels(2000, (20, 40, 80))
    assert found.sides == (20, 40)
    assert found.notes == (
        "levels: 80 × 80 left out, since there are 2,000 samples, fewer than cells",
    )
    assert chosen_levels(10**6, None).sides == (20, 40, 80)
    assert chosen_levels(10**6, (160, 20)).sides == (20, 160)


def test_small_data_gets_grids_of_its_own():
    found = chosen_levels(500, None)
    assert found.sides == (11, 22)
    assert found.notes == ("levels: 11 × 11, 22 × 22, chosen for 500 samples",)
    assert chosen_levels(60, (20,)).sides == (3, 6)
    assert chosen_levels(4, None).sides == (2,)
    for count in (4, 50, 300, 1000, 1599):
        assert all(side * side <= count for side in chosen_levels(count, None).sides)


def test_layouts_are_clipped_at_their_percentiles():
    xy = np.random.default_rng(0).normal(size=(5000, 2)) * (3, 100)
    xy[:10] = 1e6
    found = normalised(xy)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (found[:10] == 1).all()
    inner = np.percentile(found, (1, 99), axis=0)
    np.testing.assert_allclose(inner, [[0.1 / 1.2] * 2, [1.1 / 1.2] * 2], atol=1e-3)
