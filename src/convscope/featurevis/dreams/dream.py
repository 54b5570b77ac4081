"""The dream itself: steps of one length up the gradient, on a pyramid of sizes.

Source: google/deepdream, ``dream.ipynb`` (Mordvintsev, Olah, Tyka 2015), whose defaults these are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.featurevis.begin import Setup, set_up
from convscope.featurevis.draws import generator
from convscope.featurevis.dreams.guide import guided
from convscope.featurevis.dreams.options import DreamOptions, DreamProgress, dream_options
from convscope.featurevis.dreams.windows import Window, windows
from convscope.featurevis.forward import with_less_memory
from convscope.featurevis.objectives import Objective, Plan, as_objective
from convscope.featurevis.objectives.units import WholeLayer
from convscope.featurevis.pictures import Picture
from convscope.featurevis.result import FeatureImage, Quality
from convscope.featurevis.settings import Settings
from convscope.images import as_source, to_float

if TYPE_CHECKING:
    from convscope.scope import Scope

_TINY = 1e-12
_SMALLEST = 16  # pixels: the short side of the first octave


class Dream(Iterator[DreamProgress]):
    """A dream under way; iterate, leave when you like, and ask for :meth:`result` any time.

    Parameters
    ----------
    scope
        The network.
    image
        One image, in any form.
    target
        ``"layer3"`` for a whole layer, or what `as_objective` takes.
    options
        How it goes.
    """

    def __init__(self, scope: Scope, image: Any, target: Any, options: DreamOptions) -> None:
        self.options = options
        objective = as_objective(target)
        self.title = objective.key
        if options.guide is not None:
            objective = _guide(scope, objective, options.guide)
        self._objective = objective.resolved(scope)
        self._setup = _set_up(scope, self.title, self._objective)
        self._base = _image(image, self._setup).to(self._setup.response.prepare.device)
        self._sizes = _octaves(self._base, options)
        self._tile = options.tile  # less when memory does not hold it
        self._steps = self._walk()
        self.image = self._base.cpu()
        self.seconds = 0.0
        self.history: list[float] = []

    def __iter__(self) -> Dream:
        return self

    def __next__(self) -> DreamProgress:
        began = time.perf_counter()
        progress = next(self._steps)
        self.seconds += time.perf_counter() - began
        return replace(progress, seconds=self.seconds)

    def result(self) -> FeatureImage:
        """Return the dream so far, at the size of the image."""
        image = _resized(self.image, self._sizes[-1]).clone()
        if not self.options.clip:
            image = _stretched(image)
        score = self.history[-1] if self.history else float("nan")
        done = len(self.history)
        quality = Quality(score, None, None, done, self.seconds, self.options.seed)
        notes = self._setup.notes
        return FeatureImage(self.title, image, None, quality, torch.tensor(self.history), notes)

    def _walk(self) -> Iterator[DreamProgress]:
        areas = [height * width for height, width in self._sizes]
        total = sum(areas) * self.options.steps
        done = 0
        detail = torch.zeros_like(_resized(self._base, self._sizes[0]))
        for octave, size in enumerate(self._sizes):
            base = _resized(self._base, size)
            image = _resized(detail, size) + base
            for step in range(self.options.steps):
                image, score = self._step(image, octave, step)
                done += areas[octave]
                self.image = image.cpu()
                self.history.append(score)
                steps = len(self._sizes) * self.options.steps
                yield DreamProgress(
                    octave=octave + 1,
                    octaves=len(self._sizes),
                    step=len(self.history),
                    steps=steps,
                    image=self.image if self.options.clip else self.image.clamp(0, 1),
                    score=score,
                    seconds=0.0,
                    share=done / total,
                )
            detail = image - base

    def _step(self, image: Tensor, octave: int, step: int) -> tuple[Tensor, float]:
        """Return the image after a step and what it was worth before."""
        random = generator(self.options.seed, "dream", octave, step)
        reach = self.options.jitter
        if len(self._windows(image, self._tile)) > 1:  # their borders move all over the image
            reach = max(reach, self._tile // 2)
        moves = torch.randint(-reach, reach + 1, (2,), generator=random).tolist()
        moved = image.roll(moves, (1, 2))
        self._tile, (gradient, score) = with_less_memory(
            self._tile, lambda tile: self._gradient(moved, self._windows(moved, tile)), "pixels"
        )
        # Nothing of the image's size is made that need not be: a large one is 140 MB.
        mean = sum(float(plane.abs().mean()) for plane in gradient) / len(gradient)
        if math.isfinite(mean):
            moved = moved.add_(gradient, alpha=self.options.rate / 255 / max(mean, _TINY))
        del gradient
        image = moved.roll([-each for each in moves], (1, 2))
        return (image.clamp_(0, 1) if self.options.clip else image), score

    def _windows(self, image: Tensor, tile: int) -> list[Window]:
        """Return the windows for an image; one without context where it fits."""
        size = (int(image.shape[1]), int(image.shape[2]))
        fixed = self._setup.view_size
        if fixed != (0, 0):
            return list(windows(size, fixed, min(fixed) // 8))
        if max(size) <= tile:
            return list(windows(size, size, 0))
        return list(windows(size, (tile, tile), tile // 8))

    def _gradient(self, image: Tensor, parts: list[Window]) -> tuple[Tensor, float]:
        """Return the gradient (C, H, W) of the mean over windows, and the mean."""
        response = self._setup.response
        whole = torch.zeros_like(image)
        total = 0.0
        with response.open(gradients=True):
            for part in parts:
                view = part.cut(image)[None].requires_grad_(True)
                family = torch.zeros(1, dtype=torch.long)
                score = response.scores(view, view, Plan([self._objective]), family).sum()
                part.add(torch.autograd.grad(score, view)[0][0], whole)
                total += float(score.detach())
        return whole, total / len(parts)


def dream(scope: Scope, image: Any, target: Any, **options: Any) -> Dream:
    """Return a dream of an image; iterate over it, then ask for ``result()``.

    Parameters
    ----------
    scope
        The network.
    image
        One image, in any form; it keeps its size.
    target
        ``"layer3"`` for a whole layer, ``"layer3:12"`` for a channel, or any objective.
    **options
        Those of `DreamOptions`: ``octaves``, ``steps``, ``rate``, ``guide``, ``tile``, …

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> slow = dream(digits.scope, digits.images[0], "conv2", octaves=1, steps=3, jitter=1)
    >>> [progress.step for progress in slow]
    [1, 2, 3]
    >>> slow.result().image.shape
    torch.Size([1, 8, 8])
    """
    return Dream(scope, image, target, dream_options(options))


def _guide(scope: Scope, objective: Objective, guide: Any) -> Objective:
    whole = [term for _, term in objective.terms if isinstance(term, WholeLayer)]
    if len(objective.terms) != 1 or not whole:
        raise ValueError(
            f"guide: needs a whole layer as target, such as 'layer3', got {objective.key!r}"
        )
    return guided(scope, whole[0].layer, guide)


def _set_up(scope: Scope, title: str, objective: Objective) -> Setup:
    """Find out whether the network takes images of any size; (0, 0) stands for that."""
    picture = Picture(0, 0, 0, 0, title, objective)
    native = set_up(scope, [picture], Settings())
    height, width = native.view_size
    other = (height + max(8, height // 4), width + max(8, width // 2))
    found = set_up(scope, [picture], Settings(size=other)).view_size
    return replace(native, view_size=(0, 0) if found == other else native.view_size)


def _image(image: Any, setup: Setup) -> Tensor:
    source = as_source(image)
    if len(source) != 1:
        raise ValueError(f"image: must be one image, got {len(source)}")
    found, channels = to_float(source[0]), setup.canvas.channels
    if len(found) == 1 and channels == 3:
        found = found.expand(3, -1, -1)
    if len(found) != channels:
        raise ValueError(f"image: has {len(found)} channels, the network takes {channels}")
    dtype = setup.response.prepare.dtype
    return found.to(torch.float64 if dtype == torch.float64 else torch.float32).contiguous()


def _octaves(image: Tensor, options: DreamOptions) -> list[tuple[int, int]]:
    """Return the sizes from small to the image's own; too small ones are left out."""
    height, width = int(image.shape[1]), int(image.shape[2])
    sizes = [(height, width)]
    for turn in range(1, options.octaves):
        scale = options.octave_scale**turn
        size = (round(height / scale), round(width / scale))
        if min(size) < _SMALLEST:
            break
        sizes.append(size)
    return sizes[::-1]


def _resized(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Return an image at a size; the image itself where it has it."""
    if tuple(image.shape[1:]) == size:
        return image
    return functional.interpolate(image[None], size, mode="bilinear", antialias=True)[0]


def _stretched(image: Tensor) -> Tensor:
    """Bring values that left [0, 1] back by one factor, all but the brightest 0.02 %."""
    values = image.flatten()
    count = min(len(values), 1 << 22)  # quantiles of a sample: torch sorts no more than that
    sample = values[:: max(1, len(values) // count)]
    return (image / sample.kthvalue(max(1, int(0.9998 * len(sample)))).values).clamp(0, 1)
