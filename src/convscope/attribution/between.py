"""What each position of a layer was made from in an earlier one, and what it feeds in a later one.

The building blocks of Olah et al. 2018 ("The Building Blocks of Interpretability", spatial
attribution): the activation at a position is a direction; how much of its length came from each
position of an earlier layer is activation × gradient there. The same numbers, read the other way
round, say what an earlier position feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.attribution.cam import unreached
from convscope.attribution.request import has_maps
from convscope.network import Capture, untouched
from convscope.scope import Scope
from convscope.strongest import as_maps


@dataclass(frozen=True)
class Between:
    """How much each position of a later layer owes to each position of an earlier one.

    Attributes
    ----------
    earlier, later
        Names of the layers.
    contributions
        (H, W, h, w): to the squared length of the activation at (H, W) of ``later``, from position
        (h, w) of ``earlier``; signed.
    """

    earlier: str
    later: str
    contributions: Tensor

    def made_from(self, row: int, column: int) -> Tensor:
        """Return (h, w), what the position of the later layer was made from."""
        return self.contributions[row, column]

    def feeds(self, row: int, column: int) -> Tensor:
        """Return (H, W), what the position of the earlier layer feeds."""
        return self.contributions[:, :, row, column]


def contributions(scope: Scope, image: Any, earlier: str, later: str) -> Between:
    """Return the contributions of all positions of a layer to all positions of a later one.

    One forward pass between the layers, and one backward pass for each position of ``later``; for
    one position :func:`made_from` and :func:`feeds` are faster.

    Parameters
    ----------
    scope
        The network.
    image
        One image.
    earlier, later
        Names of two layers with maps; the second must depend on the first.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> cs.attribution.contributions(scope, image, "blocks.10", "head").contributions.shape
    torch.Size([7, 7, 14, 14])
    """
    with _two(scope, image, earlier, later) as two:
        lengths = two.lengths.flatten()
        rows = [two.sources(lengths[i], keep=i + 1 < len(lengths)) for i in range(len(lengths))]
        size = two.lengths.shape
    return Between(earlier, later, torch.stack(rows).view(*size, *rows[0].shape))


def made_from(
    scope: Scope, image: Any, layer: str, position: tuple[int, int], earlier: str
) -> Tensor:
    """Return how much of a position came from each position of an earlier layer.

    Parameters
    ----------
    scope
        The network.
    image
        One image.
    layer
        Name of a layer.
    position
        Row and column in its map.
    earlier
        Name of a layer before it.

    Returns
    -------
    Tensor
        (h, w), signed; for bias-free ReLU layers it sums to the squared length of the activation.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> cs.attribution.made_from(scope, image, "head", (3, 3), "blocks.4").shape
    torch.Size([28, 28])
    """
    with _two(scope, image, earlier, layer) as two:
        row, column = _inside(position, two.lengths, layer)
        return two.sources(two.lengths[row, column])


def feeds(scope: Scope, image: Any, layer: str, position: tuple[int, int], later: str) -> Tensor:
    """Return how much a position gave to each position of a later layer.

    In forward mode: one pass that carries the activation at the position along.

    Parameters
    ----------
    scope
        The network.
    image
        One image.
    layer
        Name of a layer.
    position
        Row and column in its map.
    later
        Name of a layer after it.

    Returns
    -------
    Tensor
        (H, W), signed, in the units of :func:`made_from`.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> cs.attribution.feeds(scope, image, "blocks.10", (6, 7), "head").shape
    torch.Size([7, 7])
    """
    capture, inputs = _prepared(scope, image, layer, later)

    def only_there(tensor: Tensor) -> Tensor:
        """Return what the layer gave, 0 but at the position."""
        with torch.enable_grad():
            raw = torch.zeros_like(tensor, requires_grad=True)
            maps = as_maps(capture.read(layer, raw, 1))[0]
            row, column = _inside(position, maps, layer)
            (mask,) = torch.autograd.grad(maps[:, row, column].sum(), raw)
        return tensor * mask

    try:
        with untouched(scope.network):
            value, change = capture.run_with_tangent(inputs, layer, only_there)[later]
    except NotImplementedError as error:
        raise ValueError(
            f"layers: an operation between {layer!r} and {later!r} has no forward mode ({error}); "
            "use contributions(…).feeds"
        ) from error
    maps, changes = (as_maps(capture.read(later, each, 1))[0] for each in (value, change))
    return (maps * changes).sum(0).float().cpu()


@dataclass(frozen=True)
class _Two:
    """Two layers of one pass over one image."""

    earlier: str
    tensor: Tensor  # of the earlier layer, as the module gave it
    capture: Capture
    lengths: Tensor  # (H, W), squared length of the later layer's activations, with their graph

    def sources(self, score: Tensor, *, keep: bool = False) -> Tensor:
        """Return activation × gradient of a score, (h, w)."""
        (grad,) = torch.autograd.grad(score, self.tensor, retain_graph=keep, allow_unused=True)
        if grad is None:
            raise unreached(self.earlier)
        product = self.capture.read(self.earlier, (grad * self.tensor).detach(), 1)
        return as_maps(product)[0].sum(0).float().cpu()


@contextmanager
def _two(scope: Scope, image: Any, earlier: str, later: str) -> Iterator[_Two]:
    capture, inputs = _prepared(scope, image, earlier, later)
    with untouched(scope.network, gradients=True):
        taken = capture.run_with_graph(inputs, to_output=False).taken
        maps = as_maps(capture.read(later, taken[later], 1))[0]
        lengths = (maps * maps.detach()).sum(0)
        yield _Two(earlier, taken[earlier], capture, lengths)


def _prepared(
    scope: Scope, image: Any, earlier: str, later: str
) -> tuple[Capture, tuple[Tensor, ...]]:
    """Return what takes two layers with maps, in order, and the input for one image."""
    for name in (earlier, later):
        if not has_maps(scope.layers.find(name)):
            raise ValueError(f"layers: {name!r} gives no maps (C, H, W), so it has no positions")
    orders = [scope.layers.find(name).order or 0 for name in (earlier, later)]
    if orders[0] >= orders[1]:
        raise ValueError(f"layers: {earlier!r} does not come before {later!r}")
    given = scope.inputs.gather(image)
    if len(given) != 1:
        raise ValueError(f"image: expected one, got {len(given)}")
    ((_, inputs),) = scope.inputs.batches(given, 1)
    return Capture(scope.network, scope.layers, [earlier, later]), inputs


def _inside(position: tuple[int, int], maps: Tensor, layer: str) -> tuple[int, int]:
    height, width = maps.shape[-2:]
    row, column = position
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"position: {layer!r} has {height} × {width}, from (0, 0); got {position}")
    return row, column
