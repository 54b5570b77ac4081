"""LayerBrowser on broken files, on a model in place of a scope, on layers without places."""

from __future__ import annotations

import pytest
import torch
import traitlets
from PIL import Image
from torch import nn

from convscope import FilterGallery, LayerBrowser, Preprocess, Scope
from convscope.images import ImageError


class Windows(nn.Module):
    """A convolution whose maps are cut into windows, as Swin does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.inside = nn.Linear(4, 4)

    def forward(self, x):
        maps = self.conv(x)
        n, c, h, w = maps.shape
        cut = maps.view(n, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1)
        return self.inside(cut.reshape(-1, 16, c)).view(n, -1).mean(1, keepdim=True)


@pytest.fixture
def scope():
    torch.manual_seed(0)
    return Scope(Windows(), Preprocess(size=(8, 16)))


@pytest.fixture
def files(tmp_path):
    for name in ("a", "c"):
        Image.new("RGB", (16, 8), "red").save(tmp_path / f"{name}.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    return tmp_path


def test_a_broken_file_does_not_cost_the_strip_of_images(scope, files):
    items = LayerBrowser(scope, files, errors="skip").thumbnails(0, 3)["items"]
    assert [item["name"] for item in items] == ["a", "b", "c"]
    assert all(item["picture"] is not None for item in items)
    with pytest.raises(ImageError, match=r"b\.png"):
        LayerBrowser(scope, files).thumbnails(0, 3)


@pytest.mark.parametrize("widget", [lambda m: LayerBrowser(m, None), FilterGallery])
def test_a_model_in_place_of_a_scope_is_told_to_be_wrapped(widget):
    with pytest.raises(TypeError, match=r"scope: must be a Scope, got Conv2d; .*cs\.Scope\(model"):
        widget(nn.Conv2d(3, 4, 3))


def test_windows_are_no_maps_of_the_image(scope, files):
    browser = LayerBrowser(scope, files / "a.png")
    told = {layer["name"]: layer["capturable"] for layer in browser._layers}
    assert told == {"conv": True, "inside": False, "output": True}
    assert scope.activations(files / "a.png", "inside")["inside"].shape == (1, 8, 16, 4)
    with pytest.raises(traitlets.TraitError, match="which is no set of maps"):
        browser.layer = "inside"


def test_a_channel_that_is_not_there_is_refused_at_once(scope, files):
    browser = LayerBrowser(scope, files / "a.png", layer="conv", unit=3)
    with pytest.raises(traitlets.TraitError, match=r"of 'conv', 0 to 3, got 4"):
        browser.unit = 4
    assert browser.unit == 3


def test_a_normalised_batch_can_be_browsed():
    torch.manual_seed(0)
    browser = LayerBrowser(Scope(nn.Conv2d(3, 4, 3), "none"), torch.randn(2, 3, 20, 30))
    assert browser.input(1)["width"] == 30
    assert len(browser.thumbnails(0, 2)["items"]) == 2
    assert browser.maps(0, browser.layer)["shape"] == [4, 18, 28]
