"""Geometric operations mean what they mean in torchvision and, where it is right, in Augmentor."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from reference import Array, applied, corners, photo, resampled, sources

from convscope.augment.dice import Dice
from convscope.augment.ops.affine import Affine
from convscope.augment.ops.canvas import Pad, ResizeShorter
from convscope.augment.ops.tilt import Perspective, Skew
from convscope.augment.ops.turn import Rotate
from convscope.augment.ops.window import CropFraction, CropSize, RandomResizedCrop, Zoom
from peers import Augmentor, v1, v2

GREY = 1 / 255


def pil(image: Array) -> Image.Image:
    return Image.fromarray(np.rint(image.transpose(1, 2, 0) * 255).astype(np.uint8))


def planes(image: Image.Image) -> Array:
    return np.asarray(image).transpose(2, 0, 1) / 255


def scripted(module: object, monkeypatch: pytest.MonkeyPatch, *draws: int) -> None:
    """Let Augmentor draw these whole numbers, one after the other."""
    left = list(draws)
    monkeypatch.setattr(module, "random", SimpleNamespace(randint=lambda low, high: left.pop(0)))


@pytest.mark.parametrize("preset", range(12))
def test_the_twelve_skews_are_those_of_augmentor(
    preset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photo(3, 60, 90)
    kind, direction = ("TILT", preset) if preset < 4 else ("CORNER", preset - 4)
    scripted(Augmentor.Operations, monkeypatch, 18, direction)
    expected = Augmentor.Operations.Skew(1, kind, 1).perform_operation([pil(image)])[0]
    _, warp = applied(Skew(), [(60, 90)], preset=preset, magnitude=18 / 90)
    difference = abs(resampled(image, warp) - planes(expected))
    assert difference[:, 3:-3, 3:-3].max() < 6 * GREY  # it is bicubic there


@pytest.mark.parametrize("factor", [1.25, 1.5])
def test_zoom_is_that_of_augmentor(factor: float) -> None:
    image = photo(3, 40, 80)  # sides for which the crop's offset there is whole
    operation = Augmentor.Operations.Zoom(1, factor, factor)
    expected = planes(operation.perform_operation([pil(image)])[0])
    _, warp = applied(Zoom(), [(40, 80)], factor=factor)
    assert abs(resampled(image, warp) - expected)[:, 3:-3, 3:-3].max() < 6 * GREY


def test_a_percentage_of_augmentors_area_is_a_fraction_of_the_side() -> None:
    operation = Augmentor.Operations.CropPercentage(1, 0.5, True, False)
    image = photo(3, 20, 40)
    expected = planes(operation.perform_operation([pil(image)])[0])
    _, warp = applied(CropFraction(place="centre", resize=False), [(20, 40)], side=0.5)
    assert expected.shape == (3, 10, 20)
    np.testing.assert_allclose(resampled(image, warp), expected, atol=GREY / 2)


def test_an_affine_is_that_of_torchvision_with_degrees_the_other_way_round() -> None:
    image = photo(3, 40, 60)
    options = {"scale": 1.2, "shear_x": 9.0, "shear_y": -6.0}
    _, warp = applied(Affine(), [(40, 60)], degrees=25, x=0.1, y=-0.05, **options)
    expected = v2.functional.affine(
        torch.from_numpy(image), -25, [6, -2], 1.2, [9, -6], v2.InterpolationMode.BILINEAR
    )
    x, y = sources(warp)
    inside = (x > 1) & (x < 59) & (y > 1) & (y < 39)
    np.testing.assert_allclose(
        resampled(image, warp)[:, inside], expected.numpy()[:, inside], atol=1e-4
    )


@pytest.mark.parametrize("degrees", [-30.0, 12.0, 100.0])
def test_degrees_of_a_rotation_are_those_of_torchvision(degrees: float) -> None:
    image = photo(3, 40, 60)
    turned = v2.functional.rotate(
        torch.from_numpy(image), degrees, v2.InterpolationMode.BILINEAR
    ).numpy()
    _, warp = applied(Rotate(fit="keep"), [(40, 60)], degrees=degrees)
    x, y = sources(warp)
    inside = (x > 1) & (x < 59) & (y > 1) & (y < 39)
    np.testing.assert_allclose(resampled(image, warp)[:, inside], turned[:, inside], atol=1e-4)
    _, grown = applied(Rotate(fit="expand"), [(40, 60)], degrees=degrees)
    expanded = v2.functional.rotate(torch.from_numpy(image), degrees, expand=True)
    assert abs(np.array(expanded.shape[1:]) - grown.sizes[0]).max() <= 1


def test_perspective_draws_as_far_as_torchvision() -> None:
    torch.manual_seed(0)
    ends = np.array([v1.RandomPerspective.get_params(600, 400, 0.5)[1] for _ in range(3000)])
    theirs = abs(ends - np.array([[0, 0], [599, 0], [599, 399], [0, 399]])) / (300, 200)
    ours = np.stack(list(Perspective(distortion=0.5).draw(Dice(0, np.arange(3000))).values()))
    assert ours.max() == pytest.approx(theirs.max(), abs=0.01)
    np.testing.assert_allclose(ours.mean(1), theirs.mean(0).ravel(), atol=0.02)


def test_random_resized_crops_are_spread_as_those_of_torchvision() -> None:
    torch.manual_seed(0)
    blank, count = torch.zeros(3, 50, 120), 4000
    draw = v1.RandomResizedCrop.get_params
    theirs = np.array([draw(blank, [0.1, 1.0], [0.75, 4 / 3]) for _ in range(count)], float)
    operation = RandomResizedCrop(scale=(0.1, 1.0), ratio=(0.75, 4 / 3))
    warp = operation.warp(operation.draw(Dice(0, np.arange(count))), np.tile([50, 120], (count, 1)))
    ends = np.stack([corners(warp, index)[[0, 2]] for index in range(count)])
    sides = (ends[:, 1] - ends[:, 0])[:, ::-1]
    ours = np.concatenate([ends[:, 0, ::-1], sides], 1)
    # Wide images: many windows do not fit, so the tries and the fallback count.
    np.testing.assert_allclose(ours.mean(0), theirs.mean(0), atol=0.06 * theirs.std(0).max())
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.06)


@pytest.mark.parametrize("size", [(8, 11), (27, 33), (27, 12), (20, 30)])
def test_a_crop_of_the_centre_is_that_of_torchvision(size: tuple[int, int]) -> None:
    image = photo()
    operation = CropSize(height=size[0], width=size[1], place="centre")
    _, warp = applied(operation, [(20, 30)])
    expected = v2.CenterCrop(size)(torch.from_numpy(image))
    np.testing.assert_array_equal(resampled(image, warp), expected.numpy())


def test_sides_of_a_pad_and_a_shorter_side_are_those_of_torchvision() -> None:
    image = torch.from_numpy(photo())
    _, padded = applied(Pad(left=1, top=2, right=3, bottom=4), [(20, 30)])
    expected = v2.Pad([1, 2, 3, 4])(image)
    np.testing.assert_array_equal(resampled(photo(), padded), expected.numpy())
    for height, width in ((20, 30), (33, 17), (100, 31)):
        _, resized = applied(ResizeShorter(side=64), [(height, width)])
        wanted = v2.Resize(64)(torch.zeros(1, height, width)).shape[1:]
        assert resized.sizes.tolist() == [list(wanted)]
