"""The weights of a convolution, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convscope.network.layers import Layer, LayerTree, module_of
from convscope.network.state import untouched

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *_TRANSPOSED)


@dataclass(frozen=True)
class Filters:
    """The filters of one convolution.

    Attributes
    ----------
    layer
        Name of the layer.
    weight
        Tensor (out, in / groups, *kernel), float32 on the CPU: the weights themselves, with
        parametrisations such as weight norm applied.
    groups
        Number of groups of the convolution.
    """

    layer: str
    weight: Tensor
    groups: int

    @property
    def norms(self) -> Tensor:
        """Euclidean norm of every kernel, (out, in / groups)."""
        norms: Tensor = torch.linalg.vector_norm(self.weight.flatten(2), dim=2)
        return norms

    @property
    def is_colour(self) -> bool:
        """Whether each filter is one colour picture: three inputs, one group."""
        return self.weight.ndim == 4 and self.weight.shape[1] == 3 and self.groups == 1

    def shown(self, *, per_filter: bool = False) -> Tensor:
        """Return the weights scaled into [0, 1], with 0.5 where a weight is zero.

        Parameters
        ----------
        per_filter
            Scale every filter by its own largest weight, in place of the layer's.
        """
        size = self.weight.abs()
        peak = size.flatten(1).amax(dim=1) if per_filter else size.amax().expand(len(size))
        peak = peak.clamp_min(torch.finfo(torch.float32).tiny)
        return 0.5 + self.weight / (2 * peak.view(-1, *[1] * (self.weight.ndim - 1)))


def convolutions(model: nn.Module, tree: LayerTree) -> list[Layer]:
    """Return the layers of ``tree`` that have filters."""
    return [
        layer
        for layer in tree
        if layer.shared_with is None
        and "@" not in layer.name
        and isinstance(module_of(model, layer), _CONVOLUTIONS)
    ]


def filters(model: nn.Module, tree: LayerTree, name: str) -> Filters:
    """Return the filters of the convolution ``name``.

    Raises
    ------
    ValueError
        If the layer is no convolution.
    """
    layer = tree[name]
    module = module_of(model, layer)
    if not isinstance(module, _CONVOLUTIONS):
        kinds = [other.name for other in convolutions(model, tree)]
        hint = f"; its convolutions are {', '.join(kinds[:4])}, …" if kinds else ""
        raise ValueError(f"layer: {name!r} is a {layer.kind} and has no filters{hint}")
    with untouched(model):
        weight = module.weight.detach().to("cpu", torch.float32, copy=True)
    if isinstance(module, _TRANSPOSED):
        # (in, out / groups, ...) as torch stores it; we show outputs first.
        split = weight.reshape(module.groups, -1, *weight.shape[1:]).transpose(1, 2)
        weight = split.flatten(0, 1).contiguous()
    return Filters(layer=name, weight=weight, groups=module.groups)
