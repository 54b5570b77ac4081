"""An AugmentPreview in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cells import AUGMENT
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]


class Preview:
    """The widget's card, by the names that are read out."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.root = book.run(0).locator(".cv-card")
        self.drawn(1)
        expect(self.root.locator(".sample-caption").first).not_to_be_empty()

    @property
    def canvas(self) -> Locator:
        return self.root.locator("canvas.samples-canvas")

    @property
    def number(self) -> int:
        return int(self.canvas.get_attribute("data-drawn") or 0)

    def drawn(self, at_least: int) -> None:
        """Wait until pictures of a request, or of a later one, are on the canvas."""
        expect(self.canvas).to_have_attribute("data-drawn", re.compile(r"\d"))
        self.book.page.wait_for_function(
            "([canvas, n]) => Number(canvas.dataset.drawn) >= n",
            arg=[self.canvas.element_handle(), at_least],
            timeout=15_000,
        )

    def settled(self, at_least: int) -> None:
        """Wait until the newest request, with at least this number, has its pixels."""
        self.drawn(at_least)
        self.book.page.wait_for_function(
            "canvas => canvas.dataset.drawn === canvas.dataset.asked",
            arg=self.canvas.element_handle(),
            timeout=15_000,
        )

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def slider(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=name, exact=True).first

    @property
    def samples(self) -> Locator:
        return self.root.get_by_role("listbox", name="samples").get_by_role("option")

    @property
    def operations(self) -> list[str]:
        return self.root.locator(".op-name > span:first-child").all_inner_texts()


@pytest.fixture
def preview(shared: Open) -> Preview:
    return Preview(shared(AUGMENT))


def test_it_shows_the_pipeline_and_its_samples(preview: Preview) -> None:
    assert preview.operations == ["Rotate", "One of", "Flip", "Invert", "Brightness"]
    expect(preview.samples).to_have_count(6)
    expect(preview.root.locator(".original-name")).to_have_text("picture 0 · 60 × 48 px")
    colours = preview.canvas.evaluate(
        """canvas => new Set(new Uint32Array(canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    )
    assert colours > 200


def test_dragging_a_slider_draws_and_python_hears_of_it(preview: Preview) -> None:
    slider = preview.slider("degrees, to")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    before = preview.number
    share = (20 + 180) / 360
    x, y = box["x"] + 7 + share * (box["width"] - 14), box["y"] + box["height"] / 2
    mouse = preview.book.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 30):
        mouse.move(x + step, y)
    mouse.up()
    preview.settled(before + 1)
    value = float(slider.input_value())
    assert value > 25
    read = "float(preview.operations[0]['params']['degrees'][1])"
    preview.book.wait_for(read, value)
    assert preview.book.ask("list(preview.pipeline.operations[0].degrees)") == [-20, value]


def test_the_keyboard_alone_can_edit_the_pipeline(preview: Preview) -> None:
    keys = preview.book.page.keyboard
    preview.button("move Brightness: drag, or arrow keys").focus()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(preview.root.locator(".cv-said")).to_have_text("Brightness is now 2 of 3 in One of")
    keys.press("/")
    keys.type("grey")
    keys.press("Enter")
    preview.book.wait_for(
        "[node['name'] for node in preview.operations]", ["Rotate", "OneOf", "Greyscale"]
    )
    keys.press("Control+z")
    keys.press("Control+z")
    keys.press("Control+z")
    preview.book.wait_for(
        "[node['name'] for node in preview.operations]", ["Rotate", "OneOf", "Brightness"]
    )


def test_the_pointer_moves_an_operation(preview: Preview) -> None:
    grip = preview.button("move Brightness: drag, or arrow keys")
    grip.scroll_into_view_if_needed()
    target = preview.button("move Rotate: drag, or arrow keys").bounding_box()
    start = grip.bounding_box()
    assert target
    assert start
    mouse = preview.book.page.mouse
    mouse.move(start["x"] + 8, start["y"] + 8)
    mouse.down()
    mouse.move(target["x"] + 8, target["y"] + 30)
    mouse.move(target["x"] + 8, target["y"] - 4)
    expect(preview.root.locator(".op-drop")).to_be_visible()
    mouse.up()
    assert preview.operations[:2] == ["Brightness", "Rotate"]


def test_hovering_tells_what_was_drawn_and_a_click_holds_it(preview: Preview) -> None:
    preview.samples.nth(3).hover()
    rows = preview.root.locator(".drawn-rows li")
    expect(rows).to_have_count(4)
    expect(rows.first).to_have_text(re.compile(r"Rotate.*(°|not applied)"))
    preview.samples.nth(3).click()
    preview.book.wait_for("preview.held", 3)
    divider = preview.root.get_by_role("slider", name="wipe between the original and the sample")
    divider.press("End")
    preview.book.wait_for("preview.wipe", 1)


def test_a_new_draw_and_another_image(preview: Preview) -> None:
    preview.button("new draw ( d )").click()
    seed = int(preview.root.get_by_role("spinbutton", name="seed").input_value())
    assert seed != 7
    preview.book.wait_for("preview.seed", seed)
    preview.button("next image ( ] )").click()
    expect(preview.root.locator(".original-name")).to_contain_text("picture 1")


def test_each_sample_has_the_class_that_the_network_takes_it_for(preview: Preview) -> None:
    wanted = preview.book.ask(
        "[p[0].name for p in scope.predict(list(preview._preview.show(preview._asked())"
        ".outcome.images), top=1)]"
    )
    assert isinstance(wanted, list)
    captions = preview.root.locator(".sample-caption")
    for i, name in enumerate(wanted):
        expect(captions.nth(i)).to_contain_text(str(name))


def test_python_sets_and_the_page_follows(preview: Preview) -> None:
    before = preview.number
    preview.book.execute("preview.operations = [{'name': 'Rotate', 'params': {'degrees': 33}}]")
    preview.drawn(before + 1)
    assert preview.operations == ["Rotate"]
    expect(preview.slider("degrees, to")).to_have_value("33")
    preview.book.execute("preview.pipeline = augment.Pipeline([augment.Greyscale()], seed=1)")
    expect(preview.root.locator(".op-name").first).to_contain_text("Greyscale")


def test_an_error_is_a_sentence_and_the_pictures_stay(preview: Preview) -> None:
    before = preview.number
    preview.book.execute(
        "preview.operations = [{'name': 'Rotate', 'params': {'fit': 'keep', 'fill': [0.1, 0.2]}}]"
    )
    expect(preview.root.get_by_role("alert")).to_contain_text("gives 2 values for images of 3")
    assert preview.number == before
    preview.book.execute("preview.operations = [{'name': 'Rotate'}]")
    preview.drawn(before + 1)
    expect(preview.root.locator(".cv-trouble")).to_be_hidden()


def test_the_code_of_the_pipeline_is_there_to_copy(preview: Preview) -> None:
    preview.button("Code").click()
    preview.button("YAML").click()
    code = preview.root.get_by_role("textbox", name="code")
    expect(code).to_have_value(re.compile("convscope: augment/1"))
    text = code.input_value()
    again = f"augment.Pipeline.from_yaml({text!r}) == preview.pipeline"
    assert preview.book.ask(again) is True
