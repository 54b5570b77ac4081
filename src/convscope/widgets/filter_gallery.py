"""FilterGallery: the weights of a network's convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure

from convscope import plots
from convscope.network import Filters, Layer, convolutions
from convscope.scope import Scope
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._export import Call
from convscope.widgets._layers import as_scope
from convscope.widgets._rpc import rpc

_LARGEST_NORMS = 1_000_000  # kernels; a larger matrix of norms is finer than a screen


class FilterGallery(BaseWidget):
    """Browse the filters of a network: in colour at the input, by input channel deeper down.

    Parameters
    ----------
    scope
        The network, as a :class:`convscope.Scope`.
    layer
        Convolution to begin with; by default the first.
    **traits
        Any trait below.

    Attributes
    ----------
    layer : str
        The convolution shown.
    unit : int or None
        The filter whose kernels are shown.
    sort : {"index", "norm"}
        Order of the filters.
    scale : {"shared", "filter"}
        One colour scale for all filters, or one for each.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        Colours of single kernels; ``"auto"`` is diverging, centred at zero.

    Examples
    --------
    >>> import convscope as cs
    >>> gallery = cs.FilterGallery(cs.demo.scope())
    """

    _module = "filter_gallery"

    layer = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    sort = traitlets.Enum(("index", "norm"), "index").tag(sync=True)
    scale = traitlets.Enum(("shared", "filter"), "shared").tag(sync=True)
    colormap = traitlets.Enum(("auto", "magma", "viridis", "grey", "diverging"), "auto").tag(
        sync=True
    )
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, scope: Scope, *, layer: str | None = None, **traits: Any) -> None:
        self._scope = as_scope(scope)
        self._known: dict[str, Filters] = {}
        if layer is not None:
            self._filters(layer)
        layers = convolutions(scope.network, scope.layers)
        if not layers:
            raise ValueError("scope: this network has no convolution, so there are no filters")
        super().__init__(
            layer=layer if layer is not None else layers[0].name,
            _layers=[self._info(each) for each in layers],
            _title=scope.name,
            **traits,
        )

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            return self._filters(proposal["value"]).layer

    @rpc
    def filters(self, layer: str) -> dict[str, Any]:
        """Return the norms of a layer's filters, and the filters where they are colour pictures."""
        found = self._filters(layer)
        weight = _planar(found)
        norms = found.norms
        total = np.linalg.norm(norms.numpy(), axis=1)
        return {
            "shape": list(weight.shape),
            "rgb": np.ascontiguousarray(weight.transpose(0, 2, 3, 1)) if found.is_colour else None,
            "out_norms": total,
            "norms": norms if norms.numel() <= _LARGEST_NORMS else None,
            "dead": np.flatnonzero(total == 0).astype(np.int32),
        }

    @rpc
    def kernels(self, layer: str, unit: int) -> dict[str, Any]:
        """Return the kernels of one filter, one for each input channel."""
        found = self._filters(layer)
        if not 0 <= unit < len(found.weight):
            last = len(found.weight) - 1
            raise ValueError(f"unit: {layer!r} has filters 0 to {last}, got {unit}")
        return {"weights": _planar(found)[unit], "norms": found.norms[unit]}

    def figure(self) -> Figure:
        """Return the widget's picture: the filters of the layer."""
        found = self._filters(self.layer)
        return plots.filter_gallery(
            replace(found, weight=torch.from_numpy(_planar(found))),
            title=f"{self.layer} · {self._scope.layers[self.layer].kind}",
            unit=self.unit,
            scale=cast("Any", self.scale),  # traitlets holds the choices, not the type
            sort=cast("Any", self.sort),
            colormap="diverging" if self.colormap == "auto" else cast("Any", self.colormap),
            theme="dark" if self.theme == "dark" else "light",
        )

    def _export_calls(self) -> Iterator[Call]:
        """Yield what a page without a kernel can be asked, the most wanted first."""
        names = [self.layer, *(i["name"] for i in self._layers if i["name"] != self.layer)]
        for name in names:
            yield Call("filters", {"layer": name}, f"filters of {name}")
            if name == self.layer and self.unit is not None:
                params = {"layer": name, "unit": self.unit}
                yield Call("kernels", params, f"kernels of {name} {self.unit}")
        for name in names:
            for unit in range(len(self._filters(name).weight)):
                params = {"layer": name, "unit": unit}
                yield Call("kernels", params, f"kernels of {name} {unit}")

    def _filters(self, layer: str) -> Filters:
        if layer not in self._known:
            self._known[layer] = self._scope.filters(layer)
        return self._known[layer]

    def _info(self, layer: Layer) -> dict[str, Any]:
        """Return what the page is told of a layer; typed as FilterLayerInfo in protocol.ts."""
        found = self._filters(layer.name)
        shape = list(_planar(found).shape)
        return {"name": layer.name, "kind": layer.kind, "shape": shape, "groups": found.groups}


def _planar(found: Filters) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return weights (out, in, h, w): a 1-D kernel is one row, a 3-D one its slices in a row."""
    weight = found.weight
    if weight.ndim == 3:
        weight = weight[:, :, None]
    elif weight.ndim == 5:
        weight = weight.permute(0, 1, 3, 2, 4).flatten(3)
    return np.ascontiguousarray(weight.numpy())
