"""What a person finds on a widget's card, by the names that are read out to them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect


class Card:
    """The card of one widget in an output area (or a page)."""

    def __init__(self, place: Locator) -> None:
        self.root = place.locator(".cv-card")

    @property
    def tree(self) -> Locator:
        """Return the tree of layers."""
        return self.root.get_by_role("tree", name="layers")

    def layer(self, name: str) -> Locator:
        """Return the row of a layer."""
        words = re.compile(rf"^(.*\.)?{name}(?![a-z])")
        named = self.root.page.locator(".tree-name", has_text=words)
        return self.tree.get_by_role("treeitem").filter(has=named)

    @property
    def chosen_layer(self) -> Locator:
        """Return the row that is selected."""
        return self.tree.locator("[role=treeitem][aria-selected=true]")

    def image(self, name: str) -> Locator:
        """Return a thumbnail of the strip."""
        return self.root.get_by_role("listbox", name="images").get_by_role("option", name=name)

    @property
    def channels(self) -> Locator:
        """Return the mosaic's field, which takes the pointer and the keyboard."""
        return self.root.get_by_role("listbox", name="channels")

    @property
    def picture(self) -> Locator:
        """Return the canvas that is drawn on, the first of several, by its label."""
        return self.root.locator("canvas.mosaic-canvas").first

    def drawing(self, label: str) -> Locator:
        """Return the canvas whose label matches."""
        return self.root.get_by_role("img", name=re.compile(label))

    @property
    def name_of_input(self) -> Locator:
        """Return the name under the picture that the network sees."""
        return self.root.locator("figcaption").first

    @property
    def channel(self) -> Locator:
        """Return the panel of the chosen channel."""
        return self.root.get_by_role("region", name="the chosen channel")

    @property
    def said(self) -> Locator:
        """Return the status line's sentence."""
        return self.root.locator(".cv-said")

    @property
    def state(self) -> Locator:
        """Return the badge that says "kernel busy", "no kernel" or nothing."""
        return self.root.locator(".cv-state")

    @property
    def trouble(self) -> Locator:
        """Return the error sentence."""
        return self.root.get_by_role("alert")

    def shows(self, layer: str) -> None:
        """Wait until the mosaic shows a layer."""
        expect(self.picture).to_have_attribute("aria-label", re.compile(re.escape(layer)))

    def inked(self) -> float:
        """Return the share of the mosaic's pixels that differ from the most frequent one."""
        return float(self.picture.evaluate(_INK))


_INK = """canvas => {
    const { width, height } = canvas;
    const pixels = new Uint32Array(
        canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    return 1 - Math.max(...counts.values()) / pixels.length;
}"""
