"""Preprocessing: geometry, channels and numbers, and what models carry of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from convscope import Preprocess, Scope
from convscope.carried import carried_classes, carried_preprocess

WIDE = (
    torch.arange(20 * 40, dtype=torch.float32).view(1, 20, 40) / 800
)  # brighter to the right, down


def test_the_centre_is_kept_when_the_aspect_differs():
    view = Preprocess(size=20).view(WIDE)
    torch.testing.assert_close(view, WIDE[:, :, 10:30])


def test_resize_takes_a_larger_short_side_before_the_crop():
    view = Preprocess(size=10, resize=20).view(WIDE)
    torch.testing.assert_close(view, WIDE[:, 5:15, 15:25])


def test_stretching_keeps_all_and_padding_keeps_the_aspect():
    assert Preprocess(size=(10, 10), fit="stretch").view(WIDE).shape == (1, 10, 10)
    padded = Preprocess(size=(40, 40), fit="pad").view(WIDE)
    torch.testing.assert_close(padded[:, 10:30], WIDE)
    assert (padded[:, :10] == 0.5).all()
    assert (padded[:, 30:] == 0.5).all()


def test_values_are_normalised_per_channel():
    image = torch.rand(3, 8, 9)
    found = Preprocess(mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 0.125), gain=2)(image)
    expected = (image - torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)) * 2
    expected = expected / torch.tensor([0.5, 0.25, 0.125]).view(3, 1, 1)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(Preprocess(bgr=True)(image), image.flip(0))


def test_uint8_and_float_images_give_the_same_input():
    image = torch.randint(0, 256, (3, 12, 9), dtype=torch.uint8)
    torch.testing.assert_close(Preprocess(mean=0.5)(image), Preprocess(mean=0.5)(image / 255))


def test_grey_becomes_rgb_and_rgb_becomes_grey():
    grey = torch.rand(1, 6, 7)
    torch.testing.assert_close(Preprocess(channels=3)(grey), grey.expand(3, 6, 7))
    green = torch.zeros(3, 6, 7)
    green[1] = 1
    assert float(Preprocess(channels=1)(green).mean()) == pytest.approx(0.587)
    with pytest.raises(ValueError, match="takes 7 channels, the image has 3"):
        Preprocess(channels=7)(green)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Preprocess(size=(8, 0)), "size: must be"),
        (lambda: Preprocess(size=8, std=0.0), "std: must be above 0"),
        (lambda: Preprocess(size=8, fit="cover"), "fit: must be one of crop, stretch, pad"),
        (lambda: Preprocess(size=32, resize=16), "resize: 16 is below size"),
        (lambda: Preprocess(mean=(0.1, 0.2))(torch.rand(3, 4, 5)), "mean: has 2 numbers"),
    ],
)
def test_wrong_numbers_get_one_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_timm_model_says_how_it_wants_its_images():
    model = nn.Conv2d(3, 4, 3)
    model.pretrained_cfg = {
        "input_size": (3, 96, 128),
        "mean": (0.4, 0.5, 0.6),
        "std": (0.1, 0.2, 0.3),
        "crop_pct": 0.75,
        "interpolation": "bicubic",
        "label_names": ["a", "b"],
    }
    found = carried_preprocess(model)
    assert (found.size, found.resize, found.interpolation) == ((96, 128), 128, "bicubic")
    assert found.mean == (0.4, 0.5, 0.6)
    assert carried_classes(model) == ["a", "b"]
    assert Scope(model).notice == ""


def test_torchvision_weights_are_understood_without_torchvision():
    preset = SimpleNamespace(
        crop_size=[224],
        resize_size=[232],
        mean=[0.485, 0.456, 0.406],
        std=[0.229, 0.224, 0.225],
        interpolation=SimpleNamespace(value="bilinear"),
    )
    weights = SimpleNamespace(transforms=lambda: preset, meta={"categories": ["tench", "hen"]})
    found = carried_preprocess(weights)
    assert (found.size, found.resize, found.channels) == ((224, 224), 232, 3)
    model = nn.Conv2d(3, 2, 3)
    model.weights = weights
    assert Scope(model).classes == ["tench", "hen"]
    assert Scope(nn.Conv2d(3, 2, 3), preset).preprocess == found


def test_an_image_processor_and_a_config_are_understood():
    processor = SimpleNamespace(
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        size={"shortest_edge": 256},
        crop_size={"height": 224, "width": 224},
        do_center_crop=True,
        resample=3,
    )
    found = Scope(nn.Conv2d(3, 2, 3), processor).preprocess
    assert (found.size, found.resize, found.interpolation) == ((224, 224), 256, "bicubic")
    model = nn.Conv2d(3, 2, 3)
    model.config = SimpleNamespace(id2label={1: "dog", 0: "cat", 10: "owl", 2: "cow"})
    assert carried_classes(model) == ["cat", "dog", "cow", "owl"]


def test_an_own_function_prepares_and_the_view_has_its_size():
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    scope = Scope(net, lambda image: image[:, :16, :24] * 2 - 1)
    assert scope.layers["0"].shape == (2, 14, 22)
    assert scope.view(torch.rand(3, 40, 50)).shape == (3, 16, 24)
