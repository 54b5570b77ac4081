"""An exported AugmentPreview: what it holds can be looked at, what it does not is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

import convscope as cs
from convscope import augment

Open = Callable[[Path], Page]


@pytest.fixture
def page(opened: Open, tmp_path: Path) -> Page:
    torch.manual_seed(0)
    model = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 3)).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(40, 50)), classes=["ant", "bee", "cow"])
    noise = np.random.default_rng(0).integers(0, 255, (2, 60, 90, 3), dtype=np.uint8)
    pipe = augment.Pipeline([augment.Rotate(degrees=20), augment.Flip(p=0.5)], seed=5)
    images = {f"noise {k}": image for k, image in enumerate(noise)}
    path = tmp_path / "preview.html"
    cs.AugmentPreview(pipe, images, samples=6, scope=scope).to_html(path)
    return opened(path)


def _drawn(page: Page, at_least: int = 1) -> Locator:
    canvas = page.locator("canvas.samples-canvas")
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"\d+"))
    page.wait_for_function(
        "n => Number(document.querySelector('.convscope').shadowRoot"
        ".querySelector('.samples-canvas').dataset.drawn) >= n",
        arg=at_least,
    )
    return canvas


def test_the_page_opens_with_its_samples_and_their_classes(page: Page) -> None:
    _drawn(page)
    expect(page.locator(".sample")).to_have_count(6)
    expect(page.locator(".sample-caption").first).to_have_text(re.compile("ant|bee|cow"))
    expect(page.locator(".cv-state")).to_have_text("static page")


def test_hovering_tells_what_was_drawn_and_a_click_compares(page: Page) -> None:
    _drawn(page)
    page.locator(".sample").nth(2).hover()
    expect(page.locator(".drawn-rows li").first).to_contain_text("Rotate")
    expect(page.locator(".cv-said")).to_have_text(re.compile("^sample 3: "))
    page.locator(".sample").nth(2).click()
    divider = page.get_by_role("slider", name="wipe between the original and the sample")
    divider.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "55")


def test_one_operation_alone_and_another_image_are_held_by_the_page(page: Page) -> None:
    _drawn(page)
    page.get_by_role("button", name="the effect of Flip alone").click()
    _drawn(page, 2)
    page.get_by_role("button", name="the effect of Flip alone").click()
    page.get_by_role("button", name="next image").click()
    _drawn(page, 4)
    expect(page.locator(".original-name")).to_contain_text("noise 1")
    expect(page.locator(".cv-trouble")).to_be_hidden()


def test_sliders_are_still_and_what_is_not_held_is_said(page: Page) -> None:
    _drawn(page)
    expect(page.get_by_role("slider", name="degrees, to")).to_be_disabled()
    page.get_by_role("checkbox", name="Rotate switched on").click()
    expect(page.locator(".cv-trouble")).to_contain_text("no kernel")
    expect(page.locator(".sample")).to_have_count(6)


def test_the_code_can_be_read(page: Page) -> None:
    _drawn(page)
    page.get_by_role("button", name="Code").click()
    page.get_by_role("button", name="YAML").click()
    expect(page.get_by_role("textbox", name="code")).to_have_value(re.compile("Rotate"))
