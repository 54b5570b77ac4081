"""What can be chosen about a picture, with defaults that give a good one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from convscope.arguments import check_count, check_known
from convscope.featurevis.ascent import Adam, Steepest, Steps
from convscope.featurevis.objectives import Objective, as_objective
from convscope.featurevis.params import Fourier, Maco, Param, Pixel
from convscope.featurevis.transforms import Change, Move, Transform, light, maco, standard

ParamName = Literal["fourier", "pixel", "maco"]
TransformsName = Literal["standard", "light", "none"]
OptimizerName = Literal["adam", "nadam", "steepest"]
GradientName = Literal["negate", "absolute", "invert", "relu", "small_values"]

_PARAMS: dict[str, Param] = {"fourier": Fourier(), "pixel": Pixel(), "maco": Maco()}
_EPS = 1e-12
_GRADIENTS: dict[str, Callable[[Tensor], Tensor]] = {
    "negate": torch.neg,
    "absolute": torch.abs,
    "invert": lambda g: 1 / torch.where(g.abs() < _EPS, torch.full_like(g, _EPS), g),
    "relu": torch.relu,
    "small_values": lambda g: 1 / g.abs().clamp_min(_EPS),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of `optimize`, `visualize` and `invert`.

    Parameters
    ----------
    steps : int
        How often each picture is changed.
    size : int or tuple of int, optional
        Height and width in pixels; by default what the network takes. Smaller is quicker. A
        network that takes one size only sees the picture scaled to it.
    param : {"fourier", "pixel", "maco"} or Param
        What is optimised.
    transforms : {"standard", "light", "none"} or sequence, optional
        Small changes before each step, drawn for each picture; by default what suits `param`.
    views : int
        How many transformed views of each picture a step looks at; MACO's default is 8.
    optimizer : {"adam", "nadam", "steepest"}, optional
        By default Adam, for MACO NAdam. "steepest" makes steps of one length, as DeepDream.
    rate : float, optional
        Learning rate; by default that of `param`.
    seed : int
        The same seed gives the same picture on the same device.
    copies : int
        How many pictures of each target: with a diversity objective, unlike each other.
    tries : int
        How often each picture is begun anew; the one with the highest activation is kept.
    together : bool
        All pictures are one family, for `alignment`.
    alike : bool
        All targets begin from the same noise and are moved alike, so that pictures of similar
        targets, such as those from one unit to another, have the same things at the same places.
    redirect : int
        For how many steps blocked gradients of ReLUs go through.
    penalty : Objective, optional
        Added to every target, such as ``-0.25 * total_variation()``.
    alpha : bool
        Optimise transparency as well: what does not matter vanishes.
    start : Tensor or object, optional
        Image(s) to start from: (C, H, W), (N, C, H, W), a `FeatureImage` or a list: one for all,
        one for each target, or one for each copy.
    matrix : Tensor, optional
        (C, C) colour matrix, as `colour_matrix` gives it.
    decorrelate : bool
        False optimises colours as they are.
    gradient : {"negate", "absolute", "invert", "relu", "small_values"} or callable, optional
        Changes the gradient with respect to the picture, as keras-vis' gradient modifiers do.
    input_range : tuple of float, optional
        What 0 and 1 stand for in scopes with ``preprocess="none"``.
    patience : int, optional
        A picture whose activation did not rise by half a percent at this many looks in a row is
        finished and leaves the batch.
    check : int
        Steps between two looks at the clean pictures, of which the best is kept.
    at_once : int, optional
        How many views go through the network in one pass; by default what memory and caches hold.
        All views of a picture go together.
    precision : {"auto", "float32", "bfloat16"}
        "auto" is bfloat16 on GPUs that have it, else what the network has.
    """

    steps: int = 256
    size: int | tuple[int, int] | None = None
    param: ParamName | Param = "fourier"
    transforms: TransformsName | Sequence[Transform] | None = None
    views: int | None = None
    optimizer: OptimizerName | None = None
    rate: float | None = None
    seed: int = 0
    copies: int = 1
    tries: int = 1
    together: bool = False
    alike: bool = False
    redirect: int = 16
    penalty: Objective | str | None = None
    alpha: bool = False
    start: Any = None
    matrix: Tensor | None = None
    decorrelate: bool = True
    gradient: GradientName | Callable[[Tensor], Tensor] | None = None
    input_range: tuple[float, float] | None = None
    patience: int | None = None
    check: int = 32
    at_once: int | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"

    def __post_init__(self) -> None:
        for name in ("steps", "copies", "tries", "check"):
            check_count(name, getattr(self, name))
        for name in ("views", "patience", "at_once"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        _check_choice("param", self.param, get_args(ParamName))
        _check_choice("transforms", self.transforms, get_args(TransformsName))
        _check_choice("optimizer", self.optimizer, get_args(OptimizerName))
        _check_choice("gradient", self.gradient, get_args(GradientName))
        _check_choice("precision", self.precision, ("auto", "float32", "bfloat16"))
        if self.rate is not None and not self.rate > 0:
            raise ValueError(f"rate: must be above 0, got {self.rate}")
        if self.together and self.tries > 1:
            raise ValueError("tries: must be 1 with together=True, since no picture is by itself")

    @property
    def chosen_param(self) -> Param:
        """What is optimised."""
        return _PARAMS[self.param] if isinstance(self.param, str) else self.param

    @property
    def chosen_views(self) -> int:
        """How many views a step looks at."""
        if self.views is not None:
            return self.views
        return 8 if isinstance(self.chosen_param, Maco) else 1

    def chosen_transforms(self, size: tuple[int, int]) -> tuple[Transform, ...]:
        """Return the transforms for pictures of a size."""
        named = {"standard": standard(size), "light": light(size), "none": ()}
        if self.transforms is None:
            return maco() if isinstance(self.chosen_param, Maco) else standard(size)
        if isinstance(self.transforms, str):
            return named[self.transforms]
        for each in self.transforms:
            if not isinstance(each, Move | Change):
                raise TypeError(
                    f"transforms: {each!r} is none; use Jitter, Scale, Rotate, Crop, Blur, Noise …"
                )
        return tuple(self.transforms)

    def chosen_optimizer(self) -> Steps:
        """Return fresh steps."""
        param = self.chosen_param
        rate = param.rate if self.rate is None else self.rate
        name = self.optimizer or ("nadam" if isinstance(param, Maco) else "adam")
        return Steepest(rate) if name == "steepest" else Adam(rate, nesterov=name == "nadam")

    @property
    def chosen_gradient(self) -> Callable[[Tensor], Tensor] | None:
        """What changes the gradient."""
        if isinstance(self.gradient, str):
            return _GRADIENTS[self.gradient]
        return self.gradient

    @property
    def chosen_penalty(self) -> Objective | None:
        """What is added to every target."""
        return None if self.penalty is None else as_objective(self.penalty)


def settings_of(options: dict[str, Any]) -> Settings:
    """Return settings from keyword arguments; a wrong name gets a hint."""
    check_known(options, Settings)
    return Settings(**options)


def _check_choice(name: str, value: Any, known: Sequence[str]) -> None:
    if isinstance(value, str) and value not in known:
        raise ValueError(f"{name}: must be one of {', '.join(known)}, got {value!r}")
