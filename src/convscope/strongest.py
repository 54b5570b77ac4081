"""The real images, and the places in them, that excite each unit of a layer most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.inputs import Errors
from convscope.network import ReceptiveField
from convscope.scope import Scope


@dataclass(frozen=True)
class Strongest:
    """The strongest responses of all units of a layer, over the images seen so far.

    Attributes
    ----------
    layer
        Name of the layer.
    values
        (k, C), the largest activation of each unit in an image; the strongest image first.
    images
        (k, C) int64, which image that was.
    positions
        (k, C, 2) int64, row and column in the layer's map.
    means
        (k, C), the largest mean activations over whole images.
    mean_images
        (k, C) int64, which images those were.
    size
        Height and width of the layer's map.
    seen
        How many images were looked at; k is at most that.
    """

    layer: str
    values: Tensor
    images: Tensor
    positions: Tensor
    means: Tensor
    mean_images: Tensor
    size: tuple[int, int]
    seen: int


def find_strongest(
    scope: Scope,
    images: Any,
    layer: str,
    *,
    k: int = 9,
    batch_size: int = 16,
    errors: Errors = "raise",
) -> Iterator[Strongest]:
    """Yield the ``k`` strongest responses of every unit, better with every batch.

    An image counts once for each unit, with its strongest position. Memory does not grow with
    the number of images; the last result yielded is the answer for all of them.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layer
        Name of the layer.
    k
        How many images to keep for each unit.
    batch_size
        How many images run at once, and how many come between two results.
    errors
        ``"skip"`` leaves out files that can't be read, with a warning that names them.
    """
    for strongest, _ in find_both(
        scope, images, layer, k=k, batch_size=batch_size, errors=errors, weakest=False
    ):
        yield strongest


def find_both(
    scope: Scope,
    images: Any,
    layer: str,
    *,
    k: int = 9,
    batch_size: int = 16,
    errors: Errors = "raise",
    weakest: bool = True,
) -> Iterator[tuple[Strongest, Strongest]]:
    """Yield the strongest and the weakest responses of every unit, from one look at the images.

    Parameters are those of `find_strongest`; of the weakest, the lowest activation comes first.
    Without ``weakest`` both are the strongest.
    """
    ends = [_Best(k, 1), _Best(k, -1)] if weakest else [_Best(k, 1)]
    seen = 0
    for batch in scope.iter_activations(images, layer, batch_size=batch_size, errors=errors):
        maps = as_maps(next(iter(batch.activations.values()))).float()
        seen += len(batch.indices)
        for end in ends:
            end.look(maps, torch.tensor(batch.indices))
        found = [end.found(layer, seen) for end in ends]
        yield found[0], found[-1]


@dataclass
class _Best:
    """The ``k`` best so far; of ``sign`` times the activations."""

    k: int
    sign: int
    peaks: tuple[Tensor, ...] | None = None
    means: tuple[Tensor, ...] | None = None
    size: tuple[int, int] = (1, 1)

    def look(self, maps: Tensor, images: Tensor) -> None:
        indices = images[:, None].expand(-1, maps.shape[1])
        values, places = (maps.flatten(2) * self.sign).max(dim=2)
        self.peaks = _merge(self.peaks, (values, indices, places), self.k)
        self.means = _merge(self.means, (maps.mean(dim=(2, 3)) * self.sign, indices), self.k)
        self.size = (int(maps.shape[2]), int(maps.shape[3]))

    def found(self, layer: str, seen: int) -> Strongest:
        assert self.peaks is not None  # something was looked at
        assert self.means is not None
        width = self.size[1]
        return Strongest(
            layer=layer,
            values=self.peaks[0] * self.sign,
            images=self.peaks[1],
            positions=torch.stack([self.peaks[2] // width, self.peaks[2] % width], dim=2),
            means=self.means[0] * self.sign,
            mean_images=self.means[1],
            size=self.size,
            seen=seen,
        )


def as_maps(activations: Tensor) -> Tensor:
    """Return activations (N, C), (N, C, L) or (N, C, H, W) as maps (N, C, H, W).

    Raises
    ------
    ValueError
        If they have more axes, as volumes do.
    """
    if activations.ndim == 2:
        return activations[:, :, None, None]
    if activations.ndim == 3:
        return activations[:, :, None, :]
    if activations.ndim != 4:
        raise ValueError(
            f"activations: maps need (N, C, H, W) or fewer axes, got {tuple(activations.shape)}"
        )
    return activations


@dataclass(frozen=True)
class Patch:
    """The part of a network's view that belongs to a position in a layer.

    Attributes
    ----------
    box
        (y0, x0, y1, x1) in pixels of the view, half-open.
    whole
        The box is the unit's whole receptive field, as far as it lies in the image. Otherwise the
        field is unknown or covers most of the image, and the box is a window around its centre:
        the effective field of deep units is much smaller than the theoretical (Luo et al. 2016).
    """

    box: tuple[int, int, int, int]
    whole: bool


def patch_at(
    field: ReceptiveField | None,
    position: tuple[int, int],
    map_size: tuple[int, int],
    view_size: tuple[int, int],
) -> Patch:
    """Return the part of the view to show for a position in a layer's map."""
    height, width = view_size
    known = field is not None and len(field.size) == 2 and not field.whole
    if field is not None and known:
        y0, x0, y1, x1 = (round(edge) for edge in field.box(*position))
        box = (max(0, y0), max(0, x0), min(height, y1), min(width, x1))
        small = max(y1 - y0, x1 - x0) <= 0.6 * min(height, width)
        if small and box[2] > box[0] and box[3] > box[1]:
            return Patch(box, whole=True)
    if map_size == (1, 1):
        return Patch((0, 0, height, width), whole=True)
    side = max(1, round(0.4 * min(height, width)))
    top = round((position[0] + 0.5) * height / map_size[0] - side / 2)
    left = round((position[1] + 0.5) * width / map_size[1] - side / 2)
    top, left = min(max(0, top), height - side), min(max(0, left), width - side)
    return Patch((top, left, top + side, left + side), whole=False)


def _merge(kept: tuple[Tensor, ...] | None, new: tuple[Tensor, ...], k: int) -> tuple[Tensor, ...]:
    """Return the ``k`` rows with the largest first tensor, per column, of two sets of rows."""
    joined = new if kept is None else tuple(map(torch.cat, zip(kept, new, strict=True)))
    order = joined[0].topk(min(k, len(joined[0])), dim=0).indices
    return tuple(tensor.gather(0, order) for tensor in joined)
