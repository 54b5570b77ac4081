"""Hue: what Python's colorsys makes of it, to one grey level."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from levels import Array, apart, changed, pictures

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Pixelwise
from convscope.augment.ops.hue import HSVShift, HueShift

EVERY = [HSVShift, HueShift]
MANY = Dice(0, np.arange(4000), "test")
NOTHING = {"hue": 0.0, "saturation": 1.0, "value": 1.0, "saturation_shift": 0.0, "value_shift": 0.0}


def _shifted(images: Array, **values: float) -> Array:
    """Change the HSV of images (n, 3, H, W) uint8, pixel by pixel."""
    by = NOTHING | values
    found = np.empty(images.shape)
    for index in np.ndindex(len(images), *images.shape[2:]):
        place = (index[0], slice(None), *index[1:])
        h, s, v = colorsys.rgb_to_hsv(*(float(each) / 255 for each in images[place]))
        s = min(max(s * by["saturation"] + by["saturation_shift"] * (s > 0), 0), 1)
        v = min(max(v * by["value"] + by["value_shift"], 0), 1)
        found[place] = colorsys.hsv_to_rgb((h + by["hue"] / 360) % 1, s, v)
    return np.asarray(np.rint(found * 255), np.uint8)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"hue": 40},
        {"hue": -170},
        {"hue": 180, "saturation": 1.3, "value": 0.8},
        {"hue": -75, "saturation": 2.5, "value": 1.7},
        {"saturation": 0, "value": 0.5},
        {"hue": 20, "saturation_shift": 0.4, "value_shift": -0.2},
        {"saturation": 0.5, "saturation_shift": -0.3, "value": 1.5, "value_shift": 0.1},
    ],
)
def test_hue_saturation_and_value_are_those_of_colorsys(values: dict[str, float]) -> None:
    images = pictures(3)
    found = changed(HSVShift(), images, **(NOTHING | values))
    assert apart(found, _shifted(images, **values)) <= 1


@pytest.mark.parametrize("degrees", [-180, -33, 0, 60, 120, 180])
def test_hue_alone_is_that_of_colorsys(degrees: float) -> None:
    images = pictures(3)
    found = changed(HueShift(), images, degrees=degrees)
    assert apart(found, _shifted(images, hue=degrees)) <= 1


def test_a_third_of_the_wheel_turns_red_into_green_and_green_into_blue() -> None:
    image = np.zeros((1, 3, 1, 2), np.uint8)
    image[0, 0, 0, 0] = image[0, 1, 0, 1] = 200
    found = changed(HueShift(), image, degrees=120)
    assert found[0, :, 0].T.tolist() == [[0, 200, 0], [0, 0, 200]]


def test_a_shift_by_nothing_changes_no_colour() -> None:
    images = pictures()
    np.testing.assert_array_equal(changed(HSVShift(), images, **NOTHING), images)


def test_grey_stays_grey_whatever_is_added_to_the_saturation() -> None:
    images = pictures(2, 1).repeat(3, 1)
    given = NOTHING | {"hue": 90, "saturation": 3, "saturation_shift": 0.5}
    np.testing.assert_array_equal(changed(HSVShift(), images, **given), images)


def test_images_too_many_for_one_piece_are_all_changed() -> None:
    images = pictures(5, 3, 150, 230)
    given = NOTHING | {"hue": 50}
    each = [changed(HSVShift(), one[None], **given)[0] for one in images]
    np.testing.assert_array_equal(changed(HSVShift(), images, **given), np.stack(each))


@pytest.mark.parametrize("kind", EVERY)
def test_hue_needs_colours_and_says_so(kind: type[Pixelwise]) -> None:
    with pytest.raises(ValueError, match=f"{kind.__name__}: needs red, green and blue"):
        Pipeline([kind()])(torch.zeros(1, 4, 8, 9))


def test_draws_fill_their_spans() -> None:
    drawn = HSVShift(hue=30, saturation=0.5, value=(0.9, 1.4), value_shift=0.2).draw(MANY)
    spans = {"hue": (-30, 30), "saturation": (0.5, 1.5), "value": (0.9, 1.4)}
    for name, (low, high) in (spans | {"value_shift": (-0.2, 0.2)}).items():
        slack = 0.02 * (high - low)
        assert low <= drawn[name].min() < low + slack
        assert high - slack < drawn[name].max() <= high
    assert not drawn["saturation_shift"].any()


def test_spans_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="hue must run from low to high"):
        HSVShift(hue=(20, -20))
    with pytest.raises(ValueError, match="degrees must be between -180 and 180"):
        HueShift(degrees=200)
