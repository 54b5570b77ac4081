"""Tones: what Pillow makes of them, to one grey level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from levels import (
    apart,
    by_pillow,
    changed,
    pictures,
)
from PIL import ImageOps

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Pixelwise
from convscope.augment.ops.tone import (
    AutoContrast,
    BlackAndWhite,
    Equalise,
    Gamma,
    Posterise,
    Solarise,
)

EVERY = [AutoContrast, BlackAndWhite, Equalise, Gamma, Posterise, Solarise]
MANY = Dice(0, np.arange(4000), "test")


@pytest.mark.parametrize("gamma", [0.05, 0.4, 1.0, 2.2, 20.0])
def test_gamma_is_the_power_of_each_value(gamma: float) -> None:
    images = pictures()
    expected = np.rint(255 * (images / 255) ** gamma).astype(np.uint8)
    assert apart(changed(Gamma(), images, gamma=gamma), expected) <= 1


def test_gamma_keeps_black_and_white_and_takes_values_a_hair_outside() -> None:
    images = torch.tensor([-1e-3, 0.0, 1.0, 1.001]).view(1, 1, 1, 4)
    found = Gamma().apply(images, {"gamma": np.array([0.5])})
    assert found.flatten().tolist() == pytest.approx([0, 0, 1, 1], abs=1e-6)


@pytest.mark.parametrize("threshold", [0, 1, 90, 128, 254, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_solarising_is_that_of_pillow(threshold: int, channels: int) -> None:
    images = pictures(channels=channels)
    expected = by_pillow(lambda image: ImageOps.solarize(image, threshold), images)
    found = changed(Solarise(), images, threshold=threshold / 255)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3])
def test_posterising_is_that_of_pillow(bits: int, channels: int) -> None:
    images = pictures(channels=channels)
    expected = by_pillow(lambda image: ImageOps.posterize(image, bits), images)
    np.testing.assert_array_equal(changed(Posterise(), images, bits=bits), expected)


@pytest.mark.parametrize("size", [(20, 30), (3, 5), (61, 97), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_equalising_is_that_of_pillow(size: tuple[int, int], channels: int) -> None:
    images = pictures(6, channels, *size)
    expected = by_pillow(ImageOps.equalize, images)
    np.testing.assert_array_equal(changed(Equalise(), images), expected)


@pytest.mark.parametrize("levels", [[7], [0], [255], [3, 200], [0, 1, 2, 255]])
def test_equalising_few_levels_is_that_of_pillow(levels: list[int]) -> None:
    images = np.random.default_rng(1).choice(levels, (4, 3, 40, 50)).astype(np.uint8)
    expected = by_pillow(ImageOps.equalize, images)
    np.testing.assert_array_equal(changed(Equalise(), images), expected)


@pytest.mark.parametrize("cutoff", [0.5, 5, 30, 49])
@pytest.mark.parametrize("channels", [1, 3])
def test_contrast_that_loses_the_ends_is_that_of_pillow(cutoff: float, channels: int) -> None:
    images = pictures(channels=channels)
    expected = by_pillow(lambda image: ImageOps.autocontrast(image, cutoff), images)
    assert apart(changed(AutoContrast(cutoff=cutoff), images), expected) <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_automatic_contrast_is_that_of_pillow(channels: int) -> None:
    images = pictures(channels=channels)
    images[:2] = 60 + images[:2] // 3
    images[2, 0] = 77  # a channel of one value
    expected = by_pillow(ImageOps.autocontrast, images)
    assert apart(changed(AutoContrast(), images), expected) <= 1


@pytest.mark.parametrize("threshold", [1, 100, 128, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_black_and_white_is_the_threshold_of_the_luma(threshold: int, channels: int) -> None:
    images = pictures(channels=channels)
    luma = by_pillow(ImageOps.grayscale, images)
    white = changed(BlackAndWhite(), images, threshold=(threshold - 0.5) / 255)
    expected = np.where(luma < threshold, 0, 255).repeat(channels, 1)
    # Pillow's weights of the luma are rounded to 16 bits, so a tie may fall to either side.
    assert (white != expected).mean() < 0.002
    assert set(np.unique(white)) <= {0, 255}


def test_black_and_white_splits_in_the_middle_unless_told() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    values = BlackAndWhite().draw(Dice(0, np.arange(1)))
    found = changed(BlackAndWhite(), images, threshold=float(values["threshold"][0]))
    assert (found == 255).sum() == 128  # from level 128 on, as Augmentor has it


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_stays(kind: type[Pixelwise], channels: int) -> None:
    images = torch.from_numpy(pictures(2, channels))
    found = Pipeline([kind()])(images).images
    assert found.shape == images.shape
    assert found.dtype == torch.uint8


@pytest.mark.parametrize(
    ("kind", "name", "span"),
    [
        (Gamma, "gamma", (0.5, 2.0)),
        (Solarise, "threshold", (0.2, 0.9)),
        (BlackAndWhite, "threshold", (0.3, 0.7)),
    ],
)
def test_draws_fill_their_spans(
    kind: type[Pixelwise], name: str, span: tuple[float, float]
) -> None:
    given: dict[str, Any] = {name: span}
    drawn = kind(**given).draw(MANY)[name]
    slack = 0.02 * (span[1] - span[0])
    assert span[0] <= drawn.min() < span[0] + slack
    assert span[1] - slack < drawn.max() <= span[1]


def test_bits_are_drawn_whole_and_what_has_no_span_draws_nothing() -> None:
    assert set(Posterise(bits=(2, 5)).draw(MANY)["bits"]) == {2, 3, 4, 5}
    assert Equalise().draw(MANY) == AutoContrast().draw(MANY) == {}


def test_one_number_for_gamma_stays_above_its_least() -> None:
    assert Gamma(gamma=2.0).gamma == (0.05, 3.0)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Gamma, {"gamma": (0.01, 1)}, "gamma must be between 0.05 and 20"),
        (Posterise, {"bits": (0, 4)}, "bits must be between 1 and 8"),
        (Posterise, {"bits": 2.5}, "bits must be a whole number"),
        (Solarise, {"threshold": 1.2}, "threshold must be between 0 and 1"),
        (AutoContrast, {"cutoff": 50}, "cutoff must be between 0 and 49"),
    ],
)
def test_values_that_make_no_sense_are_named(
    kind: type[Pixelwise], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**given)
