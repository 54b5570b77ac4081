"""An exported FeatureVis: the pictures, patches, numbers and tiles it holds can be looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

import convscope as cs
from convscope.widgets._jobs import Job

Open = Callable[[Path], Page]


@pytest.fixture
def page(opened: Open, tmp_path: Path) -> Page:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 5, 3, stride=2), nn.ReLU(), nn.Conv2d(5, 6, 3)).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(30, 40)))
    noise = np.random.default_rng(0).integers(0, 255, (3, 30, 40, 3), dtype=np.uint8)
    images = {f"noise {k}": image for k, image in enumerate(noise)}
    vis = cs.FeatureVis(scope, images, layer="2", unit=1, steps=12, diverse=2, cache=False)
    vis.run()
    vis.unit = 4
    vis.run()
    vis.gallery(Job(), "2", count=4, make=True)
    path = tmp_path / "features.html"
    vis.to_html(path)
    return opened(path)


def test_what_was_made_is_there_without_a_kernel(page: Page) -> None:
    reached = page.locator(".feature-reached")
    expect(reached).to_have_text(re.compile("^reached .* the most your images reach"))
    expect(page.locator(".cv-state")).to_have_text("static page")
    patches = page.get_by_role("list", name="real patches that excite it most")
    expect(patches.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_role("img", name=re.compile("curve of the excitation"))).to_be_visible()
    versions = page.get_by_role("group", name="diverse versions").get_by_role("button")
    expect(versions).to_have_count(2)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    page.get_by_role("spinbutton", name="unit").fill("1")
    page.get_by_role("spinbutton", name="unit").press("Tab")
    expect(page.locator(".feature-made")).to_have_text(re.compile(r"^2:1 · 12 steps"))
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_gallery_is_there_and_what_was_not_made_is_said(page: Page) -> None:
    units = page.get_by_role("listbox", name="units of the layer").get_by_role("option")
    expect(units).to_have_count(6)
    expect(page.get_by_role("option", name=re.compile("^unit .* reached"))).to_have_count(4)
    page.get_by_role("option", name="noise 2").click()
    expect(units).to_have_count(6)
    page.get_by_role("spinbutton", name="unit").fill("3")
    page.get_by_role("spinbutton", name="unit").press("Tab")
    expect(page.locator(".cv-title")).to_contain_text("2:3")
    expect(page.locator(".feature-side")).to_contain_text("not in this page")
