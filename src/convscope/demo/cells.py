"""Runs the code cells of a notebook in this process, one after the other, in one namespace."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import linecache
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, Literal


class CellError(RuntimeError):
    """A cell of a notebook raised; the message tells which, where and what."""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, as it was read."""

    number: int  # from 1, all kinds counted
    kind: Literal["markdown", "code"]
    source: str


@dataclass(frozen=True)
class Ran:
    """A cell and what it showed."""

    cell: Cell
    printed: str = ""
    values: list[Any] = field(default_factory=list)  # displayed, figures drawn, last expression


def read_cells(notebook: Path) -> list[Cell]:
    """Read the markdown and code cells of a notebook file (nbformat 4), the empty ones left out."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{notebook} is not a notebook of format 4: {error!r}") from error
    return [
        Cell(number, kind, source)
        for number, (kind, source) in enumerate(cells, start=1)
        if kind in {"markdown", "code"} and source.strip()
    ]


def run_cells(cells: list[Cell], notebook: str) -> Iterator[Ran]:
    """Run the code cells in order and yield every cell with what it showed.

    Parameters
    ----------
    cells
        Of `read_cells`.
    notebook
        What to call the notebook in errors.

    Raises
    ------
    CellError
        If a cell raises; the cells before it have been yielded.
    """
    shown: list[Any] = []
    namespace = {"__name__": "__main__", "display": lambda *values: shown.extend(values)}
    for cell in cells:
        if cell.kind == "markdown":
            yield Ran(cell)
            continue
        shown.clear()
        printed = io.StringIO()
        name = f"<cell {cell.number} of {notebook}>"
        try:
            with contextlib.redirect_stdout(printed):
                value = _run(cell.source, name, namespace)
        except Exception as error:
            raise CellError(_explain(error, name, cell, notebook)) from error
        if value is not None:
            shown.append(value)
        yield Ran(cell, printed.getvalue(), [*shown, *_drawn(shown)])


def _run(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run `source`; give the value of its last line if that is an expression without a ";"."""
    # Tracebacks and inspect read the source from here.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last: CodeType | None = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        expression = tree.body.pop()
        last = compile(ast.Expression(expression.value), name, "eval")  # type: ignore[attr-defined]
    exec(compile(tree, name, "exec"), namespace)
    return None if last is None else eval(last, namespace)


def _drawn(shown: list[Any]) -> list[Any]:
    """Take the figures that the cell left open in pyplot, as a notebook shows them too."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    from matplotlib import pyplot

    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return [figure for figure in figures if not any(figure is value for value in shown)]


def _explain(error: Exception, name: str, cell: Cell, notebook: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == name:
        line = error.lineno or 1
        what = error.msg
    else:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno or 1 for f in reversed(frames) if f.filename == name), 1)
        what = str(error)
    code = cell.source.splitlines()[line - 1].strip()
    return (
        f"cell {cell.number} of {notebook} failed at line {line}, `{code}`: "
        f"{type(error).__name__}: {what}"
    )
