"""A LayerBrowser in a real JupyterLab, as a person meets it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from card import Card
from cells import LAYERS, SETUP
from lab import Notebook
from playwright.sync_api import expect

Open = Callable[..., Notebook]


def test_it_shows_layers_images_predictions_and_channels(shared: Open) -> None:
    card = Card(shared(LAYERS).run(0))
    for name in ("stem", "rectified", "pooled", "middle", "deep", "bent", "head"):
        expect(card.layer(name)).to_have_count(1)
    expect(card.root.get_by_role("listbox", name="images").get_by_role("option")).to_have_count(5)
    guesses = card.root.get_by_role("list", name="what the network takes this image for")
    expect(guesses.first.get_by_role("listitem")).to_have_count(4)
    expect(card.channels).to_be_visible()
    expect(card.picture).to_have_attribute("aria-label", re.compile(r"channels"))
    assert card.inked() > 0.2


def test_a_click_chooses_a_layer_and_python_knows(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("deep").click()
    card.shows("middle.deep")
    book.wait_for("browser.layer", "middle.deep")


def test_the_keyboard_chooses_a_layer_and_an_image(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("stem").click()
    card.shows("stem")
    card.layer("stem").press("ArrowDown")
    card.shows("rectified")
    book.wait_for("browser.layer", "rectified")
    card.image("picture 0").click()
    card.image("picture 0").press("ArrowRight")
    expect(card.image("picture 1")).to_have_attribute("aria-selected", "true")
    book.wait_for("browser.image", 1)


def test_python_chooses_and_the_view_follows(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    book.execute("browser.layer = 'pooled'; browser.image = 3; browser.unit = 2")
    card.shows("pooled")
    expect(card.chosen_layer).to_contain_text("pooled")
    expect(card.image("picture 3")).to_have_attribute("aria-selected", "true")
    expect(card.channel).to_be_visible()


def test_hovering_over_a_channel_tells_its_value_and_place(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("stem").click()
    card.shows("stem")
    card.channels.hover(position={"x": 20, "y": 12})
    expect(card.said).to_have_text(re.compile(r"channel \d+.*\d\.\d"))


def test_a_channel_opens_with_its_histogram_and_the_patches_that_excite_it(
    shared: Open,
) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("deep").click()
    card.shows("middle.deep")
    card.channels.click(position={"x": 20, "y": 12})
    expect(card.channel).to_be_visible()
    book.wait_for("isinstance(browser.unit, int)", True)
    expect(card.channel.get_by_role("img", name=re.compile("histogram of"))).to_be_visible()
    patches = card.channel.get_by_role("list", name="patches that excite it most")
    if patches.get_by_role("button").count() == 0:
        search = card.channel.get_by_role("button", name="find what excites it most")
        if search.is_visible():
            search.click()
    expect(patches.get_by_role("button").first).to_be_visible()
    card.channel.get_by_role("button", name=re.compile("back to all")).click()
    expect(card.channel).to_be_hidden()
    book.wait_for("browser.unit", None)


def test_it_answers_while_a_cell_runs(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("stem").click()
    card.shows("stem")
    book.begin("import time; time.sleep(6)")
    card.image("picture 3").click()
    card.layer("bent").click()
    card.shows("middle.bent")
    expect(card.name_of_input).to_have_text("picture 3")
    assert not book.begun_has_ended()
    book.finish()


def test_a_busy_kernel_is_said_and_the_answer_comes_when_it_is_free(shared: Open) -> None:
    book = shared(LAYERS)
    book.subshells(on=False)
    try:
        card = Card(book.run(0))
        card.layer("stem").click()
        card.shows("stem")
        book.begin("import time; time.sleep(6)")
        card.layer("bent").click()
        expect(card.state).to_have_text("kernel busy")
        assert card.inked() > 0.2
        book.finish()
        card.shows("middle.bent")
        expect(card.state).to_have_text("")
    finally:
        book.subshells(on=True)


def test_an_error_in_the_model_is_a_sentence_and_can_be_tried_again(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    card.layer("gather").click()
    card.shows("gather")
    book.execute("Moody.failing = True")
    card.image("picture 3").click()
    expect(card.trouble).to_contain_text("the moody layer had enough")
    expect(card.trouble).not_to_contain_text("Traceback")
    card.image("picture 0").click()
    expect(card.name_of_input).to_have_text("picture 0")
    card.image("picture 2").click()
    expect(card.trouble).to_contain_text("the moody layer had enough")
    book.execute("Moody.failing = False")
    card.trouble.get_by_role("button", name="Retry").click()
    expect(card.trouble).to_be_hidden()
    card.image("picture 3").click()
    expect(card.name_of_input).to_have_text("picture 3")


def test_without_a_kernel_the_picture_stays_and_says_so(notebook: Open) -> None:
    book = notebook(LAYERS)
    card = Card(book.run(0))
    card.layer("stem").click()
    card.shows("stem")
    ink = card.inked()
    book.stop_kernel()
    card.layer("bent").click()
    expect(card.state).to_have_text("no kernel")
    assert card.inked() == pytest.approx(ink, abs=0.05)
    card.channels.hover(position={"x": 20, "y": 12})
    expect(card.said).to_have_text(re.compile(r"channel \d+"))


def test_running_the_cell_again_takes_the_old_view_away(shared: Open) -> None:
    book = shared(LAYERS)
    book.run(0)
    card = Card(book.run(0))
    expect(book.page.locator(".cv-card")).to_have_count(1)
    card.layer("deep").click()
    card.shows("middle.deep")


def test_it_is_dark_in_a_dark_jupyterlab(shared: Open) -> None:
    book = shared(LAYERS)
    card = Card(book.run(0))
    root = book.page.locator(".cv-root")
    expect(root).to_have_attribute("data-theme", "light")
    light = card.root.evaluate("el => getComputedStyle(el).backgroundColor")
    try:
        book.theme("JupyterLab Dark")
        expect(root).to_have_attribute("data-theme", "dark")
        assert card.root.evaluate("el => getComputedStyle(el).backgroundColor") != light
    finally:
        book.theme("JupyterLab Light")


@pytest.mark.parametrize("width", [360, 640, 1000])
def test_it_never_scrolls_sideways(shared: Open, width: int) -> None:
    book = shared(LAYERS)
    output = book.run(0)
    card = Card(output)
    expect(card.picture).to_have_attribute("aria-label", re.compile("channels"))
    output.locator(".convscope").evaluate("(el, width) => { el.style.width = `${width}px` }", width)
    book.page.wait_for_function("() => new Promise(requestAnimationFrame)")
    box = card.root.bounding_box()
    assert box is not None
    assert box["width"] <= width
    beyond = card.root.evaluate(_BEYOND)
    assert beyond == []


def test_linked_browsers_move_together(notebook: Open) -> None:
    code = SETUP + (
        "from IPython.display import display\n"
        "first, second = cs.LayerBrowser(scope, images), cs.LayerBrowser(scope, images)\n"
        "traitlets.link((first, 'layer'), (second, 'layer'))\n"
        "display(first)"
    )
    book = notebook(code, "display(second)")
    left = Card(book.run(0))
    right = Card(book.run(1))
    left.layer("bent").click()
    right.shows("middle.bent")
    right.layer("stem").click()
    left.shows("stem")


# What reaches out of the card to the right, unless something around it cuts it off or scrolls.
_BEYOND = """card => {
    const edge = card.getBoundingClientRect().right + 1;
    const cut = el => {
        for (let up = el.parentElement; up && up !== card; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== "visible") return true;
        return false;
    };
    return [...card.querySelectorAll("*")]
        .filter(el => el.getClientRects().length && el.getBoundingClientRect().right > edge)
        .filter(el => !cut(el))
        .map(el => `${el.tagName}.${el.className}`);
}"""
