"""A JupyterLab for the session; a fresh notebook and page for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from lab import Notebook, Server
from playwright.sync_api import Browser, BrowserContext, expect

Open = Callable[..., Notebook]
_numbers = itertools.count()
expect.set_options(timeout=15_000)  # the browser shares few cores with a kernel and a server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that stands here, so that ``-m "not browser"`` leaves it out."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start JupyterLab once."""
    running = Server(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Return one browser profile, so that JupyterLab's files come from its cache."""
    made = chromium.new_context()
    yield made
    made.close()


@pytest.fixture(scope="session")
def open_notebook(server: Server, context: BrowserContext) -> Open:
    """Return a function that opens a new notebook with the cells given in JupyterLab."""

    def make(*cells: str) -> Notebook:
        name = f"test{next(_numbers)}.ipynb"
        server.write(name, list(cells))
        page = context.new_page()
        page.set_viewport_size({"width": 1400, "height": 1000})
        return Notebook.open(page, f"{server.url}/lab/tree/{name}?reset")

    return make


@pytest.fixture
def notebook(open_notebook: Open) -> Iterator[Open]:
    """Return ``notebook(*cells)``: a page and a kernel of this test's own.

    Here and below, any uncaught error in the page fails the test at its end.
    """
    opened: list[Notebook] = []

    def make(*cells: str) -> Notebook:
        opened.append(open_notebook(*cells))
        return opened[-1]

    yield make
    for book in opened:
        book.close()
    assert [error for book in opened for error in book.errors] == []


@pytest.fixture(scope="module")
def _kept(open_notebook: Open) -> Iterator[dict[tuple[str, ...], Notebook]]:
    kept: dict[tuple[str, ...], Notebook] = {}
    yield kept
    for book in kept.values():
        book.close()


@pytest.fixture
def shared(open_notebook: Open, _kept: dict[tuple[str, ...], Notebook]) -> Iterator[Open]:
    """Return ``shared(*cells)``: a page and a kernel that the tests of a file take in turn.

    Running a cell anew gives each its own widget, in a small part of the time.
    """
    used: list[Notebook] = []

    def take(*cells: str) -> Notebook:
        if cells not in _kept:
            _kept[cells] = open_notebook(*cells)
        used.append(_kept[cells])
        return used[-1]

    yield take
    assert [error for book in used for error in book.errors] == []
