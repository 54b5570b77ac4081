"""Attributions over their pictures."""

import numpy as np
import pytest
import torch
from figures import bar, panels, part, words
from torch import nn

import convscope as cs
from convscope import plots


@pytest.fixture(scope="module")
def scope():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3, 2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4),
        )  # fmt: skip
    names = ["lynx", "otter", "mink", "hare"]
    return cs.Scope(model.eval(), cs.Preprocess(size=(20, 28)), classes=names)


@pytest.fixture(scope="module")
def images():
    return torch.rand(3, 3, 40, 56, generator=torch.Generator().manual_seed(1))


def test_rows_are_images_and_columns_are_layers_and_targets(scope, images):
    found = scope.attribute(images, [["lynx", "hare"]], layers=["0", "3"])
    figure = found.figure(images=[2, 0])
    drawn = panels(figure)
    assert len(drawn) == 2 * 5
    own = [np.asarray(each.get_array()) for each in drawn]
    np.testing.assert_allclose(own[4], found.map(2, layer="3", target=1))
    np.testing.assert_allclose(own[6], found.map(0, layer="0", target=0))
    text = words(figure)
    assert "Grad-CAM · lynx, hare" in text
    assert "2 of 3 images · 0, 3" in text
    assert "3: hare" in text
    assert "image 2" in text


def test_one_layer_has_one_scale_whose_bar_gives_the_datas_ends(scope, images):
    found = scope.attribute(images, "otter", layers="3", signed=True)
    figure = found.figure()
    low, high = float(found.maps["3"].min()), float(found.maps["3"].max())
    places, _ = bar(figure)
    assert places[0] == pytest.approx(low)
    assert places[-1] == pytest.approx(high)
    maps = [each for each in panels(figure) if np.asarray(each.get_array()).ndim == 2]
    assert len({each.norm.vmax for each in maps}) == 1
    assert maps[0].norm.vmin == -maps[0].norm.vmax  # signed: the middle is 0
    assert "one scale for all maps" in words(figure)


@pytest.mark.parametrize(("scale", "scales"), [("all", 1), ("column", 2), ("map", 6)])
def test_what_shares_a_scale_can_be_chosen(scope, images, scale, scales):
    found = scope.attribute(images, "otter", layers=["0", "3"], method="activation_x_gradient")
    figure = found.figure(scale=scale)
    maps = [each for each in panels(figure) if np.asarray(each.get_array()).ndim == 2]
    assert len({each.norm.vmax for each in maps}) == scales
    assert ("printed below it" in words(figure)) == (scales > 1)


def test_an_overlay_is_grey_below_and_coloured_by_the_map(scope, images):
    found = scope.attribute(images, "otter", layers="3")
    bare = found.overlay(1, opacity=0)
    assert bare.shape == (3, 20, 28)
    assert bare.dtype == torch.uint8
    view = scope.view(images[1])
    light = (view * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0) * 255
    assert (bare.float() - light).abs().max() <= 1.01
    only = found.overlay(1, opacity=1, scale="map", colormap="grey").float().mean(0)
    place = divmod(int(found.map(1).argmax()), found.map(1).shape[1])
    y, x = (round((p + 0.5) * n / m) for p, n, m in zip(place, (20, 28), (8, 12), strict=True))
    assert only[min(y, 19), min(x, 27)] > only.mean()


def test_a_network_without_pictures_gets_maps_alone():
    model = nn.Sequential(nn.Conv1d(2, 4, 5), nn.AdaptiveAvgPool1d(1), nn.Flatten()).eval()
    scope = cs.Scope(model, "none", example=torch.rand(2, 2, 30))
    found = scope.attribute(torch.rand(2, 2, 30), 1, method="hirescam")
    assert found.maps["0"].shape == (2, 1, 26)
    assert len(panels(found.figure())) == 2
    with pytest.raises(ValueError, match="no pictures"):
        found.overlay()


def test_tensors_that_are_passed_as_they_are_have_pictures_too(scope):
    raw = cs.Scope(scope.network, "none")
    batch = torch.randn(2, 3, 20, 28, generator=torch.Generator().manual_seed(4))
    found = raw.attribute(batch, 1)
    assert found.overlay(1).shape == (3, 20, 28)
    assert len(panels(found.figure())) == 4


def test_narrow_rows_stand_side_by_side(scope, images):
    found = scope.attribute(images, "otter")
    assert len(part(found.figure(), "mosaic").images) == 9  # picture, picture behind, map
    wide = found.figure().get_size_inches()
    assert wide[0] > wide[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": "row"}, "scale: 'row' is not known"),
        ({"layers": ["1"]}, "no map of '1'"),
        ({"images": [7]}, "image: there are 3"),
        ({"images": []}, "images: got none"),
        ({"opacity": 2}, "opacity"),
    ],
)
def test_wrong_options_are_named(scope, images, options, said):
    with pytest.raises(ValueError, match=said):
        plots.attributions(scope.attribute(images, "otter"), **options)
