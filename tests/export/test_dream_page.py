"""An exported DeepDream: the dreams it holds can be looked at, new ones are not offered."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

import convscope as cs

Open = Callable[[Path], Page]


@pytest.fixture
def page(opened: Open, tmp_path: Path) -> Page:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 5, 3, stride=2), nn.ReLU(), nn.Conv2d(5, 6, 3)).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(40, 50)))
    widget = cs.DeepDream(
        scope,
        [torch.rand(3, 60, 90), torch.rand(3, 90, 60)],
        target="1",
        octaves=2,
        steps=3,
        jitter=2,
        cache=False,
        guides=torch.rand(2, 3, 30, 40),
    )
    widget.run()
    widget.target = "2:4"
    widget.run()
    path = tmp_path / "dream.html"
    widget.to_html(path)
    return opened(path)


def test_its_dreams_are_wiped_and_chosen_without_a_kernel(page: Page) -> None:
    expect(page.get_by_role("img", name="the original and the dream of 2:4")).to_be_visible()
    expect(page.locator(".cv-state")).to_have_text("static page")
    expect(page.locator(".cv-said")).to_have_text(re.compile(r"^dream 1 · 2:4 · 90 × 60 pixels"))
    expect(page.get_by_role("button", name="Dream", exact=True)).to_be_disabled()
    page.get_by_role("option", name=re.compile("^dream 0")).click()
    expect(page.get_by_role("img", name="the original and the dream of 1")).to_be_visible()
    expect(page.get_by_role("textbox", name="what becomes stronger")).to_have_value("1")
    page.get_by_role("slider", name="wipe between").press("End")
    expect(page.get_by_role("slider", name="wipe between")).to_have_attribute(
        "aria-valuenow", "100"
    )
    expect(page.locator(".choose img:not([hidden])")).to_have_count(4)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_an_image_that_was_not_dreamt_about_stands_alone(page: Page) -> None:
    page.get_by_role("option", name="image 1", exact=True).click()
    expect(page.get_by_role("img", name="the original", exact=True)).to_be_visible()
    expect(page.locator(".knobs-sizes")).to_have_text(re.compile("60 × 90$"))
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("option", name=re.compile("^dream 0")).click()
    expect(page.get_by_role("img", name="the original and the dream of 1")).to_be_visible()


def test_the_dream_is_saved_as_the_page_holds_it(page: Page) -> None:
    expect(page.get_by_role("img", name="the original and the dream of 2:4")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the dream as PNG").click()
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"
