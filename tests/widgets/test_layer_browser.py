"""LayerBrowser without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from convscope import LayerBrowser, Preprocess, Scope
from convscope.widgets._jobs import Job


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.deep = nn.Conv2d(6, 8, 3, padding=1)
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.deep(self.act(self.stem(x))).mean((2, 3)))


IMAGES = torch.rand(5, 3, 160, 200, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def browser():
    scope = Scope(Net(), Preprocess(size=(160, 200)), classes=["ant", "bee", "cat", "dog"])
    return LayerBrowser(scope, IMAGES, layer="stem")


def unpacked(answer: dict) -> np.ndarray:
    levels = np.iinfo(answer["data"].dtype).max
    low, high = answer["lo"].numpy(), answer["hi"].numpy()
    steps = answer["data"].astype(np.float64) / levels
    return low[:, None, None] + steps * (high - low)[:, None, None]


def test_maps_are_the_activations_within_a_step(browser):
    expected = browser._scope.activations(IMAGES[:1], "deep")["deep"][0]
    answer = browser.maps(0, "deep")
    assert answer["shape"] == [8, 80, 100]
    assert answer["shown"] == [51, 64]
    mean = torch.nn.functional.interpolate(expected[None], (51, 64), mode="area")[0].numpy()
    assert np.abs(unpacked(answer) - mean).max() <= np.ptp(mean) / 65535
    np.testing.assert_allclose(answer["max"], expected.amax((1, 2)), rtol=1e-6)
    np.testing.assert_allclose(answer["mean"], expected.mean((1, 2)), rtol=1e-5, atol=1e-7)


def test_a_coarse_answer_for_pages_takes_a_byte_a_value(browser):
    answer = browser.maps(0, "head", levels=256)
    assert answer["data"].dtype == np.uint8
    assert answer["shape"] == [4, 1, 1]


def test_zeros_are_counted_on_the_full_map(browser):
    full = browser._scope.activations(IMAGES[:1], "act")["act"][0]
    found = browser.maps(0, "act")["zeros"]
    np.testing.assert_allclose(found, (full == 0).float().mean((1, 2)), rtol=1e-6)


def test_a_channel_comes_at_full_size_with_its_histogram(browser):
    answer = browser.channel(1, "deep", 3)
    expected = browser._scope.activations(IMAGES[1:2], "deep")["deep"][0, 3]
    torch.testing.assert_close(answer["map"], expected)
    assert answer["counts"].sum() == 80 * 100
    assert len(answer["edges"]) == 33


def test_the_input_is_what_the_network_sees_with_its_classes(browser):
    answer = browser.input(2)
    assert (answer["width"], answer["height"]) == (200, 160)
    best = browser._scope.predict(IMAGES[2:3])[0]
    assert [p["name"] for p in answer["predictions"]] == [p.name for p in best]


def test_thumbnails_come_in_ranges_and_stop_at_the_end(browser):
    assert [item["index"] for item in browser.thumbnails(3, 99)["items"]] == [3, 4]
    assert max(browser.thumbnails(0, 1)["items"][0]["picture"].width, 96) == 96


def test_the_strongest_patches_lie_where_the_map_peaks(browser):
    progress = []
    answer = browser.top(Job(lambda kind, value: progress.append(kind)), "deep", 2)
    maps = browser._scope.activations(IMAGES, "deep")["deep"][:, 2]
    best = int(maps.flatten(1).amax(1).argmax())
    first = answer["items"][0]
    assert first["image"] == best
    row, column = first["position"]
    assert first["value"] == pytest.approx(float(maps[best, row, column]))
    assert answer["images"][0]["image"] == int(maps.mean((1, 2)).argmax())
    assert "progress" in progress


def test_a_stopped_search_keeps_what_it_has(browser):
    many = torch.rand(40, 3, 160, 200)
    own = LayerBrowser(browser._scope, many)
    job = Job()
    job.stop()
    answer = own.top(job, "stem", 0)
    assert 0 < answer["seen"] < answer["total"] == 40
    assert own.top(Job(), "stem", 0)["seen"] == 40


def test_the_page_is_told_of_every_layer_and_image(browser):
    table = {info["name"]: info for info in browser._layers}
    assert table["deep"]["shape"] == [8, 80, 100]
    assert table["stem"]["rf"] == {
        "size": [3, 3],
        "stride": [2, 2],
        "start": [0.0, 0.0],
        "gated": False,
        "whole": False,
    }
    assert len(browser._images) == 5
    assert browser.summary(0)["layers"]["deep"].shape == (12,)


def test_looking_leaves_the_model_as_it_was(browser):
    model = browser._scope.model.train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    browser.maps(0, "deep"), browser.input(0), browser.png()
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("layer", "deap", "did you mean 'deep'"),
        ("image", 5, "there is no image 5; there are 5, from 0"),
        ("compare", -1, "there is no image -1"),
        ("unit", -1, "unit: must be a channel"),
        ("scale", "log", "scale"),
        ("opacity", 1.5, "opacity"),
    ],
)
def test_a_wrong_choice_is_refused_and_nothing_changes(browser, trait, value, words):
    before = getattr(browser, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(browser, trait, value)
    assert getattr(browser, trait) == before


def test_a_wrong_argument_gets_one_sentence():
    scope = Scope(Net(), Preprocess(size=(160, 200)))
    with pytest.raises(TypeError, match="unknown argument 'layr'; did you mean 'layer'"):
        LayerBrowser(scope, IMAGES, layr="stem")
    with pytest.raises(ValueError, match="did you mean 'stem'"):
        LayerBrowser(scope, IMAGES, layer="sten")
    sound = Scope(nn.Conv1d(2, 3, 5), example=torch.rand(1, 2, 50))
    with pytest.raises(ValueError, match="takes no images"):
        LayerBrowser(sound, torch.rand(3, 2, 50))


def test_channels_out_of_range_are_refused(browser):
    with pytest.raises(ValueError, match="'deep' has channels 0 to 7, got 8"):
        browser.channel(0, "deep", 8)
    with pytest.raises(ValueError, match="'deep' has channels 0 to 7, got 9"):
        browser.top(Job(), "deep", 9)


def test_not_a_number_in_activations_is_told_and_shown_as_zero():
    class Log(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x - 0.5).log()

    class Logging(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.log = Log()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.log(x).mean((2, 3))

    answer = LayerBrowser(Scope(Logging(), Preprocess(size=(160, 200))), IMAGES).maps(0, "log")
    assert answer["invalid"] > 0
    assert np.isfinite(unpacked(answer)).all()


def test_a_channel_that_the_new_layer_lacks_is_let_go(browser):
    browser.unit, browser.position = 5, [70, 90]
    browser.layer = "deep"
    assert (browser.unit, browser.position) == (5, [70, 90])
    browser.layer = "head"
    assert (browser.unit, browser.position) == (None, None)
