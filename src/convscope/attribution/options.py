"""What can be set for each method of attribution."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from convscope.arguments import check_count


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be set; most methods have nothing."""


@dataclass(frozen=True, kw_only=True)
class CamOptions(Options):
    """Of class activation maps.

    Attributes
    ----------
    signed
        Keep what speaks against the target; the papers cut it off at 0.
    """

    signed: bool = False


@dataclass(frozen=True, kw_only=True)
class BaselineOptions(Options):
    """Of methods that compare with an input that means nothing.

    Attributes
    ----------
    baseline
        A number, or a tensor (C, H, W), in units of the network's input; with a normalised input
        0 is the mean colour.
    """

    baseline: float | Tensor = 0.0


@dataclass(frozen=True, kw_only=True)
class PathOptions(BaselineOptions):
    """Of integrated gradients.

    Attributes
    ----------
    steps
        Points on the way from the baseline to the input.
    """

    steps: int = 50

    def __post_init__(self) -> None:
        check_count("steps", self.steps)


@dataclass(frozen=True, kw_only=True)
class NoiseOptions(Options):
    """Of SmoothGrad.

    Attributes
    ----------
    samples
        How many noisy copies of each image.
    noise
        Standard deviation, as a share of the range of the image's values.
    seed
        The same seed gives the same noise, whatever the batch.
    """

    samples: int = 16
    noise: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("samples", self.samples)
        if not self.noise > 0:
            raise ValueError(f"noise: must be above 0, got {self.noise}")


@dataclass(frozen=True, kw_only=True)
class OcclusionOptions(BaselineOptions):
    """Of occlusion.

    Attributes
    ----------
    window
        Side of the square that is covered, in pixels of the input; a sixth of it by default.
    stride
        How far the square moves; half of its side by default.
    """

    window: int | None = None
    stride: int | None = None

    def __post_init__(self) -> None:
        for name in ("window", "stride"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class AblationOptions(BaselineOptions):
    """Of feature ablation.

    Attributes
    ----------
    segments
        Which part each pixel belongs to, integers (H, W) of the input's size, such as superpixels;
        or how many squares stand along the longer side.
    """

    segments: int | Tensor = 8

    def __post_init__(self) -> None:
        if not isinstance(self.segments, Tensor):
            check_count("segments", self.segments)
