"""An atlas without a kernel: what its page holds, and the atlas as a static site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.widgets import _site
from convscope.widgets._export import Call

if TYPE_CHECKING:
    from convscope.widgets.atlas_viewer import AtlasViewer

_BLOCK = 24  # thumbnails in an answer; as in js/views/strip.ts
_IMAGES = 200  # images whose pictures a page holds
_LOCATED = 24  # of these, images whose places it holds
_HEATED = 2  # grids whose class maps a page holds; finer ones show those of the cell around


def calls(viewer: AtlasViewer) -> Iterator[Call]:
    """Yield what a page without a kernel can be asked, the most wanted first."""
    infos = sorted(viewer._pages.layers(), key=lambda info: info["name"] != viewer.layer)
    if viewer._images_at_hand:
        count = len(viewer._source)
        for start in range(0, min(_IMAGES, count), _BLOCK):
            params = {"start": start, "stop": min(count, start + _BLOCK)}
            yield Call("thumbnails", params, "the strip of images")
    for info in infos:
        for side in info["sides"]:
            yield Call("level", {"layer": info["name"], "side": side}, f"{side} × {side} cells")
    for depth in range(max((len(info["sides"]) for info in infos), default=0)):
        for info in infos:
            if depth >= len(info["sides"]):
                continue
            layer, side = info["name"], info["sides"][depth]
            yield from _tiles(viewer, layer, side)
            if depth < _HEATED:
                yield from _heats(viewer, layer, side)
            yield from _cells(viewer, layer, side, [each["name"] for each in infos])
    if viewer._images_at_hand:
        yield from _images(viewer, [info["name"] for info in infos])


def site(viewer: AtlasViewer, folder: str | os.PathLike[str], title: str) -> Path:
    """Write a viewer's atlas as a static site; see `AtlasViewer.export`."""
    return _site.write(viewer, folder, title)


def _tiles(viewer: AtlasViewer, layer: str, side: int) -> Iterator[Call]:
    level = viewer._pages.level(layer, side)
    rows, columns = level["cells"] // side // level["tile"], level["cells"] % side // level["tile"]
    for bit, kind in ((1, "patches"), (2, "inversion")):
        there = level["icons"] & bit > 0
        places = sorted(set(zip(rows[there].tolist(), columns[there].tolist(), strict=True)))
        for row, column in places:
            params = {"layer": layer, "side": side, "kind": kind, "row": row, "column": column}
            yield Call("tile", params, f"{kind} of {layer}, {side} × {side}")


def _heats(viewer: AtlasViewer, layer: str, side: int) -> Iterator[Call]:
    for target in range(len(viewer._pages.classes)):
        params = {"layer": layer, "side": side, "target": target}
        yield Call("heat", params, f"class maps of {layer}, {side} × {side}")


def _cells(viewer: AtlasViewer, layer: str, side: int, layers: list[str]) -> Iterator[Call]:
    others = [name for name in viewer.beside if name in layers and name != layer]
    for cell in viewer._pages.level(layer, side)["cells"].tolist():
        params: dict[str, Any] = {"layer": layer, "side": side, "cell": cell}
        words = f"real patches of the cells of {layer}, {side} × {side}"
        yield Call("cell", params, words)
        if others:
            yield Call("elsewhere", params | {"others": others}, words)


def _images(viewer: AtlasViewer, layers: list[str]) -> Iterator[Call]:
    names = viewer._source.names
    for image in range(min(_IMAGES, len(viewer._source))):
        yield Call("input", {"image": image}, f"image {names[image]}")
        if viewer._atlas is None or image >= _LOCATED:
            continue
        for layer in layers:
            params = {"layer": layer, "image": image}
            yield Call("locate", params, f"where {names[image]} falls on {layer}")
