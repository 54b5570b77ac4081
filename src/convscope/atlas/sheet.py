"""The icons of a level: exact in arrays, and in tiles that a page loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.atlas.icons.tiles import Tiling
from convscope.atlas.schema import Numbers
from convscope.atlas.store import Store

_ROWS = 64  # icons in a chunk


class Sheet:
    """The icons of one kind at one level of a layer, while they are rendered.

    Icons may come in any order. `flush` writes them: the exact icons, then what they reached,
    which says that they are there, then the tiles that they lie in.

    Parameters
    ----------
    store
        Where to.
    place
        Key of the level.
    kind
        ``"patches"`` or ``"inversion"``.
    side
        Cells a side of the grid.
    cells
        (M,) numbers of the cells.
    channels
        Of an icon.
    tiling
        Size of an icon and how tiles are made.
    """

    def __init__(
        self,
        store: Store,
        place: str,
        kind: str,
        *,
        side: int,
        cells: Numbers,
        channels: int,
        tiling: Tiling,
    ) -> None:
        self._store = store
        self._key = f"{place}/{kind}"
        self._side, self._cells, self._tiling = side, cells, tiling
        shape = (len(cells), channels, tiling.size, tiling.size)
        store.ensure(f"{self._key}/image", shape, _ROWS, "uint8", 0)
        store.ensure(f"{self._key}/cosine", shape[:1], _ROWS, "float32", float("nan"))
        self.images = store.read(f"{self._key}/image").copy()
        self.cosines = store.read(f"{self._key}/cosine").copy()
        # A killed build may have left tiles without their last icons.
        self._fresh: set[int] = set(np.flatnonzero(self.there).tolist())

    @property
    def there(self) -> Numbers:
        """(M,) bool: which icons are rendered."""
        return ~np.isnan(self.cosines)

    @property
    def waiting(self) -> Numbers:
        """Rows of the cells whose icons are not rendered."""
        return np.flatnonzero(~self.there)

    def put(self, row: int, image: Tensor, cosine: float) -> None:
        """Take in the icon of the cell in a row."""
        self.images[row] = image.numpy()
        self.cosines[row] = cosine
        self._fresh.add(row)

    def icon(self, row: int) -> Tensor | None:
        """Return an icon (C, size, size) uint8, None where it is not rendered."""
        if np.isnan(self.cosines[row]):
            return None
        return torch.from_numpy(self.images[row].copy())

    def flush(self) -> None:
        """Write what came since the last time."""
        chunks = sorted({row // _ROWS for row in self._fresh})
        for name, values in (("image", self.images), ("cosine", self.cosines)):
            for chunk in chunks:
                rows = slice(chunk * _ROWS, (chunk + 1) * _ROWS)
                self._store.write_rows(f"{self._key}/{name}", rows, values[rows])
        for key, data in self._tiles():
            self._store.home.write(f"{self._key}/{key}", data)
        self._fresh.clear()

    def _tiles(self) -> Iterator[tuple[str, bytes]]:
        """Yield names and bytes of the tiles that fresh icons lie in."""
        tiles: dict[tuple[int, int], dict[tuple[int, int], Tensor]] = {}
        places = [divmod(int(number), self._side) for number in self._cells]
        fresh = {self._tiling.tile_of(*places[row]) for row in self._fresh}
        for row in np.flatnonzero(self.there).tolist():
            tile = self._tiling.tile_of(*places[row])
            if tile in fresh:
                icons = tiles.setdefault(tile, {})
                icons[self._tiling.place_of(*places[row])] = torch.from_numpy(self.images[row])
        for tile, icons in sorted(tiles.items()):
            yield tile_name(self._tiling, *tile), self._tiling.encode(icons)

    def mark(self, about: dict[str, Any]) -> None:
        """Say how the icons were made, and whether all are there."""
        self._store.mark_group(self._key, "icons", about)


def tile_name(tiling: Tiling, row: int, column: int) -> str:
    """Return the file name of a tile."""
    return f"{row}-{column}.{tiling.format}"
