"""Colours are those of Pillow, and a run of them is one matrix."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from convscope.augment import Pipeline
from convscope.augment.fuse import Settings, Work, carry_out
from convscope.augment.operation import Linear
from convscope.augment.ops.colour import (
    LUMA,
    Brightness,
    ColorJitter,
    Contrast,
    Greyscale,
    Invert,
    RGBShift,
    Saturation,
)
from convscope.augment.stacks import Stack

GREY_LEVEL = 1
SIZES = [(20, 30), (30, 20)]


def _picture(height: int, width: int, low: int = 90, high: int = 166) -> Image.Image:
    """Make a picture of values in a mid range, brighter to one side, so that nothing clips."""
    generator = np.random.default_rng(0)
    noise = generator.integers(0, (high - low) // 2, (height, width, 3))
    ramp = np.linspace(low, (low + high) // 2, width).astype(int)[None, :, None]
    return Image.fromarray((noise + ramp).astype(np.uint8))


def _tensor(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]


def _run(operations: list[Any], images: Tensor) -> Tensor:
    return Pipeline(operations, seed=0)(images).images


def _mid(n: int = 6, channels: int = 3, height: int = 20, width: int = 30) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return 0.4 + 0.2 * torch.rand(n, channels, height, width, generator=generator)


def _grey(picture: Image.Image, _: float) -> Image.Image:
    return picture.convert("L").convert("RGB")


ENHANCED: dict[str, tuple[Callable[[float], Linear], Callable[..., Image.Image]]] = {
    "brightness": (
        lambda f: Brightness(factor=(f, f)),
        lambda picture, f: ImageEnhance.Brightness(picture).enhance(f),
    ),
    "contrast": (
        lambda f: Contrast(factor=(f, f)),
        lambda picture, f: ImageEnhance.Contrast(picture).enhance(f),
    ),
    "saturation": (
        lambda f: Saturation(factor=(f, f)),
        lambda picture, f: ImageEnhance.Color(picture).enhance(f),
    ),
    "invert": (lambda _: Invert(), lambda picture, _: ImageOps.invert(picture)),
    "greyscale": (lambda _: Greyscale(), _grey),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.4])
@pytest.mark.parametrize("name", list(ENHANCED))
def test_a_colour_operation_is_that_of_pillow(
    name: str, factor: float, size: tuple[int, int]
) -> None:
    ours, theirs = ENHANCED[name]
    picture = _picture(*size)
    expected = np.asarray(theirs(picture, factor)).astype(int)
    found = _run([ours(factor)], _tensor(picture))
    assert found.dtype == torch.uint8
    assert np.abs(found[0].permute(1, 2, 0).numpy() - expected).max() <= GREY_LEVEL


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_what_clips_clips_as_in_pillow(name: str) -> None:
    ours, theirs = ENHANCED[name]
    picture = _picture(20, 30, 0, 255)
    expected = np.asarray(theirs(picture, 2.5)).astype(int)
    assert (expected == 255).any()
    found = _run([ours(2.5)], _tensor(picture))[0].permute(1, 2, 0).numpy()
    # Pillow rounds the grey it starts from to a whole level; 1.5 of that is left at 2.5.
    assert np.abs(found - expected).max() <= 2 * GREY_LEVEL


ALL: list[Linear] = [
    Brightness(factor=(0.9, 1.1)),
    Contrast(factor=(0.8, 1.2), p=0.7),
    RGBShift(red=0.05, green=0.05, blue=0.05),
    Saturation(factor=(0.6, 1.4), p=0.6),
    Invert(p=0.5),
    ColorJitter(brightness=0.1, contrast=0.1, saturation=0.3, hue=20),
    Contrast(factor=(0.8, 1.2)),
    Greyscale(p=0.3),
]


def test_a_run_of_all_is_what_they_are_one_by_one() -> None:
    images = _mid(40)
    pipe = Pipeline(ALL, seed=0)
    record = pipe.draw(40)
    work = Work([Stack(np.arange(40), images)])
    carry_out(work, pipe.leaves, record, Settings(fused=False))
    one_by_one = work.stacks[0].images
    assert one_by_one.min() > 0  # nothing clips in between
    assert one_by_one.max() < 1
    torch.testing.assert_close(pipe.replay(record, images).images, one_by_one, rtol=0, atol=1e-5)
    assert {tuple(each.applied) for each in record.columns} != {(True,) * 40}


@pytest.mark.parametrize("operation", ALL, ids=lambda each: type(each).__name__)
def test_offsets_are_affine_in_the_means_and_matrices_know_nothing_of_them(
    operation: Linear,
) -> None:
    values = dict(Pipeline([operation], seed=4).draw(7).columns[0].values)
    one, other = np.random.default_rng(0).random((2, 7, 3))
    between = 0.3 * one + 0.7 * other
    found = [operation.colours(values, means) for means in (one, other, between)]
    np.testing.assert_allclose(found[0][0], found[2][0], atol=1e-12)
    np.testing.assert_allclose(found[2][1], 0.3 * found[0][1] + 0.7 * found[1][1], atol=1e-12)


def test_contrast_in_a_run_is_about_the_mean_of_what_it_meets() -> None:
    images = _mid()
    found = _run([Invert(), Brightness(factor=(0.5, 0.5)), Contrast(factor=(0, 0))], images)
    luma = torch.einsum("nchw,c->nhw", images, torch.tensor(LUMA).float())
    expected = (0.5 * (1 - luma.mean((1, 2))))[:, None, None, None].expand_as(found)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_colour_jitter_is_brightness_contrast_and_saturation_in_turn() -> None:
    images = _mid(20)
    jitter = Pipeline([ColorJitter(brightness=0.2, contrast=0.3, saturation=0.5)], seed=0)(images)
    for i, (drawn,) in enumerate(jitter.record):
        expected = images[i : i + 1]
        for kind, name in (
            (Brightness, "brightness"),
            (Contrast, "contrast"),
            (Saturation, "saturation"),
        ):
            expected = _run([kind(factor=(drawn.values[name],) * 2)], expected)
        torch.testing.assert_close(jitter.images[i], expected[0], rtol=0, atol=1e-5)


def _turned(degrees: float, images: Tensor) -> Tensor:
    none = dict.fromkeys(("brightness", "contrast", "saturation"), (1, 1))
    return _run([ColorJitter(**none, hue=(degrees, degrees))], images)


@pytest.mark.parametrize("degrees", [-180.0, -70.0, 15.0, 120.0])
def test_a_turn_of_hue_keeps_the_luma_and_leaves_grey_alone(degrees: float) -> None:
    images = _mid()
    weights = torch.tensor(LUMA).float()
    before, after = (
        torch.einsum("nchw,c->nhw", each, weights) for each in (images, _turned(degrees, images))
    )
    torch.testing.assert_close(after, before, rtol=0, atol=1e-4)
    assert (_turned(degrees, images) - images).abs().max() > 0.02
    grey = images[:, :1].expand(-1, 3, -1, -1)
    torch.testing.assert_close(_turned(degrees, grey), grey, rtol=0, atol=1e-3)


def test_a_turn_and_the_turn_back_change_nothing() -> None:
    images = _mid()
    torch.testing.assert_close(_turned(-40, _turned(40, images)), images, rtol=0, atol=1e-5)
    torch.testing.assert_close(_turned(360 - 180, _turned(180, images)), images, rtol=0, atol=1e-5)


@pytest.mark.parametrize("colour", [(0.6, 0.4, 0.4), (0.4, 0.6, 0.4), (0.4, 0.4, 0.6)])
def test_a_small_turn_goes_the_way_of_the_hue_of_hsv(colour: tuple[float, float, float]) -> None:
    image = torch.tensor(colour).reshape(1, 3, 1, 1).expand(1, 3, 20, 30)
    before = colorsys.rgb_to_hsv(*colour)[0]
    after = colorsys.rgb_to_hsv(*_turned(10, image)[0, :, 0, 0].tolist())[0]
    moved = ((after - before + 0.5) % 1 - 0.5) * 360
    assert 4 < moved < 20


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_brightness_contrast_and_invert_take_any_number_of_channels(channels: int) -> None:
    images = _mid(4, channels)
    torch.testing.assert_close(_run([Brightness(factor=(1.2, 1.2))], images), images * 1.2)
    torch.testing.assert_close(_run([Invert()], images), 1 - images)
    mean = images.mean((2, 3), keepdim=True)  # each channel has its own
    expected = mean + 0.5 * (images - mean)
    torch.testing.assert_close(_run([Contrast(factor=(0.5, 0.5))], images), expected)


@pytest.mark.parametrize("operation", [Saturation(), ColorJitter(), RGBShift(), Greyscale()])
@pytest.mark.parametrize(("channels", "words"), [(1, "1 channel"), (4, "4 channels")])
def test_what_needs_colour_says_so(operation: Linear, channels: int, words: str) -> None:
    name = type(operation).__name__
    sentence = f"{name}: needs red, green and blue; these images have {words}, leave it out"
    with pytest.raises(ValueError, match=sentence):
        _run([operation], _mid(2, channels))


def test_rgb_shift_adds_to_each_channel_its_own() -> None:
    images = _mid()
    found = _run([RGBShift(red=(0.1, 0.1), green=(0, 0), blue=(-0.2, -0.2))], images)
    shift = torch.tensor([0.1, 0, -0.2])[:, None, None]
    torch.testing.assert_close(found, images + shift, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", [Brightness, Contrast, Saturation])
def test_one_number_stands_for_a_range_about_one(kind: Any) -> None:
    assert kind(factor=0.2).factor == pytest.approx((0.8, 1.2))
    assert kind(factor=1.5).factor == (0, 2.5)  # never below black
    assert kind(factor=(0.2, 0.4)).factor == (0.2, 0.4)


def test_one_number_stands_for_a_range_about_zero_where_colours_are_added_or_turned() -> None:
    assert ColorJitter(hue=10).hue == (-10, 10)
    assert ColorJitter(brightness=0.3).brightness == pytest.approx((0.7, 1.3))
    shift = RGBShift(red=0.2, green=(0, 0.1), blue=0)
    assert (shift.red, shift.green, shift.blue) == ((-0.2, 0.2), (0, 0.1), (0, 0))


def test_only_the_drawn_samples_change() -> None:
    images = _mid(40)
    result = Pipeline([Invert(p=0.5)], seed=0)(images)
    applied = torch.from_numpy(result.record.columns[0].applied)
    assert 5 < applied.sum() < 35
    assert torch.equal(result.images[~applied], images[~applied])
    torch.testing.assert_close(result.images[applied], 1 - images[applied])
