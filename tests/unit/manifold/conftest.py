"""Maps that several tests look at, made once; the first also compiles what numba compiles."""

from __future__ import annotations

import pytest
from clouds import blobs
from sklearn.datasets import load_digits

import convscope as cs


@pytest.fixture(scope="session")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="session")
def umap_of_blobs():
    vectors, labels = blobs()
    return cs.manifold.project(vectors, metric="euclidean"), vectors, labels


@pytest.fixture(scope="session")
def umap_of_digits(digits):
    return cs.manifold.project(digits[0], metric="euclidean")
