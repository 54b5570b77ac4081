"""Activation atlases as still pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from convscope import plots
from convscope.plots.atlas import _thinned


def icon(colour, box, **more):
    return plots.AtlasIcon(np.full((8, 8, 3), colour, np.uint8), box, **more)


def pixels(figure):
    data = plots.png(figure, dpi=50)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int64)


def share_of(picture, colour):
    return (np.abs(picture - colour).max(axis=2) < 40).mean()


def test_icons_stand_in_their_boxes_and_take_as_much_room():
    red, green = (220, 20, 20), (20, 200, 20)
    icons = [icon(red, (0.0, 0.0, 0.5, 0.25)), icon(green, (0.5, 0.5, 1.0, 1.0))]
    picture = pixels(plots.atlas(icons, title="conv2"))
    where_red = np.argwhere(np.abs(picture - red).max(axis=2) < 40).mean(axis=0)
    where_green = np.argwhere(np.abs(picture - green).max(axis=2) < 40).mean(axis=0)
    assert (where_red < where_green).all()  # above, and to the left
    assert share_of(picture, green) == pytest.approx(2 * share_of(picture, red), rel=0.05)


def test_what_is_faint_shows_the_paper():
    faint = pixels(plots.atlas([icon((0, 0, 0), (0, 0, 1, 1), opacity=0.1)], title="conv2"))
    assert share_of(faint, (230, 230, 230)) > 0.5
    dark = plots.atlas([icon((255, 255, 255), (0, 0, 1, 1), opacity=0.1)], title="", theme="dark")
    assert share_of(pixels(dark), (43, 45, 48)) > 0.5


def test_labels_never_crowd_and_no_word_is_said_twice_nearby():
    words = ["tabby", "lynx", "tabby", "cup"]
    places = [(0.1, 0.1), (0.15, 0.1), (0.3, 0.12), (0.8, 0.9)]
    icons = [
        icon(0, (x, y, x + 0.02, y + 0.02), label=word)
        for word, (x, y) in zip(words, places, strict=True)
    ]
    assert [each.label for each in _thinned(icons)] == ["tabby", "cup"]
    texts = [text.get_text() for axes in plots.atlas(icons, title="").axes for text in axes.texts]
    assert texts == ["tabby", "cup"]


def test_a_path_and_the_ends_are_drawn():
    bare = pixels(plots.atlas([], title="conv2"))
    path = np.asarray([[0.1, 0.1], [0.9, 0.9]])
    drawn = pixels(plots.atlas([], title="conv2", path=path, ends=("more 3", "more 8")))
    assert share_of(drawn, (194, 18, 143)) > 0
    assert share_of(bare, (194, 18, 143)) == 0
    assert drawn.shape[0] > bare.shape[0]  # the ends have a line of their own


def test_a_name_is_its_first_one_and_not_too_long():
    assert plots.short_name("tabby, tabby cat") == "tabby"
    assert plots.short_name("black-and-tan coonhound") == "black-and-tan coonhou…"
