"""Exported pages opened from a file, with the network off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

Open = Callable[[Path], Page]
expect.set_options(timeout=15_000)


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Return a function that opens a file with the network off; any error or request fails."""
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    asked: list[str] = []

    def show(path: Path) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-convscope-ready=true]")
        return page

    yield show
    context.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
