"""A DeepDream in a real JupyterLab: one notebook for all."""

from __future__ import annotations

import re
from collections.abc import Callable

from cells import DREAM
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]


class Widget:
    """The widget's card, by the names that are read out."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.root = book.run(0).locator(".cv-card")
        expect(self.picture("the original")).to_be_visible()

    def picture(self, words: str) -> Locator:
        return self.root.get_by_role("img", name=words, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("group", name="dreaming").get_by_role(
            "button", name=name, exact=True
        )

    @property
    def said(self) -> Locator:
        return self.root.locator(".cv-said")


def test_a_layer_is_dreamt_of_wiped_saved_and_dreamt_on_from(shared: Open) -> None:
    widget = Widget(shared(DREAM))
    book = widget.book
    widget.root.get_by_role("treeitem").filter(has_text="rectified").click()
    widget.button("Dream").click()
    expect(widget.said).to_have_text(re.compile(r"^dream 0 · rectified · 60 × 48 pixels · 6 steps"))
    expect(widget.picture("the original and the dream of rectified")).to_be_visible()
    book.wait_for("widget.result.quality.steps", 6)
    widget.root.get_by_role("slider", name="wipe between").press("ArrowLeft")
    book.wait_for("widget.wipe", 0.45)
    go_nearer_and_drag(widget.root.locator(".wiped-place"))
    expect(widget.root.locator(".zoom-read")).to_have_text("1.5 ×")
    assert book.ask("widget.wipe") == 0.45  # a drag moves the picture now
    with book.page.expect_download() as saved:
        widget.button("Save the dream as PNG").click()
    assert saved.value.suggested_filename == "dream-0.png"
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"
    widget.button("Dream on").click()
    expect(widget.said).to_have_text(re.compile(r"^dream 1 .* on from dream 0$"))
    widget.root.get_by_role("option", name=re.compile("^dream 0")).click()
    expect(widget.said).to_have_text(re.compile("^dream 0 "))
    book.wait_for("widget.shown", 0)


def go_nearer_and_drag(picture: Locator) -> None:
    """With ctrl and the wheel, and by a real pointer, at a quarter of the height."""
    box = picture.bounding_box()
    assert box is not None
    across, down, mouse = (
        box["x"] + box["width"] / 4,
        box["y"] + box["height"] / 4,
        picture.page.mouse,
    )
    mouse.move(across, down)
    picture.page.keyboard.down("Control")
    mouse.wheel(0, -100)
    picture.page.keyboard.up("Control")
    mouse.down()
    mouse.move(across + box["width"] / 2, down, steps=3)
    mouse.up()


def test_while_it_dreams_a_cell_runs_and_stop_keeps_what_there_is(shared: Open) -> None:
    widget = Widget(shared(DREAM))
    book = widget.book
    book.execute("widget.octaves, widget.steps = 1, 400_000")
    widget.button("Dream").click()
    expect(widget.button("Stop")).to_be_visible()
    expect(widget.root.locator(".cv-job")).to_contain_text("octave 1 of 1")
    assert book.ask("6 * 7") == 42
    book.wait_for("len(widget._dreams)", 1)
    before = widget.root.locator(".score-words").inner_text()
    expect(widget.root.locator(".score-words")).not_to_have_text(before)
    widget.button("Stop").click()
    expect(widget.button("Continue")).to_be_enabled()
    expect(widget.said).to_have_text(re.compile(r"left at step [\d\u2009]+ of 400000"))
    reached = book.ask("widget._dreams[0]['step']")
    widget.button("Continue").click()
    expect(widget.button("Stop")).to_be_visible()
    expect(widget.button("Stop")).to_be_enabled()
    widget.root.page.wait_for_timeout(300)
    widget.button("Stop").click()
    expect(widget.button("Continue")).to_be_enabled()
    assert book.ask(f"widget._dreams[0]['step'] > {reached}") is True


def test_clearing_the_output_ends_the_dream(shared: Open) -> None:
    widget = Widget(shared(DREAM))
    book = widget.book
    book.execute("widget.octaves, widget.steps = 1, 400_000")
    widget.button("Dream").click()
    expect(widget.root.locator(".cv-job")).to_contain_text("octave 1 of 1")
    running = "len(widget._dispatcher.jobs._running)"
    assert book.ask(running) == 1
    book.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-cell-output')")
    expect(book.outputs(0).locator(".cv-card")).to_have_count(0)
    book.wait_for(running, 0)


def test_the_film_is_a_file_to_keep(shared: Open) -> None:
    widget = Widget(shared(DREAM))
    widget.button("Dream").click()
    expect(widget.said).to_have_text(re.compile("^dream 0 "))
    widget.root.get_by_text("film of the zoom").click()
    frames = widget.root.get_by_role("slider", name="frames", exact=True)
    frames.press("Home")
    with widget.root.page.expect_download() as saved:
        widget.root.get_by_role("button", name="Make the film").click()
    assert saved.value.suggested_filename == "dream-0.gif"
    assert saved.value.path().read_bytes()[:6] == b"GIF89a"


def test_a_target_that_is_not_there_is_said_and_put_right(shared: Open) -> None:
    widget = Widget(shared(DREAM))
    field = widget.root.get_by_role("textbox", name="what becomes stronger")
    field.fill("stam")
    field.press("Enter")
    expect(widget.root.locator(".cv-notice")).to_contain_text("did you mean 'stem'")
    expect(field).to_have_value("stem")
    field.fill("stem:2 - stem:5")
    field.press("Enter")
    widget.book.wait_for("widget.target", "stem:2 - stem:5")
    widget.button("Dream").click()
    expect(widget.said).to_have_text(re.compile("^dream 0 · stem:2 - stem:5 "))
