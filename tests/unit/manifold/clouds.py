"""Vectors whose structure is known."""

from __future__ import annotations

import numpy as np


def blobs(count: int = 400, classes: int = 8, dim: int = 10, seed: int = 0):
    """Return clouds (N, D) float32 that lie apart, of unequal sizes, and their classes (N,)."""
    draw = np.random.default_rng(seed)
    shares = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    labels = np.sort(draw.choice(classes, count, p=shares))
    centres = draw.normal(size=(classes, dim)) * 6
    vectors = centres[labels] + draw.normal(size=(count, dim))
    return vectors.astype(np.float32), labels


def bent(count: int = 300, dim: int = 12, seed: int = 0):
    """Return a bent band (N, D) float32, longer than wide."""
    draw = np.random.default_rng(seed)
    u, v = draw.uniform(0, 4, count), draw.uniform(0, 1, count)
    flat = np.stack([np.cos(u), np.sin(u), v, np.sin(2 * u)], 1)
    basis = np.linalg.qr(draw.normal(size=(dim, 4)))[0]
    return (flat @ basis.T + draw.normal(scale=0.01, size=(count, dim))).astype(np.float32)
