"""Where augmented copies of an image land on a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from convscope.images import as_source
from convscope.images.resize import fit, resize
from convscope.scope import Scope
from convscope.widgets._scatter_album import CELL

if TYPE_CHECKING:
    from convscope.manifold import Projection

MOST = 64  # copies that are drawn


@dataclass(frozen=True)
class Copies:
    """Augmented copies of an image and their places."""

    xy: npt.NDArray[np.float32]  # (n, 2)
    pictures: list[Tensor]  # (C, h, w), small
    moved: float  # median distance from the image, as a share of the map's spread


def landed_copies(
    pipe: Any, image: Tensor, scope: Scope, layer: str, pool: Any, projection: Projection, n: int
) -> Copies:
    """Return where ``n`` copies of an image (C, H, W) that ``pipe`` made land.

    Parameters
    ----------
    pipe
        A `convscope.augment.Pipeline`, a pipeline of torchvision, kornia or Albumentations, or a
        function from an image (C, H, W) to an image.
    image
        uint8, or float32 in [0, 1].
    scope, layer, pool
        What made the vectors of the map.
    projection
        The map.
    n
        How many copies.
    """
    copies = made(pipe, image, n)
    vectors = scope.embed(copies, layer, pool=pool)
    xy = projection.transform(vectors)
    here = projection.transform(scope.embed([image], layer, pool=pool))
    size = float(projection.xy.std(0).mean()) or 1.0
    moved = float(np.median(np.linalg.norm(xy - here, axis=1))) / size
    source = as_source(copies)
    small = [resize(each, fit(each.shape[1], each.shape[2], CELL)) for each in source]
    return Copies(xy, small, moved)


def made(pipe: Any, image: Tensor, n: int) -> list[Tensor]:
    """Return ``n`` augmented copies of an image, (C, h, w) each."""
    from convscope.augment import Pipeline
    from convscope.augment.adapters import adapt, recognises
    from convscope.augment.adapters.randomness import borrowed, seed_all
    from convscope.augment.previewable import Inputs

    if isinstance(pipe, Pipeline):
        return list(pipe([image] * n, first=0).images)
    if recognises(pipe):
        return list(adapt(pipe).run(Inputs([image] * n), range(n)).images)
    if not callable(pipe):
        raise TypeError(
            "pipe: must be a convscope.augment.Pipeline, another library's pipeline or a function "
            f"of an image, got {type(pipe).__name__}"
        )
    with borrowed(image.device):
        seed_all(0, image.device)  # the same copies each time
        return [torch.as_tensor(pipe(image.clone())) for _ in range(n)]
