"""LayerBrowser: every layer of a network on one's own images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, cast

import traitlets
from matplotlib.figure import Figure

from convscope import plots
from convscope.inputs import Errors
from convscope.scope import Scope
from convscope.strongest import Strongest, find_strongest
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._export import Call
from convscope.widgets._jobs import Job
from convscope.widgets._layers import as_scope, first_layer, is_browsable, layer_info
from convscope.widgets._maps import Activations, histogram, pack
from convscope.widgets._patches import patch_item
from convscope.widgets._rpc import job, rpc
from convscope.widgets._shown_images import ShownImages

_PAGE_LEVELS = 256  # a page holds every layer: a byte a value keeps it small


class LayerBrowser(ShownImages, BaseWidget):
    """Browse the layers of a network on images: all channels, one channel, what excites it.

    Parameters
    ----------
    scope
        The network, as a :class:`convscope.Scope`.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layer
        Layer to begin with; by default one about a third down.
    image
        Position of the image to begin with.
    errors
        ``"skip"`` goes on when a file can't be read, with a warning that names it.
    **traits
        Any trait below.

    Attributes
    ----------
    layer : str
        The layer shown.
    image : int
        The image shown, by position.
    compare : int or None
        A second image, shown beside it on the same scale.
    unit : int or None
        The channel shown large.
    position : list of int or None
        Row and column pointed at in the layer's map.
    scale : {"shared", "channel"}
        One colour scale for all channels, or one for each.
    sort : {"index", "mean", "max", "sparsity", "similarity"}
        Order of the channels.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        Colours; ``"auto"`` takes a diverging map where values have both signs.
    opacity : float
        Of the map over the image, 0 to 1.

    Examples
    --------
    >>> import convscope as cs
    >>> browser = cs.LayerBrowser(cs.demo.scope(), cs.demo.images())
    >>> browser.layer = "blocks.5"
    """

    _module = "layer_browser"
    _topics: ClassVar = {
        "layer": ("layer",),
        "unit": ("layer", "unit"),
        "image": ("image",),
        "place": ("layer", "image", "position"),
    }

    layer = traitlets.Unicode().tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    compare = traitlets.Int(None, allow_none=True).tag(sync=True)
    unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    position = traitlets.List(traitlets.Int(), None, allow_none=True, minlen=2, maxlen=2).tag(
        sync=True
    )
    scale = traitlets.Enum(("shared", "channel"), "shared").tag(sync=True)
    sort = traitlets.Enum(("index", "mean", "max", "sparsity", "similarity"), "index").tag(
        sync=True
    )
    colormap = traitlets.Enum(("auto", "magma", "viridis", "grey", "diverging"), "auto").tag(
        sync=True
    )
    opacity = traitlets.Float(0.6, min=0.0, max=1.0).tag(sync=True)
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(
        self,
        scope: Scope,
        images: Any,
        *,
        layer: str | None = None,
        image: int = 0,
        errors: Errors = "raise",
        **traits: Any,
    ) -> None:
        self._scope = as_scope(scope)
        self._source = scope.source(images, errors=errors)
        self._activations = Activations(scope, self._looking, self._source)
        self._strongest: dict[str, Strongest] = {}
        self._searched: set[str] = set()  # layers for which all images were looked at
        if not self._activations.layers:
            raise ValueError("scope: no layer of this network gives maps that can be shown")
        super().__init__(
            layer=first_layer(self._activations.layers) if layer is None else self._named(layer),
            image=image,
            _layers=[layer_info(each) for each in scope.layers],
            _images=[{"name": str(name)} for name in self._source.names],
            _title=scope.name,
            _notice=scope.notice,
            **traits,
        )

    @traitlets.default("height")
    def _room_for_a_channel(self) -> int:
        return 680

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            return self._named(proposal["value"])

    @traitlets.validate("image", "compare")
    def _valid_images(self, proposal: dict[str, Any]) -> int | None:
        return self._valid_image(proposal)

    @traitlets.validate("unit")
    def _valid_unit(self, proposal: dict[str, Any]) -> int | None:
        unit = proposal["value"]
        count = (self._scope.layers[self.layer].shape or (0,))[0]
        if unit is not None and not 0 <= unit < count:
            raise traitlets.TraitError(
                f"unit: must be a channel of {self.layer!r}, 0 to {count - 1}, got {unit}"
            )
        return unit  # type: ignore[no-any-return]

    def _named(self, name: str) -> str:
        found = self._scope.layers.find(name)
        if not is_browsable(found):
            raise ValueError(f"layer: {found.name!r} gives {found.shape}, which is no set of maps")
        return found.name

    @traitlets.observe("layer")
    def _forget_choices(self, _change: dict[str, Any]) -> None:
        """Let go of a channel or a position that the new layer does not have."""
        shape = self._scope.layers[self.layer].shape or (0,)
        if self.unit is not None and self.unit >= shape[0]:
            self.unit = None
        if self.position is not None and any(
            p >= n for p, n in zip(self.position, shape[1:] or (1, 1), strict=False)
        ):
            self.set_trait("position", None)

    @rpc
    def summary(self, image: int) -> dict[str, Any]:
        """Return the profile of channel means of every layer."""
        return {"layers": self._activations.summary(image)}

    @rpc
    def maps(self, image: int, layer: str, levels: int = 65536) -> dict[str, Any]:
        """Return all maps of a layer, packed for the mosaic with so many values a channel."""
        return {"layer": layer, **pack(self._activations.maps(image, layer), levels=levels)}

    @rpc
    def channel(self, image: int, layer: str, unit: int) -> dict[str, Any]:
        """Return one map at its full size, and the histogram of its values."""
        maps = self._activations.maps(image, layer)
        self._check_unit(unit, layer)
        counts, edges = histogram(maps[unit])
        return {"map": maps[unit], "counts": counts, "edges": edges}

    @job
    def top(self, job: Job, layer: str, unit: int) -> dict[str, Any]:
        """Return the images, and the places in them, that excite a unit most."""
        self._check_unit(unit, layer)
        found = self._strongest.get(layer)
        if found is None or layer not in self._searched:
            for found in find_strongest(self._looking(), self._source, layer):
                self._strongest[layer] = found
                job.progress(found.seen, len(self._source), "looking at the images")
                if job.stopped:  # what was found so far is worth showing
                    break
            else:
                self._searched.add(layer)
        if found is None:
            raise ValueError("images: none could be read")
        return {
            "seen": found.seen,
            "total": len(self._source),
            "items": [self._patch(found, rank, unit) for rank in range(len(found.values))],
            "images": [
                {
                    "image": int(found.mean_images[rank, unit]),
                    "name": str(self._source.names[int(found.mean_images[rank, unit])]),
                    "value": float(found.means[rank, unit]),
                    "picture": self._thumbnail(int(found.mean_images[rank, unit])),
                }
                for rank in range(len(found.means))
            ],
        }

    def figure(self) -> Figure:
        """Return the widget's picture: the image, its classes and the layer's channels."""
        layer = self._scope.layers[self.layer]
        return plots.layer_browser(
            self._scope.view(self._source[self.image]),
            self._predictions(self.image),
            self._activations.maps(self.image, self.layer),
            title=f"{layer.name} · {layer.kind}",
            name=str(self._source.names[self.image]),
            unit=self.unit,
            scale=cast("Any", self.scale),  # traitlets holds the choices, not the type
            sort=cast("Any", self.sort),
            opacity=self.opacity,
            colormap=cast("Any", self.colormap),
            notes=[self._scope.notice] if self._scope.notice else [],
            theme="dark" if self.theme == "dark" else "light",
        )

    def _export_calls(self) -> Iterator[Call]:
        """Yield what a page without a kernel can be asked, the most wanted first."""
        first = [self.image] if self.compare is None else [self.image, self.compare]
        rest = [i for i in range(len(self._source)) if i not in first]
        names = [each.name for each in self._activations.layers if each.name != self.layer]
        count = len(self._source)
        yield Call("thumbnails", {"start": 0, "stop": count}, "the strip of images")
        for image in first:
            name = self._source.names[image]
            yield Call("input", {"image": image}, f"image {name}")
            yield Call("summary", {"image": image}, f"profiles of {name}")
            yield from self._layer_calls(image, [self.layer])
        if self.unit is not None:
            for image in first:
                params = {"image": image, "layer": self.layer, "unit": self.unit}
                yield Call("channel", params, f"channel {self.unit} of {self.layer}")
            params = {"layer": self.layer, "unit": self.unit}
            yield Call("top", params, f"what excites {self.layer} {self.unit}")
        for image in first:
            yield from self._layer_calls(image, names)
        for image in rest:
            yield Call("input", {"image": image}, f"image {self._source.names[image]}")
            yield Call("summary", {"image": image}, f"profiles of {self._source.names[image]}")
            yield from self._layer_calls(image, [self.layer, *names])

    def _layer_calls(self, image: int, names: list[str]) -> Iterator[Call]:
        for name in names:
            label = f"{name} on {self._source.names[image]}"
            params = {"image": image, "layer": name}
            yield Call("maps", params, label, options={"levels": _PAGE_LEVELS})

    def _patch(self, found: Strongest, rank: int, unit: int) -> dict[str, Any]:
        image = int(found.images[rank, unit])
        row, column = (int(n) for n in found.positions[rank, unit])
        item = patch_item(
            self._scope,
            self._source,
            found.layer,
            found.size,
            image=image,
            position=(row, column),
            value=float(found.values[rank, unit]),
        )
        return {**item, "thumb": self._thumbnail(image)}

    def _check_unit(self, unit: int, layer: str) -> None:
        shape = self._scope.layers.find(layer).shape or (0,)
        if not 0 <= unit < shape[0]:
            raise ValueError(f"unit: {layer!r} has channels 0 to {shape[0] - 1}, got {unit}")
