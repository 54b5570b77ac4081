"""Each notebook runs from top to bottom, and its saved outputs are those of its code."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
VIEW = "application/vnd.jupyter.widget-view+json"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_tour_and_the_layers_are_there() -> None:
    assert {"00_tour", "01_layers"} <= {path.stem for path in NOTEBOOKS}


@each_notebook
def test_it_runs_and_gives_the_pictures_that_are_saved_in_it(path: Path, tmp_path: Path) -> None:
    saved = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(fresh, timeout=300, kernel_name="python3", resources=where).execute()
    assert _kinds(saved) == _kinds(fresh)


@each_notebook
def test_each_widget_left_a_picture(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    shown = [output.data for cell in _code(book) for output in cell.outputs if "data" in output]
    assert any("image/png" in data for data in shown)
    assert "widgets" not in book.metadata
    assert not any(VIEW in data for data in shown)


@each_notebook
def test_it_stays_small_enough_to_read_on_the_web(path: Path) -> None:
    assert path.stat().st_size < 1_500_000


def _code(book: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def _kinds(book: NotebookNode) -> list[list[frozenset[str]]]:
    """Return the media types that stand below each cell, live views and progress bars aside."""
    return [
        [frozenset(output.data) - {VIEW} for output in cell.outputs if "data" in output]
        for cell in _code(book)
    ]
