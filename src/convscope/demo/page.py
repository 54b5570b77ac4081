"""The tour as one offline page, whose widgets still work."""

from __future__ import annotations

import html
import pprint
from base64 import b64encode
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from convscope.demo.cells import Cell, CellError, Ran, read_cells, run_cells
from convscope.demo.tour import find_tour
from convscope.widgets._base import BaseWidget
from convscope.widgets._export import page, write


def write_page(target: Path, *, say: Callable[[str], None]) -> None:
    """Run the tour in this process and write the page.

    For a process of its own: pyplot then draws into memory for good.

    Parameters
    ----------
    target
        The page's file. It is either written whole or left as it was.
    say
        Takes a sentence on how far it is.

    Raises
    ------
    CellError
        If a cell of the tour fails.
    OSError
        If the file can't be written.
    """
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; give the name of a file in it")
    target.parent.mkdir(parents=True, exist_ok=True)  # now, not after the minute it takes
    mpl.use("agg")
    notebook = find_tour()
    cells = read_cells(notebook)
    parts: list[str | BaseWidget] = [_STYLE]
    for ran in run_cells(cells, notebook.name):
        if ran.cell.kind == "code":
            say(f"ran cell {ran.cell.number} of {cells[-1].number}")
        try:
            parts += _parts(ran)
        except Exception as error:
            raise CellError(
                f"what cell {ran.cell.number} of {notebook.name} shows can't be drawn: {error!r}"
            ) from error
    say("writing the page")
    write(target, page(parts, _title(cells)))


def _title(cells: Sequence[Cell]) -> str:
    headings = (
        line.lstrip("# ")
        for cell in cells
        if cell.kind == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("# ")
    )
    return next(headings, "convscope")


def _parts(ran: Ran) -> list[str | BaseWidget]:
    if ran.cell.kind == "markdown":
        text: str = (
            MarkdownIt("commonmark", {"html": False}).enable("table").render(ran.cell.source)
        )
        return [f'<div class="tour-text">{text}</div>']
    code = html.escape(ran.cell.source)
    parts: list[str | BaseWidget] = [f'<pre class="tour-code"><code>{code}</code></pre>']
    if ran.printed:
        parts.append(_plain(ran.printed))
    return [*parts, *map(_part, ran.values)]


def _part(value: Any) -> str | BaseWidget:
    """Give what a notebook would show of `value`: the widget itself, or HTML."""
    if isinstance(value, BaseWidget):
        return value
    # A class has these methods too, but no value to call them for.
    if not isinstance(value, type):
        if text := getattr(value, "_repr_html_", _nothing)():
            return f'<div class="tour-value">{text}</div>'
        if picture := getattr(value, "_repr_png_", _nothing)():
            # Sometimes with the size to show it at.
            png, size = picture if isinstance(picture, tuple) else (picture, {})
            return _picture(png, size.get("width"))
    if isinstance(value, Figure):
        file = BytesIO()
        value.savefig(file, format="png", dpi=110, bbox_inches="tight")
        return _picture(file.getvalue())
    return _plain(pprint.pformat(value, width=100, sort_dicts=False))


def _nothing() -> None:
    return None


def _picture(png: bytes, width: int | None = None) -> str:
    data = b64encode(png).decode("ascii")
    wide = f' width="{width}"' if width else ""
    return f'<div class="tour-value"><img alt=""{wide} src="data:image/png;base64,{data}"></div>'


def _plain(text: str) -> str:
    return f'<pre class="tour-value">{html.escape(text)}</pre>'


# On top of the page's own style; texts keep the page's measure, values may be wider.
_STYLE = """<style>
.tour-code, .tour-value { max-width: none; margin: 8px 0; font-size: 13px; }
pre.tour-code, pre.tour-value { padding: 4px 12px; border: 0; border-radius: 0; }
pre.tour-code { margin-top: 16px; color: var(--soft); border-left: 2px solid var(--line); }
.tour-value { overflow-x: auto; }
.tour-value + * { margin-top: 16px; }
.tour-value td, .tour-value th { padding: 2px 12px 2px 0; white-space: nowrap; }
</style>"""
