"""A ManifoldScatter in a real JupyterLab: chosen, selected, laid out anew; a million points."""

from __future__ import annotations

import re
from collections.abc import Callable

from cells import MILLION, SCATTER
from lab import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[..., Notebook]


class Scatter:
    """The scatter's card."""

    def __init__(self, book: Notebook) -> None:
        self.book, self.page = book, book.page
        self.root = book.run(0).locator(".cv-card")
        self.map = self.root.get_by_role("application", name="map of points")
        shown = self.root.locator(".scatter[data-layout][data-colour]")
        expect(shown).to_be_visible(timeout=60_000)

    @property
    def said(self) -> Locator:
        return self.root.locator(".cv-said")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def place(self, point: int, layer: str = "") -> tuple[float, float]:
        """Return where a point is on the page while all are in sight."""
        box = self.map.bounding_box()
        assert box is not None
        xy = "scatter.projection.xy"
        low, high = f"{xy}.min(0)", f"{xy}.max(0)"
        middle = f"{xy}[{point}] - ({low} + {high}) / 2"
        found = self.book.ask(f"[[*map(float, v)] for v in ({middle}, {high} - {low})]")
        assert isinstance(found, list)
        (x, y), (wide, high) = found
        inner = [side - 2 * max(0.06 * side, 30) for side in (box["width"], box["height"])]
        scale = min(inner[0] / wide, inner[1] / high)
        return box["x"] + box["width"] / 2 + x * scale, box["y"] + box["height"] / 2 - y * scale


def test_a_point_is_read_chosen_and_its_neighbours_are_drawn(shared: Open) -> None:
    scatter = Scatter(shared(SCATTER))
    expect(scatter.map).to_have_attribute("data-painter", "webgl")
    x, y = scatter.place(17)
    scatter.page.mouse.move(x, y)
    card = scatter.root.get_by_role("group", name="point under the pointer")
    expect(card).to_be_visible()
    expect(card).to_contain_text("prediction")
    scatter.page.mouse.click(x, y)
    expect(scatter.map).to_have_attribute("data-near", "10")
    point = scatter.book.ask("scatter.point")
    expect(card).to_contain_text(f"position{point}")
    expect(scatter.root.get_by_role("group", name="chosen point")).to_be_visible()
    scatter.page.keyboard.press("Escape")
    scatter.book.wait_for("scatter.point", None)


def test_a_lasso_selects_for_python_and_python_for_the_page(shared: Open) -> None:
    scatter = Scatter(shared(SCATTER))
    box = scatter.map.bounding_box()
    assert box is not None
    left, top = box["x"], box["y"]
    mouse = scatter.page.mouse
    scatter.page.keyboard.down("Shift")
    mouse.move(left + 2, top + 2)
    mouse.down()
    half = left + box["width"] / 2
    for x, y in (
        (half, top + 2),
        (half, top + box["height"] - 2),
        (left + 2, top + box["height"] - 2),
    ):
        mouse.move(x, y, steps=4)
    mouse.up()
    scatter.page.keyboard.up("Shift")
    middle = "(scatter.projection.xy.min(0) + scatter.projection.xy.max(0))[0] / 2"
    inside = f"np.flatnonzero(scatter.projection.xy[:, 0] < {middle}).tolist()"
    expected = scatter.book.ask(inside)
    assert isinstance(expected, list)
    scatter.book.wait_for("sorted(scatter.selection)", expected)
    panel = scatter.root.get_by_role("region", name="selection")
    expect(panel).to_contain_text(f"{len(expected)} points selected")
    pictures = panel.get_by_role("group", name="selected images").get_by_role("button")
    expect(pictures).to_have_count(min(48, len(expected)))
    scatter.book.execute("scatter.selection = [3, 5, 7]")
    expect(panel).to_contain_text("3 points selected")
    expect(pictures).to_have_count(3)


def test_colours_layers_and_a_new_layout(shared: Open) -> None:
    scatter = Scatter(shared(SCATTER))
    scatter.root.get_by_role("combobox", name="colour by").select_option("correct")
    rows = scatter.root.get_by_role("list", name="colours").get_by_role("button")
    expect(rows.first).to_contain_text("right")
    rows.nth(1).click()
    scatter.book.wait_for("scatter.isolated", ["wrong"])
    scatter.root.get_by_role("slider", name="layer").press("ArrowLeft")
    scatter.book.wait_for("scatter.layer", "conv1")
    expect(scatter.root.locator(".scatter")).to_have_attribute("data-layout", "conv1 0")
    scatter.root.locator("summary", has_text="layout").click()
    scatter.root.get_by_role("combobox", name="method").select_option("tsne")
    scatter.button("Lay out again").click()
    stop = scatter.button("Stop")
    expect(stop).to_be_visible()
    stop.click()
    expect(stop).to_be_hidden()
    assert scatter.book.ask("scatter._version") == 0
    scatter.button("Lay out again").click()
    scatter.book.wait_for("scatter._version", 1, within=60)
    expect(scatter.root.locator(".scatter")).to_have_attribute("data-layout", "conv1 1")
    expect(scatter.root.locator(".rail-words")).to_have_text(re.compile("t-SNE.*Trustworthiness"))
    expect(scatter.root.get_by_role("alert")).to_be_hidden()


def test_augmented_copies_land_and_suspicious_labels_are_listed(shared: Open) -> None:
    scatter = Scatter(shared(SCATTER))
    scatter.book.execute(
        "pipe = cs.augment.Pipeline([cs.augment.Rotate(degrees=(-30, 30))], seed=0)\n"
        "scatter.augment(pipe, 5, n=8)"
    )
    expect(scatter.map).to_have_attribute("data-landed", "8")
    expect(scatter.said).to_have_text(re.compile("8 augmented copies land"))
    scatter.button("Find duplicates and suspicious labels").click()
    found = scatter.root.get_by_role("list", name=re.compile("suspicious label"))
    found.get_by_role("button").first.click()
    expect(scatter.root.get_by_role("group", name="chosen point")).to_be_visible()


def test_a_million_points_pan_and_zoom_without_an_error(notebook: Open) -> None:
    scatter = Scatter(notebook(MILLION))
    expect(scatter.map).to_have_attribute("data-painter", "webgl")
    expect(scatter.said).to_have_text(re.compile("1\u2009000\u2009000 points"))
    box = scatter.map.bounding_box()
    assert box is not None
    mouse = scatter.page.mouse
    x, y = scatter.place(99)
    mouse.move(x, y)
    scatter.page.keyboard.down("Control")
    for _ in range(6):
        mouse.wheel(0, -240)
    scatter.page.keyboard.up("Control")
    expect(scatter.map).to_have_attribute("data-zoom", "121.5")  # exp(6 · 240 / 300)
    mouse.down()
    mouse.move(x + 60, y - 30, steps=5)
    mouse.up()
    scatter.page.keyboard.press("0")
    expect(scatter.map).to_have_attribute("data-zoom", "1.0")
    mouse.move(x, y)
    expect(scatter.map).to_have_attribute("data-hovered", re.compile(r"^\d+$"))
    scatter.root.get_by_role("button", name=re.compile("^3")).click()
    scatter.book.wait_for("scatter.isolated", ["3"])
    scatter.book.execute("scatter.selection = np.flatnonzero(classes == 2)")
    expect(scatter.said).to_have_text(re.compile("selected"))
    expect(scatter.root.get_by_role("alert")).to_be_hidden()
