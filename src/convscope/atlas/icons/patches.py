"""Real patches as icons: samples cut out of their images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.arguments import check_count
from convscope.images import ImageSource, resize
from convscope.images.source import View
from convscope.strongest import as_maps, patch_at

if TYPE_CHECKING:
    from convscope.inputs import Errors
    from convscope.network import ReceptiveField
    from convscope.scope import Scope

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class PatchIcon:
    """A real patch.

    Attributes
    ----------
    index
        Its row in ``positions``.
    image
        (C, size, size) uint8.
    box
        (y0, x0, y1, x1) in pixels of what the network sees of the image, half-open.
    """

    index: int
    image: Tensor = field(repr=False)
    box: Box


def cut_patches(
    scope: Scope,
    images: Any,
    layer: str,
    sources: Tensor,
    positions: Tensor,
    *,
    size: int = 64,
    errors: Errors = "raise",
) -> Iterator[PatchIcon]:
    """Yield the patches at positions of a layer, cut out of their images.

    Each image is decoded once, in order, a few ahead; no more are held. So the patches come in the
    order of the images, and those of one image in the order of their rows.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layer
        Name of the layer; its receptive field says what belongs to a position. Where that covers
        most of the image, the patch is the part around its centre.
    sources
        (K,) int64, which image.
    positions
        (K, 2) int64, row and column in the layer's map.
    size
        Sides of a patch in pixels.
    errors
        ``"skip"`` leaves out patches of images that can't be read, with a warning.

    Raises
    ------
    ValueError
        For images or positions that there are not.
    """
    check_count("size", size)
    source = scope.source(images, errors=errors)
    found = scope.layers.find(layer)
    shape = as_maps(torch.empty(1, *(found.shape or ()), device="meta")).shape
    height, width = int(shape[2]), int(shape[3])
    _check(sources, positions, len(source), (height, width))
    wanted: dict[int, list[int]] = {}
    for row, image in enumerate(sources.tolist()):
        wanted.setdefault(image, []).append(row)
    return _cut(scope, source, wanted, positions, _Place(found.receptive, (height, width)), size)


@dataclass(frozen=True)
class _Place:
    """Where positions of a layer lie in the image."""

    field: ReceptiveField | None
    map_size: tuple[int, int]

    def box(self, position: tuple[int, int], view_size: tuple[int, int]) -> Box:
        """Return the patch of a position: square, wherever the image has room for it."""
        y0, x0, y1, x1 = patch_at(self.field, position, self.map_size, view_size).box
        side = min(max(y1 - y0, x1 - x0), *view_size)
        top, bottom = _stretched(y0, y1, side, view_size[0])
        left, right = _stretched(x0, x1, side, view_size[1])
        return top, left, bottom, right


def _cut(
    scope: Scope,
    source: ImageSource,
    wanted: dict[int, list[int]],
    positions: Tensor,
    place: _Place,
    size: int,
) -> Iterator[PatchIcon]:
    order = sorted(wanted)
    for indices, views in View(source, order).batches(1, scope.view):
        view = views[0]
        view_size = (int(view.shape[1]), int(view.shape[2]))
        for row in wanted[order[indices[0]]]:
            y, x = positions[row].tolist()
            box = place.box((y, x), view_size)
            part = view[:, box[0] : box[2], box[1] : box[3]]
            pixels = (resize(part, (size, size)) * 255).round().clamp(0, 255).to(torch.uint8)
            yield PatchIcon(row, pixels, box)


def _stretched(first: int, last: int, side: int, whole: int) -> tuple[int, int]:
    """Return an interval of length ``side`` around another, inside 0 to ``whole``."""
    start = first - (side - (last - first)) // 2
    start = min(max(0, start), whole - side)
    return start, start + side


def _check(sources: Tensor, positions: Tensor, count: int, size: tuple[int, int]) -> None:
    if positions.shape != (len(sources), 2):
        raise ValueError(
            f"positions: must be ({len(sources)}, 2) for {len(sources)} sources, got "
            f"{tuple(positions.shape)}"
        )
    if not len(sources):
        return
    low, high = int(sources.min()), int(sources.max())
    if low < 0 or high >= count:
        raise ValueError(f"sources: images from {low} to {high}, but there are {count}")
    limits = torch.tensor(size)
    if bool(((positions < 0) | (positions >= limits)).any()):
        raise ValueError(f"positions: some lie outside of the layer's map of {size[0]} × {size[1]}")
