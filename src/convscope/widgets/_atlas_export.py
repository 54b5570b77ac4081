"""An atlas without a kernel: what its page holds, and the atlas as a static site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.arguments import check_count
from convscope.widgets import _site
from convscope.widgets._atlas_patches import MOST
from convscope.widgets._export import Call

if TYPE_CHECKING:
    from convscope.widgets.atlas_viewer import AtlasViewer

PICTURES, PATHS = 200, 24  # of images that a page holds; a site has room for more
SITE_PICTURES, SITE_PATHS = 2000, 96
_BLOCK = 24  # thumbnails in an answer; as in js/views/strip.ts
_HEATED = 2  # grids whose class maps a page holds; finer ones show those of the cell around
# What only a kernel can do.
_LIVE = ("drop", "look")


class Holdings:
    """Which images a page without a kernel holds.

    Parameters
    ----------
    viewer
        Of the atlas.
    pictures
        How many images it holds whole, of those that patches are from; None for all.
    paths
        How many images stand in its strip, with where they fall on the atlas; None for all.
    """

    def __init__(
        self, viewer: AtlasViewer, pictures: int | None = PICTURES, paths: int | None = PATHS
    ) -> None:
        for name, value in (("pictures", pictures), ("paths", paths)):
            if value is not None:
                check_count(name, value, least=0)
        self._viewer = viewer
        self._pictures, self._paths = pictures, paths

    def renewed(self) -> Holdings:
        """Return the same of the atlas as it is now: a build has gone on."""
        return Holdings(self._viewer, self._pictures, self._paths)

    @cached_property
    def whole(self) -> list[int]:
        """Images behind patches: those of coarse grids and the most typical of a cell first."""
        return self._behind[: self._pictures]

    @property
    def located(self) -> int:
        """How many images stand in the strip."""
        if not self._viewer._images_at_hand:
            return 0
        count = len(self._viewer._images)
        return count if self._paths is None else min(self._paths, count)

    @property
    def note(self) -> str:
        """What is left out of the images, as notes are; "" where nothing is."""
        if not self._viewer._images_at_hand:
            return ""
        count, parts = len(self._viewer._source), []
        if self.located < count:
            parts.append(f"shows where the first {self.located:,} fall")
        if len(self.whole) < len(self._behind):
            parts.append(f"holds {len(self.whole):,} as a whole")
        return f"of {count:,} images this page {' and '.join(parts)}" if parts else ""

    @cached_property
    def _behind(self) -> list[int]:
        viewer = self._viewer
        if not viewer._images_at_hand:
            return []
        most = None if self._pictures is None else self._pictures + 1  # one more: some are left out
        found: dict[int, None] = {}
        for layer, side in _grids(viewer):
            cells = viewer._pages.level(layer, side)["cells"].tolist()
            shown = [viewer._pages.cell(layer, side, cell, MOST).samples for cell in cells]
            for rank in range(MOST):
                found |= {int(s.images[rank]): None for s in shown if rank < len(s)}
            if most is not None and len(found) >= most:
                break
        return list(found)[:most]


def calls(viewer: AtlasViewer) -> Iterator[Call]:
    """Yield what a page without a kernel can be asked, the most wanted first."""
    infos = _infos(viewer)
    names = [info["name"] for info in infos]
    located = viewer._holdings.located
    for start in range(0, located, _BLOCK):
        params = {"start": start, "stop": min(located, start + _BLOCK)}
        yield Call("thumbnails", params, "the strip of images")
    for info in infos:
        for side in info["sides"]:
            yield Call("level", {"layer": info["name"], "side": side}, f"{side} × {side} cells")
    for layer, side in _grids(viewer):
        yield from _tiles(viewer, layer, side)
        sides = next(info["sides"] for info in infos if info["name"] == layer)
        if side in sides[:_HEATED]:
            yield from _heats(viewer, layer, side)
        yield from _cells(viewer, layer, side, names)
    if viewer._images_at_hand:
        yield from _paths(viewer, names)
        for image in viewer._holdings.whole:
            name = viewer._source.names[image]
            yield Call("picture", {"image": image}, f"image {name}")


def state(viewer: AtlasViewer) -> dict[str, Any]:
    """Return what the state of a page without a kernel has otherwise."""
    holdings = viewer._holdings
    return {
        "_images": viewer._images[: holdings.located],
        "_can": [each for each in viewer._can if each not in _LIVE],
        "_progress": {},
        "_notice": " · ".join(filter(None, [viewer._notice, holdings.note])),
    }


def site(viewer: AtlasViewer, folder: str | os.PathLike[str], title: str) -> Path:
    """Write a viewer's atlas as a static site; see `AtlasViewer.export`."""
    return _site.write(viewer, folder, title)


def _infos(viewer: AtlasViewer) -> list[dict[str, Any]]:
    """Return the layers, the one that is shown first."""
    return sorted(viewer._pages.layers(), key=lambda info: info["name"] != viewer.layer)


def _grids(viewer: AtlasViewer) -> Iterator[tuple[str, int]]:
    """Yield layers and levels, coarse levels of all layers first."""
    infos = _infos(viewer)
    for depth in range(max((len(info["sides"]) for info in infos), default=0)):
        for info in infos:
            if depth < len(info["sides"]):
                yield info["name"], info["sides"][depth]


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
    for cell in viewer._pages.level(layer, side)["cells"].tolist():
        params: dict[str, Any] = {"layer": layer, "side": side, "cell": cell}
        words = f"real patches of the cells of {layer}, {side} × {side}"
        yield Call("cell", params, words)
        for other in layers:
            if other != layer:
                yield Call("elsewhere", params | {"others": [other]}, words)


def _paths(viewer: AtlasViewer, layers: list[str]) -> Iterator[Call]:
    images = [*range(viewer._holdings.located)]
    if viewer.image is not None and viewer.image not in images:
        images.insert(0, viewer.image)
    for image in images:
        for layer in layers:
            name = viewer._source.names[image]
            params = {"layer": layer, "image": image}
            yield Call("locate", params, f"where {name} falls on {layer}")
