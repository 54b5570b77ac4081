"""Operations and Datasets of a user's own, for tests of what is done with any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from convscope.augment import Geometric
from convscope.augment.warp import Warp, about_centre, linear


@dataclass(frozen=True, kw_only=True)
class Half(Geometric):
    """Makes a canvas of half the sides; nothing is scaled."""

    def warp(self, values: Any, sizes: Any) -> Warp:
        one, none = np.ones(len(sizes)), np.zeros(len(sizes))
        after = np.maximum(sizes // 2, 1)
        return Warp(about_centre(linear(one, none, none, one), after, sizes), after)


class Pictures(Dataset[Any]):
    """A few images and whatever `target` makes of an index."""

    def __init__(self, target: Any = None, count: int = 10) -> None:
        self.images = torch.rand(count, 3, 20, 30, generator=torch.Generator().manual_seed(0))
        self.target = target

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        image = self.images[index]
        return image if self.target is None else (image, self.target(index))


def label_of(index: int) -> int:
    return index
