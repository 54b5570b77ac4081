"""Layers as a table: text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from convscope.network.receptive import ReceptiveField

if TYPE_CHECKING:
    from convscope.network.layers import Layer

_HEAD = ("name", "kind", "output shape", "parameters", "receptive field", "")
_COUNT = _HEAD.index("parameters")  # numbers, aligned right


def as_text(title: str, layers: Iterable[Layer]) -> str:
    """Return the layers as an indented tree in columns."""
    rows = [_HEAD, *(_row(layer, indent="  " * layer.depth) for layer in layers)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [title]
    for row in rows:
        cells = [
            cell.rjust(width) if i == _COUNT else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_html(title: str, layers: Iterable[Layer]) -> str:
    """Return the layers as a table that scrolls when it is long; names are escaped."""
    head = "".join(f"<th style='text-align:left'>{cell}</th>" for cell in _HEAD)
    body = []
    for layer in layers:
        name, *cells = (escape(cell) for cell in _row(layer))
        style = f"text-align:left;padding-left:{0.5 + layer.depth}em"
        body.append(f"<tr><td style='{style}'>{name}</td>")
        for i, cell in enumerate(cells, start=1):
            style = f"text-align:{'right' if i == _COUNT else 'left'}"
            body.append(f"<td style='{style};font-variant-numeric:tabular-nums'>{cell}</td>")
        body.append("</tr>")
    return (
        "<div style='max-height:24em;overflow:auto'><table>"
        f"<caption style='text-align:left'>{escape(title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def thousands(number: int) -> str:
    """Return a count with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u2009")


def _row(layer: Layer, indent: str = "") -> tuple[str, ...]:
    shape = " × ".join(map(str, layer.shape)) if layer.shape is not None else "–"
    seen = "–" if layer.shape is None else _seen(layer.receptive)
    count = thousands(layer.parameters)
    return indent + layer.name, layer.kind, shape, count, seen, layer.marks


def _seen(field: ReceptiveField | None) -> str:
    if field is None:
        return "unknown"
    if field.whole:
        return "whole input"
    strides = list(dict.fromkeys(f"{stride:g}" for stride in field.stride))
    size = " × ".join(map(str, field.size))
    gate = " + gate" if field.gated else ""
    return f"{size}, stride {' × '.join(strides)}{gate}"
