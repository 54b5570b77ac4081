"""An atlas without a kernel: one file from a disk, and a site from a web server."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

import convscope as cs

Open = Callable[[Path], Page]


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> cs.AtlasViewer:
    digits = cs.demo.digits()
    images = torch.stack([digits.images[i] for i in range(40)])
    atlas = cs.Atlas.build(
        digits.scope,
        images,
        ["conv2"],
        tmp_path_factory.mktemp("atlas") / "digits.atlas",
        samples_per_image=2,
        levels=(4, 8),
        method="pca",
        progress=False,
    )
    return cs.AtlasViewer(atlas)


@pytest.fixture(scope="module")
def site(viewer: cs.AtlasViewer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = viewer.export(tmp_path_factory.mktemp("site") / "atlas")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def explore(page: Page, viewer: cs.AtlasViewer) -> None:
    """Do what a reader does: point, click, search, zoom, look at an image's places."""
    plane = page.get_by_role("application")
    expect(plane).to_have_attribute("data-side", re.compile("4|8"))
    page.get_by_role("combobox", name="grid").select_option("4")
    expect(plane).to_have_attribute("data-side", "4")
    cells = viewer._atlas.cells(4)
    row, column = divmod(int(cells.numbers[cells.counts.argmax()]), 4)
    box = plane.bounding_box()
    assert box is not None
    extent = min(box["width"], box["height"]) * 0.97
    place = {
        "x": box["width"] / 2 + ((column + 0.5) / 4 - 0.5) * extent,
        "y": box["height"] / 2 + ((row + 0.5) / 4 - 0.5) * extent,
    }
    plane.hover(position=place)
    words = f"average of {cells.counts.max()} samples"
    expect(page.locator(".atlas-hover")).to_contain_text(words)
    plane.click(position=place)
    expect(page.get_by_role("button", name=re.compile("^patch of "))).not_to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("3")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("button", name="against it")).to_be_visible()
    page.get_by_role("button", name="Show all classes again").click()
    page.get_by_role("listbox", name="images").get_by_role("option").nth(1).click()
    expect(page.get_by_text("8 × 8 positions")).to_be_visible()
    page.get_by_role("combobox", name="grid").select_option("auto")
    page.get_by_role("button", name="Zoom in").click()
    expect(plane).to_have_attribute("data-side", "8")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_one_file_keeps_zoom_hover_search_and_patches(
    viewer: cs.AtlasViewer, opened: Open, tmp_path: Path
) -> None:
    explore(opened(viewer.to_html(tmp_path / "atlas.html")), viewer)


def test_a_site_keeps_them_and_loads_what_comes_into_sight(
    viewer: cs.AtlasViewer, site: str, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site)
    expect(page.get_by_role("application")).to_have_attribute("data-pending", "0")
    assert not [url for url in asked if "/data/heat/" in url or "/data/cell/" in url]
    explore(page, viewer)
    assert [url for url in asked if "/data/heat/" in url]
    assert errors == []
    frame = page.locator(".minimap-reticle")
    page.goto(site + "#layer=conv2&at=0.25,0.5&zoom=4")  # in the page that is open
    expect(frame).to_have_attribute("style", re.compile(r"inset: 3\d"))
    page.reload()
    expect(frame).to_have_attribute("style", re.compile(r"inset: 3\d"))
    context.close()
