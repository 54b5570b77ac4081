"""Textures: blur as SciPy has it, sharpness and JPEG as Pillow has them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from levels import (
    Array,
    apart,
    by_pillow,
    changed,
    pictures,
)
from PIL import Image, ImageEnhance, ImageFilter
from scipy.ndimage import gaussian_filter

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Pixelwise
from convscope.augment.ops.texture import GaussianBlur, JpegCompression, Sharpen

ANY_CHANNELS = [GaussianBlur, Sharpen]
MANY = Dice(0, np.arange(4000), "test")


@pytest.mark.parametrize("sigma", [0.0, 0.05, 0.3, 1.0, 2.7, 9.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_that_of_scipy(sigma: float, channels: int) -> None:
    images = pictures(channels=channels)
    expected = gaussian_filter(images.astype(float), (0, 0, sigma, sigma), mode="mirror")
    found = changed(GaussianBlur(), images, sigma=sigma)
    assert apart(found, np.rint(expected).astype(np.uint8)) <= 1


def test_blur_of_sides_of_several_blocks_is_that_of_scipy() -> None:
    images = pictures(2, 1, 70, 200)
    expected = gaussian_filter(images.astype(float), (0, 0, 3, 3), mode="mirror")
    found = changed(GaussianBlur(), images, sigma=3)
    assert apart(found, np.rint(expected).astype(np.uint8)) <= 1


def test_each_image_is_blurred_by_its_own_deviation() -> None:
    images = torch.from_numpy(pictures(3)).float() / 255
    sigmas = np.array([0.0, 3.0, 0.8])
    found = GaussianBlur().apply(images, {"sigma": sigmas})
    for image, new, sigma in zip(images.numpy(), found.numpy(), sigmas, strict=True):
        expected = gaussian_filter(image.astype(float), (0, sigma, sigma), mode="mirror")
        np.testing.assert_allclose(new, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (5, 1)])
def test_blur_takes_images_smaller_than_its_reach(size: tuple[int, int]) -> None:
    images = pictures(2, 3, *size)
    expected = gaussian_filter(images.astype(float), (0, 0, 2, 2), mode="mirror")
    found = changed(GaussianBlur(), images, sigma=2)
    assert apart(found, np.rint(expected).astype(np.uint8)) <= 1


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_sharpness_is_that_of_pillow(factor: float, channels: int) -> None:
    images = pictures(channels=channels)
    expected = by_pillow(lambda image: ImageEnhance.Sharpness(image).enhance(factor), images)
    assert apart(changed(Sharpen(), images, factor=factor), expected) <= 1


def test_strong_sharpening_goes_on_from_the_smooth_of_pillow() -> None:
    images = pictures()
    smooth = by_pillow(lambda image: image.filter(ImageFilter.SMOOTH), images).astype(float)
    expected = (smooth + 5 * (images - smooth)).clip(0, 255).round().astype(np.uint8)
    # Pillow rounds what is smooth before the difference is taken fourfold.
    assert apart(changed(Sharpen(), images, factor=5), expected) <= 3


@pytest.mark.parametrize("factor", [0.0, 3.0])
def test_sharpness_keeps_the_outermost_pixels(factor: float) -> None:
    images = pictures()
    found = changed(Sharpen(), images, factor=factor)
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    assert apart(found[inner], images[inner]) > 20
    found[inner] = images[inner]
    np.testing.assert_array_equal(found, images)


@pytest.mark.parametrize("size", [(1, 9), (2, 2), (9, 2)])
def test_sharpness_leaves_an_image_that_is_all_border(size: tuple[int, int]) -> None:
    images = pictures(2, 3, *size)
    np.testing.assert_array_equal(changed(Sharpen(), images, factor=4), images)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=quality)
    return Image.open(kept)


@pytest.mark.parametrize("quality", [1, 30, 75, 100])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_that_of_pillow(quality: int, channels: int) -> None:
    images = pictures(channels=channels)
    expected = by_pillow(lambda image: _jpeg(image, quality), images)
    np.testing.assert_array_equal(changed(JpegCompression(), images, quality=quality), expected)


def test_jpeg_of_other_channels_is_refused_in_one_sentence() -> None:
    message = "JpegCompression: takes images with 1 channel or 3; these have 4, leave it out"
    with pytest.raises(ValueError, match=message):
        Pipeline([JpegCompression()])(torch.zeros(1, 4, 8, 9))


@pytest.mark.parametrize("kind", ANY_CHANNELS)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_stays(kind: type[Pixelwise], channels: int) -> None:
    images: Array = pictures(2, channels)
    found = Pipeline([kind()])(torch.from_numpy(images)).images
    assert found.shape == images.shape
    assert found.dtype == torch.uint8


@pytest.mark.parametrize(
    ("kind", "name", "span"),
    [
        (GaussianBlur, "sigma", (0.5, 4.0)),
        (Sharpen, "factor", (0.5, 2.5)),
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


def test_quality_is_drawn_whole() -> None:
    assert set(JpegCompression(quality=(20, 24)).draw(MANY)["quality"]) == {20, 21, 22, 23, 24}


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (GaussianBlur, {"sigma": -1}, "sigma must be between 0 and 100 px"),
        (JpegCompression, {"quality": 0}, "quality must be between 1 and 100"),
        (Sharpen, {"factor": "much"}, "factor must be"),
    ],
)
def test_values_that_make_no_sense_are_named(
    kind: type[Pixelwise], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**given)
