"""A FilterGallery in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

from card import Card
from cells import FILTERS
from lab import Notebook
from playwright.sync_api import expect

Open = Callable[..., Notebook]


def test_it_shows_the_first_layers_filters_in_colour(shared: Open) -> None:
    card = Card(shared(FILTERS).run(0))
    expect(card.layer("stem")).to_have_count(1)
    expect(card.layer("deep")).to_have_count(1)
    expect(card.layer("rectified")).to_have_count(0)
    expect(card.drawing("the 8 filters of stem in colour")).to_be_visible()
    expect(card.drawing(r"the 3 kernels of filter \d of stem")).to_be_visible()
    assert card.inked() > 0.2


def test_a_click_chooses_a_filter_in_colour(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    expect(card.drawing("the 8 filters of stem in colour")).to_be_visible()
    card.root.get_by_role("listbox", name="filters").click(position={"x": 12, "y": 12})
    book.wait_for("gallery.unit", 0)


def test_a_deeper_layer_shows_norms_and_the_kernels_of_one_filter(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    card.layer("deep").click()
    expect(card.drawing(r"the 8 kernels of filter \d+ of middle\.deep")).to_be_visible()
    book.wait_for("gallery.layer", "middle.deep")
    filters = card.root.get_by_role("listbox", name="filters").get_by_role("option")
    expect(filters).to_have_count(12)
    card.root.get_by_role("option", name="filter 7, norm").click()
    expect(card.drawing(r"the 8 kernels of filter 7 of middle\.deep")).to_be_visible()
    book.wait_for("gallery.unit", 7)


def test_python_chooses_and_the_view_follows(shared: Open) -> None:
    book = shared(FILTERS)
    card = Card(book.run(0))
    book.execute("gallery.layer = 'middle.deep'; gallery.unit = 5")
    expect(card.drawing(r"the 8 kernels of filter 5 of middle\.deep")).to_be_visible()
    expect(card.chosen_layer).to_contain_text("deep")
