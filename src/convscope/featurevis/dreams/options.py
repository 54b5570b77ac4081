"""What can be chosen about a dream, and where one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convscope.arguments import check_count, check_known

_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class DreamOptions:
    """How a dream goes; the defaults are the original's.

    Parameters
    ----------
    octaves : int
        How many sizes, from small to the image's own.
    octave_scale : float
        From one size to the next.
    steps : int
        Steps in each octave.
    rate : float
        Mean change of a value in a step, where 255 is white.
    jitter : int
        Most pixels by which the image is moved, around its edges, before each step.
    guide : object, optional
        An image to dream of: at each place the target's layer goes towards its nearest feature.
    tile : int
        Larger images go through the network in windows of so many pixels a side: memory does not
        grow with the image.
    clip : bool
        Keep values within black and white; False lets them grow and stretches the contrast at the
        end, as the original does.
    seed : int
        The same seed gives the same dream on the same device.
    """

    octaves: int = 4
    octave_scale: float = 1.4
    steps: int = 10
    rate: float = 1.5
    jitter: int = 32
    guide: Any = None
    tile: int = 512
    clip: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("octaves", "steps", "tile"):
            check_count(name, getattr(self, name))
        if not self.octave_scale > 1:
            raise ValueError(f"octave_scale: must be above 1, got {self.octave_scale}")
        if not self.rate > 0:
            raise ValueError(f"rate: must be above 0, got {self.rate}")
        check_count("jitter", self.jitter, least=0)


def dream_options(options: Mapping[str, Any]) -> DreamOptions:
    """Return options from keyword arguments; a wrong name gets a hint."""
    check_known(options, DreamOptions)
    return DreamOptions(**options)


@dataclass(frozen=True)
class DreamProgress:
    """Where a dream is, after a step.

    Attributes
    ----------
    octave, octaves
        Which size, from 1, and how many.
    step, steps
        Over all octaves.
    image
        (C, h, w) in [0, 1] at this octave's size, on the CPU.
    score
        The objective, mean over the windows, before the step.
    seconds
        Since the dream began.
    share
        How much of the work is done, 0 to 1.
    """

    octave: int
    octaves: int
    step: int
    steps: int
    image: Tensor
    score: float
    seconds: float
    share: float

    @property
    def seconds_left(self) -> float:
        """About how long the rest takes."""
        return self.seconds * (1 - self.share) / max(self.share, _TINY)
