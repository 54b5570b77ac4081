"""Repair: what can't be read is taken away, so that a build makes it again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from convscope.atlas.read import Reader
from convscope.atlas.schema import ATTRIBUTION, LEFT_OUT, Numbers, sample_arrays
from convscope.atlas.store import Store

_log = logging.getLogger(__name__)

_UNREADABLE = (ValueError, RuntimeError, OSError, KeyError)


def repair(store: Store) -> list[str]:
    """Take away what is damaged or missing, and return the keys of it.

    All that an atlas holds follows from its images, network and arguments. So whatever is gone is
    made again as it was, and what depends on it stays as it is.
    """
    found = [*_metadata(store)]
    store.prepare()
    found += [*_samples(store), *_layouts(store), *_levels(store)]
    for key in found:
        _log.warning("%s in %s is damaged or missing, and is made again", key, store.home.name)
    return found


def _metadata(store: Store) -> Iterator[str]:
    """Yield arrays whose description can't be read, without it: it is written anew."""
    keys = [f"samples/{name}" for name in ("image", "digest", "stamp")]
    for layer in store.about.layers:
        names = sample_arrays(layer, store.about)
        keys += [f"layers/{layer.key}/{name}" for name in names]
    for key in keys:
        try:
            store.group[key]
        except _UNREADABLE:  # noqa: PERF203
            store.home.delete(f"{key}/zarr.json")
            yield f"{key}/zarr.json"


def _samples(store: Store) -> Iterator[str]:
    """Yield damaged chunks of samples, after making their samples count as not collected."""
    keys = ["samples/digest"]
    for layer in store.about.layers:
        dropped = store.dropped(layer.name)
        keys += [
            f"layers/{layer.key}/{name}"
            for name in sample_arrays(layer, store.about)
            if name != ATTRIBUTION or not dropped
        ]
    for index in range(store.about.chunks):
        if store.lacks("samples/image", index):
            continue  # not collected, or gone: both are collected now
        images = _chunk(store, "samples/image", index)
        if images is not None and bool((images == LEFT_OUT).all()):
            continue
        # Stores of earlier builds have no stamps.
        stamps = [] if store.lacks("samples/stamp", index) else ["samples/stamp"]
        bad = [key for key in keys + stamps if images is None or not _whole(store, key, index)]
        if images is None or bad:
            store.home.delete(f"samples/image/c/{index}")
            yield from (f"{key}/c/{index}" for key in bad or ["samples/image"])


def _chunk(store: Store, key: str, index: int) -> Numbers | None:
    try:
        return None if store.lacks(key, index) else store.rows(key, index)
    except ValueError:
        return None


def _whole(store: Store, key: str, index: int) -> bool:
    if _chunk(store, key, index) is None:
        store.home.delete(f"{key}/c/{index}")
        return False
    return True


def _layouts(store: Store) -> Iterator[str]:
    for layer in store.about.layers:
        for name, stage in (("xy", "layout"), ("box", ""), ("mean", "grid"), ("moment", "grid")):
            key = f"layers/{layer.key}/{name}"
            if _readable(store, key) or (stage and store.marked(layer.name, stage) is None):
                continue
            store.home.delete(key)
            if stage:
                store.mark(layer.name, stage, None)
            yield key


def _levels(store: Store) -> Iterator[str]:
    reader = Reader(store)
    for layer in store.about.layers:
        names = ["cell", "count", "start", "member", "spread", "nearest", "nearest_cosine"]
        names += ["activation"] + ([ATTRIBUTION] if store.about.class_count else [])
        for side in reader.levels(layer.name):
            place = f"layers/{layer.key}/levels/{side}"
            for name in names:
                if not _readable(store, f"{place}/{name}"):
                    store.home.delete(f"{place}/{name}")
                    store.mark(layer.name, "grid", None)
                    yield f"{place}/{name}"
            for kind in ("patches", "inversion"):
                yield from _icons(store, f"{place}/{kind}")


def _icons(store: Store, place: str) -> Iterator[str]:
    """Yield damaged chunks of icons, after making those icons count as not rendered."""
    told = store.group_mark(place, "icons")
    if told is None:
        return
    for name in ("image", "cosine"):
        key = f"{place}/{name}"
        try:
            array: Any = store.array(key)
        except ValueError:
            store.home.delete(place)
            yield place
            return
        for index in range(-(-array.shape[0] // array.chunks[0])):
            rows = slice(index * array.chunks[0], (index + 1) * array.chunks[0])
            if not _icons_whole(store, place, name, rows, index):
                store.home.delete(f"{place}/image/c/{index}")
                store.home.delete(f"{place}/cosine/c/{index}")
                yield f"{key}/c/{index}"
    store.mark_group(place, "icons", told | {"done": False})  # tiles are written anew


def _icons_whole(store: Store, place: str, name: str, rows: slice, index: int) -> bool:
    """Tell whether a chunk of icons can be read, and is there if they are rendered."""
    try:
        store.read(f"{place}/{name}", rows)
        rendered = not bool(np.isnan(store.read(f"{place}/cosine", rows)).all())
    except ValueError:
        return False
    return not (rendered and store.lacks(f"{place}/{name}", index))


def _readable(store: Store, key: str) -> bool:
    try:
        array = store.array(key)
        store.read(key)
    except ValueError:
        return False
    chunks = -(-array.shape[0] // array.chunks[0])
    return not any(store.lacks(key, index) for index in range(chunks))
