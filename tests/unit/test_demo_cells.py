"""Running the cells of a notebook without a kernel, and what a page shows of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from convscope.demo import page as page_module
from convscope.demo.cells import CellError, Ran, read_cells, run_cells
from convscope.demo.tour import find_tour
from convscope.widgets import BaseWidget


def _notebook(path: Path, *cells: tuple[str, str]) -> Path:
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": kind, "source": source.splitlines(keepends=True), "metadata": {}}
            for kind, source in cells
        ],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _run(path: Path, *sources: str) -> list[Ran]:
    notebook = _notebook(path / "book.ipynb", *(("code", source) for source in sources))
    return list(run_cells(read_cells(notebook), notebook.name))


def test_cells_share_their_names_and_show_the_value_of_their_last_line(tmp_path: Path) -> None:
    first, second = _run(tmp_path, "x = 20\nprint('set')\nx + 1", "x * 3")
    assert (first.printed, first.values) == ("set\n", [21])
    assert (second.printed, second.values) == ("", [60])


@pytest.mark.parametrize("source", ["y = 4", "4;", "4  ;  ", "None", "def f(): return 4"])
def test_a_cell_whose_last_line_gives_nothing_shows_nothing(tmp_path: Path, source: str) -> None:
    assert _run(tmp_path, source)[0].values == []


def test_display_shows_before_the_last_value_and_figures_come_last(tmp_path: Path) -> None:
    source = (
        "from matplotlib import pyplot\npyplot.figure()\npyplot.plot([3, 1])\ndisplay('a')\n'b'"
    )
    values = _run(tmp_path, source)[0].values
    assert values[:2] == ["a", "b"]
    assert isinstance(values[2], Figure)
    assert pyplot.get_fignums() == []


def test_a_figure_that_is_the_last_value_is_shown_once(tmp_path: Path) -> None:
    (ran,) = _run(tmp_path, "from matplotlib import pyplot\nf = pyplot.figure()\nf")
    assert len(ran.values) == 1


def test_empty_and_raw_cells_are_left_out_but_counted(tmp_path: Path) -> None:
    cells = [("markdown", "# A"), ("code", "  \n"), ("raw", "x"), ("code", "1")]
    read = read_cells(_notebook(tmp_path / "book.ipynb", *cells))
    assert [(cell.number, cell.kind) for cell in read] == [(1, "markdown"), (4, "code")]


def test_a_failing_cell_is_told_with_its_line_and_the_cells_before_it_were_shown(
    tmp_path: Path,
) -> None:
    notebook = _notebook(tmp_path / "b.ipynb", ("code", "1"), ("code", "a = 1\n\na / 0\nb = 2"))
    run = run_cells(read_cells(notebook), notebook.name)
    assert next(run).values == [1]
    expected = r"^cell 2 of b\.ipynb failed at line 3, `a / 0`: ZeroDivisionError: division by zero"
    with pytest.raises(CellError, match=expected):
        next(run)


def test_a_call_that_fails_deeper_is_told_with_the_line_of_the_cell(tmp_path: Path) -> None:
    with pytest.raises(CellError, match=r"line 2, `json\.loads\(text\)`: JSONDecodeError"):
        _run(tmp_path, "import json; text = '{'\njson.loads(text)\n")


def test_a_cell_that_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CellError, match=r"cell 1 of book\.ipynb failed at line 2, `y =`: Syntax"):
        _run(tmp_path, "x = 1\ny = \n")


@pytest.mark.parametrize("content", ["", "[1]", '{"cells": [{"source": "1"}]}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.ipynb"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"odd\.ipynb is not a notebook of format 4"):
        read_cells(path)


class _Rich:
    def _repr_html_(self) -> str:
        return "<b>rich</b>"


class _Blank(BaseWidget):
    _module = "layer_browser"


def _page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *cells: tuple[str, str]) -> list[Any]:
    """Return what the tour's page would be made of, if these were its cells."""
    notebook = _notebook(tmp_path / "book.ipynb", *cells)
    made: list[Any] = []

    def record(parts: list[Any], title: str) -> str:
        made.extend([title, *parts])
        return "<!doctype html>"

    monkeypatch.setattr(page_module, "find_tour", lambda: notebook)
    monkeypatch.setattr(page_module, "page", record)
    page_module.write_page(tmp_path / "page.html", say=lambda sentence: None)
    return made


def test_a_page_has_the_text_the_code_and_what_was_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [("markdown", "intro\n\n# The *title*\n\n<script>"), ("code", "print('a < b')")]
    title, _, text, code, printed = _page(tmp_path, monkeypatch, *cells)
    assert title == "The *title*"
    assert "<h1>The <em>title</em></h1>" in text
    assert "<script>" not in text
    assert "print(&#x27;a &lt; b&#x27;)" in code
    assert "a &lt; b\n" in printed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (_Rich(), "<b>rich</b>"),
        (_Rich, "&lt;class"),
        (Image.fromarray(np.zeros((2, 3), np.uint8)), 'src="data:image/png;base64,'),
        (Figure(figsize=(1, 2)), 'src="data:image/png;base64,'),
        ({"b": "<i>", "a": 1}, "{&#x27;b&#x27;: &#x27;&lt;i&gt;&#x27;, &#x27;a&#x27;: 1}"),
    ],
    ids=["html", "class", "picture", "figure", "text"],
)
def test_a_value_is_shown_as_a_notebook_would(value: Any, shown: str) -> None:
    assert shown in page_module._part(value)


def test_a_picture_that_knows_its_size_keeps_it() -> None:
    class Sharp:
        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            return b"png", {"width": 30, "height": 20}

    assert ' width="30"' in page_module._part(Sharp())


def test_a_widget_goes_into_the_page_alive() -> None:
    widget = _Blank()
    assert page_module._part(widget) is widget


def test_a_value_that_cannot_be_drawn_is_told_with_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "class Bad:\n    def _repr_html_(self): raise KeyError('no')\nBad()"
    with pytest.raises(CellError, match=r"what cell 2 of book\.ipynb shows .*KeyError\('no'\)"):
        _page(tmp_path, monkeypatch, ("markdown", "# A"), ("code", source))
    assert not (tmp_path / "page.html").exists()


def test_the_tour_is_found_and_each_of_its_widgets_is_a_last_value() -> None:
    cells = read_cells(find_tour())
    code = [cell.source for cell in cells if cell.kind == "code"]
    assert cells[0].source.startswith("# ")
    assert "cs.demo.scope()" in code[0]
    assert any("LayerBrowser(" in source for source in code)
    assert not any(source.startswith(("%", "!")) for source in code)
