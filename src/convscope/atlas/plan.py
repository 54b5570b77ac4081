"""Which positions of which images are looked at: a table made from the seed alone.

Nothing here depends on the order of work, so whatever part of a build is done when, and by whom,
its draws are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convscope.augment.dice import Dice

_SMALLEST = 3  # positions a side: a map below has no inside
_CHUNKS = 64  # into which the samples go, more or less
_CHUNK_RANGE = (64, 4096)


@dataclass(frozen=True)
class Plan:
    """The draws of an atlas.

    Sample ``s`` is draw ``s % samples_per_image`` of image ``s // samples_per_image``. It is a
    place, a fraction of the image's height and width, at which all layers are looked at.

    Parameters
    ----------
    images
        How many images there are.
    samples_per_image
        How many places of each are looked at.
    seed
        Another seed gives other places.
    margin
        Fractions of height and width at each border where nothing is drawn: there a network sees
        its padding ("avoid the edges", Distill Activation Atlas, §"Collecting").
    """

    images: int
    samples_per_image: int
    seed: int
    margin: tuple[float, float]

    @classmethod
    def of(
        cls, images: int, samples_per_image: int, seed: int, sizes: Sequence[tuple[int, int]]
    ) -> Plan:
        """Return the plan for layers with maps of these sizes (H, W).

        Drawn are places that lie at the border of none of the maps, except for maps that are
        nothing but border.
        """
        rows, columns = zip(*sizes, strict=True)
        return cls(images, samples_per_image, seed, (_margin(rows), _margin(columns)))

    @property
    def samples(self) -> int:
        """How many samples there are in all."""
        return self.images * self.samples_per_image

    def image_of(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return which image each sample is of."""
        return samples // self.samples_per_image

    def places(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return where samples are, (N, 2): fractions of height and width, in [0, 1)."""
        dice = Dice(self.seed, samples, "atlas")
        parts = zip(("y", "x"), self.margin, strict=True)
        return np.stack([dice.uniform(axis, edge, 1 - edge) for axis, edge in parts], axis=1)

    def positions(
        self, samples: npt.NDArray[np.int64], size: tuple[int, int]
    ) -> npt.NDArray[np.int64]:
        """Return where samples are in a map of a size (H, W), (N, 2): row and column."""
        found = (self.places(samples) * size).astype(np.int64)
        edge = np.asarray([1 if side >= _SMALLEST else 0 for side in size])
        return np.clip(found, edge, np.asarray(size) - 1 - edge)

    def chunk(self, batch_size: int) -> int:
        """Return how many samples go into a chunk of the store: whole batches of images."""
        wanted = min(max(self.samples // _CHUNKS, _CHUNK_RANGE[0]), _CHUNK_RANGE[1])
        batch = batch_size * self.samples_per_image
        return -(-wanted // batch) * batch


def _margin(sides: Sequence[int]) -> float:
    inside = [1 / side for side in sides if side >= _SMALLEST]
    return max(inside, default=0.0)
