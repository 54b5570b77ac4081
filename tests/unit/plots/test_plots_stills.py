from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest
import torch
from figures import bar, panels, part, words
from torch import nn

import convscope as cs
from convscope import plots
from convscope.plots.style import number


@pytest.fixture(scope="module")
def scope():
    torch.manual_seed(0)
    block = nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU())
    model = nn.Sequential(nn.Conv2d(3, 4, 3), block, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return cs.Scope(model, example=torch.zeros(1, 3, 16, 20))


def test_layers_count_every_parameter_once(scope):
    total = sum(p.numel() for p in scope.model.parameters())
    for depth in (1, 2):
        figure = plots.layers(scope.layers, title="small", depth=depth)
        assert f"{total} parameters" in words(figure)
    assert "1.0\n" in words(plots.layers(scope.layers))


def test_layer_bars_are_as_long_as_their_parameters(scope):
    figure = plots.layers(scope.layers)
    wide = [a.patches[0].get_width() for a in figure.axes if a.get_gid() == "parameters"]
    assert wide[0] / wide[1] == pytest.approx((4 * 27 + 4) / (6 * 36 + 6))


def test_prediction_bars_are_as_long_as_their_probabilities():
    entries = [
        SimpleNamespace(name="tabby", score=0.6, kind="probability"),
        SimpleNamespace(name="$a name with_signs$ " * 9, score=0.001, kind="probability"),
    ]
    figure = plots.predictions(entries, title="cat")
    bars = [patch.get_width() for patch in part(figure, "predictions").patches]
    assert bars[1] / bars[0] == pytest.approx(0.6)
    assert bars[3] / bars[2] == pytest.approx(0.001)
    assert "0.60" in words(figure)
    assert "< 0.01" in words(figure)
    with pytest.raises(ValueError, match="predictions: expected at least one"):
        plots.predictions([])


def test_the_layer_browser_still_names_layer_image_classes_and_notes(maps, picture):
    entries = [SimpleNamespace(name="tabby", score=0.62, kind="probability")]
    notes = ["No preprocessing found in the model."]
    figure = plots.layer_browser(
        picture, entries, maps, title="blocks.3", name="cat.jpg", unit=3, notes=notes
    )
    for expected in ("blocks.3", "cat.jpg", "tabby", "channel 3", "No preprocessing found"):
        assert expected in words(figure)
    assert len(panels(figure)) == 6
    assert f"own scale: {number(float(maps[3].min()))}" in words(figure)


def test_large_maps_are_averaged_in_the_still_but_not_their_scale(picture):
    maps = torch.rand(4, 112, 96, generator=torch.Generator().manual_seed(4))
    figure = plots.layer_browser(picture, [], maps, title="stem")
    assert panels(figure)[0].get_array().shape == (56, 48)
    assert np.allclose(panels(figure)[0].get_array()[0, 0], maps[0, :2, :2].mean())
    assert bar(figure)[0][-1] == pytest.approx(float(maps.max()))
    assert "shown at 1/2 of their size" in words(figure)


def test_the_layer_browser_still_draws_vectors_too(picture):
    figure = plots.layer_browser(picture, [], torch.rand(10), title="pool", unit=4)
    assert len(part(figure, "profile").patches) == 10


def test_the_layer_browser_still_shows_networks_of_many_bands(maps):
    figure = plots.layer_browser(torch.rand(7, 20, 30), [], maps, title="stem")
    assert panels(figure, "input")[0].get_array().shape == (20, 30, 3)


def test_a_still_of_noise_stays_below_the_size_asked_for(tmp_path):
    noise = torch.rand(32, 64, 64)
    figure = plots.layer_browser(torch.rand(3, 224, 224), [], noise, title="stem")
    data = plots.png(figure, max_bytes=100_000)
    assert 20_000 < len(data) <= 100_000
    (tmp_path / "still.png").write_bytes(data)
    with PIL.Image.open(tmp_path / "still.png") as opened:
        assert opened.width >= figure.get_figwidth() * 60
    with pytest.raises(ValueError, match="max_bytes: a readable picture has"):
        plots.png(figure, max_bytes=100)
