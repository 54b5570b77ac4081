"""A FeatureVis in a real JupyterLab: one notebook for all."""

from __future__ import annotations

import re
from collections.abc import Callable

from card import Card
from cells import FEATURES
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]
REACHED = re.compile(r"^reached [\d.]+ = [\d.]+ × the most your images reach \([\d.]+\)$")
BROWSER = "browser = cs.LayerBrowser(scope, images, height=420)\nbrowser"
JOBS = "[t.name for t in __import__('threading').enumerate() if 'convscope-dev' in t.name]"


class Widget:
    """The widget's card, by the names that are read out."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.root = book.run(0).locator(".cv-card")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("group", name="run").get_by_role(
            "button", name=name, exact=True
        )

    @property
    def reached(self) -> Locator:
        return self.root.locator(".feature-reached")

    @property
    def made(self) -> Locator:
        return self.root.locator(".feature-made")

    def picture(self, words: str) -> Locator:
        return self.root.locator(".feature-large").get_by_role("img", name=words, exact=True)


def test_a_picture_develops_beside_real_patches_with_its_numbers_and_versions(shared: Open) -> None:
    widget = Widget(shared(FEATURES, BROWSER))
    patches = widget.root.get_by_role("list", name="real patches that excite it most")
    expect(patches.get_by_role("listitem")).to_have_count(5)
    widget.button("Run").click()
    expect(widget.picture("what excites middle.deep:3")).to_be_visible()
    expect(widget.made).to_have_text(re.compile(r"middle\.deep:3 · 40 steps in"))
    expect(widget.button("Run")).to_be_visible()
    expect(widget.reached).to_have_text(REACHED)
    expect(widget.root.get_by_role("img", name=re.compile("^curve of the excit"))).to_be_visible()
    versions = widget.root.get_by_role("group", name="diverse versions").get_by_role("button")
    expect(versions).to_have_count(2)
    versions.nth(1).click()
    expect(versions.nth(1)).to_have_attribute("aria-pressed", "true")


def test_the_kernel_stays_free_and_closing_the_output_ends_the_job(shared: Open) -> None:
    widget = Widget(shared(FEATURES, BROWSER))
    book = widget.book
    book.execute("vis.steps, vis.size = 4000, 96")
    widget.button("Run").click()
    expect(widget.made).to_have_text(re.compile(r"^step \d+ of"))
    assert book.ask("20 + 1") == 21
    assert book.ask("model(torch.zeros(1, 3, 32, 40)).shape[1]") == 4  # no hook of the job's
    widget.button("Stop").click()
    expect(widget.button("Continue")).to_be_enabled()
    before = widget.made.inner_text()
    widget.button("Continue").click()
    expect(widget.made).to_have_text(re.compile(r"^step \d+ of"))
    expect(widget.made).not_to_have_text(before)
    assert book.ask(JOBS) != []
    book.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    book.wait_for(JOBS, [])


def test_units_pairs_and_classes_are_chosen_and_a_wrong_one_is_said(shared: Open) -> None:
    widget = Widget(shared(FEATURES, BROWSER))
    book, root = widget.book, widget.root
    root.get_by_role("button", name="Next unit").click()
    book.wait_for("vis.unit", 4)
    root.get_by_role("combobox", name="what stands beside it").select_option("between")
    book.wait_for("vis.target", "middle.deep:4 <-> middle.deep:5")
    widget.button("Run").click()
    row = root.get_by_role("group", name="from one to the other").get_by_role("button")
    expect(row).to_have_count(5)
    expect(widget.reached).to_have_text(re.compile("^reached .* the most your images reach"))
    target = root.get_by_role("textbox", name="target", exact=True)
    target.fill("midle.deep:3")
    target.press("Enter")
    expect(Card(book.outputs(0)).trouble).to_contain_text("did you mean")
    target.fill("cow")
    target.press("Enter")
    book.wait_for("vis.target", "class:cow")


def test_the_gallery_fills_in_and_a_channel_comes_from_a_browser(shared: Open) -> None:
    widget = Widget(shared(FEATURES, BROWSER))
    book = widget.book
    units = widget.root.get_by_role("listbox", name="units of the layer")
    expect(units.get_by_role("option")).to_have_count(12)
    widget.root.get_by_role("button", name="Render 12").click()
    expect(units.get_by_role("option", name=re.compile("reached"))).to_have_count(12)
    units.get_by_role("option", name=re.compile(r"^unit 7,")).click()
    book.wait_for("vis.target", "middle.deep:7")
    expect(widget.made).to_contain_text("small, from the gallery")
    browser = Card(book.run(1))
    book.execute("linked = cs.link(browser, vis)")
    browser.layer("stem").click()
    browser.shows("stem")
    browser.channels.press("ArrowRight")
    book.wait_for("vis.target", "stem:0")
    expect(widget.root.locator(".cv-title")).to_contain_text("stem:0")
