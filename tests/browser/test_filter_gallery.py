"""A FilterGallery in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable

from card import Card
from cells import FILTERS
from lab import Notebook
from playwright.sync_api import expect

Open = Callable[..., Notebook]


def test_it_shows_the_first_layers_filters(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    expect(card.layer("stem")).to_have_count(1)
    expect(card.layer("deep")).to_have_count(1)
    expect(card.layer("rectified")).to_have_count(0)
    expect(card.picture).to_have_attribute("aria-label", re.compile("stem"))
    assert card.inked() > 0.2


def test_a_layer_and_a_filter_are_chosen_and_python_knows(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    card.layer("deep").click()
    card.shows("middle.deep")
    book.wait_for("gallery.layer", "middle.deep")
    card.channels.click(position={"x": 12, "y": 12})
    book.wait_for("isinstance(gallery.unit, int)", True)


def test_python_chooses_and_the_view_follows(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    book.execute("gallery.layer = 'middle.deep'")
    card.shows("middle.deep")
    expect(card.chosen_layer).to_contain_text("deep")
