"""FeatureVis: what excites a unit, as a picture that develops beside the real images."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import traitlets
from matplotlib.figure import Figure

from convscope.featurevis import Cache, FeatureImage
from convscope.featurevis.network_input import NetworkInput
from convscope.featurevis.objectives import Objective
from convscope.inputs import Errors
from convscope.scope import Scope
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._beside import Beside
from convscope.widgets._export import Call
from convscope.widgets._feature_vis_calls import Bench, FeatureVisCalls
from convscope.widgets._feature_vis_easel import Easel
from convscope.widgets._feature_vis_examples import ExampleFinder
from convscope.widgets._feature_vis_figure import figure, readable
from convscope.widgets._feature_vis_gallery import FeatureGallery
from convscope.widgets._feature_vis_orders import FeatureOrders
from convscope.widgets._feature_vis_targets import Wanted, Words, first_unit, read
from convscope.widgets._jobs import Job
from convscope.widgets._layers import as_scope, first_layer, is_browsable, layer_info

_SIZE = 160  # pixels of a picture by default, where the network takes more
_UNITS = 48  # of the gallery that a page holds at most


class FeatureVis(FeatureOrders, FeatureVisCalls, FeatureGallery, BaseWidget):
    """Make pictures that excite a unit, and compare them with the real images that do.

    Parameters
    ----------
    scope
        The network, as a :class:`convscope.Scope`.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset: real images to compare with.
        Feature visualisations can be made to lie (Geirhos et al. 2023), so give some.
    objectives
        More targets by name, such as directions.
    errors
        ``"skip"`` goes on when a file can't be read, with a warning that names it.
    cache
        True keeps finished pictures in the user's cache on disk; a :class:`featurevis.Cache` in
        another folder.
    **traits
        Any trait below.

    Attributes
    ----------
    target : str
        What the picture shall excite: ``"layer3:12"``, ``"class:tabby"``,
        ``"layer3:12 - layer3:40"``, ``"layer3:12 <-> layer3:40"`` (all between both),
        ``"layer3:image 2@5,7"`` (the direction of a place of image 2), or a name of `objectives`.
    layer : str
        The layer of the gallery and of the target's first unit.
    unit : int or None
        The target's first unit; None where it is none.
    steps : int
        How often the picture is changed.
    size : int
        Height and width of the picture in pixels.
    transforms : {"standard", "light", "none"}
        Small changes before each step, against noise.
    decorrelate : bool
        Optimise in decorrelated colours.
    param : {"fourier", "pixel", "maco"}
        What is optimised.
    rate : float or None
        Learning rate; None for that of `param`.
    smooth : float
        Weight of the total variation that is taken off.
    alpha : bool
        Optimise transparency as well.
    seed : int
        The same seed gives the same picture.
    negative : bool
        Make the picture of what inhibits the target as well.
    diverse : int
        How many diverse versions are made, 0 for none.
    diversity : float
        How unlike each other they shall be, against the activation.
    between : int
        How many pictures there are from one unit to another.
    auto : bool
        Run as soon as a target is chosen.
    image : int
        The image whose most active units come first in the gallery.
    sort : {"image", "index"}
        Order of the gallery.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> vis = cs.FeatureVis(digits.scope, digits.images[:50], target="conv3:4", steps=24, diverse=0)
    >>> vis.run()[0].quality.steps
    24
    """

    _module = "feature_vis"
    _topics: ClassVar = {"unit": ("layer", "unit"), "image": ("image",)}

    target = traitlets.Unicode().tag(sync=True)
    layer = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    between = traitlets.Int(5, min=2, max=9).tag(sync=True)
    auto = traitlets.Bool(False).tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    sort = traitlets.Enum(("image", "index"), "image").tag(sync=True)
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)
    _classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _objectives = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _made = traitlets.Int(0, help="Counts the runs that were asked for in Python.").tag(sync=True)

    def __init__(
        self,
        scope: Scope,
        images: Any = None,
        *,
        objectives: Mapping[str, Objective] | None = None,
        errors: Errors = "raise",
        cache: Cache | bool = True,
        **traits: Any,
    ) -> None:
        self._scope = as_scope(scope)
        source = None if images is None else scope.source(images, errors=errors)
        if source is not None:
            self._source = source
        beside, finder = Beside(scope), None if source is None else ExampleFinder(source)
        words = Words(beside, source, objectives or {})
        self._bench = Bench(beside, Easel(cache=cache), finder, words, threading.Event())
        usable = [layer for layer in scope.layers if is_browsable(layer)]
        if not usable:
            raise ValueError("scope: no layer of this network gives maps that can be excited")
        self._usable = {layer.name for layer in usable}
        self._following = False  # while one of target, layer and unit sets the others
        self._side = max(NetworkInput(scope).size)
        traits.setdefault("size", min(_SIZE, self._side))
        begin = _begin(traits, first_layer(usable))
        super().__init__(
            _layers=[layer_info(each) for each in scope.layers],
            _images=[] if source is None else [{"name": str(name)} for name in source.names],
            _classes=[str(name) for name in scope.classes or ()],
            _objectives=list(objectives or {}),
            _title=scope.name,
            _notice=scope.notice,
            **begin,
        )

    @traitlets.default("height")
    def _room_for_a_gallery(self) -> int:
        return 760

    @traitlets.validate("target")
    def _valid_target(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        with as_trait_error():
            self._wanted(text)
        return text

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            found = self._scope.layers.find(proposal["value"])
            if found.name not in self._usable:
                raise ValueError(f"layer: {found.name!r} gives no maps that can be excited")
            return found.name

    @traitlets.validate("unit")
    def _valid_unit(self, proposal: dict[str, Any]) -> int | None:
        unit: int | None = proposal["value"]
        count = self._channels(self.layer)
        if unit is not None and not -count <= unit < count:
            raise traitlets.TraitError(
                f"unit: must be a channel of {self.layer!r}, 0 to {count - 1}, got {unit}"
            )
        return None if unit is None else unit % count

    @traitlets.validate("image")
    def _valid_images(self, proposal: dict[str, Any]) -> int | None:
        return 0 if not self._images else self._valid_image(proposal)

    @traitlets.observe("target")
    def _follow_target(self, _change: dict[str, Any]) -> None:
        first = self._first()
        if self._following or first == (self.layer, self.unit):
            return
        with self._leading(), self.hold_trait_notifications():
            if first is not None and first[0] in self._usable:
                self.layer, self.unit = first
            else:
                self.set_trait("unit", None)

    @traitlets.observe("layer", "unit")
    def _follow_unit(self, _change: dict[str, Any]) -> None:
        if self._following or self.unit is None or self._first() == (self.layer, self.unit):
            return
        with self._leading(), self.hold_trait_notifications():
            self.unit = min(self.unit, self._channels(self.layer) - 1)
            self.target = f"{self.layer}:{self.unit}"

    @contextmanager
    def _leading(self) -> Iterator[None]:
        """Set traits that need not set the others in turn."""
        self._following = True
        try:
            yield
        finally:
            self._following = False

    def _first(self) -> tuple[str, int] | None:
        """Return layer and unit of the target's first part, as the network names them."""
        found = first_unit(self.target)
        if found is None:
            return None
        layer = self._scope.layers.find(found[0]).name
        return layer, found[1] % max(1, self._channels(layer))

    def _channels(self, layer: str) -> int:
        return (self._scope.layers.find(layer).shape or (0,))[0] if layer else 0

    def run(self) -> list[FeatureImage]:
        """Make what the page's Run makes, here and now, and return the target's pictures.

        Returns
        -------
        list of FeatureImage
            One, or all from one unit to another. `pictures` has the negative and diverse ones too.
        """
        self.develop(Job(), self.target)
        self._made += 1
        return self.pictures["main"]

    @property
    def pictures(self) -> dict[str, list[FeatureImage]]:
        """The finished pictures of the target: ``"main"``, ``"negative"``, ``"diverse"``."""
        scope, easel = self._bench.scope(), self._bench.easel
        found = {order.part: easel.known(scope, order) for order in self._orders(self._wanted())}
        return {part: made for part, made in found.items() if made is not None}

    def figure(self) -> Figure:
        """Return the widget's picture: what was made, and the real images beside it."""
        return figure(
            self._bench,
            self._wanted(),
            self.pictures,
            title=self._title,
            what=readable(self.target),
            theme="dark" if self.theme == "dark" else "light",
        )

    def _export_calls(self) -> Iterator[Call]:
        """Yield what a page without a kernel can be asked, the most wanted first."""
        count = len(self._images)
        yield from self._target_calls(self.target)
        if count:
            yield Call("thumbnails", {"start": 0, "stop": count}, "the strip of images")
        channels = self._channels(self.layer)
        shown = {"layer": self.layer, "sort": self.sort, "count": 0, "make": False}
        for image in dict.fromkeys([self.image, *range(count)]):
            words = f"the gallery of {self.layer}"
            yield Call(
                "gallery", {**shown, "image": image}, words, {"count": min(_UNITS, channels)}
            )
        for target in self._bench.easel.targets():
            if target != self.target:
                yield from self._target_calls(target)

    def _target_calls(self, target: str) -> Iterator[Call]:
        yield Call("look", {"target": target}, f"the pictures of {target}")
        if self._images:
            yield Call("examples", {"target": target}, f"real patches for {target}")

    def _wanted(self, target: str | None = None) -> Wanted:
        text = self.target if target is None else target
        return read(text, self._scope, self._bench.words, versions=self.between)


def _begin(traits: dict[str, Any], layer: str) -> dict[str, Any]:
    """Return the traits with target, layer and unit in step."""
    target = traits.get("target")
    if target is None:
        layer = traits.get("layer", layer)
        unit = traits.get("unit") or 0
        return {**traits, "layer": layer, "unit": unit, "target": f"{layer}:{unit}"}
    first = first_unit(target)
    return {"layer": first[0] if first else layer, "unit": first[1] if first else None, **traits}
