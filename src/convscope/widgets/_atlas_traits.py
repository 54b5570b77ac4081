"""What can be chosen in the atlas viewer, and what may not be."""

from __future__ import annotations

from typing import Any, cast

import traitlets

from convscope.targets import class_index
from convscope.widgets._atlas_calls import AtlasCalls
from convscope.widgets._atlas_view import AtlasView
from convscope.widgets._base import as_trait_error


class AtlasTraits(AtlasCalls):
    """The choices of the atlas viewer; typed as AtlasViewerTraits in js/lib/protocol.ts."""

    layer = traitlets.Unicode().tag(sync=True)
    beside = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # The page owns it while somebody flies; an echo would pull the camera back.
    view = traitlets.Unicode("").tag(sync=True, echo_update=False)
    level = traitlets.Int(None, allow_none=True).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), None, allow_none=True, minlen=2, maxlen=2).tag(sync=True)
    target = traitlets.Union(
        [traitlets.Int(), traitlets.Unicode()], default_value=None, allow_none=True
    ).tag(sync=True)
    sign = traitlets.Enum(("positive", "negative"), "positive").tag(sync=True)
    blend = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    density = traitlets.Float(1.0, min=0.2, max=8.0).tag(sync=True)
    labels = traitlets.Bool(True).tag(sync=True)
    image = traitlets.Int(None, allow_none=True).tag(sync=True)
    unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    position = traitlets.List(traitlets.Int(), None, allow_none=True, minlen=2, maxlen=2).tag(
        sync=True
    )
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    _classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)
    _axes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _progress = traitlets.Dict().tag(sync=True)
    _fresh = traitlets.Dict().tag(sync=True)
    _can = traitlets.List(traitlets.Unicode()).tag(sync=True)

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        return self._known_layer("layer", proposal["value"])

    @traitlets.validate("beside")
    def _valid_beside(self, proposal: dict[str, Any]) -> list[str]:
        found = [self._known_layer("beside", name) for name in dict.fromkeys(proposal["value"])]
        return [name for name in found if name != self.layer]

    @traitlets.validate("view")
    def _valid_view(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            asked = AtlasView.parse(proposal["value"])
        if asked.layer is not None:
            self._known_layer("view", asked.layer)
        return cast("str", proposal["value"])

    @traitlets.observe("view")
    def _go_to_layer(self, change: Any) -> None:
        layer = AtlasView.parse(change["new"]).layer
        if layer is not None:
            self.layer = layer

    @traitlets.validate("target")
    def _valid_target(self, proposal: dict[str, Any]) -> int | str | None:
        target = proposal["value"]
        if target is not None:
            if not self._pages.classes:
                raise traitlets.TraitError("target: the atlas was built without attribution")
            with as_trait_error():
                class_index(target, self._pages.classes, len(self._pages.classes), name="target")
        return cast("int | str | None", target)

    @traitlets.validate("cell")
    def _valid_cell(self, proposal: dict[str, Any]) -> list[int] | None:
        cell = proposal["value"]
        if cell is not None:
            side, number = cell
            known = self._info(self.layer)["sides"]
            if side not in known or not 0 <= number < side * side:
                raise traitlets.TraitError(
                    f"cell: [{side}, {number}] is no cell; the grids have {known} cells a side"
                )
        return cast("list[int] | None", cell)

    @traitlets.validate("level")
    def _valid_level(self, proposal: dict[str, Any]) -> int | None:
        level = proposal["value"]
        known = sorted({side for layer in self._layers for side in layer["sides"]})
        if level is not None and level not in known:
            raise traitlets.TraitError(f"level: there is no grid of {level}; there are {known}")
        return cast("int | None", level)

    @traitlets.validate("image")
    def _checked_image(self, proposal: dict[str, Any]) -> int | None:
        if proposal["value"] is not None and not self._images_at_hand:
            raise traitlets.TraitError(
                "image: the images are not at hand; AtlasViewer(atlas, images, scope=scope) has "
                "them"
            )
        return self._valid_image(proposal)

    @property
    def target_index(self) -> int | None:
        """The index of the class whose map is shown, None for none."""
        classes = self._pages.classes
        if self.target is None:
            return None
        return class_index(self.target, classes, len(classes), name="target")

    def _info(self, layer: str) -> dict[str, Any]:
        return next(info for info in self._layers if info["name"] == layer)

    def _known_layer(self, trait: str, name: str) -> str:
        known = [layer["name"] for layer in self._layers]
        if name not in known:
            raise traitlets.TraitError(
                f"{trait}: the atlas has no layer {name!r}; it is of {', '.join(known)}"
            )
        return name
