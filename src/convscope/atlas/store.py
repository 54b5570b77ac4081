"""The store of an atlas: a Zarr v3 group, laid out as docs/atlas-format.md has it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.atlas.about import FORMAT, About
from convscope.atlas.arrays import Arrays
from convscope.atlas.errors import AtlasError, DamagedError
from convscope.atlas.home import Home
from convscope.atlas.schema import (
    ATTRIBUTE,
    ATTRIBUTION,
    LEFT_OUT,
    WAITING,
    Numbers,
    sample_arrays,
)

if TYPE_CHECKING:
    import zarr


@dataclass(frozen=True)
class Chunk:
    """What was collected for the samples of a chunk.

    Attributes
    ----------
    images
        (n,) int32, which image; `LEFT_OUT` where it could not be read.
    digests
        (n,) uint32, CRC-32 of the network's input.
    stamps
        (n,) uint32, of the file or array that held the image; 0 where there is none to be had.
    layers
        By name: the arrays of a layer, each (n, ...), by their names in the store.
    """

    images: Numbers
    digests: Numbers
    stamps: Numbers
    layers: Mapping[str, Mapping[str, Numbers]]


class Store(Arrays):
    """An atlas on disk or elsewhere.

    Parameters
    ----------
    home
        Where it is.
    group
        Its root.
    """

    def __init__(self, home: Home, group: zarr.Group) -> None:
        super().__init__(home, group)
        self.about = About.from_json(_attribute(group.attrs, ATTRIBUTE))

    @classmethod
    def find(cls, path: str | os.PathLike[str], *, write: bool = False) -> Store | None:
        """Return the atlas at a path, None where there is none yet.

        Raises
        ------
        AtlasError
            If something else is there, or an atlas of a newer version.
        """
        import zarr

        home = Home(path)
        if home.folder is not None and home.folder.is_file():
            raise AtlasError(f"path: {home.name!r} is a file, an atlas is a folder")
        place = home.zarr(read_only=not write)
        with home.explained():
            try:
                group = zarr.open_group(place, mode="r+" if write else "r")
            except (FileNotFoundError, KeyError):
                _check_free(home)
                return None
            except ValueError as error:
                raise DamagedError(
                    f"path: {home.name!r} has a zarr.json that can't be read ({error}); it says "
                    "what the atlas is of, so build it anew at another path",
                    "zarr.json",
                ) from error
        told = group.attrs.get(ATTRIBUTE)
        if not isinstance(told, Mapping):
            raise AtlasError(f"path: {home.name!r} is a Zarr group, but no atlas of convscope")
        version = told.get("version")
        if not isinstance(version, int) or version > FORMAT:
            raise AtlasError(
                f"path: {home.name!r} is of version {version} of the format, made by convscope "
                f"{told.get('made_by', '?')}; this one reads up to {FORMAT}, so update convscope"
            )
        return cls(home, group)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, write: bool = False) -> Store:
        """Return the atlas at a path."""
        found = cls.find(path, write=write)
        if found is None:
            raise AtlasError(
                f"path: there is no atlas at {Home(path).name!r}; Atlas.build makes one"
            )
        return found

    @classmethod
    def create(cls, path: str | os.PathLike[str], about: About) -> Store:
        """Make an empty atlas."""
        import zarr

        home = Home(path)
        with home.explained():
            attributes: Any = {ATTRIBUTE: about.to_json()}
            group = zarr.open_group(home.zarr(), mode="a", attributes=attributes)
        return cls(home, group)

    def prepare(self) -> None:
        """Make the arrays for samples that are not there yet."""
        about, samples = self.about, self.about.samples
        self.ensure("samples/image", (samples,), about.chunk, "int32", WAITING)
        for name in ("digest", "stamp"):
            self.ensure(f"samples/{name}", (samples,), about.chunk, "uint32", 0)
        for layer in about.layers:
            for name, (width, dtype, fill) in sample_arrays(layer, about).items():
                shape = (samples,) if width is None else (samples, width)
                self.ensure(f"layers/{layer.key}/{name}", shape, about.chunk, dtype, fill)

    def write_chunk(self, index: int, chunk: Chunk) -> None:
        """Write the samples of a chunk; it counts once its images are written, which are last."""
        start = index * self.about.chunk
        rows = slice(start, start + len(chunk.images))
        with self.home.explained():
            for name, arrays in chunk.layers.items():
                key = self.about.layer(name).key
                for array, values in arrays.items():
                    self.array(f"layers/{key}/{array}")[rows] = values
            self.array("samples/digest")[rows] = chunk.digests
            self.array("samples/stamp")[rows] = chunk.stamps
            self.array("samples/image")[rows] = chunk.images

    def missing(self) -> list[int]:
        """Return the chunks that are not collected."""
        return [
            index
            for index in range(self.about.chunks)
            if bool((self.rows("samples/image", index) == WAITING).any())
        ]

    def rows(self, key: str, index: int) -> Numbers:
        """Return a chunk of an array with a row for each sample.

        Raises
        ------
        DamagedError
            If it can't be read.
        """
        size = self.about.chunk
        rows = slice(index * size, (index + 1) * size)
        values = self.read(key, rows)
        # What arrays of samples are filled with where nothing was written: see `sample_arrays`.
        first = values.flat[:1]
        empty = np.isnan(first) if values.dtype.kind == "f" else first == -1
        if bool(empty.any()) and key != "samples/image" and self._collected(rows):
            raise self.damaged(f"{key}/c/{index}" + "/0" * (values.ndim - 1), "it is missing")
        return values

    def _collected(self, rows: slice) -> bool:
        """Tell whether there are samples in some rows: their images could be read."""
        return bool((self.read("samples/image", rows) != LEFT_OUT).any())

    def mark(self, layer: str, stage: str, told: Mapping[str, Any] | None) -> None:
        """Say that a stage of a layer is done, and how; None takes that back."""
        self.mark_group(f"layers/{self.about.layer(layer).key}", stage, told)

    def marked(self, layer: str | None, stage: str) -> dict[str, Any] | None:
        """Return how a stage of a layer was done, None where it is not."""
        return self.group_mark(f"layers/{self.about.layer(layer).key}", stage)

    def drop_attributions(self, layer: str) -> None:
        """Let go of the samples' attributions but to the strongest classes."""
        self.mark(layer, ATTRIBUTION, {"kept": "top"})
        self.home.delete(f"layers/{self.about.layer(layer).key}/{ATTRIBUTION}/c")

    def dropped(self, layer: str) -> bool:
        """Tell whether the samples' attributions but to the strongest classes were let go of."""
        return self.dropped_at(f"layers/{self.about.layer(layer).key}")

    def dropped_at(self, key: str) -> bool:
        """Tell the same of the layer whose group has this key."""
        return self.group_mark(key, ATTRIBUTION) is not None


