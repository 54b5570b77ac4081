"""Attributions by captum, in batches of bounded memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import torch
from torch import Tensor, nn

from convscope.attribution.attributions import INPUT, Part
from convscope.attribution.cam import unreached
from convscope.attribution.options import (
    AblationOptions,
    NoiseOptions,
    OcclusionOptions,
    PathOptions,
)
from convscope.attribution.passes import Request, answer, part_of, picture_input
from convscope.attribution.questions import Questions, Scores, Unit
from convscope.attribution.safe import calls_of, safe_copy
from convscope.network import Capture, untouched


class Scored(nn.Module):
    """A network that gives one number per image: its score for one target.

    Parameters
    ----------
    network
        The network, or a copy of it.
    request
        What is asked.
    target
        Which of the targets.
    dtype
        What the network takes.
    """

    def __init__(
        self, network: nn.Module, request: Request, target: int, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.network = network
        self._dtype = dtype
        self._request = request
        column = [row[target] for row in request.questions.table]
        self._made = next((t for t in column if callable(t) or isinstance(t, Unit)), None)
        if self._made is not None and any(t is not self._made and t != self._made for t in column):
            raise ValueError(
                f"targets: {request.method.name!r} takes one function or unit for all images, got "
                "several; ask for each on its own"
            )

    def forward(self, image: Tensor, classes: Tensor, *rest: Tensor) -> Tensor:
        """Return the scores (N,) of images (N, C, H, W) for their classes (N,)."""
        # A made number is the same question for all; else each image has the class it came with.
        rows = [(self._made,) if self._made is not None else (k,) for k in classes.tolist()]
        asked = Questions(tuple(rows), several=False, scope=self._request.scope)
        capture: Capture | None = None
        if asked.layers:
            capture = Capture(self.network, self._request.scope.layers, asked.layers)
        # A copy, since models may write into their input; captum's steps are single precision.
        inputs = (image.clone().to(self._dtype), *rest)
        if capture is None:
            scores = asked.scores(range(len(image)), self.network(*inputs), {})
        else:
            done = capture.run_with_graph(inputs, to_output=False)
            taken = {n: capture.read(n, t, len(image)) for n, t in done.taken.items()}
            scores = asked.scores(range(len(image)), done.output, taken)
        values: Tensor = scores.values[0]
        if image.requires_grad and torch.is_grad_enabled() and not values.requires_grad:
            raise unreached(INPUT)
        return values * self._request.direction


@dataclass(frozen=True)
class Job:
    """One batch and one target, as captum's methods want them.

    Attributes
    ----------
    model
        Gives one number per image.
    image
        (N, C, H, W).
    more
        What else ``model`` takes: classes (N,) and further inputs.
    settings
        Options of the method.
    at_once
        How many images may run at once.
    """

    model: Scored
    image: Tensor
    more: tuple[Tensor, ...]
    settings: Any
    at_once: int

    @property
    def copies(self) -> int:
        """How many changed copies of the batch may run at once."""
        return max(1, self.at_once // len(self.image))

    @property
    def baseline(self) -> Tensor | float:
        """The baseline, a number or (1, C, H, W)."""
        given = self.settings.baseline
        if not isinstance(given, Tensor):
            return float(given)
        if given.shape != self.image.shape[1:]:
            raise ValueError(
                f"baseline: must be a number or a tensor {tuple(self.image.shape[1:])}, as the "
                f"network's input is; got {tuple(given.shape)}"
            )
        return given.to(self.image)[None]


Result = tuple[Tensor, Tensor | None]  # (N, h, w) and how far from complete, (N,)


def by_captum(request: Request, indices: list[int], inputs: tuple[Tensor, ...]) -> Part:
    """Return maps of one batch by one of captum's methods."""
    run, copied = _METHODS[request.method.name]
    image = picture_input(request, inputs).detach()
    network = request.scope.network
    maps, deltas = [], []
    with untouched(network, gradients=True), _quiet():
        if copied:
            network = safe_copy(network, calls_of(network, inputs))
        scores = _answered(request, indices, inputs)
        for target in range(len(scores.values)):
            classes = scores.classes[:, target].to(image.device)
            model = Scored(network, request, target, image.dtype)
            more = (classes, *(each.detach() for each in inputs[1:]))
            job = Job(model, image.clone(), more, request.settings, request.batch_size)
            values, delta = run(job)
            maps.append(values.detach())
            deltas += [] if delta is None else [delta.detach().float().cpu()]
    completeness = torch.stack(deltas, 1) if deltas else None
    return part_of(indices, scores, {INPUT: torch.stack(maps, 1)}, completeness)


