"""Principal components of vectors that are read once, against NumPy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from clouds import bent, blobs
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances

from convscope.manifold import Moments, pca
from convscope.manifold.rows import Rows
from convscope.manifold.watch import Watch


def fitted(vectors, components=5, *, unit=False):
    return pca.fit(Rows(vectors), components, unit=unit, seed=0, watch=Watch())


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 299), max_size=4), shift=st.floats(-1e3, 1e3))
def test_moments_merge_to_those_of_all_vectors_whatever_the_pieces(cuts, shift):
    vectors = (bent(300) + np.float32(shift)).astype(np.float32)
    merged = Moments()
    for part in np.split(vectors, sorted(set(cuts))):
        one = Moments()
        for piece in np.array_split(part, 3):
            one.add(piece)
        merged = merged.merge(one)
    assert merged.count == 300
    exact = vectors.astype(np.float64)
    np.testing.assert_allclose(merged.mean.numpy(), exact.mean(0), atol=1e-5 * (1 + abs(shift)))
    np.testing.assert_allclose(merged.covariance.numpy(), np.cov(exact.T), atol=2e-6)


def test_moments_of_nothing_change_nothing():
    one = Moments()
    one.add(bent(20))
    assert one.merge(Moments()) is one
    assert Moments().merge(one) is one
    one.add(np.zeros((0, 12), np.float32))
    assert one.count == 20


@pytest.mark.parametrize("vectors", [blobs(90, dim=30)[0], blobs(40, dim=70)[0]])
def test_directions_are_scikit_learns_also_of_vectors_longer_than_there_are_many(vectors):
    own, theirs = fitted(vectors), PCA(5).fit(vectors)
    alike = np.abs((own.directions * theirs.components_).sum(1))
    np.testing.assert_allclose(alike, 1, atol=1e-3)
    assert own.explained == pytest.approx(theirs.explained_variance_ratio_.sum(), abs=1e-4)
    np.testing.assert_allclose(own.directions @ own.directions.T, np.eye(5), atol=1e-5)


def test_with_all_components_the_cosine_becomes_a_euclidean_distance():
    vectors = bent(80) + np.float32(0.3)
    inner = fitted(vectors, components=12, unit=True).apply(vectors)
    cosine = pairwise_distances(vectors, metric="cosine")
    np.testing.assert_allclose(pairwise_distances(inner) ** 2 / 2, cosine, atol=1e-5)


def test_very_large_very_small_and_zero_vectors_have_a_direction_or_none():
    rows = np.array([[3e38, 3e38], [1e-25, 0], [0, 0], [3, 4]], np.float32)
    unit = pca.scaled(rows, unit=True)
    np.testing.assert_allclose(unit, [[0.5**0.5] * 2, [1, 0], [0, 0], [0.6, 0.8]], rtol=1e-6)


def test_the_same_vectors_give_the_same_bits_wherever_they_lie_in_memory():
    vectors = bent(301)
    moved = np.empty(vectors.size + 3, np.float32)[3:].reshape(vectors.shape)
    moved[:] = vectors
    assert moved.ctypes.data % 16
    one, other = fitted(vectors), fitted(torch.from_numpy(moved))
    assert np.array_equal(one.directions, other.directions)
    assert np.array_equal(one.apply(vectors), other.apply(moved))