def sample_values(store: Store, key: str, name: str, index: int) -> Numbers:
    """Return activations or attributions of the samples of a chunk, (n, width) float32.

    Where attributions were dropped, those to the strongest classes are there, and 0 for the rest.
    """
    if name == ATTRIBUTION and store.dropped_at(key):
        top = store.rows(f"{key}/top_class", index)
        found = np.zeros((len(top), store.about.class_count), np.float32)
        np.put_along_axis(found, top, store.rows(f"{key}/top_value", index), axis=1)
        return found
    values = store.rows(f"{key}/{name}", index)
    if name != ATTRIBUTION:
        return values
    scale = store.rows(f"{key}/attribution_scale", index)
    return np.asarray(values.astype(np.float32) * scale[:, None])


def _attribute(attributes: Any, name: str) -> Mapping[str, Any]:
    found = attributes[name]
    if not isinstance(found, Mapping):
        raise AtlasError(f"path: the attribute {name!r} is no object")
    return found


def _check_free(home: Home) -> None:
    """Refuse a folder that holds something else."""
    if home.folder is None or not home.folder.is_dir():
        return
    others = _strangers(home)
    name = next(others, None)
    if name is not None:
        raise AtlasError(
            f"path: {home.name!r} holds {name!r} and no atlas; choose a new or empty folder"
        )


def _strangers(home: Home) -> Iterator[str]:
    from convscope.atlas.lock import KEY

    if home.folder is not None:
        for each in sorted(home.folder.iterdir()):
            if each.name != KEY and not each.name.endswith(".partial"):
                yield each.name
