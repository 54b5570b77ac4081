"""A finished picture with the numbers that say how good it is, and the progress towards it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from convscope.images import encode


@dataclass(frozen=True)
class Quality:
    """How good a picture is.

    Attributes
    ----------
    activation
        What the target reaches on the clean picture: no transform, no penalty. Of a dream, what it
        reached before the last step.
    data_maximum
        The most that it reaches on the images that were given; None without any.
    cosine
        Between the picture's activations and those it was made for; None where there are none.
    steps
        How many steps were made.
    seconds
        How long they took; pictures of one batch share the time equally.
    seed
        Of the run.
    """

    activation: float
    data_maximum: float | None
    cosine: float | None
    steps: int
    seconds: float
    seed: int

    @property
    def exceeds_data(self) -> bool | None:
        """Whether the picture excites the target more than any image given does."""
        return None if self.data_maximum is None else self.activation > self.data_maximum

    def __str__(self) -> str:
        text = f"activation {self.activation:.4g}"
        if self.data_maximum is not None:
            text += f" (the images' maximum: {self.data_maximum:.4g})"
        if self.cosine is not None:
            text += f", cosine {self.cosine:.3f}"
        return f"{text}, {self.steps} steps in {self.seconds:.1f} s, seed {self.seed}"


@dataclass(frozen=True)
class FeatureImage:
    """What excites a target, as a picture.

    Attributes
    ----------
    target
        What was maximised, as text.
    image
        (C, H, W) in [0, 1], float32 on the CPU.
    alpha
        (1, H, W) in [0, 1], how much each pixel matters; None without transparency.
    quality
        Its numbers.
    history
        (steps,), the objective at each step, on the transformed views.
    notes
        What had to be said: softmax left out, stopped at NaN.
    """

    target: str
    image: Tensor
    alpha: Tensor | None
    quality: Quality
    history: Tensor = field(repr=False)
    notes: tuple[str, ...] = ()

    def png(self) -> bytes:
        """Return the picture as a PNG file; transparency lies over mid-grey."""
        return encode(self.shown, "png").data

    def save(self, path: str | Path) -> None:
        """Write the picture as PNG."""
        Path(path).write_bytes(self.png())

    @property
    def shown(self) -> Tensor:
        """(C, H, W) with transparency laid over mid-grey."""
        if self.alpha is None:
            return self.image
        return self.image * self.alpha + 0.5 * (1 - self.alpha)

    def _repr_png_(self) -> bytes:
        return self.png()

    def __str__(self) -> str:
        return f"{self.target}: {self.quality}"


@dataclass(frozen=True)
class Progress:
    """Where a run is, after a step.

    Attributes
    ----------
    step
        How many steps have been made.
    steps
        How many there will be.
    images
        (N, C, H, W) in [0, 1], with transparency as the last channel: what the step saw. It is
        this step's own and may be kept.
    losses
        (N,), the objectives with their sign turned, on the transformed views, on the CPU; NaN for
        pictures that are finished.
    activations
        (N,), the clean activation when it was last looked at; NaN before that.
    running
        (N,), False for pictures that are finished.
    seconds
        Since the run began.
    """

    step: int
    steps: int
    images: Tensor
    losses: Tensor
    activations: Tensor
    running: Tensor
    seconds: float

    @property
    def seconds_left(self) -> float:
        """About how long the rest takes."""
        return self.seconds / max(1, self.step) * (self.steps - self.step)

    @property
    def scores(self) -> Tensor:
        """(N,), the objectives."""
        return -self.losses

    def shown(self, index: int = 0) -> Tensor:
        """Return a picture (C, H, W) on the CPU, for showing."""
        return self.images[index].detach().float().cpu()


def joined(images: Tensor, channels: int) -> tuple[Tensor, Tensor | None]:
    """Return a picture (planes, H, W) as colours and transparency."""
    image = images.detach().to("cpu", torch.float32)
    return image[:channels], image[channels:] if len(image) > channels else None
