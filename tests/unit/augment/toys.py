"""Operations of a user's own, for tests of what is done with any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convscope.augment import Geometric
from convscope.augment.warp import Warp, about_centre, linear


@dataclass(frozen=True, kw_only=True)
class Half(Geometric):
    """Makes a canvas of half the sides; nothing is scaled."""

    def warp(self, values: Any, sizes: Any) -> Warp:
        one, none = np.ones(len(sizes)), np.zeros(len(sizes))
        after = np.maximum(sizes // 2, 1)
        return Warp(about_centre(linear(one, none, none, one), after, sizes), after)
