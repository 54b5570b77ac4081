"""An exported ManifoldScatter: zoom, hover, colours and pictures without a kernel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

import convscope as cs

Open = Callable[[Path], Page]
COUNT = 300


def widget(count: int = COUNT) -> cs.ManifoldScatter:
    draw = np.random.default_rng(0)
    vectors = (5 * np.eye(6)[np.arange(count) % 3] + draw.normal(size=(count, 6))).astype("float32")
    images = draw.integers(0, 255, (count, 24, 36, 3), dtype=np.uint8)
    labels = [["ant", "bee", "cow"][i % 3] for i in range(count)]
    maps = {
        "early": cs.manifold.project(vectors, method="pca"),
        "late": cs.manifold.project(vectors**2, method="pca"),
    }
    columns = {"age": np.linspace(0, 1, count)}
    return cs.ManifoldScatter(maps, images, labels, columns=columns, pictures=1.0)


def test_the_map_is_explored_without_a_kernel(opened: Open, tmp_path: Path) -> None:
    page = opened(widget().to_html(tmp_path / "scatter.html"))
    plot = page.get_by_role("application", name="map of points")
    expect(page.locator(".cv-state")).to_have_text("static page")
    expect(plot).to_have_attribute("data-painter", "webgl")
    expect(plot).to_have_attribute("data-pictures", re.compile("^[1-9]"))
    expect(page.get_by_role("button", name=re.compile("^bee"))).to_contain_text("100")
    box = plot.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.keyboard.press("0")
    page.get_by_role("button", name="All points (0)").click()

    card = page.get_by_role("group", name="point under the pointer")
    for step in range(40):  # some point lies on this way
        page.mouse.move(box["x"] + step * box["width"] / 40, middle[1])
        if card.is_visible():
            break
    expect(card).to_contain_text(re.compile(r"label(ant|bee|cow).*age.*position\d+"))

    page.get_by_role("combobox", name="colour by").select_option("age")
    expect(page.get_by_role("img", name="colour scale from 0 to 1.00:")).to_be_visible()
    page.get_by_role("slider", name="layer").press("ArrowLeft")
    expect(page.locator(".scatter")).to_have_attribute("data-layout", "early 0")
    expect(page.get_by_role("button", name="Lay out again")).to_be_hidden()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_small_budget_keeps_the_map_and_names_the_pictures_left_out(
    opened: Open, tmp_path: Path
) -> None:
    path = widget().to_html(tmp_path / "small.html", budget=420_000)
    assert path.stat().st_size <= 420_000
    page = opened(path)
    plot = page.get_by_role("application", name="map of points")
    expect(plot).to_have_attribute("data-painter", "webgl")
    expect(page.locator("figure > details")).to_contain_text("pictures")
