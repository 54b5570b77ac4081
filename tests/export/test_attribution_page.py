"""An exported Attribution: the maps it holds can be explored, what it lacks is said."""

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

Open = Callable[[Path], Page]


@pytest.fixture
def page(opened: Open, tmp_path: Path) -> Page:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(5, 6, 3, stride=2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 3),
    ).eval()
    scope = cs.Scope(model, preprocess=cs.Preprocess(size=(40, 50)), classes=["ant", "bee", "cow"])
    noise = np.random.default_rng(0).integers(0, 255, (2, 60, 90, 3), dtype=np.uint8)
    widget = cs.Attribution(scope, {f"noise {k}": image for k, image in enumerate(noise)}, target=0)
    path = tmp_path / "attribution.html"
    widget.to_html(path)
    return opened(path)


def test_layers_classes_methods_and_images_change_without_a_kernel(page: Page) -> None:
    def shows(words: str) -> None:
        expect(page.get_by_role("img", name=words, exact=True).first).to_be_visible()

    shows("Grad-CAM of 2 for ant")
    expect(page.locator(".cv-state")).to_have_text("static page")
    page.get_by_role("button", name="bee", exact=True).click()
    shows("Grad-CAM of 2 for bee")
    page.get_by_role("button", name="compare with cow").click()
    shows("Grad-CAM of 2 for cow")
    page.get_by_role("button", name="ant", exact=True).click()
    page.get_by_role("option", name="noise 1").click()
    shows("Grad-CAM of 2 for ant")
    page.get_by_role("button", name="several", exact=True).click()
    page.get_by_role("combobox", name="several").select_option("methods")
    expect(page.get_by_role("button", name="Saliency", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_checks_of_the_map_shown_are_there_and_others_are_said_to_be_missing(
    page: Page,
) -> None:
    page.get_by_role("button", name="Delete and insert").click()
    expect(page.get_by_role("img", name=re.compile("curves of the probability"))).to_be_visible()
    page.get_by_role("button", name="Shuffle a copy").click()
    expect(page.get_by_text(re.compile("rank correlation"))).to_be_visible()
    page.get_by_role("button", name="cow", exact=True).click()
    expect(page.get_by_role("img", name="Grad-CAM of 2 for cow").first).to_be_visible()
    page.get_by_role("button", name="Delete and insert").click()
    expect(page.get_by_text("not in this page")).to_be_visible()