def _answered(request: Request, indices: Sequence[int], inputs: tuple[Tensor, ...]) -> Scores:
    with torch.no_grad():
        copies = tuple(each.clone() for each in inputs)
        return answer(request, request.capture(), indices, copies)


def _integrated_gradients(job: Job) -> Result:
    from captum.attr import IntegratedGradients

    settings: PathOptions = job.settings
    values, delta = IntegratedGradients(job.model).attribute(
        job.image,
        job.baseline,
        additional_forward_args=job.more,
        n_steps=settings.steps,
        internal_batch_size=max(job.at_once, len(job.image)),
        return_convergence_delta=True,
    )
    return values.sum(1), delta


def _smoothgrad(job: Job) -> Result:
    from captum.attr import NoiseTunnel, Saliency

    settings: NoiseOptions = job.settings
    tunnel = NoiseTunnel(Saliency(job.model))
    maps = []
    for i, image in enumerate(job.image):
        # Image by image, so that neither its noise nor the size of it depend on the others.
        torch.manual_seed(settings.seed)
        values = tunnel.attribute(
            image[None],
            nt_type="smoothgrad",
            nt_samples=settings.samples,
            nt_samples_batch_size=min(job.at_once, settings.samples),
            stdevs=settings.noise * float(image.max() - image.min()),
            abs=False,
            additional_forward_args=tuple(each[i : i + 1] for each in job.more),
        )
        maps.append(values.abs().amax(1))
    return torch.cat(maps), None


def _deeplift(job: Job) -> Result:
    from captum.attr import DeepLift

    values, delta = DeepLift(job.model).attribute(
        job.image,
        job.baseline,
        additional_forward_args=job.more,
        return_convergence_delta=True,
    )
    return values.sum(1), delta


def _occlusion(job: Job) -> Result:
    from captum.attr import Occlusion

    settings: OcclusionOptions = job.settings
    channels, height, width = job.image.shape[1:]
    side = min(settings.window or max(1, round(min(height, width) / 6)), height, width)
    step = min(settings.stride or max(1, side // 2), side)
    values = Occlusion(job.model).attribute(
        job.image,
        sliding_window_shapes=(channels, side, side),
        strides=(channels, step, step),
        baselines=job.baseline,
        additional_forward_args=job.more,
        perturbations_per_eval=job.copies,
    )
    return values.mean(1), None  # all channels are covered together: each has the same value


def _feature_ablation(job: Job) -> Result:
    from captum.attr import FeatureAblation

    settings: AblationOptions = job.settings
    values = FeatureAblation(job.model).attribute(
        job.image,
        baselines=job.baseline,
        additional_forward_args=job.more,
        feature_mask=_segments(settings.segments, job.image),
        perturbations_per_eval=job.copies,
    )
    return values.mean(1), None


def _segments(given: int | Tensor, image: Tensor) -> Tensor:
    height, width = image.shape[2:]
    if isinstance(given, Tensor):
        if given.shape != (height, width) or given.is_floating_point():
            raise ValueError(
                f"segments: must be integers ({height}, {width}), as the network's input is; got "
                f"{given.dtype} {tuple(given.shape)}"
            )
        return given.long().to(image.device)[None, None]
    side = ceil(max(height, width) / given)
    rows = torch.arange(height, device=image.device) // side
    columns = torch.arange(width, device=image.device) // side
    return (rows[:, None] * ceil(width / side) + columns)[None, None]


class _quiet(warnings.catch_warnings):  # noqa: N801 - read as a word in a with statement
    """Keeps captum's notes to its own users from ours."""

    def __enter__(self) -> Any:
        found = super().__enter__()
        warnings.filterwarnings("ignore", module=r"captum\..*")
        warnings.filterwarnings("ignore", message="Setting forward, backward hooks")
        warnings.filterwarnings("ignore", message="Internal batch size")
        return found


_METHODS: dict[str, tuple[Callable[[Job], Result], bool]] = {
    "integrated_gradients": (_integrated_gradients, False),
    "smoothgrad": (_smoothgrad, False),
    "deeplift": (_deeplift, True),
    "occlusion": (_occlusion, False),
    "feature_ablation": (_feature_ablation, False),
}
