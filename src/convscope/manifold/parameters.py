"""What a map was made with."""

from __future__ import annotations

import math
import numbers
import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from convscope.arguments import check_count
from convscope.manifold.backends.choice import Method

Metric = Literal["cosine", "euclidean"]


@dataclass(frozen=True)
class Parameters:
    """What a map was made with; the same ones give the same map on the same machine.

    Attributes
    ----------
    method
        ``"umap"``, ``"tsne"`` or ``"pca"``.
    metric
        ``"cosine"`` compares directions, ``"euclidean"`` positions.
    neighbours
        Of UMAP: how many points count as near, the point itself among them.
    min_dist
        Of UMAP: how near points may come in the map, 0 to 1.
    perplexity
        Of t-SNE: about how many points count as near.
    components
        How many principal components neighbours are looked for in, at most.
    landmarks
        Up to how many points are laid out; None for all. The others are placed among them.
    seed
        Of everything that is drawn.
    """

    method: Method = "umap"
    metric: Metric = "cosine"
    neighbours: int = 15
    min_dist: float = 0.1
    perplexity: float = 30.0
    components: int = 50
    landmarks: int | None = None
    seed: int = 0

    def checked(self) -> Parameters:
        """Return these, or raise a `ValueError` or `TypeError` that says which is wrong."""
        for name, known in (("method", get_args(Method)), ("metric", get_args(Metric))):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name}: must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        if check_count("neighbours", self.neighbours) < 2:
            raise ValueError(
                f"neighbours: must be at least 2, as a point counts itself, got {self.neighbours}"
            )
        min_dist = check_number("min_dist", self.min_dist)
        if not 0 <= min_dist <= 1:
            raise ValueError(f"min_dist: must be from 0 to 1, got {self.min_dist}")
        perplexity = check_number("perplexity", self.perplexity)
        if perplexity < 1:
            raise ValueError(f"perplexity: must be at least 1, got {self.perplexity}")
        if check_count("components", self.components) < 2:
            raise ValueError(f"components: must be at least 2, got {self.components}")
        if self.landmarks is not None and check_count("landmarks", self.landmarks) < 4:
            raise ValueError(f"landmarks: must be at least 4, or None, got {self.landmarks}")
        seed = check_seed(self.seed)
        return replace(self, min_dist=min_dist, perplexity=perplexity, seed=seed)

    def fitted(self, count: int) -> Parameters:
        """Return these for so many points that are laid out: no more neighbours than there are.

        Warns where an argument is too large for them.
        """
        found = self
        if self.method == "umap" and self.neighbours > count:
            warnings.warn(
                f"neighbours: {self.neighbours} are more than there are points, so all {count} "
                "are used",
                stacklevel=4,
            )
            found = replace(found, neighbours=count)
        limit = (count - 1) / 3
        if self.method == "tsne" and self.perplexity > limit:
            warnings.warn(
                f"perplexity: {self.perplexity:g} needs more than three times as many points and "
                f"there are {count}, so {limit:.3g} is used",
                stacklevel=4,
            )
            found = replace(found, perplexity=limit)
        return found


def check_seed(seed: Any) -> int:
    """Return a seed as an int, or say why it is none."""
    number = check_number("seed", seed)
    if not 0 <= number < 2**32 or number != int(number):
        raise ValueError(f"seed: must be a whole number from 0 to 2³² − 1, got {seed}")
    return int(number)


def check_number(name: str, value: Any) -> float:
    """Return a finite number as a float, or say what came instead."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: must be a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name}: must be finite, got {value!r}")
    return float(value)
