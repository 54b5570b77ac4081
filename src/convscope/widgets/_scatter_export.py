"""What an exported scatter can be asked: the most wanted first, as long as there is room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convscope.widgets._export import Call
from convscope.widgets._scatter_album import SHEET
from convscope.widgets._scatter_calls import ALBUM

if TYPE_CHECKING:
    from convscope.widgets.manifold_scatter import ManifoldScatter


def exported(scatter: ManifoldScatter) -> Iterator[Call]:
    """Yield the calls whose answers the page of a scatter should hold."""
    pictures = min(ALBUM, len(scatter.projection)) if scatter._images else 0
    yield _map(scatter, scatter.layer)
    ready = [each for each in scatter._columns if each["ready"]]
    for info in sorted(ready, key=lambda each: each["name"] != scatter.color)[:1]:
        yield _column(scatter, info)
    if pictures:
        yield Call("album", {"part": 0}, f"the first {SHEET} pictures")
    yield Call("names", {}, "the names of the points")
    if scatter._landed:
        yield Call("landed", {}, "pictures of the augmented copies")
    for info in ready:
        yield _column(scatter, info)
    for name in scatter.projections:
        if name != scatter.layer:
            yield _map(scatter, name)
    for part in range(1, -(-pictures // SHEET)):
        yield Call("album", {"part": part}, f"pictures {part * SHEET} and on")


def _column(scatter: ManifoldScatter, info: dict[str, Any]) -> Call:
    of_map = {"layer": scatter.layer} if info["of_map"] else {}
    return Call("column", {"name": info["name"], **of_map}, f"colours by {info['name']}")


def _map(scatter: ManifoldScatter, layer: str) -> Call:
    params: dict[str, Any] = {"layer": layer, "version": scatter._version}
    return Call("positions", params, f"the map of {layer or 'the points'}")
