"""Arrays and attributes of a Zarr group, with a sentence for whatever is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.atlas.errors import AtlasError, DamagedError
from convscope.atlas.home import Home
from convscope.atlas.schema import Numbers, codecs

if TYPE_CHECKING:
    import zarr


class Arrays:
    """The arrays of an atlas by their keys, each chunked along its first axis.

    Parameters
    ----------
    home
        Where they are.
    group
        Their root.
    """

    def __init__(self, home: Home, group: zarr.Group) -> None:
        self.home = home
        self.group = group
        self._known: dict[str, zarr.Array[Any]] = {}

    def read(self, key: str, rows: slice | None = None) -> Numbers:
        """Return an array, or some rows of it.

        Raises
        ------
        DamagedError
            If it can't be read.
        """
        array = self.array(key)
        try:
            return np.asarray(array[rows if rows is not None else slice(None)])
        except (ValueError, RuntimeError, OSError) as error:
            raise self.damaged(self._damaged_chunk(key, rows) or key, str(error)) from error

    def array(self, key: str) -> zarr.Array[Any]:
        """Return an array by its key."""
        import zarr

        if key in self._known:
            return self._known[key]
        try:
            found = self.group[key]
        except KeyError:
            raise AtlasError(
                f"path: {self.home.name!r} has no {key!r} yet; Atlas.build with the same arguments "
                "goes on with it"
            ) from None
        except ValueError as error:
            raise self.damaged(f"{key}/zarr.json", str(error)) from error
        if not isinstance(found, zarr.Array):
            raise AtlasError(f"path: {key!r} in {self.home.name!r} is no array")
        if "/levels/" not in key:  # another process may make levels anew, with other shapes
            self._known[key] = found
        return found

    def has(self, key: str) -> bool:
        """Tell whether there is an array or a group."""
        try:
            return key in self.group
        except ValueError as error:
            raise self.damaged(f"{key}/zarr.json", str(error)) from error

    def lacks(self, key: str, index: int) -> bool:
        """Tell whether a chunk of an array, of the first axis, is not there."""
        rest = "/0" * (self.array(key).ndim - 1)
        return not self.home.exists(f"{key}/c/{index}{rest}")

    def damaged(self, chunk: str, why: str) -> DamagedError:
        """Return the error that names a damaged chunk and the way on."""
        return DamagedError(
            f"path: {chunk!r} in {self.home.name!r} is damaged ({why}); call Atlas.build as before "
            "with repair=True, which makes it again and leaves the rest",
            chunk,
        )

    def put(self, key: str, values: Numbers, *, rows: int | None = None) -> None:
        """Write a whole array, in place of one that is there.

        Parameters
        ----------
        key
            Where.
        values
            What, (n, ...).
        rows
            How many go into a chunk; all by default.
        """
        with self.home.explained():
            self.group.create_array(
                key,
                data=values,
                chunks=(max(1, rows or len(values)), *(max(1, n) for n in values.shape[1:])),
                compressors=codecs(),
                overwrite=True,
                config={"write_empty_chunks": True},
            )

    def write_rows(self, key: str, rows: slice, values: Numbers) -> None:
        """Write some rows of an array: whole chunks, so that each is the old or the new."""
        with self.home.explained():
            self.array(key)[rows] = values

    def ensure(self, key: str, shape: tuple[int, ...], rows: int, dtype: str, fill: float) -> None:
        """Make an array that is not there yet, ``rows`` a chunk, with what means nothing in it."""
        if self.has(key):
            return
        with self.home.explained():
            self.group.create_array(
                key,
                shape=shape,
                chunks=(rows, *shape[1:]),
                dtype=dtype,
                fill_value=fill,
                compressors=codecs(),
                config={"write_empty_chunks": True},
            )

    def mark_group(self, key: str, name: str, told: Mapping[str, Any] | None) -> None:
        """Set an attribute of a group."""
        import zarr

        with self.home.explained():
            group = zarr.open_group(self.group.store, path=key, mode="r+")
            group.attrs[name] = dict(told) if told is not None else None

    def group_mark(self, key: str, name: str) -> dict[str, Any] | None:
        """Return an attribute of a group as it is now: another process may have gone on."""
        import zarr

        try:
            group = zarr.open_group(self.group.store, path=key, mode="r")
        except (FileNotFoundError, KeyError):
            return None
        told = group.attrs.get(name)
        return dict(told) if isinstance(told, Mapping) else None

    def _damaged_chunk(self, key: str, rows: slice | None) -> str | None:
        """Return the key of the first chunk of an array that can't be read."""
        array = self.array(key)
        size = array.chunks[0]
        first, last, _ = (rows or slice(None)).indices(array.shape[0])
        for start in range(first - first % size, last, size):
            try:
                array[start : start + size]
            except (ValueError, RuntimeError, OSError):  # noqa: PERF203
                rest = "/0" * (array.ndim - 1)
                return f"{key}/c/{start // size}{rest}"
        return None
