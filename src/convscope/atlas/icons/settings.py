"""What can be chosen about icons, with defaults that give good ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from convscope.arguments import check_count
from convscope.featurevis.params import Fourier
from convscope.featurevis.transforms import Jitter, Move, Rotate, Scale

Rule = Literal["paper", "lucid"]


@dataclass(frozen=True, kw_only=True)
class IconSettings:
    """How icons are rendered.

    Parameters
    ----------
    size : int
        Sides of an icon in pixels, as it is kept and shown.
    side : int, optional
        How much of an image an icon shows, in pixels that the network sees; by default what the
        centre unit really looks at, at most 80.
    rule : {"paper", "lucid"}
        What is maximised at the centre unit: ``(h·v) ** (power + 1) / (|h| |v|) ** power`` as in
        Distill's article, or as Lucid's notebook computes it, with a mean instead of the sum and
        without the length of the target.
    power : float, optional
        How much the direction counts against the strength; by default 2 for "paper", 4 for
        "lucid".
    steps : int
        The most steps from noise.
    child_steps : int
        The most steps from a parent's icon.
    child_reach : float
        How far the transforms go for an icon that begins as its parent's, as a share of their way
        from noise: that it holds when it is moved, it has from there. From 0 to 1.
    tries : int
        How often an icon is begun anew, at most; the one with the highest cosine is kept.
    enough : float
        A cosine with which no further try is made.
    check : int
        Steps between two looks at the clean icons; they enter and leave the batch then.
    tolerance, patience : float, int
        An icon whose cosine did not rise by more than `tolerance` above its highest at `patience`
        looks in a row is finished.
    rate : float
        Learning rate.
    cutoff : float
        Cycles per pixel that an icon has at most, roughly: without it there are dots all over.
    contrast : float
        Of colours.
    transforms : sequence of Move, optional
        Small changes before each step; by default jitter, scale and rotation in proportion to
        the size.
    seed : int
        The same seed gives the same icons on the same device.
    batch_size : int, optional
        How many icons are under way at once. It changes no icon.
    """

    size: int = 64
    side: int | None = None
    rule: Rule = "paper"
    power: float | None = None
    steps: int = 128
    child_steps: int = 40
    child_reach: float = 0.25
    tries: int = 2
    enough: float = 0.6
    check: int = 8
    tolerance: float = 0.004
    patience: int = 2
    rate: float = 0.05
    cutoff: float = 0.2
    contrast: float = 2.0
    transforms: Sequence[Move] | None = None
    seed: int = 0
    batch_size: int | None = None

    def __post_init__(self) -> None:
        for name in ("size", "steps", "child_steps", "tries", "check", "patience"):
            check_count(name, getattr(self, name))
        for name in ("side", "batch_size"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        if self.rule not in ("paper", "lucid"):
            raise ValueError(f"rule: must be 'paper' or 'lucid', got {self.rule!r}")
        if not 0 <= self.child_reach <= 1:
            raise ValueError(f"child_reach: must be between 0 and 1, got {self.child_reach}")
        if not self.rate > 0:
            raise ValueError(f"rate: must be above 0, got {self.rate}")

    @property
    def chosen_power(self) -> float:
        """The power of the cosine."""
        if self.power is not None:
            return self.power
        return 2.0 if self.rule == "paper" else 4.0

    @property
    def param(self) -> Fourier:
        """What is optimised."""
        return Fourier(rate=self.rate, cutoff=self.cutoff, contrast=self.contrast)

    def chosen_transforms(self, side: int) -> tuple[Move, ...]:
        """Return the transforms for icons of a side, in the order in which they act."""
        if self.transforms is not None:
            return tuple(self.transforms)
        unit = side / 64
        return (Jitter(16 * unit), Scale(0.8, 1.1), Rotate(20.0), Jitter(4 * unit))
