"""Exported pages in a browser with the network off: alive, and asking for nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

import convscope as cs

Open = Callable[[Path], Page]


@pytest.fixture(scope="module")
def browser() -> cs.LayerBrowser:
    torch.manual_seed(0)
    model = nn.Sequential(
        OrderedDict(
            stem=nn.Conv2d(3, 8, 3),
            rectified=nn.ReLU(),
            pooled=nn.MaxPool2d(2),
            deep=nn.Conv2d(8, 12, 3),
            gather=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
            head=nn.Linear(12, 4),
        )
    ).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(32, 40)), classes=list("abcd"))
    noise = np.random.default_rng(0).integers(0, 255, (3, 48, 60, 3), dtype=np.uint8)
    return cs.LayerBrowser(scope, {f"noise {k}": image for k, image in enumerate(noise)})


@pytest.fixture
def page(browser: cs.LayerBrowser, opened: Open, tmp_path: Path) -> Page:
    path = tmp_path / "browser.html"
    browser.to_html(path)
    return opened(path)


def _layer(page: Page, name: str) -> None:
    page.get_by_role("tree", name="layers").locator(
        "[role=treeitem]", has=page.locator(".tree-name", has_text=re.compile(f"^{name}"))
    ).click()


def test_the_page_opens_with_the_channels_of_a_layer(page: Page) -> None:
    expect(page.locator("canvas.mosaic-canvas")).to_have_attribute(
        "aria-label", re.compile("channels")
    )
    expect(page.locator(".cv-state")).to_have_text("static page")


@pytest.mark.parametrize("name", ["stem", "pooled", "deep"])
def test_another_layer_can_be_chosen(page: Page, name: str) -> None:
    _layer(page, name)
    expect(page.locator("canvas.mosaic-canvas")).to_have_attribute("aria-label", re.compile(name))


def test_another_image_can_be_chosen(page: Page) -> None:
    images = page.get_by_role("listbox", name="images")
    images.get_by_role("option", name="noise 2").click()
    expect(images.get_by_role("option", name="noise 2")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("noise 2").first).to_be_visible()


def test_hovering_tells_the_value(page: Page) -> None:
    _layer(page, "stem")
    expect(page.locator("canvas.mosaic-canvas")).to_have_attribute("aria-label", re.compile("stem"))
    page.get_by_role("listbox", name="channels").hover(position={"x": 20, "y": 12})
    expect(page.locator(".cv-said")).to_have_text(re.compile(r"channel \d+.*\d\.\d"))


def test_a_small_budget_leaves_things_out_and_says_which(
    browser: cs.LayerBrowser, opened: Open, tmp_path: Path
) -> None:
    path = tmp_path / "small.html"
    browser.to_html(path, budget=170_000)
    assert path.stat().st_size <= 170_000
    page = opened(path)
    expect(page.locator("body")).to_contain_text(re.compile("left out|not in this page", re.I))
    for name in ("stem", "rectified", "pooled", "deep"):
        _layer(page, name)
    expect(page.locator(".cv-card")).to_contain_text("does not hold")
    expect(page.locator("canvas.mosaic-canvas")).to_be_visible()


def test_names_from_users_are_text_and_not_html(opened: Open, tmp_path: Path) -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    model = nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 4, 3))).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(16, 20)), name=nasty)
    image = np.full((16, 20, 3), 90, np.uint8)
    path = tmp_path / "nasty.html"
    cs.LayerBrowser(scope, {nasty: image}).to_html(path)
    page = opened(path)
    assert page.locator("img[src=x]").count() == 0
    expect(page.locator(".convscope").first).to_be_visible()


def test_the_demos_tour_is_one_page_that_works_offline(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "tour.html"
    command = [sys.executable, "-m", "convscope", "demo", "--html", str(path)]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    page = opened(path)
    cards = page.locator(".cv-card")
    expect(cards.first).to_be_visible()
    assert cards.count() >= 2
    first = cards.first
    before = first.locator("canvas.mosaic-canvas").get_attribute("aria-label")
    first.locator("[role=treeitem][aria-selected=true]").press("ArrowDown")
    expect(first.locator("canvas.mosaic-canvas")).not_to_have_attribute("aria-label", before or "")
