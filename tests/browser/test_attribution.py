"""An Attribution in a real JupyterLab: one notebook for all."""

from __future__ import annotations

import re
from collections.abc import Callable

from cells import ATTRIBUTION
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]


class Widget:
    """The widget's card, by the names that are read out."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.root = book.run(0).locator(".cv-card")

    def map(self, words: str) -> Locator:
        """Wait for a map by its label and return it."""
        found = self.root.get_by_role("img", name=words, exact=True).first
        expect(found).to_be_visible()
        return found

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def said(self) -> Locator:
        return self.root.locator(".cv-said")


def test_classes_layers_and_methods_are_chosen_compared_and_read(shared: Open) -> None:
    widget = Widget(shared(ATTRIBUTION))
    book = widget.book
    best = book.ask("widget._predictions(0)[0].name")
    shown = widget.map(f"Grad-CAM of middle.deep for {best}")
    shown.hover(position={"x": 30, "y": 40})
    expect(widget.said).to_have_text(re.compile(r"^[\d.−× ⁻⁰-⁹]+ at row \d+, column \d+ · "))

    other = book.ask("widget._predictions(0)[1].name")
    widget.button(str(other)).click()
    widget.map(f"Grad-CAM of middle.deep for {other}")
    book.wait_for("scope.class_name(widget.target)", other)
    widget.root.get_by_role("treeitem").filter(has_text="stem").click()
    widget.map(f"Grad-CAM of stem for {other}")

    widget.button(f"compare with {best}").click()
    divider = widget.root.get_by_role("slider", name="wipe between both maps")
    divider.press("ArrowRight")
    book.wait_for("widget.wipe", 0.55)
    book.execute("widget.compare = 'layercam'")
    widget.map(f"LayerCAM of stem for {other}")
    widget.button("difference").click()
    book.execute("widget.compare = None; widget.layer = 'middle.deep'")
    expect(widget.root.get_by_role("img", name=re.compile(" less "))).to_be_visible()


def test_positions_are_traced_and_both_checks_run(shared: Open) -> None:
    widget = Widget(shared(ATTRIBUTION))
    book = widget.book
    best = book.ask("widget._predictions(0)[0].name")
    shown = widget.map(f"Grad-CAM of middle.deep for {best}")
    widget.root.get_by_role("checkbox", name="trace positions").check()
    shown.hover(position={"x": 60, "y": 50})
    widget.map("made from stem")
    shown.click(position={"x": 60, "y": 50})
    book.wait_for("isinstance(widget.position, list)", True)

    widget.button("Delete and insert").click()
    expect(widget.root.get_by_role("img", name=re.compile("curves of the"))).to_be_visible()
    widget.button("Shuffle a copy").click()
    expect(widget.root.get_by_text(re.compile("rank correlation"))).to_be_visible()

    widget.button("several").click()
    for layer in ("stem", "middle.deep"):
        expect(widget.button(layer)).to_be_visible()
    widget.root.get_by_role("combobox", name="several").select_option("methods")
    expect(widget.button("Saliency")).to_be_visible()
