"""Linked widgets: what is chosen in one is shown in the other."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
import traitlets
from torch import nn

import convscope as cs
from convscope.widgets import BaseWidget

IMAGES = torch.rand(4, 3, 20, 30, generator=torch.Generator().manual_seed(3))


class Chosen(BaseWidget):
    """Has a selection of images, as a scatter has."""

    _module = "probe"
    _topics: ClassVar = {"images": ("selection",)}

    selection = traitlets.List(traitlets.Int())


def scope(width: int = 6) -> cs.Scope:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU(), nn.Conv2d(width, 4, 3))
    return cs.Scope(model, cs.Preprocess(size=(20, 30)))


def browser(**options) -> cs.LayerBrowser:
    return cs.LayerBrowser(scope(**options), IMAGES)


def test_a_channel_an_image_and_a_layer_go_over_and_not_back():
    one, other = browser(), browser()
    followed = cs.link(one, other)
    assert followed.topics == ("layer", "unit", "image", "place")
    one.layer, one.unit, one.image = "2", 3, 2
    assert (other.layer, other.unit, other.image) == ("2", 3, 2)
    other.image = 1
    assert one.image == 2
    followed.unlink()
    followed.unlink()
    one.image = 3
    assert other.image == 1


def test_what_is_chosen_already_goes_over_at_once():
    one, other = browser(), browser()
    one.layer, one.unit = "2", 1
    cs.link(one, other)
    assert (other.layer, other.unit) == ("2", 1)


def test_a_channel_that_the_other_does_not_have_is_said_there():
    one, other = browser(width=9), browser(width=6)
    cs.link(one, other)
    one.layer, one.unit = "0", 8
    assert one.unit == 8
    assert other.unit is None
    assert "unit: must be a channel of '0', 0 to 5, got 8" in other._notice


def test_positions_of_other_images_mean_nothing():
    one = browser()
    other = cs.LayerBrowser(scope(), {"a": IMAGES[0], "b": IMAGES[1]})
    assert "image" not in cs.link(one, other).topics


def test_two_ways_round_come_to_rest():
    one, other = browser(), browser()
    cs.link(one, other)
    cs.link(other, one)
    one.image = 3
    other.image = 1
    assert (one.image, other.image) == (1, 1)


def test_a_selection_shows_its_first_image_and_an_image_is_a_selection():
    chosen, seen = Chosen(), browser()
    cs.link(chosen, seen)
    chosen.selection = [2, 0, 3]
    assert seen.image == 2
    chosen.selection = []
    assert seen.image == 2
    back = Chosen()
    cs.link(seen, back)
    seen.image = 1
    assert back.selection == [1]


def test_what_is_chosen_once_more_is_told_once_more():
    one, other = browser(), browser()
    cs.link(one, other)
    one.unit = 3
    other.unit = 1
    one.unit = None
    assert other.unit == 1
    one.unit = 3
    assert other.unit == 3


def test_what_cannot_be_linked_is_refused_in_a_sentence():
    class Lonely(BaseWidget):
        _module = "probe"

    one = browser()
    with pytest.raises(ValueError, match="Lonely shows nothing that can be linked"):
        cs.link(one, Lonely())
    with pytest.raises(TypeError, match="source: must be a widget of convscope, got Sequential"):
        cs.link(nn.Sequential(), one)
    with pytest.raises(ValueError, match="another widget"):
        cs.link(one, one)
