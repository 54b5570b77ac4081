"""The endless zoom: dream, go a little nearer, dream again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.arguments import check_count
from convscope.featurevis.dreams.dream import Dream
from convscope.featurevis.dreams.options import dream_options

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True)
class ZoomProgress:
    """Where a zoom is, after a step of one of its dreams.

    Attributes
    ----------
    frame
        Which frame is dreamt, from 1.
    frames
        How many there will be.
    share
        How much of the work is done, 0 to 1.
    picture
        (C, H, W), the frame when this step was its last; else None.
    """

    frame: int
    frames: int
    share: float
    picture: Tensor | None


def zoom(
    scope: Scope,
    image: Any,
    target: Any,
    *,
    frames: int = 100,
    scale: float = 0.05,
    **options: Any,
) -> Iterator[Tensor]:
    """Yield frames (C, H, W) of a dream that is gone into, each dreamt from the one before.

    Write them with `save_frames`, as they come: ``save_frames("dream.gif", zoom(…))``.

    Parameters
    ----------
    scope, image, target, **options
        As `dream` has them.
    frames
        How many.
    scale
        The share of the image that goes out of sight from one frame to the next.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> made = zoom(digits.scope, digits.images[0], "conv2", frames=2, octaves=1, steps=1, jitter=0)
    >>> len(list(made))
    2
    """
    for progress in zooming(scope, image, target, frames=frames, scale=scale, **options):
        if progress.picture is not None:
            yield progress.picture


def zooming(
    scope: Scope,
    image: Any,
    target: Any,
    *,
    frames: int = 100,
    scale: float = 0.05,
    **options: Any,
) -> Iterator[ZoomProgress]:
    """Yield where a zoom is after every step, for those who want to watch or to stop it.

    Parameters
    ----------
    scope, image, target, frames, scale, **options
        As `zoom` has them.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> slow = zooming(digits.scope, digits.images[0], "conv2", frames=2, octaves=1, steps=2)
    >>> [(each.frame, each.picture is not None) for each in slow]
    [(1, False), (1, True), (2, False), (2, True)]
    """
    check_count("frames", frames)
    if not 0 <= scale < 1:
        raise ValueError(f"scale: must be at least 0 and below 1, got {scale}")
    seed = options.pop("seed", 0)
    frame = image
    for turn in range(frames):
        run = Dream(scope, frame, target, dream_options({**options, "seed": seed + turn}))
        for step in run:
            last = step.step == step.steps
            picture = run.result().image if last else None
            yield ZoomProgress(turn + 1, frames, (turn + step.share) / frames, picture)
            if picture is not None:
                frame = _nearer(picture, scale)


def _nearer(image: Tensor, scale: float) -> Tensor:
    theta = torch.tensor([[[1 - scale, 0, 0], [0, 1 - scale, 0]]]).to(image)
    grid = functional.affine_grid(theta, [1, *image.shape], align_corners=False)
    found = functional.grid_sample(image[None], grid, padding_mode="border", align_corners=False)
    return found[0].clamp(0, 1)
