"""Gradients of a score with respect to activations, and of a loss with respect to weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convscope.network.capture import Capture
from convscope.network.state import untouched


def activation_gradients(
    capture: Capture, inputs: tuple[Tensor, ...], score: Callable[[Any], Tensor]
) -> dict[str, Tensor]:
    """Return d score / d activation for one batch.

    Parameters
    ----------
    capture
        The layers that gradients are wanted for.
    inputs
        The model's inputs, each (N, ...), on its device.
    score
        Gives one number per image, (N,), from the model's output.

    Returns
    -------
    dict of str to Tensor
        For each layer the shape of its activations. A layer that the score does not depend on
        has zeros, and a warning says so.
    """
    with untouched(capture.model, gradients=True):
        done = capture.run_with_graph(inputs)
        taken = done.taken
        total = score(done.output).sum()
        tensors = list(taken.values())
        grads: Sequence[Tensor | None] = [None] * len(tensors)
        if total.requires_grad:
            grads = torch.autograd.grad(total, tensors, allow_unused=True)
    result = {}
    for (name, tensor), grad in zip(taken.items(), grads, strict=True):
        if grad is None:
            warnings.warn(
                f"The score does not depend on {name!r} (or the model detaches it on the way); "
                "its gradient is zero",
                stacklevel=3,
            )
        found = torch.zeros_like(tensor) if grad is None else grad
        result[name] = capture.read(name, found.detach(), inputs[0].shape[0])
    return result


def weight_gradients(
    model: nn.Module, inputs: tuple[Tensor, ...], loss: Callable[[Any], Tensor]
) -> dict[str, Tensor]:
    """Return d loss / d weight for one batch, for every floating-point parameter.

    Parameters
    ----------
    model
        The network; neither its ``.grad`` nor anything else changes.
    inputs
        The model's inputs, each (N, ...), on its device.
    loss
        Gives one number from the model's output.
    """
    with untouched(model, gradients=True):
        parameters = {n: p for n, p in model.named_parameters() if p.is_floating_point()}
        flags = {n: p.requires_grad for n, p in parameters.items()}
        try:
            for parameter in parameters.values():
                parameter.requires_grad_(True)
            value = loss(model(*inputs))
            grads = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
        finally:
            for name, parameter in parameters.items():
                parameter.requires_grad_(flags[name])
    return {
        name: torch.zeros_like(p) if g is None else g.detach()
        for (name, p), g in zip(parameters.items(), grads, strict=True)
    }
