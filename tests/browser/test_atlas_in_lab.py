"""An AtlasViewer in a real JupyterLab, opened on a build under way: one notebook for all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cells import ATLAS
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]


class Viewer:
    """The viewer's card, by the names that are read out."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.root = book.run(0).locator(".cv-card")
        self.plane = self.root.get_by_role("application").first

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.root.get_by_role("button", name=name, exact=isinstance(name, str)).first

    def at(self, side: int, cell: int) -> dict[str, float]:
        """Return where a cell is on the plane while all is in sight."""
        box = self.plane.bounding_box()
        assert box is not None
        extent = min(box["width"], box["height"]) * 0.97
        x, y = (cell % side + 0.5) / side, (cell // side + 0.5) / side
        return {
            "x": box["width"] / 2 + (x - 0.5) * extent,
            "y": box["height"] / 2 + (y - 0.5) * extent,
        }

    def ink(self) -> int:
        """Return how many pixels of the icons' canvas are drawn on."""
        count = """canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let drawn = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn++;
            return drawn;
        }"""
        return int(self.root.locator(".atlas-icons").first.evaluate(count))


@pytest.fixture(scope="module")
def kept() -> dict[str, Viewer]:
    return {}


def test_it_fills_in_while_the_build_goes_on(shared: Open, kept: dict[str, Viewer]) -> None:
    viewer = kept.setdefault("viewer", Viewer(shared(ATLAS)))
    expect(viewer.root.get_by_text("Nothing is laid out yet")).to_be_visible()
    assert viewer.ink() == 0
    viewer.book.execute("go.set(); build.join()")
    expect(viewer.plane).to_have_attribute("data-side", re.compile("4|8"))
    viewer.root.page.wait_for_function(
        "card => card.querySelector('.atlas-icons').getContext('2d')"
        ".getImageData(0, 0, 2000, 900).data.some(v => v > 0)",
        arg=viewer.root.element_handle(),
    )
    expect(viewer.root.get_by_text("Nothing is laid out yet")).to_be_hidden()
    assert viewer.ink() > 2000


def test_it_is_read_zoomed_and_searched(shared: Open, kept: dict[str, Viewer]) -> None:
    viewer = kept.get("viewer") or Viewer(shared(ATLAS))
    book = viewer.book
    book.execute("go.set(); build.join(); viewer.level = 4")
    expect(viewer.plane).to_have_attribute("data-side", "4")
    cells = "atlas.cells(4)"
    densest = f"int({cells}.numbers[{cells}.counts.argmax()])"
    cell = int(str(book.ask(densest)))

    viewer.plane.hover(position=viewer.at(4, cell))
    count = book.ask(f"int({cells}.counts.max())")
    expect(viewer.root.locator(".atlas-hover")).to_contain_text(f"average of {count} samples")
    first = str(book.ask(f"str({cells}.top(1)[0][{cells}.counts.argmax(), 0])"))
    expect(viewer.root.locator(".atlas-hover .atlas-bar-name").first).to_have_text(first)

    viewer.plane.click(position=viewer.at(4, cell))
    book.wait_for("viewer.cell", [4, cell])
    patch = viewer.button(re.compile("^patch of "))
    patch.click()
    book.wait_for("viewer.image is not None and viewer.position is not None", True)
    expect(viewer.root.locator(".atlas-panel img")).to_be_visible()
    viewer.plane.press("Escape")
    expect(viewer.root.locator(".atlas-panel")).to_be_hidden()

    viewer.root.get_by_role("searchbox").fill("7")
    viewer.root.get_by_role("searchbox").press("Enter")
    book.wait_for("viewer.target", 7)
    viewer.button("against it").click()
    book.wait_for("viewer.sign", "negative")

    book.execute("viewer.level = None; viewer.target = None")
    viewer.plane.press("+")
    expect(viewer.plane).to_have_attribute("data-side", "8")
    book.wait_for("viewer.view", "layer=conv2&at=0.5,0.5&zoom=2")
    for _ in range(2):
        viewer.plane.press("+")
        viewer.root.page.wait_for_timeout(700)  # a flight's length
    expect(viewer.plane).to_have_attribute("data-single", "")
    book.execute("viewer.view = ''")
    expect(viewer.plane).not_to_have_attribute("data-single", "")


def test_layers_stand_side_by_side_and_a_plain_wheel_scrolls(
    shared: Open, kept: dict[str, Viewer]
) -> None:
    viewer = kept.get("viewer") or Viewer(shared(ATLAS))
    book = viewer.book
    book.execute("go.set(); build.join(); viewer.view = ''")
    viewer.button("show conv1 beside").click()
    expect(viewer.root.get_by_role("application")).to_have_count(2)
    viewer.plane.hover()
    viewer.root.page.mouse.wheel(0, 40)
    expect(viewer.root.locator("[data-hint]")).to_have_count(1)
    assert book.ask("viewer.view") in ("", "layer=conv2&at=0.5,0.5&zoom=1")
    viewer.button("Zoom in").click()
    frames = viewer.root.locator(".minimap-reticle")
    expect(frames.first).not_to_have_attribute("style", re.compile("inset: 0%;"))
    styles = [frames.nth(i).get_attribute("style") for i in range(2)]
    viewer.root.page.wait_for_timeout(700)
    styles = [frames.nth(i).get_attribute("style") for i in range(2)]
    assert styles[0] == styles[1]
