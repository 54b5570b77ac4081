"""The numbers of a map, with scikit-learn as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from clouds import bent, blobs
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from convscope.manifold import quality
from convscope.manifold.nearest import nearest, smallest
from convscope.manifold.rows import Rows
from convscope.manifold.watch import Watch


def measured(vectors, xy, k=15, metric="euclidean"):
    return quality.measure(Rows(vectors), xy, unit=metric == "cosine", k=k, seed=0, watch=Watch())


def plane(count, seed=1):
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("k", [1, 5, 15])
def test_trustworthiness_is_scikit_learns(metric, k):
    vectors = bent(250) + np.float32(0.2)
    for xy in (vectors[:, :2].copy(), plane(250)):
        found = measured(vectors, xy, k, metric)
        want = trustworthiness(vectors, xy, n_neighbors=k, metric=metric)
        assert found.trustworthiness.value == pytest.approx(want, abs=2e-4)
        assert (found.trustworthiness.error, found.neighbours) == (0, k)


def test_overlap_is_the_share_of_neighbours_that_scikit_learn_finds_in_both():
    vectors, xy = blobs(200)[0], plane(200)
    near = [
        NearestNeighbors(n_neighbors=8).fit(each).kneighbors(return_distance=False)
        for each in (vectors, xy)
    ]
    want = np.mean([len(set(a) & set(b)) / 8 for a, b in zip(*near, strict=True)])
    assert measured(vectors, xy, 8).overlap.value == pytest.approx(want, abs=1e-9)


def test_a_perfect_map_is_worth_1_and_a_random_one_about_a_half():
    flat = plane(400)
    perfect = measured(flat, flat)
    assert (perfect.trustworthiness.value, perfect.overlap.value) == (1, 1)
    assert 0.4 < measured(flat, plane(400, 2)).trustworthiness.value < 0.6


def test_large_maps_are_estimated_with_an_error_that_holds():
    vectors = np.random.default_rng(0).normal(size=(6000, 4)).astype(np.float32)
    xy = np.ascontiguousarray(vectors[:, :2])
    found = measured(vectors, xy)
    want = trustworthiness(vectors, xy, n_neighbors=15)
    assert found.trustworthiness.points == 1000
    assert 0 < found.trustworthiness.error < 0.01
    assert abs(found.trustworthiness.value - want) < 4 * found.trustworthiness.error
    assert str(found.trustworthiness).count("±") == 1


def test_many_equal_points_do_not_break_the_numbers():
    vectors = np.repeat(bent(40), 5, axis=0)
    found = measured(vectors, np.ascontiguousarray(vectors[:, :2]))
    assert 0.9 < found.trustworthiness.value <= 1


def test_neighbours_are_scikit_learns_and_leave_the_point_itself_out():
    vectors = bent(500)
    indices, distances = nearest(vectors, vectors, 7, own=np.arange(500))
    want, order = NearestNeighbors(n_neighbors=7).fit(vectors).kneighbors()
    np.testing.assert_allclose(distances, want, rtol=1e-4, atol=1e-6)
    assert (indices == order).mean() > 0.999


def test_the_smallest_of_long_rows_are_found_by_groups():
    values = torch.randn(9, 1003, generator=torch.Generator().manual_seed(0))
    values[3, 1000:] = torch.tensor([-9.0, -7.0, -8.0])  # behind the last whole group
    assert torch.equal(smallest(values, 5), values.topk(5, largest=False).indices)
