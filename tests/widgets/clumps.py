"""Points in three clumps with labels and pictures, for the tests of the scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

import convscope as cs
from convscope.widgets._jobs import Job

COUNT = 90
CLASSES = ["ant", "bee", "cow"]


def vectors(count: int = COUNT) -> np.ndarray:
    """Three clumps of 8-dimensional vectors, point i in clump i % 3."""
    draw = np.random.default_rng(0)
    centres = 6 * np.eye(8)[:3]
    return (centres[np.arange(count) % 3] + draw.normal(size=(count, 8))).astype(np.float32)


LABELS = [CLASSES[i % 3] for i in range(COUNT)]
IMAGES = {f"picture {i}": np.full((20, 30, 3), 2 * i, np.uint8) for i in range(COUNT)}


def scatter(proj: Any, *args: Any, **options: Any) -> cs.ManifoldScatter:
    return cs.ManifoldScatter(proj, *args, **options)


def column(widget: cs.ManifoldScatter, name: str) -> dict[str, Any]:
    return widget.compute(Job(), name)
