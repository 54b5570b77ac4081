"""Icons as one reads them, and how far a build is."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from convscope.atlas.beat import beating
from convscope.atlas.errors import AtlasError
from convscope.atlas.icons.tiles import Tiling
from convscope.atlas.read import Reader
from convscope.atlas.schema import Numbers
from convscope.atlas.store import Store
from convscope.manifold import Progress

Kind = Literal["patches", "inversion"]

PROGRESS = "progress.json"
VIEW = "view.json"  # what a viewer looks at, which is rendered first
_TELL = 1.0  # seconds between two words on how far a build is
_BEAT = 10.0  # seconds between two signs of life
_SILENT = 30.0  # seconds without one after which a build counts as ended

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IconSet:
    """The icons of one kind at one level of a layer, as far as they are rendered.

    Attributes
    ----------
    kind, side
        ``"patches"`` or ``"inversion"``, and the cells a side of the level.
    tiling
        How they lie in tiles: ``tiling.tile_of(row, column)``, ``tiling.place_of(row, column)``.
    cosines
        (M,) float32, of each cell in the order of `Cells.numbers`: how near the icon's activation
        is to the cell's mean; NaN as long as it is not rendered.
    done
        Whether the stage is through.
    """

    kind: str
    side: int
    tiling: Tiling
    cosines: Numbers = field(repr=False)
    done: bool

    @property
    def rendered(self) -> Numbers:
        """(M,) bool: which icons are there."""
        return ~np.isnan(self.cosines)


def icon_set(store: Store, place: str, kind: str, side: int) -> IconSet | None:
    """Return the icons of a level, None where none were begun."""
    told = store.group_mark(f"{place}/{kind}", "icons")
    if told is None:
        return None
    tiling = Tiling(**{name: told[name] for name in ("size", "side", "format", "quality")})
    cosines = store.read(f"{place}/{kind}/cosine")
    return IconSet(kind, side, tiling, cosines, bool(told["done"]))


@dataclass(frozen=True)
class BuildState:
    """How far the build of an atlas is, wherever it runs.

    Attributes
    ----------
    stage
        What is being done, in words.
    done, total
        Steps of the stage.
    seconds_left
        About how long the rest of the stage takes; None where nobody knows.
    running
        Whether a build gave a sign of life in the last half minute.
    finished
        Whether the last build came to its end.
    at
        When it gave the last sign of life, in seconds since 1970.
    """

    stage: str
    done: float
    total: float
    seconds_left: float | None
    running: bool
    finished: bool
    at: float = 0.0


def build_state(store: Store) -> BuildState | None:
    """Return how far a build is, None where there is no word of one."""
    data = store.home.read(PROGRESS)
    if data is None:
        return None
    try:
        told: dict[str, Any] = json.loads(data)
    except ValueError:  # damaged: it is written anew by the next build, and nothing hangs on it
        return None
    finished, at = bool(told["finished"]), float(told["time"])
    running = not finished and time.time() - at < _SILENT
    left = told["seconds_left"]
    return BuildState(told["stage"], told["done"], told["total"], left, running, finished, at)


class Teller:
    """Writes into the store how far a build is, once a second at most.

    Parameters
    ----------
    store
        Of the atlas.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told = -_TELL
        self._last: dict[str, Any] = {"stage": "", "done": 0, "total": 0, "seconds_left": None}

    def tell(self, step: Progress) -> None:
        """Say how far it is."""
        self._last = {
            "stage": step.stage,
            "done": step.done,
            "total": step.total,
            "seconds_left": step.seconds_left,
        }
        if time.monotonic() - self._told >= _TELL:
            self._write(finished=False)

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Give signs of life inside the ``with`` block, also while one step takes long."""
        with beating("convscope-atlas-alive", _BEAT, self._live):
            yield

    def _live(self) -> None:
        try:
            self._write(finished=False)
        except (AtlasError, OSError):  # what the build itself writes will say why
            _log.info("no sign of life could be written", exc_info=True)

    def finish(self) -> None:
        """Say that the build came to its end."""
        self._write(finished=True)

    def _write(self, *, finished: bool) -> None:
        self._told = time.monotonic()
        told = self._last | {"time": time.time(), "finished": finished}
        self._store.home.write(PROGRESS, json.dumps(told).encode())


class Shown(Reader):
    """An atlas as it is shown: its icons, and how far a build of it is."""

    @property
    def state(self) -> BuildState | None:
        """How far a build of this atlas is, wherever it runs; None where there is no word."""
        return build_state(self.store)

    def icons(self, level: int, kind: Kind = "patches", layer: str | None = None) -> IconSet | None:
        """Return which icons of a level are rendered, None where none were begun."""
        self.cells(level, layer)
        return icon_set(self.store, f"{self.key(layer)}/levels/{level}", kind, level)

    def tile(
        self, level: int, row: int, column: int, kind: Kind = "patches", layer: str | None = None
    ) -> bytes | None:
        """Return the file of a tile of icons, None where none of its icons is rendered."""
        icons = self.icons(level, kind, layer)
        if icons is None:
            return None
        place = f"{self.key(layer)}/levels/{level}/{kind}"
        return self.store.home.read(f"{place}/{row}-{column}.{icons.tiling.format}")

    def icon(
        self, level: int, cell: int, kind: Kind = "patches", layer: str | None = None
    ) -> Numbers:
        """Return the exact icon of a cell by its number, (C, size, size) uint8; 0 if not there."""
        row = self.cells(level, layer).index(cell)
        place = f"{self.key(layer)}/levels/{level}/{kind}"
        return np.asarray(self.store.read(f"{place}/image", slice(row, row + 1))[0])

    def look_at(
        self,
        box: tuple[float, float, float, float] | None,
        *,
        layer: str | None = None,
        name: str | int | None = None,
    ) -> None:
        """Ask a build under way, in any process, to render first what lies in a part of the map.

        Parameters
        ----------
        box
            (x0, y0, x1, y1) in [0, 1]; None for no part.
        layer
            On the map of which layer.
        name
            A class: cells that speak for it come first.
        """
        told = {
            "box": None if box is None else list(map(float, box)),
            "layer": self.about.layer(layer).name,
            "class": None if name is None else self.class_index(name),
        }
        self.store.home.write(VIEW, json.dumps(told).encode())
