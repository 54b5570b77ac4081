"""The render stage: icons for all cells, coarse levels first; see `convscope.atlas.icons`."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from convscope.atlas.contents import Cells
from convscope.atlas.errors import AtlasError
from convscope.atlas.icons.goal import Whitening
from convscope.atlas.icons.inversion import render_inversions
from convscope.atlas.icons.order import ScreenOrder
from convscope.atlas.icons.patches import cut_patches
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.icons.tiles import TileFormat, Tiling
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.atlas.sheet import Sheet
from convscope.atlas.shown import VIEW, Kind
from convscope.atlas.store import Store
from convscope.scope import Scope

Whiten = Literal["uncentred", "centred", "none"]

_FLUSH = 3.0  # seconds between two writes of what is finished
_LOOK = 1.0  # seconds between two looks at what a viewer looks at


@dataclass(frozen=True, kw_only=True)
class RenderSettings:
    """How icons are rendered.

    Parameters
    ----------
    icons : IconSettings
        Of inversions, and the size of all icons.
    whitening : {"uncentred", "centred", "none"}
        What makes directions that all activations share count less: the inverse of the second
        moment as Lucid has it, of the covariance, or nothing.
    ridge : float
        Added to the diagonal before it is inverted, as a share of its mean.
    levels : tuple of int, optional
        Levels that inversions are rendered for; all by default.
    format : {"webp", "jpeg"}
        Of the tiles.
    quality : int
        1 to 100.
    """

    icons: IconSettings = dataclasses.field(default_factory=IconSettings)
    whitening: Whiten = "uncentred"
    ridge: float = 1.0
    levels: tuple[int, ...] | None = None
    format: TileFormat = "webp"
    quality: int = 85

    @property
    def tiling(self) -> Tiling:
        """How icons are laid into tiles."""
        return Tiling(size=self.icons.size, format=self.format, quality=self.quality)

    def told(self, kind: Kind) -> dict[str, Any]:
        """Return what icons of a kind depend on, as what JSON holds."""
        tiling = dataclasses.asdict(self.tiling)
        if kind == "patches":
            return tiling
        own = {name: str(value) for name, value in dataclasses.asdict(self.icons).items()}
        own["transforms"] = repr(self.icons.transforms)
        return own | tiling | {"whitening": self.whitening, "ridge": self.ridge}


@dataclass(frozen=True)
class Rendering:
    """Icons under way.

    Attributes
    ----------
    scope, images, store
        Of what, and where to.
    settings
        How.
    stop
        Asked whether to end.
    """

    scope: Scope
    images: Any
    store: Store
    settings: RenderSettings
    stop: Callable[[], bool] | None = None

    def order(self, kind: Kind) -> list[tuple[int, str]]:
        """Return which levels of which layers icons are rendered for, coarse ones first."""
        reader = Reader(self.store)
        found = []
        for layer in reader.layers:
            sides = self._levels(layer) if kind == "inversion" else reader.levels(layer)
            found += [(side, layer) for side in sides]
        return sorted(found, key=lambda each: each[0])

    def run(self, kind: Kind, side: int, layer: str) -> Iterator[tuple[int, int]]:
        """Render the icons of a level that are not there yet; yield how many are, of how many."""
        cells = Reader(self.store).cells(side, layer)
        place = f"layers/{self.store.about.layer(layer).key}/levels/{side}"
        told = self.settings.told(kind)
        if self._done(f"{place}/{kind}", told):
            yield len(cells), len(cells)
            return
        sheet = self._sheet(cells, place, kind)
        sheet.mark(told | {"done": False})
        work = self._patches(cells, sheet) if kind == "patches" else self._invert(cells, sheet)
        flushed = time.monotonic()
        for row, image, cosine in work:
            sheet.put(row, image, cosine)
            if time.monotonic() - flushed > _FLUSH:
                sheet.flush()
                flushed = time.monotonic()
            yield int(sheet.there.sum()), len(cells)
        sheet.flush()
        if self.stop is None or not self.stop():
            sheet.mark(told | {"done": True})

    def _done(self, key: str, told: dict[str, Any]) -> bool:
        there = self.store.group_mark(key, "icons")
        if there is None:
            return False
        for name, value in told.items():
            if there.get(name) != value:
                raise AtlasError(
                    f"path: {self.store.home.name!r} has icons with {name}={there.get(name)}, now "
                    f"it is {value}; call as before, or redo='render' to render them anew"
                )
        return bool(there.get("done"))

    def _sheet(self, cells: Cells, place: str, kind: Kind) -> Sheet:
        return Sheet(
            self.store,
            place,
            kind,
            side=cells.side,
            cells=cells.numbers,
            channels=self._channels(),
            tiling=self.settings.tiling,
        )

    def _channels(self) -> int:
        return int(self.scope.view(self.scope.source(self.images)[0]).shape[0])

    def _patches(self, cells: Cells, sheet: Sheet) -> Iterator[tuple[int, Tensor, float]]:
        rows = sheet.waiting
        near = Reader(self.store).sample(cells.nearest[rows], cells.layer)
        found = cut_patches(
            self.scope,
            self.images,
            cells.layer,
            torch.from_numpy(near.images),
            torch.from_numpy(near.positions),
            size=self.settings.icons.size,
        )
        for patch in found:
            row = int(rows[patch.index])
            yield row, patch.image, float(cells.nearest_cosine[row])

    def _invert(self, cells: Cells, sheet: Sheet) -> Iterator[tuple[int, Tensor, float]]:
        rows = sheet.waiting
        parents = self._parents(cells)
        order = _Watching(self.store, cells, rows)
        found = render_inversions(
            self.scope,
            cells.layer,
            torch.from_numpy(cells.activations[rows]),
            whitening=self._whitening(cells.layer),
            starts=None if parents is None else [parents[row] for row in rows],
            names=[f"{cells.layer}/{cells.side}/{cells.numbers[row]}" for row in rows],
            order=order,
            stop=self.stop,
            settings=self.settings.icons,
        )
        for icon in found:
            yield int(rows[icon.index]), icon.image, icon.cosine

    def _parents(self, cells: Cells) -> list[Tensor | None] | None:
        """Return for each cell the icon of the cell above it, None at the coarsest level."""
        reader = Reader(self.store)
        sides = [side for side in self._levels(cells.layer) if side < cells.side]
        if not sides:
            return None
        above = reader.cells(sides[-1], cells.layer)
        place = f"layers/{self.store.about.layer(cells.layer).key}/levels/{above.side}"
        sheet = self._sheet(above, place, "inversion")
        found: list[Tensor | None] = []
        for number in _above(cells.numbers, cells.side, above.side):
            row = int(np.searchsorted(above.numbers, number))
            known = row < len(above) and above.numbers[row] == number
            found.append(sheet.icon(row) if known else None)
        return found

    def _levels(self, layer: str) -> list[int]:
        """Return the levels that inversions are rendered for, coarse to fine."""
        wanted = self.settings.levels
        there = Reader(self.store).levels(layer)
        return [side for side in there if wanted is None or side in wanted]

    def _whitening(self, layer: str) -> Whitening | None:
        if self.settings.whitening == "none":
            return None
        key = f"layers/{self.store.about.layer(layer).key}"
        moment = torch.from_numpy(self.store.read(f"{key}/moment"))
        mean = torch.from_numpy(self.store.read(f"{key}/mean"))
        centred = self.settings.whitening == "centred"
        return Whitening.of(moment, mean, centred=centred, ridge=self.settings.ridge)


def _above(numbers: Numbers, side: int, coarse: int) -> Numbers:
    """Return the cells of a coarse grid that the centres of cells lie in."""
    rows, columns = ((2 * part + 1) * coarse // (2 * side) for part in divmod(numbers, side))
    return np.asarray(rows * coarse + columns)


class _Watching:
    """Ranks cells by what a viewer, perhaps in another process, said that it looks at."""

    def __init__(self, store: Store, cells: Cells, rows: Any) -> None:
        self._store, self._cells = store, cells
        places, counts = cells.centres[rows], cells.counts[rows]
        self._order = ScreenOrder(torch.from_numpy(places), torch.from_numpy(counts))
        self._rows = rows
        self._looked = -_LOOK
        self._view: bytes | None = None

    def __call__(self, waiting: Tensor) -> Tensor:
        """Rank the cells that wait."""
        if time.monotonic() - self._looked >= _LOOK:
            self._looked = time.monotonic()
            view = self._store.home.read(VIEW)
            if view != self._view:
                self._view = view
                self._hear(view)
        return self._order(waiting)

    def _hear(self, view: bytes | None) -> None:
        try:
            told = json.loads(view) if view else {}
        except ValueError:  # written by halves, as on a full disk; a viewer tells it again
            told = {}
        if told.get("layer") not in (None, self._cells.layer):
            told = {}
        box = told.get("box")
        self._order.look_at(None if box is None else tuple(box))
        wanted, effects = told.get("class"), self._cells.attributions
        scores = None
        if wanted is not None and effects is not None:
            scores = torch.from_numpy(effects[self._rows, wanted])
        self._order.prefer(scores)
