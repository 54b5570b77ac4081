"""A real JupyterLab in a real Chromium, for benchmarks of what a person waits for."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from lab import Notebook, Server  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402


@contextmanager
def notebook(
    cells: list[str], *, run: int | None = None, width: int = 1400, height: int = 1000
) -> Iterator[Notebook]:
    """Open a notebook of which all cells were run, or the first ``run``, in a page of this size."""
    find = [sys.executable, str(ROOT / "tools" / "chromium.py")]
    chromium = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": width, "height": height})
                server.write("benchmark.ipynb", cells)
                book = Notebook.open(page, f"{server.url}/lab/tree/benchmark.ipynb?reset")
                for cell in range(len(cells))[:run]:
                    book.run(cell)
                yield book
                browser.close()
        finally:
            server.stop()


@contextmanager
def traced(page: Page) -> Iterator[list[dict[str, Any]]]:
    """Give what the browser traces meanwhile of the page: whole events, once they are all there."""
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    done: list[bool] = []
    session.on(
        "Tracing.dataCollected",
        lambda data: events.extend(each for each in data["value"] if each.get("ph") == "X"),
    )
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    session.send("Tracing.start", {"categories": "devtools.timeline"})
    yield events
    session.send("Tracing.end")
    while not done:
        page.wait_for_timeout(20)
    session.detach()
