"""Icons in tiles: a square of the grid as one picture, which a page loads at once.

A tile holds ``side`` × ``side`` icons without gaps, the first row of the grid on top. Where there
is no cell the tile is mid-grey; which cells there are, the grid says. The bytes are a WebP or JPEG
file of ``side * size`` pixels each way, which depend on the icons alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.arguments import check_count
from convscope.images import encode, to_display

TileFormat = Literal["webp", "jpeg"]
Place = tuple[int, int]

_EMPTY = 128


@dataclass(frozen=True)
class Tiling:
    """How the icons of a level are laid into tiles.

    Attributes
    ----------
    size
        Sides of an icon in pixels; of a multiple of 16 an icon tints no more than the outermost
        pixels of its neighbours.
    side
        Icons in a row of a tile.
    format
        "webp" is smaller, "jpeg" is read everywhere.
    quality
        1 to 100.

    Examples
    --------
    >>> tiling = Tiling(size=16, side=2)
    >>> data = tiling.encode({(0, 1): torch.full((3, 16, 16), 200, dtype=torch.uint8)})
    >>> tiling.decode(data)[0, 1].shape
    torch.Size([3, 16, 16])
    """

    size: int = 64
    side: int = 8
    format: TileFormat = "webp"
    quality: int = 85

    def __post_init__(self) -> None:
        check_count("size", self.size)
        check_count("side", self.side)

    def tile_of(self, row: int, column: int) -> Place:
        """Return the row and column of the tile that a cell of the grid lies in."""
        return row // self.side, column // self.side

    def place_of(self, row: int, column: int) -> Place:
        """Return the row and column within its tile of a cell of the grid."""
        return row % self.side, column % self.side

    def encode(self, icons: Mapping[Place, Tensor]) -> bytes:
        """Return the file of a tile.

        Parameters
        ----------
        icons
            By row and column within the tile: (C, size, size) uint8 of any channel count, shown
            as `to_display` does.
        """
        whole = torch.full((3, self.side, self.size, self.side, self.size), _EMPTY).to(torch.uint8)
        for (row, column), icon in icons.items():
            if not (0 <= row < self.side and 0 <= column < self.side):
                raise ValueError(
                    f"icons: place {(row, column)} lies outside of a tile of {self.side} × "
                    f"{self.side}"
                )
            if tuple(icon.shape[1:]) != (self.size, self.size):
                raise ValueError(
                    f"icons: at {(row, column)} has shape {tuple(icon.shape)}, the tile holds "
                    f"icons of {self.size} × {self.size}"
                )
            whole[:, row, :, column, :] = to_display(icon)
        sides = self.side * self.size
        return encode(whole.reshape(3, sides, sides), self.format, self.quality).data

    def decode(self, data: bytes) -> Tensor:
        """Return the icons of a tile, (side, side, 3, size, size) uint8.

        Raises
        ------
        ValueError
            If the bytes are no such tile.
        """
        try:
            with Image.open(io.BytesIO(data)) as picture:
                pixels = np.array(picture.convert("RGB"))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"data: {len(data)} bytes are no picture ({error})") from error
        sides = self.side * self.size
        if pixels.shape != (sides, sides, 3):
            raise ValueError(
                f"data: a picture of {pixels.shape[1]} × {pixels.shape[0]} is no tile of {sides} × "
                f"{sides}"
            )
        parts = torch.from_numpy(pixels).view(self.side, self.size, self.side, self.size, 3)
        return parts.permute(0, 2, 4, 1, 3).contiguous()
