"""Class activation maps of all layers and several targets, from one forward pass.

The forward pass keeps a graph from the first layer asked for; then each target takes one backward
pass through it, for all layers at once and to no weight. On a CPU this is as fast as a
backward pass that is vectorised over the targets (``benchmarks/attribution.py``), needs the memory
of one target only, and works for operations that can't be vectorised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, get_args

import torch
from torch import Tensor

CamName = Literal[
    "gradcam", "gradcam++", "layercam", "hirescam", "xgradcam", "activation_x_gradient"
]
#: What is looked for: what raises the score, what lowers it, or what leaves it alone.
Aim = Literal["increase", "decrease", "maintain"]

AIMS: tuple[str, ...] = get_args(Aim)


def backward(
    scores: Tensor, tensors: Mapping[str, Tensor], *, last: bool = True
) -> Iterator[dict[str, Tensor]]:
    """Yield d score / d tensor for each target, for all tensors at once.

    Parameters
    ----------
    scores
        (T, N), each row the scores of one target for all images.
    tensors
        What the scores were made of, each with a graph.
    last
        Nothing else goes through the graph after this, so that it may be freed.

    Yields
    ------
    dict of str to Tensor
        For each name the shape of its tensor.

    Raises
    ------
    ValueError
        If a score does not depend on a tensor.
    """
    wanted = list(tensors.values())
    for turn, row in enumerate(scores):
        keep = not last or turn + 1 < len(scores)
        found: Sequence[Tensor | None] = [None] * len(wanted)
        if row.requires_grad:
            found = torch.autograd.grad(row.sum(), wanted, retain_graph=keep, allow_unused=True)
        for name, grad in zip(tensors, found, strict=True):
            if grad is None:
                raise unreached(name)
        yield {n: g for n, g in zip(tensors, found, strict=True) if g is not None}


def unreached(name: str) -> ValueError:
    """Return the error about a tensor that a target has no gradient by."""
    return ValueError(
        f"layers: no gradient reaches {name!r}: the target does not depend on it, or the model "
        "leaves the graph on the way (detach, argmax, rounding); ask for another layer"
    )


def cam(method: CamName, activations: Tensor, gradients: Tensor, *, signed: bool = False) -> Tensor:
    """Return maps from activations and the gradients of a score by them.

    Parameters
    ----------
    method
        ``"gradcam"`` (Selvaraju et al. 2017), ``"gradcam++"`` (Chattopadhyay et al. 2018),
        ``"layercam"`` (Jiang et al. 2021), ``"hirescam"`` (Draelos and Carin 2020), ``"xgradcam"``
        (Fu et al. 2020) or ``"activation_x_gradient"``.
    activations, gradients
        (N, C, H, W).
    signed
        Keep what speaks against the target; the papers cut it off at 0.

    Returns
    -------
    Tensor
        (N, H, W), raw. ``"activation_x_gradient"`` always is signed.

    Examples
    --------
    >>> import torch
    >>> activations, gradients = torch.rand(2, 8, 5, 7), torch.randn(2, 8, 5, 7)
    >>> cam("gradcam", activations, gradients).shape
    torch.Size([2, 5, 7])
    """
    values = _CAMS[method](activations, gradients)
    return values if signed or method == "activation_x_gradient" else values.relu()


def maintaining(gradients: Tensor) -> Tensor:
    """Return 1 / (|g| + ε): high where a change leaves the score as it is.

    keras-vis calls this ``small_values``; ε is a hundredth of the largest |g| of an image, so that
    a gradient of 0 does not outshine all others.

    Parameters
    ----------
    gradients
        (N, ...).
    """
    size = gradients.abs()
    most = size.flatten(1).amax(1).reshape(-1, *[1] * (gradients.ndim - 1))
    return 1 / (size + (0.01 * most).clamp_min(1e-12))


def _weighted(activations: Tensor, weights: Tensor) -> Tensor:
    """Return Σ over channels of weights (N, C) × activations (N, C, H, W)."""
    flat = weights[:, None] @ activations.flatten(2)
    return flat.view(len(activations), *activations.shape[2:])


def _gradcam(activations: Tensor, gradients: Tensor) -> Tensor:
    return _weighted(activations, gradients.mean(dim=(2, 3)))


def _gradcam_plus_plus(activations: Tensor, gradients: Tensor) -> Tensor:
    # With exp(score) as the class score, as in the paper, its powers cancel out of the weights.
    square = gradients**2
    below = 2 * square + activations.sum(dim=(2, 3), keepdim=True) * square * gradients
    share = torch.where(below != 0, square / torch.where(below != 0, below, 1), 0)
    return _weighted(activations, (share * gradients.relu()).sum(dim=(2, 3)))


def _layercam(activations: Tensor, gradients: Tensor) -> Tensor:
    return (gradients.relu() * activations).sum(dim=1)


def _hirescam(activations: Tensor, gradients: Tensor) -> Tensor:
    return (gradients * activations).sum(dim=1)


def _xgradcam(activations: Tensor, gradients: Tensor) -> Tensor:
    total = activations.sum(dim=(2, 3))
    along = (activations * gradients).sum(dim=(2, 3))
    return _weighted(activations, torch.where(total != 0, along / total.where(total != 0, 1), 0))


_CAMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "gradcam": _gradcam,
    "gradcam++": _gradcam_plus_plus,
    "layercam": _layercam,
    "hirescam": _hirescam,
    "xgradcam": _xgradcam,
    "activation_x_gradient": _hirescam,
}
