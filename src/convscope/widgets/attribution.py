"""Attribution: which part of an image a network's answer comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from convscope.attribution import METHODS, default_layer
from convscope.inputs import Errors
from convscope.scope import Scope
from convscope.widgets._attribution_calls import AttributionCalls
from convscope.widgets._attribution_export import exported
from convscope.widgets._attribution_figure import Drawn, figure
from convscope.widgets._attribution_maps import Asked, AttributionMaps, Target, layer_of
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._export import Call
from convscope.widgets._layers import as_scope, layer_info

_METHODS = ["gradcam", "gradcam++", "layercam", "hirescam", "saliency", "input_x_gradient"]


class Attribution(AttributionCalls, BaseWidget):
    """See where in an image a network finds a class: layers, methods and classes compared.

    Parameters
    ----------
    scope
        The network, as a :class:`convscope.Scope`.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    functions
        More targets by name: functions from the model's output to one number per image, for
        models that give no class scores.
    errors
        ``"skip"`` goes on when a file can't be read, with a warning that names it.
    **traits
        Any trait below.

    Attributes
    ----------
    layer : str
        The layer whose map is shown; the last one with maps to begin with.
    method : str
        The method, a name among ``convscope.attribution.METHODS``.
    target : int or str
        What is looked for: a class by index or name, ``"predicted"``, a unit as ``"layer:12"``, or
        the name of one of ``functions``.
    compare : int, str or None
        A second target, or a second method, shown beside the first by a wipe, on one scale.
    image : int
        The image shown, by position.
    mode : {"large", "multiples", "difference"}
        One map large, several side by side, or the target's map less that of ``compare`` (where
        that is no target: of the class that the network finds next likely).
    along : {"layers", "methods", "classes"}
        What the several maps differ in.
    layers : list of str
        The layers of the several maps; by default one of each size.
    methods : list of str
        The methods of the several maps.
    opacity : float
        Of the map over the image, 0 to 1.
    wipe : float
        Share of the width that the first of two maps keeps, 0 to 1.
    scale : {"auto", "shared", "own"}
        One colour scale for all maps, or one for each; ``"auto"`` shares it between classes and
        between two that are compared, not between layers or methods side by side.
    colormap : {"auto", "magma", "viridis", "grey", "diverging"}
        Colours; ``"auto"`` takes a diverging map where values have both signs.
    smooth : bool
        Interpolate between positions; else each is one flat square.
    position : list of int or None
        Row and column chosen in the layer's map.
    trace : bool
        Show what the position was made from in an earlier layer, and what it feeds in a later one.
    earlier, later : str
        These two layers; empty for the next ones of another size.

    Examples
    --------
    >>> import convscope as cs
    >>> widget = cs.Attribution(cs.demo.scope(), cs.demo.images(), target="tabby")
    >>> widget.mode, widget.compare = "difference", "lynx"
    """

    _module = "attribution"
    _topics: ClassVar = {"layer": ("layer",), "image": ("image",)}

    layer = traitlets.Unicode().tag(sync=True)
    method = traitlets.Enum(list(METHODS), "gradcam").tag(sync=True)
    target = traitlets.Union([traitlets.Int(), traitlets.Unicode()], default_value="predicted").tag(
        sync=True
    )
    compare = traitlets.Union(
        [traitlets.Int(), traitlets.Unicode()], default_value=None, allow_none=True
    ).tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    mode = traitlets.Enum(("large", "multiples", "difference"), "large").tag(sync=True)
    along = traitlets.Enum(("layers", "methods", "classes"), "layers").tag(sync=True)
    layers = traitlets.List(traitlets.Unicode(), minlen=1).tag(sync=True)
    methods = traitlets.List(traitlets.Enum(list(METHODS)), _METHODS, minlen=1).tag(sync=True)
    opacity = traitlets.Float(0.6, min=0.0, max=1.0).tag(sync=True)
    wipe = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    scale = traitlets.Enum(("auto", "shared", "own"), "auto").tag(sync=True)
    colormap = traitlets.Enum(("auto", "magma", "viridis", "grey", "diverging"), "auto").tag(
        sync=True
    )
    smooth = traitlets.Bool(True).tag(sync=True)
    position = traitlets.List(traitlets.Int(), None, allow_none=True, minlen=2, maxlen=2).tag(
        sync=True
    )
    trace = traitlets.Bool(False).tag(sync=True)
    earlier = traitlets.Unicode("").tag(sync=True)
    later = traitlets.Unicode("").tag(sync=True)
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    _flow = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)
    _methods = traitlets.List(traitlets.Dict()).tag(sync=True)
    _classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _functions = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        scope: Scope,
        images: Any,
        *,
        functions: Mapping[str, Callable[[Any], Tensor]] | None = None,
        errors: Errors = "raise",
        **traits: Any,
    ) -> None:
        self._scope = as_scope(scope)
        self._source = scope.source(images, errors=errors)
        self._guesses, self._traces = {}, {}
        self._maps = AttributionMaps(
            scope, self._looking, self._source, self._predictions, functions or {}
        )
        last = default_layer(scope)
        traits.setdefault("layer", last)
        traits.setdefault("layers", self._maps.key_layers(last))
        if functions and not self._predictions(0):
            traits.setdefault("target", next(iter(functions)))
        usable = set(self._maps.layers)
        super().__init__(
            _layers=[
                {**layer_info(each), "capturable": each.name in usable} for each in scope.layers
            ],
            _flow=self._maps.in_order(),
            _images=[{"name": str(name)} for name in self._source.names],
            _methods=[
                {
                    name: getattr(each, name)
                    for name in ("name", "title", "words", "source", "layers")
                }
                for each in METHODS.values()
            ],
            _classes=[str(name) for name in scope.classes or ()],
            _functions=list(functions or {}),
            _title=scope.name,
            _notice=scope.notice,
            **traits,
        )

    @traitlets.default("height")
    def _room_for_a_picture(self) -> int:
        return 680

    @traitlets.validate("layer", "earlier", "later")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        name = proposal["trait"].name
        if proposal["value"] == "" and name != "layer":
            return ""
        with as_trait_error():
            return self._maps.named(proposal["value"], name)

    @traitlets.validate("layers")
    def _valid_layers(self, proposal: dict[str, Any]) -> list[str]:
        with as_trait_error():
            return [self._maps.named(name, "layers") for name in proposal["value"]]

    @traitlets.validate("target", "compare")
    def _valid_target(self, proposal: dict[str, Any]) -> Target | None:
        value, name = proposal["value"], proposal["trait"].name
        if value is None or (name == "compare" and value in METHODS):
            return cast("Target | None", value)
        with as_trait_error():
            return self._maps.check(value, name)

    @traitlets.validate("image")
    def _valid_images(self, proposal: dict[str, Any]) -> int | None:
        return self._valid_image(proposal)

    @traitlets.observe("layer")
    def _forget_position(self, _change: dict[str, Any]) -> None:
        """Let go of a position that the new layer does not have."""
        shape = (self._scope.layers[self.layer].shape or (0,))[1:] or (1, 1)
        if self.position is not None and any(
            p >= n for p, n in zip(self.position, shape, strict=False)
        ):
            self.set_trait("position", None)

    def figure(self) -> Figure:
        """Return the widget's picture: the image and the maps shown now."""
        scale = {"shared": "all", "own": "map", "auto": "auto"}[self.scale]
        if self.scale == "auto" and self.mode == "large":
            scale = "all"
        return figure(
            Drawn(self._maps.possible(self._shown()), self.mode == "difference"),
            scale=scale,
            opacity=self.opacity,
            colormap=self.colormap,
            theme="dark" if self.theme == "dark" else "light",
        )

    def _asked(
        self, *, method: str | None = None, target: Target | None = None, layer: str | None = None
    ) -> Asked:
        name = cast("Any", method or self.method)
        wanted = self.target if target is None else target
        return Asked(self.image, name, wanted, layer_of(name, layer or self.layer))

    def _shown(self) -> list[Asked]:
        """Return which maps are shown, the first one first."""
        first = self._asked()
        if self.mode == "multiples":
            return self._several()
        if self.mode == "difference":
            other = self._other_class()
            return [first] if other is None else [first, self._asked(target=other)]
        if self.compare is None:
            return [first]
        if self.compare in METHODS:
            return [first, self._asked(method=cast("str", self.compare))]
        return [first, self._asked(target=self.compare)]

    def _several(self) -> list[Asked]:
        if self.along == "layers" and METHODS[self.method].layers:
            return [self._asked(layer=layer) for layer in self.layers]
        if self.along == "methods":
            return [self._asked(method=method) for method in self.methods]
        if self.along == "classes":
            found = [self._maps.resolved(self.image, self.target)]
            found += [p.index for p in self._predictions(self.image)]
            return [self._asked(target=target) for target in dict.fromkeys(found)]
        return [self._asked()]

    def _other_class(self) -> Target | None:
        """Return the class that a difference is taken to."""
        if self.compare is not None and self.compare not in METHODS:
            return cast("Target", self.compare)
        first = self._maps.resolved(self.image, self.target)
        others = [p.index for p in self._predictions(self.image) if p.index != first]
        return others[0] if others else None

    def _export_calls(self) -> Iterator[Call]:
        """Yield what a page without a kernel can be asked, the most wanted first."""
        return exported(self)
