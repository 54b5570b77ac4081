"""Noise: its distribution, and that it comes from the seed in the record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from levels import pictures
from scipy.stats import kstest

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Pixelwise
from convscope.augment.ops.noise import GaussianNoise, SaltAndPepper

EVERY = [GaussianNoise, SaltAndPepper]
MANY = Dice(0, np.arange(4000), "test")
GREY = torch.full((4, 3, 120, 170), 0.5)


def _seeded(operation: Pixelwise, images: torch.Tensor, **values: float) -> torch.Tensor:
    """Return images after an operation with given values and drawn seeds."""
    drawn = operation.draw(Dice(0, np.arange(len(images)), "test"))
    drawn |= {name: np.full(len(images), value) for name, value in values.items()}
    return operation.apply(images, drawn)


def test_noise_is_normal_with_the_deviation_asked_for() -> None:
    noise = (_seeded(GaussianNoise(), GREY, std=0.05) - GREY).double().numpy() / 0.05
    assert abs(noise.mean()) < 5 / noise.size**0.5
    assert abs(noise.std() - 1) < 5 / (2 * noise.size) ** 0.5
    assert kstest(noise.ravel()[::7], "norm").pvalue > 1e-3


def test_noise_of_neighbours_channels_and_samples_has_nothing_in_common() -> None:
    noise = (_seeded(GaussianNoise(), GREY, std=0.05) - GREY).numpy()
    pairs = [
        (noise[..., 1:], noise[..., :-1]),
        (noise[:, :, 1:], noise[:, :, :-1]),
        (noise[:, 1:], noise[:, :-1]),
        (noise[1:], noise[:-1]),
    ]
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / a.size**0.5


@pytest.mark.parametrize("kind", EVERY)
def test_random_fields_come_from_the_seed_in_the_record(kind: type[Pixelwise]) -> None:
    pipe = Pipeline([kind()], seed=1)
    result = pipe(GREY)
    seeds = [sample[0].values["seed"] for sample in result.record]
    assert len(set(seeds)) == len(seeds)
    assert torch.equal(pipe.replay(result.record, GREY).images, result.images)
    assert not torch.equal(result.images[0], result.images[1])


def _shares(images: torch.Tensor) -> tuple[float, float]:
    return float((images == 0).double().mean()), float((images == 1).double().mean())


@pytest.mark.parametrize("amount", [0.02, 0.3, 1.0])
def test_half_of_the_amount_is_salt_and_half_is_pepper(amount: float) -> None:
    found = _seeded(SaltAndPepper(), GREY, amount=amount)[:, 0]
    share = amount / 2
    tolerance = 5 * (share * (1 - share) / found.numel()) ** 0.5
    assert _shares(found) == pytest.approx((share, share), abs=tolerance)
    assert float((found == 0.5).double().mean()) == pytest.approx(1 - amount, abs=2 * tolerance)


def test_salt_and_pepper_strike_all_channels_alike_and_none_without_an_amount() -> None:
    found = _seeded(SaltAndPepper(), GREY, amount=0.2)
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])
    assert torch.equal(_seeded(SaltAndPepper(), GREY, amount=0), GREY)


def test_more_salt_and_pepper_strikes_the_same_pixels_and_more() -> None:
    little = _seeded(SaltAndPepper(), GREY, amount=0.05) != GREY
    much = _seeded(SaltAndPepper(), GREY, amount=0.2) != GREY
    assert (much | ~little).all()


@pytest.mark.parametrize("salt", [0.0, 0.2, 1.0])
def test_the_share_of_salt_is_as_asked_for(salt: float) -> None:
    black, white = _shares(_seeded(SaltAndPepper(salt=salt), GREY, amount=0.3)[:, 0])
    assert white == pytest.approx(0.3 * salt, abs=0.01)
    assert black == pytest.approx(0.3 * (1 - salt), abs=0.01)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_stays(kind: type[Pixelwise], channels: int) -> None:
    images = torch.from_numpy(pictures(2, channels))
    found = Pipeline([kind()])(images).images
    assert found.shape == images.shape
    assert found.dtype == torch.uint8


@pytest.mark.parametrize(
    ("kind", "name", "span"),
    [(GaussianNoise, "std", (0.1, 0.3)), (SaltAndPepper, "amount", (0.0, 0.4))],
)
def test_draws_fill_their_spans(
    kind: type[Pixelwise], name: str, span: tuple[float, float]
) -> None:
    given: dict[str, Any] = {name: span}
    drawn = kind(**given).draw(MANY)[name]
    slack = 0.02 * (span[1] - span[0])
    assert span[0] <= drawn.min() < span[0] + slack
    assert span[1] - slack < drawn.max() <= span[1]


def test_values_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="std must run from low to high"):
        GaussianNoise(std=(0.2, 0.1))
    with pytest.raises(ValueError, match="amount must be between 0 and 1"):
        SaltAndPepper(amount=1.5)
    with pytest.raises(ValueError, match="salt must be between 0 and 1"):
        SaltAndPepper(salt=-0.1)
