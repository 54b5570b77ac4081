"""Icons of the cells of a class atlas: real patches, and inversions that begin at their parents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from convscope.atlas.contents import Cells
from convscope.atlas.grid import cells_of
from convscope.atlas.icons.goal import Whitening
from convscope.atlas.icons.inversion import Icon, render_inversions
from convscope.atlas.icons.patches import PatchIcon, cut_patches
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.schema import Numbers
from convscope.manifold import Progress
from convscope.scope import Scope

if TYPE_CHECKING:
    from convscope.atlas.class_atlas import ClassAtlas


@dataclass(frozen=True)
class Inversions:
    """The inversions of the cells of a level.

    Attributes
    ----------
    images
        (M, C, size, size) uint8, in the order of `Cells.numbers`.
    cosines
        (M,) float32 reached; NaN where rendering was ended before.
    """

    images: Numbers = field(repr=False)
    cosines: Numbers = field(repr=False)


def nearest_patches(
    found: ClassAtlas, scope: Scope, images: Any, cells: Cells, size: int
) -> Iterator[PatchIcon]:
    """Yield the real patch nearest to each cell's mean; ``index`` is the cell's row."""
    near = found.samples.some(np.searchsorted(found.samples.numbers, cells.nearest))
    return cut_patches(
        scope,
        images,
        found.layer,
        torch.from_numpy(near.images),
        torch.from_numpy(near.positions),
        size=size,
    )


def inverted(
    found: ClassAtlas,
    scope: Scope,
    cells: Cells,
    settings: IconSettings | None,
    *,
    starts: Sequence[Tensor | None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Icon]:
    """Yield an inversion of each cell's mean; ``index`` is the cell's row."""
    reader, key = found.reader, found.reader.key(found.layer)
    moment, mean = (torch.from_numpy(reader.store.read(f"{key}/{n}")) for n in ("moment", "mean"))
    return render_inversions(
        scope,
        found.layer,
        torch.from_numpy(cells.activations),
        whitening=Whitening.of(moment, mean),
        starts=starts,
        names=[f"{found.title}/{cells.side}/{number}" for number in cells.numbers],
        stop=stop,
        settings=settings or IconSettings(seed=reader.about.seed),
    )


def invert_steps(
    found: ClassAtlas,
    scope: Scope,
    levels: Sequence[int],
    settings: IconSettings | None,
    drawn: dict[int, Inversions],
    stop: Callable[[], bool] | None,
) -> Iterator[Progress]:
    """Render inversions into ``drawn``, coarse levels first, and yield how far it is."""
    above: tuple[Cells, Inversions] | None = None
    for side in sorted(levels):
        cells, began = found.cells(side), time.monotonic()
        starts = None if above is None else _parents(cells, *above)
        icons = inverted(found, scope, cells, settings, starts=starts, stop=stop)
        for done, icon in enumerate(icons, 1):
            if side not in drawn:
                images = np.zeros((len(cells), *icon.image.shape), np.uint8)
                drawn[side] = Inversions(images, np.full(len(cells), np.nan, np.float32))
            drawn[side].images[icon.index] = icon.image.numpy()
            drawn[side].cosines[icon.index] = icon.cosine
            stage = f"rendering inversion, {side} × {side} of {found.title}"
            yield Progress(stage, done, len(cells), time.monotonic() - began)
        if side in drawn:
            above = cells, drawn[side]


def _parents(cells: Cells, above: Cells, icons: Inversions) -> list[Tensor | None]:
    """Return for each cell the icon of the cell above it, None where there is none."""
    starts: list[Tensor | None] = []
    for number in cells_of(cells.centres, above.side):
        row = int(np.searchsorted(above.numbers, number))
        known = row < len(above) and above.numbers[row] == number
        rendered = known and not np.isnan(icons.cosines[row])
        starts.append(torch.from_numpy(icons.images[row].copy()) if rendered else None)
    return starts
