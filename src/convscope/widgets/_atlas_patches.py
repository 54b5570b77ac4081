"""The real patches of a cell: cut out of the images where these are at hand, else as stored."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any

import numpy as np
import torch

from convscope.atlas import Samples
from convscope.images import ImageError, ImageSource, encode, resize, to_display
from convscope.scope import Scope
from convscope.widgets._atlas_pages import Pages

logger = logging.getLogger(__name__)

MOST = 15  # patches of a cell
_SIZE = 72  # pixels
_KEPT = 400  # cells whose patches are kept
_VIEWS = 256  # images that are kept as the network sees them

NO_IMAGES = (
    "The images are not at hand (AtlasViewer(atlas, images, scope=scope) has them): these are the "
    "patches that the atlas itself holds."
)


class CellPatches:
    """The patches of cells, as pages show them.

    Parameters
    ----------
    pages
        Of the atlas.
    scope, source
        The network and its images; None where they are not at hand.
    """

    def __init__(self, pages: Pages, scope: Scope | None, source: ImageSource | None) -> None:
        self._pages, self._scope, self._source = pages, scope, source
        self._kept: OrderedDict[tuple[str, int, int], dict[str, Any]] = OrderedDict()
        self._views: OrderedDict[int, torch.Tensor] = OrderedDict()

    def of(self, layer: str, side: int, cell: int) -> dict[str, Any]:
        """Return the samples of a cell with their patches."""
        key = (layer, side, cell)
        if key not in self._kept:
            self._kept[key] = self._made(layer, side, cell)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def forget(self) -> None:
        """Forget what was cut: the build has gone on."""
        self._kept.clear()

    def _made(self, layer: str, side: int, cell: int) -> dict[str, Any]:
        found = self._pages.cell(layer, side, cell, MOST)
        samples, why = found.samples, ""
        if self._scope is not None and self._source is not None:
            pictures, there = self._cut(samples)
            samples = samples.some(np.asarray(there, np.int64))
        else:
            numbers, stored = self._pages.stored_patches(layer, side, cell)
            samples = self._pages.sample(numbers[:MOST], layer)
            pictures = [torch.from_numpy(each) for each in stored[:MOST]]
            why = NO_IMAGES
        size = np.asarray([*self._pages.view_size] * 2)
        units, strengths = found.units()
        return {
            "count": found.count,
            "samples": samples.numbers.astype(np.int32),
            "images": samples.images.astype(np.int32),
            "names": [self._name(int(image)) for image in samples.images],
            "xy": samples.xy.astype(np.float32),
            "positions": samples.positions.astype(np.int32),
            "boxes": (samples.boxes / size).astype(np.float32),
            "patches": _strip(pictures),
            "why": why,
            "units": units,
            "strengths": strengths,
        }

    def _name(self, image: int) -> str:
        return f"image {image}" if self._source is None else str(self._source.names[image])

    def _cut(self, samples: Samples) -> tuple[list[torch.Tensor], list[int]]:
        """Return patches, and which samples they are of; those of unreadable images are out."""
        pictures, rows = [], []
        for row, (image, box) in enumerate(zip(samples.images, samples.boxes, strict=True)):
            try:
                view = self._view(int(image))
            except ImageError:  # it has gone since the atlas was built: the others are shown
                logger.warning("image %d of the atlas can't be read any more", image)
                continue
            pictures.append(_square(view, *box.tolist()))
            rows.append(row)
        return pictures, rows

    def _view(self, image: int) -> torch.Tensor:
        """Return what the network sees of an image, (C, H, W) uint8."""
        assert self._scope is not None
        assert self._source is not None
        if image not in self._views:
            view = self._scope.view(self._source[image])
            self._views[image] = (view * 255).round().clamp(0, 255).to(torch.uint8)
        self._views.move_to_end(image)
        while len(self._views) > _VIEWS:
            self._views.popitem(last=False)
        return self._views[image]


def _square(view: torch.Tensor, y0: int, x0: int, y1: int, x1: int) -> torch.Tensor:
    """Return the middle of a part of an image, square and no larger than it is shown."""
    side = max(1, min(y1 - y0, x1 - x0))
    top, left = y0 + (y1 - y0 - side) // 2, x0 + (x1 - x0 - side) // 2
    part = view[:, top : top + side, left : left + side].float() / 255
    return (resize(part, (_SIZE, _SIZE)) * 255).round().clamp(0, 255).to(torch.uint8)


def _strip(pictures: list[torch.Tensor]) -> Any:
    """Return patches side by side as one picture, None of none."""
    if not pictures:
        return None
    return encode(torch.cat([to_display(each) for each in pictures], dim=2), "webp", 88)
