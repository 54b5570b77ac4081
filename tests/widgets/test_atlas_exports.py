"""An atlas without a kernel: what its pages hold, and what they say that they don't."""

from __future__ import annotations

import json
import re
import struct

import numpy as np
import pytest

import convscope as cs
from convscope.widgets import _atlas_export
from convscope.widgets._atlas_live import News
from convscope.widgets._atlas_patches import MOST
from convscope.widgets._export import Call
from convscope.widgets._site import file_of


@pytest.fixture
def viewer(atlas, digits, images):
    made = cs.AtlasViewer(atlas, images, scope=digits.scope)
    yield made
    made.close()


def asked(viewer):
    """What a page may ask, by method."""
    methods = {}
    for call in viewer._export_calls():
        methods.setdefault(call.method, []).append(call.params)
    return methods


def state_of(page):
    """The state of the widget in a page."""
    data = re.search(r'id="convscope-page"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    return json.loads(data)["widgets"][0]["state"]


def test_a_page_holds_grids_tiles_class_maps_and_patches(viewer, atlas):
    methods = asked(viewer)
    assert len(methods["level"]) == 4
    assert len(methods["heat"]) == 4 * 10
    occupied = sum(
        len(atlas.cells(side, layer)) for layer in atlas.layers for side in atlas.levels(layer)
    )
    assert len(methods["cell"]) == occupied
    assert {"tile", "thumbnails", "picture", "locate"} <= set(methods)
    assert len(methods["elsewhere"]) == occupied, "each cell on the one other layer"
    assert all(params["others"] != [params["layer"]] for params in methods["elsewhere"])


def test_a_page_holds_as_many_images_as_it_is_asked_to_and_says_so(viewer, tmp_path):
    page = viewer.to_html(tmp_path / "a.html", pictures=3, paths=2, budget=1)
    state = state_of(page.read_text("utf-8"))
    assert [each["name"] for each in state["_images"]] == ["image 0", "image 1"]
    assert state["_can"] == ["images", "locate"], "nobody computes where another image falls"
    assert state["_notice"] == (
        "of 60 images this page shows where the first 2 fall and holds 3 as a whole"
    )
    with viewer._holding(None, None):
        whole = viewer._page_state()
    assert len(whole["_images"]) == 60
    assert whole["_notice"] == ""
    assert viewer._images == whole["_images"], "the viewer itself is as it was"
    with pytest.raises(ValueError, match="pictures: must be at least 0, got -1"):
        viewer.to_html(tmp_path / "c.html", pictures=-1)


def test_the_images_that_a_page_holds_are_those_of_typical_patches(viewer, atlas):
    with viewer._holding(5, 0):
        few = asked(viewer)
    assert "locate" not in few
    assert "thumbnails" not in few
    nearest = [int(sample) // 2 for sample in atlas.cells(4, "conv2").nearest]
    assert [params["image"] for params in few["picture"]] == [*dict.fromkeys(nearest)][:5]
    with viewer._holding(None, None):
        every = {params["image"] for params in asked(viewer)["picture"]}
    behind = set()
    for layer in atlas.layers:
        for side in atlas.levels(layer):
            for cell in atlas.cells(side, layer).numbers.tolist():
                behind |= set(viewer._pages.cell(layer, side, cell, MOST).samples.images.tolist())
    assert every == behind


def test_the_chosen_image_is_in_the_page_wherever_it_stands(viewer):
    viewer.image = 50
    with viewer._holding(0, 2):
        viewer._hear(News({}, ("conv2",), finished=False))  # a build goes on meanwhile
        located = {params["image"] for params in asked(viewer)["locate"]}
    assert located == {0, 1, 50}


def test_a_site_holds_each_answer_as_a_file(atlas, tmp_path, monkeypatch):
    viewer = cs.AtlasViewer(cs.Atlas.open(atlas.path))
    folder = viewer.export(tmp_path / "site")
    page = (folder / "index.html").read_text("utf-8")
    assert '"remote":"data"' in page
    assert "connect-src 'self'" in page
    assert state_of(page)["_static"]["left_out"] == []
    data = (folder / "data" / file_of("level", {"layer": "conv2", "side": 4})).read_bytes()
    length = struct.unpack("<I", data[:4])[0]
    head = json.loads(data[4 : 4 + length])
    start = 4 + length
    cells = np.frombuffer(data[start : start + head["sizes"][0]], np.int32)
    assert cells.tolist() == viewer._grid("conv2", 4)["cells"].tolist()
    assert len(data) == start + sum(head["sizes"])
    no_class = {"layer": "conv2", "side": 4, "target": 99}
    monkeypatch.setattr(_atlas_export, "calls", lambda _: iter([Call("heat", no_class, "maps")]))
    viewer.export(folder)
    assert not (folder / "data").exists(), "an older site is replaced"
    page = (folder / "index.html").read_text("utf-8")
    assert state_of(page)["_static"]["left_out"] == ["maps (failed)"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("…")
    with pytest.raises(ValueError, match=r"thesis\.tex"):
        viewer.export(tmp_path / "other")
    viewer.close()
