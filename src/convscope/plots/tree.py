"""The layers of a network as a table, with bars for where its parameters are."""

from __future__ import annotations

from collections.abc import Iterable

from convscope.network.layers import OUTPUT, Layer
from convscope.plots.channels import dimensions
from convscope.plots.page import GAP, MARGIN, Page, StillFigure, fit
from convscope.plots.style import ThemeName, count, theme_of

_ROW = 0.17  # inches
_MOST = 40  # rows, when no depth is asked for
_COLUMNS = {"layer": 2.35, "kind": 1.35, "output": 1.05, "sees": 0.8, "parameters": 1.75}
_NUMBER = 0.78  # inches for the number left of a bar


def layers(
    tree: Iterable[Layer],
    *,
    title: str = "Layers",
    depth: int | None = None,
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw a network's layers: kind, output, what a unit sees of the input, and parameters.

    Every parameter is counted in one row: a row is a layer without layers below it, or a block
    that is not opened at this depth.

    Parameters
    ----------
    tree : LayerTree
        `scope.layers`.
    title : str
        Title of the figure, such as the name of the network.
    depth : int, optional
        Open blocks down to this depth, 1 for the top; as deep as 40 rows allow when not given.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> import convscope as cs
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    >>> scope = cs.Scope(network, example=torch.zeros(1, 1, 8, 9))
    >>> figure = cs.plots.layers(scope.layers)
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth: expected at least 1, got {depth}")
    modules = [layer for layer in tree if _is_module(layer)]
    if not modules:
        raise ValueError("tree: expected at least one layer, got none")
    levels = range(1, 2 + max(layer.depth for layer in modules))
    cuts = {level: _cut(modules, level) for level in levels}
    fitting = [level for level in levels if len(cuts[level]) <= _MOST]
    chosen = min(depth, levels[-1]) if depth is not None else max(fitting, default=1)
    rows = cuts[chosen]
    body = MARGIN + 0.74
    width = sum(_COLUMNS.values())
    page = Page(width + 2 * MARGIN, body + len(rows) * _ROW + GAP, theme_of(theme))
    total = sum(_own(layer) for layer in rows)
    opened = "" if chosen == levels[-1] else f", opened to depth {chosen} of {levels[-1]}"
    page.header(title, f"{len(rows)} rows{opened} · {count(total)} parameters")
    _head(page, body - 0.2)
    most = max(_own(layer) for layer in rows) or 1
    for place, layer in enumerate(rows):
        _row(page, body + place * _ROW, layer, most)
    return page.figure


def _is_module(layer: Layer) -> bool:
    # Further calls and further tensors of a module have rows of their own in the tree.
    return layer.name != OUTPUT and "@" not in layer.name and not layer.name.endswith("]")


def _cut(modules: list[Layer], level: int) -> list[Layer]:
    """Keep the layers above `level` that hold no others, and whatever stands at it."""
    return [m for m in modules if m.depth == level - 1 or (m.leaf and m.depth < level)]


def _own(layer: Layer) -> int:
    return 0 if layer.shared_with is not None else layer.parameters


def _head(page: Page, top: float) -> None:
    left = MARGIN
    for name, width in _COLUMNS.items():
        if name == "parameters":
            page.text(left + _NUMBER - 0.08, top, name, "small", ha="right")
        else:
            page.text(left, top, name, "small")
        left += width
    axes = page.axes(MARGIN, top + 0.14, page.width - 2 * MARGIN, 0.02)
    axes.axhline(0.01, color=page.theme.line, linewidth=0.6)


def _row(page: Page, top: float, layer: Layer, most: int) -> None:
    cells = (layer.name, layer.kind, _output(layer), _sees(layer))
    left = MARGIN
    for (name, width), cell in zip(_COLUMNS.items(), cells, strict=False):
        style = {"color": page.theme.ink} if name == "layer" else {}
        page.text(left, top, fit(cell, width - 0.1, "label"), "label", **style)
        left += width
    if layer.shared_with is not None:
        words = fit(f"same as {layer.shared_with}", _COLUMNS["parameters"], "label")
        page.text(left, top, words, "label")
        return
    if layer.parameters == 0:
        return
    page.text(left + _NUMBER - 0.08, top, count(layer.parameters), "label", ha="right")
    room = _COLUMNS["parameters"] - _NUMBER
    axes = page.axes(left + _NUMBER, top, room, _ROW)
    axes.set_gid("parameters")
    axes.barh(0.045, room * layer.parameters / most, height=0.08, color=page.theme.bars)


def _output(layer: Layer) -> str:
    if layer.shape is None:
        return "" if layer.used else "unused"
    return dimensions(layer.shape)


def _sees(layer: Layer) -> str:
    field = layer.receptive
    if field is None:
        return ""
    if field.whole:
        return "everything"
    return dimensions(field.size) + (" + gate" if field.gated else "")
