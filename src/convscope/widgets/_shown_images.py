"""Images on a page: their strip, what the network sees of each, and what it takes it for."""

from __future__ import annotations

from typing import Any

import torch
import traitlets

from convscope.answers import Prediction
from convscope.images import ImageError, ImageSource, encode
from convscope.scope import Scope
from convscope.widgets._beside import Beside
from convscope.widgets._rpc import rpc

_THUMBNAIL = 96  # pixels
_TINY = 64
_GUESSES = 5


class ShownImages(traitlets.HasTraits):
    """The part of a widget that shows images of a source and what a network makes of them.

    A widget sets ``_scope`` and ``_source`` before its traits.
    """

    _scope: Scope
    _source: ImageSource
    _looks: Beside | None = None

    @rpc
    def thumbnails(self, start: int, stop: int) -> dict[str, Any]:
        """Return small pictures of the images from ``start`` up to ``stop``."""
        positions = range(max(0, start), min(stop, len(self._source)))
        items = [
            {"index": i, "name": str(self._source.names[i]), "picture": self._thumbnail(i)}
            for i in positions
        ]
        return {"items": items}

    @rpc
    def input(self, image: int) -> dict[str, Any]:
        """Return what the network sees of an image, and what it takes it for."""
        tensor = self._source[image]
        view = self._scope.view(tensor)
        return {
            # A lossy picture of a few pixels would show its own blocks.
            "picture": encode(view, "png" if max(view.shape[1:]) < _TINY else "webp"),
            "width": view.shape[2],
            "height": view.shape[1],
            "name": str(self._source.names[image]),
            "predictions": [
                {"name": p.name, "index": p.index, "score": p.score, "kind": p.kind}
                for p in self._predictions(image)
            ],
        }

    def _looking(self) -> Scope:
        """Return the network for looks of any kind: other cells don't meet what they do to it."""
        if self._looks is None or self._looks.own is not self._scope:
            self._looks = Beside(self._scope)
        return self._looks.scope()

    def _valid_image(self, proposal: dict[str, Any]) -> int | None:
        """Return the image of a proposal, which must be there, for a validator."""
        index: int | None = proposal["value"]
        if index is not None and not 0 <= index < len(self._source):
            name, count = proposal["trait"].name, len(self._source)
            raise traitlets.TraitError(
                f"{name}: there is no image {index}; there are {count}, from 0"
            )
        return index

    def _predictions(self, image: int) -> list[Prediction]:
        try:
            return self._looking().predict([self._source[image]], top=_GUESSES)[0]
        except ValueError:  # a network without class scores has none to show
            return []

    def _thumbnail(self, image: int) -> Any:
        try:
            return encode(self._source.thumbnail(image, _THUMBNAIL))
        except ImageError:
            if self._source.errors == "raise":
                raise
            return encode(torch.full((1, _TINY, _TINY), 0.5))  # choosing it says what is wrong
