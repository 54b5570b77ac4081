"""Attributions that one forward pass and a backward pass a target give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.attribution.attributions import INPUT, Part
from convscope.attribution.cam import Aim, backward, cam, maintaining
from convscope.attribution.catalogue import Method
from convscope.attribution.questions import Questions, Scores
from convscope.attribution.rectified import Rectified, Rule
from convscope.network import Capture, untouched
from convscope.scope import Scope
from convscope.strongest import as_maps


@dataclass(frozen=True)
class Request:
    """All that an attribution is asked with, apart from the images.

    Attributes
    ----------
    scope, questions
        Whose network, and about what.
    method, settings
        How, with the method's own options.
    layers
        Which layers, none for methods that explain the input.
    aim
        What is looked for.
    batch_size
        How many inputs run at once.
    """

    scope: Scope
    questions: Questions
    method: Method
    settings: Any
    layers: Sequence[str]
    aim: Aim | None
    batch_size: int

    @property
    def direction(self) -> int:
        """1, or −1 where what lowers the score is looked for."""
        return -1 if self.aim == "decrease" else 1

    def capture(self, layers: Sequence[str] = ()) -> Capture | None:
        """Return what takes the layers, and those that targets are units of; None for nothing."""
        names = list(dict.fromkeys([*layers, *self.questions.layers]))
        return Capture(self.scope.network, self.scope.layers, names) if names else None


def of_layers(request: Request, indices: list[int], inputs: tuple[Tensor, ...]) -> Part:
    """Return class activation maps of one batch."""
    capture, count = request.capture(request.layers), len(indices)
    if capture is None:
        raise ValueError("layers: got none; name at least one of scope.layers")
    made: dict[str, list[Tensor]] = {name: [] for name in request.layers}
    signed = getattr(request.settings, "signed", False)
    with untouched(request.scope.network, gradients=True):
        done = capture.run_with_graph(inputs, to_output=request.questions.need_output)
        taken = {name: capture.read(name, t, count) for name, t in done.taken.items()}
        scores = request.questions.scores(indices, done.output, taken)
        maps = {name: _numbers(taken[name]) for name in request.layers}
        tensors = {name: done.taken[name] for name in request.layers}
        for grads in backward(scores.values * request.direction, tensors):
            for name, grad in grads.items():
                slope = _numbers(capture.read(name, grad, count))
                slope = maintaining(slope) if request.aim == "maintain" else slope
                made[name].append(_cam_of(request, maps[name], slope, signed=signed))
    return part_of(indices, scores, {name: torch.stack(each, 1) for name, each in made.items()})


def of_input(request: Request, indices: list[int], inputs: tuple[Tensor, ...]) -> Part:
    """Return maps of one batch that are made of gradients by the input."""
    reduce = _signed_sum if request.method.name == "input_x_gradient" else _largest
    rules: dict[str, Rule] = {"guided_backprop": "guided", "deconvolution": "deconvolution"}
    image = picture_input(request, inputs)
    scores, slopes = slopes_of(request, indices, inputs, rules.get(request.method.name))
    made = [reduce(slope, image, request.aim) for slope in slopes]
    return part_of(indices, scores, {INPUT: torch.stack(made, 1)})


def of_guided_layers(request: Request, indices: list[int], inputs: tuple[Tensor, ...]) -> Part:
    """Return guided backprop times Grad-CAM of each layer, enlarged by repeating its cells."""
    part = of_layers(request, indices, inputs)
    _, slopes = slopes_of(request, indices, inputs, "guided")
    fine = torch.stack([slope.abs().amax(1) for slope in slopes], 1).cpu()
    size = fine.shape[2:]
    coarse = {n: functional.interpolate(m, size, mode="nearest") for n, m in part.maps.items()}
    maps = {name: fine * each for name, each in coarse.items()}
    return Part(indices, maps, part.names, part.classes, part.scores)


def slopes_of(
    request: Request, indices: list[int], inputs: tuple[Tensor, ...], rule: Rule | None = None
) -> tuple[Scores, list[Tensor]]:
    """Return the scores, and for each target their gradient by the input, (N, C, H, W).

    Parameters
    ----------
    request, indices, inputs
        What is asked, of which images.
    rule
        What nonlinearities let through on the way back; None for what they are.
    """
    leaf = picture_input(request, inputs).detach().clone().requires_grad_()
    rectified = None if rule is None else Rectified(rule)
    with untouched(request.scope.network, gradients=True):
        with nullcontext() if rectified is None else rectified:
            # A copy, since a leaf may not be written in place, and some models do.
            scores = answer(request, request.capture(), indices, (leaf.clone(), *inputs[1:]))
        if rectified is not None and not rectified.met:
            raise ValueError(
                f"method: {request.method.name!r} changes what ReLU and its kin let through, and "
                "this model calls none; use 'saliency'"
            )
        found = backward(scores.values * request.direction, {INPUT: leaf})
        return scores, [_numbers(grads[INPUT]) for grads in found]


def answer(
    request: Request, capture: Capture | None, indices: Sequence[int], inputs: tuple[Tensor, ...]
) -> Scores:
    """Run the model, no further than needed, and return its scores.

    Call it inside ``untouched``.
    """
    questions = request.questions
    if capture is None:
        return questions.scores(indices, request.scope.network(*inputs), {})
    done = capture.run_with_graph(inputs, to_output=questions.need_output)
    count = inputs[0].shape[0]
    taken = {name: capture.read(name, tensor, count) for name, tensor in done.taken.items()}
    return questions.scores(indices, done.output, taken)


def picture_input(request: Request, inputs: tuple[Tensor, ...]) -> Tensor:
    """Return the input that is explained, (N, C, H, W).

    Raises
    ------
    ValueError
        If it is no picture of numbers.
    """
    image = inputs[0]
    if image.ndim != 4 or not image.is_floating_point():
        raise ValueError(
            f"method: {request.method.name!r} explains pictures (N, C, H, W), but this network "
            f"takes {image.dtype} {tuple(image.shape)}; explain its layers instead, as 'gradcam' "
            "does"
        )
    return image


def part_of(
    indices: list[int],
    scores: Scores,
    maps: dict[str, Tensor],
    completeness: Tensor | None = None,
) -> Part:
    """Return a batch's answer, on the CPU and without a graph."""
    values = scores.values.detach().T.float().cpu()
    cpu = {name: each.detach().float().cpu() for name, each in maps.items()}
    return Part(indices, cpu, scores.names, scores.classes, values, completeness)


def _cam_of(request: Request, maps: Tensor, slope: Tensor, *, signed: bool) -> Tensor:
    name: Any = "gradcam" if request.method.name == "guided_gradcam" else request.method.name
    return cam(name, as_maps(maps), as_maps(slope), signed=signed)


def _largest(slope: Tensor, _image: Tensor, aim: Aim | None) -> Tensor:
    if aim in ("increase", "decrease"):
        return slope.amax(1).relu()
    largest = slope.abs().amax(1)
    return maintaining(largest) if aim == "maintain" else largest


def _signed_sum(slope: Tensor, image: Tensor, _aim: Aim | None) -> Tensor:
    return (slope * image).sum(1)


def _numbers(tensor: Tensor) -> Tensor:
    """Return a tensor without its graph, of at least single precision."""
    tensor = tensor.detach()
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


Explain = Callable[[Request, list[int], tuple[Tensor, ...]], Part]
