"""Attribution of a position to every class at once, by one forward-mode product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from convscope.atlas.errors import AtlasError
from convscope.network import Capture, Layer, untouched
from convscope.scope import Scope
from convscope.strongest import as_maps

AttributionRule = Literal["linear", "smoothed", "none"]

_SMALL = 1e-2  # Lucid's, which keeps a pool of zeros finite


def scores_layer(scope: Scope) -> Layer | None:
    """Return the output of the model that holds its class scores (K,), None where there is none."""
    found = {
        layer.name: layer
        for layer in scope.layers
        if layer.capturable
        and layer.tap is not None
        and layer.tap.module in ("", "output")
        and layer.dtype is not None
        and layer.dtype.is_floating_point
    }
    named = [layer for name, layer in found.items() if name.endswith("[logits]")]
    for layer in named or list(found.values()):
        shape = layer.shape or ()
        if len(shape) == 1 or (len(shape) == 3 and shape[1:] == (1, 1)):
            return layer
    return None


def attributed(
    scope: Scope,
    layer: str,
    scores: str,
    inputs: tuple[Tensor, ...],
    positions: Tensor,
    rule: AttributionRule,
) -> tuple[Tensor, Tensor]:
    """Return the activations at positions, and what they add to each class score.

    What a position adds is ``h · ∇ score`` for its activation h, to first order: a Jacobian-vector
    product from the layer to the scores of all classes (Distill Activation Atlas, §"Attribution").

    Parameters
    ----------
    scope
        The network.
    layer, scores
        Names of the layer and of the output with the class scores.
    inputs
        A batch, (N, ...).
    positions
        (N, D, 2) rows and columns in the layer's map: D positions of each image.
    rule
        ``"linear"``, or ``"smoothed"``, which lets max-pools pass a change on as a smoother pool
        would (Lucid, ``make_smoothed_maxpool_grad``).

    Returns
    -------
    activations : Tensor
        (N, D, C).
    attributions : Tensor
        (N, D, K).
    """
    capture = Capture(scope.network, scope.layers, [layer, scores])
    taken: list[Tensor] = []
    found: list[Tensor] = []
    with _differentiable(scope, layer):
        for draw in positions.unbind(1):
            mode = SmoothedPools() if rule == "smoothed" else nullcontext()
            with untouched(scope.network), mode:
                pairs = capture.run_with_tangent(inputs, layer, _only_at(capture, layer, draw))
            value, change = pairs[layer][0], pairs[scores][1]
            maps = as_maps(capture.read(layer, value, len(draw)))
            taken.append(at(maps, draw[:, None])[:, 0])
            found.append(capture.read(scores, change, len(draw)).flatten(1))
    return torch.stack(taken, 1), torch.stack(found, 1)


def at(maps: Tensor, positions: Tensor) -> Tensor:
    """Return what maps (N, C, H, W) hold at positions (N, D, 2), as (N, D, C)."""
    places = positions.to(maps.device)
    images = torch.arange(len(maps), device=maps.device)[:, None]
    return maps[images, :, places[..., 0], places[..., 1]]


def _only_at(capture: Capture, layer: str, positions: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the function from a layer's tensor to itself at the positions, 0 elsewhere."""

    def tangent(raw: Tensor) -> Tensor:
        mask = torch.zeros_like(raw)
        maps = as_maps(capture.read(layer, mask, len(positions)))  # a view into the mask
        images = torch.arange(len(maps), device=maps.device)
        places = positions.to(maps.device)
        maps[images, :, places[:, 0], places[:, 1]] = 1
        return raw * mask

    return tangent


@contextmanager
def _differentiable(scope: Scope, layer: str) -> Iterator[None]:
    """Let attention be computed step by step, which has a forward mode, and say what has none."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    except NotImplementedError as error:
        raise AtlasError(
            f"attribution: an operation after {layer!r} in {scope.name} has no forward mode "
            f"({error}); build with attribution='none'"
        ) from error


class SmoothedPools(TorchFunctionMode):
    """Lets max-pools pass changes on as ``Σx² / Σx`` would, with the values that they have.

    A max-pool hands a change of its largest input on and no other, which makes attribution to
    early layers spotty. Source: Lucid, ``misc/gradient_override``.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        """Run ``func``, and see to the change where it is a max-pool over pictures."""
        kwargs = kwargs or {}
        if func not in _POOLS or not args:
            return func(*args, **kwargs)
        value, change = forward_ad.unpack_dual(args[0])  # type: ignore[no-untyped-call]
        if change is None:
            return func(*args, **kwargs)
        pooled = func(value, *args[1:], **kwargs)
        smooth = _smooth_change(value, change, *args[1:], **kwargs)
        if isinstance(pooled, tuple):
            return (_dual(pooled[0], smooth), *pooled[1:])
        return _dual(pooled, smooth)


def _dual(value: Tensor, change: Tensor) -> Tensor:
    dual: Tensor = forward_ad.make_dual(value, change)  # type: ignore[no-untyped-call]
    return dual


_POOLS = {functional.max_pool2d, functional.max_pool2d_with_indices, torch.max_pool2d}


def _smooth_change(
    value: Tensor,
    change: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,  # noqa: FBT001, FBT002
    return_indices: bool = False,  # noqa: FBT001, FBT002
) -> Tensor:
    """Return the change of ``mean(x²) / (mean(x) + small)`` over each window."""
    del return_indices
    if dilation not in (1, (1, 1), [1, 1]):
        raise AtlasError("attribution: a max-pool with dilation can't be smoothed; use 'linear'")

    def mean(x: Tensor) -> Tensor:
        return functional.avg_pool2d(
            x, kernel_size, stride, padding, ceil_mode=bool(ceil_mode), count_include_pad=False
        )

    squares, level = mean(value * value), mean(value) + _SMALL
    return mean(2 * value * change) / level - squares * mean(change) / level.square()
