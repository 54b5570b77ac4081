"""A JupyterLab for the session; a fresh notebook and page for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from lab import Notebook, Server
from playwright.sync_api import Browser, BrowserContext

_numbers = itertools.count()


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


@pytest.fixture
def notebook(server: Server, context: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    """Return ``notebook(*cells)``, which opens a notebook with those cells in JupyterLab.

    Any uncaught error in the page fails the test at its end.
    """
    opened: list[Notebook] = []

    def make(*cells: str, width: int = 1400, height: int = 1000) -> Notebook:
        name = f"test{next(_numbers)}.ipynb"
        server.write(name, list(cells))
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        opened.append(Notebook.open(page, f"{server.url}/lab/tree/{name}?reset"))
        return opened[-1]

    yield make
    for book in opened:
        book.close()
    assert [error for book in opened for error in book.errors] == []
