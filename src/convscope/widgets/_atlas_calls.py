"""What a page may ask of an atlas; the JavaScript side is ``js/lib/atlas_calls.ts``."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from convscope.atlas import Atlas
from convscope.images import Encoded, encode
from convscope.widgets._atlas_pages import Pages
from convscope.widgets._atlas_patches import CellPatches
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job, rpc
from convscope.widgets._shown_images import ShownImages

_LARGEST = 384  # pixels of an image in the panel


class AtlasCalls(ShownImages):
    """The calls of the atlas viewer, which sets what stands below before its traits.

    Where the images are not at hand ``_source`` is not set, where the network is not, ``_scope``.
    """

    _pages: Pages
    _patches: CellPatches
    _atlas: Atlas | None
    _images_at_hand: bool
    _scope_at_hand: bool

    @rpc(name="level")  # a trait has this name
    def _grid(self, layer: str, side: int) -> dict[str, Any]:
        """Return the cells of a grid, and what is known of each."""
        return self._pages.level(layer, side)

    @rpc
    def tile(
        self,
        layer: str,
        side: int,
        kind: Literal["patches", "inversion"],
        row: int,
        column: int,
    ) -> Encoded | None:
        """Return the icons of a part of a grid, None where none is there."""
        return self._pages.tile(layer, side, kind, row, column)

    @rpc
    def heat(self, layer: str, side: int, target: int) -> dict[str, Any]:
        """Return how much each cell speaks for a class: whole numbers times a scale."""
        values = self._pages.heat(layer, side, target)
        scale = max(float(np.abs(values).max(initial=0.0)), 1e-12) / 32767
        return {"values": np.rint(values / scale).astype(np.int16), "scale": scale}

    @rpc(name="cell")
    def _behind(self, layer: str, side: int, cell: int) -> dict[str, Any]:
        """Return the samples of a cell with their patches."""
        return self._patches.of(layer, side, cell)

    @rpc
    def elsewhere(self, layer: str, side: int, cell: int, others: list[str]) -> Mapping[str, Any]:
        """Return where the samples of a cell lie on the atlases of other layers."""
        numbers = self._pages.cell(layer, side, cell, 2**31).samples.numbers
        return {other: self._pages.sample(numbers, other).xy for other in others}

    @rpc
    def picture(self, image: int) -> Encoded:
        """Return an image of the atlas as the network sees it."""
        self._check_images()
        return encode(self._scope.view(self._source[image]), max_side=_LARGEST)

    @job
    def locate(self, job: Job, layer: str, image: int) -> dict[str, Any]:
        """Return where the positions of an image of the atlas fall."""
        job.progress(0, None, "looking where the image falls")
        self._check_images()
        return self._located(layer, self._source[image], str(self._source.names[image]))

    @job
    def locate_dropped(self, job: Job, layer: str, data: str) -> dict[str, Any]:
        """Return where the positions of an image fall that came as the address of its data."""
        job.progress(0, None, "looking where the image falls")
        if not self._scope_at_hand:
            raise ValueError(
                "data: an image can be found where the network is at hand, as in "
                "AtlasViewer(atlas, scope=scope)"
            )
        try:
            with Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as picture:
                found = picture.convert("RGB")
        except (binascii.Error, UnidentifiedImageError, OSError) as error:
            raise ValueError(f"data: this is no picture ({error})") from error
        return self._located(layer, self._scope.source([found])[0], "your image")

    @rpc
    def look(self, layer: str, box: list[float], target: int | None) -> None:
        """Hear what is on screen: a build under way renders it first."""
        state = None if self._atlas is None else self._atlas.state
        # Only a build has use for it, and the store of an atlas may be one that can't be written.
        if self._atlas is not None and state is not None and state.running:
            x0, y0, x1, y1 = box
            self._atlas.look_at((x0, y0, x1, y1), layer=layer, name=target)

    def _check_images(self) -> None:
        if not self._images_at_hand:
            raise ValueError(
                "image: the images are not at hand; AtlasViewer(atlas, images, scope=scope) has "
                "them"
            )

    def _located(self, layer: str, image: torch.Tensor, name: str) -> dict[str, Any]:
        found = self._pages.locate(self._looking(), [image], layer)
        rows, columns = (len(np.unique(axis)) for axis in found.positions.T)
        return {
            "xy": found.xy,
            "rows": rows,
            "columns": columns,
            "picture": encode(self._scope.view(image), max_side=_LARGEST),
            "name": name,
        }
