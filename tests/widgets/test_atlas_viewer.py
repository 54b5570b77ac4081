"""The atlas viewer without a page: its choices, and its answers to what the page asks."""

from __future__ import annotations

import base64
import io
import json
import shutil
import threading
import time

import numpy as np
import pytest
import traitlets
from PIL import Image

import convscope as cs
from convscope.atlas.shown import BuildState
from convscope.images import encode
from convscope.widgets._atlas_live import News
from convscope.widgets._atlas_view import AtlasView
from convscope.widgets._jobs import Job

LEVELS = (4, 8)


@pytest.fixture
def viewer(atlas, digits, images):
    made = cs.AtlasViewer(atlas, images, scope=digits.scope)
    yield made
    made.close()


def test_it_begins_with_the_first_layer_and_knows_what_there_is(viewer, atlas):
    assert viewer.layer == "conv2"
    assert [info["sides"] for info in viewer._layers] == [list(LEVELS)] * 2
    assert viewer._classes == [str(digit) for digit in range(10)]
    assert viewer._can == ["images", "locate", "drop", "look"]


def test_a_grid_is_told_as_the_atlas_has_it(viewer, atlas):
    told = viewer._grid("conv1", 8)
    cells = atlas.cells(8, "conv1")
    assert told["cells"].tolist() == cells.numbers.tolist()
    assert told["counts"].sum() == told["total"] == 120
    assert told["classes"].shape == (len(cells), 5)
    strongest = cells.attributions.max(axis=1)
    np.testing.assert_allclose(told["values"][:, 0], strongest, rtol=1e-5)
    assert set(told["icons"].tolist()) == {1}
    np.testing.assert_allclose(told["cosines"], cells.nearest_cosine, atol=1e-5)


def test_tiles_are_those_of_the_store_and_none_where_there_are_none(viewer, atlas):
    told = viewer._grid("conv2", 4)
    picture = viewer.tile("conv2", 4, "patches", 0, 0)
    assert picture.data == atlas.tile(4, 0, 0, "patches", "conv2")
    with Image.open(io.BytesIO(picture.data)) as opened:
        assert opened.size == (told["tile"] * told["size"],) * 2 == (picture.width, picture.height)
    assert viewer.tile("conv2", 4, "inversion", 0, 0) is None


def test_the_map_of_a_class_is_the_mean_attribution_to_it(viewer, atlas):
    told = viewer.heat("conv2", 8, 3)
    expected = atlas.cells(8, "conv2").attributions[:, 3]
    np.testing.assert_allclose(
        told["values"] * told["scale"], expected, atol=np.abs(expected).max() / 30_000
    )


def test_a_cell_gives_the_patches_that_were_really_there(viewer, atlas, digits, images):
    cells = atlas.cells(4, "conv2")
    number = int(cells.numbers[cells.counts.argmax()])
    told = viewer._behind("conv2", 4, number)
    members = set(atlas.samples(4, number, "conv2").numbers.tolist())
    assert told["count"] == len(members)
    assert set(told["samples"].tolist()) <= members
    assert int(told["samples"][0]) == int(cells.nearest[cells.counts.argmax()])
    strip = np.asarray(Image.open(io.BytesIO(told["patches"].data)).convert("L"), np.float32)
    assert strip.shape == (72, 72 * len(told["samples"]))
    # The first patch is what its position sees of its image.
    y0, x0, y1, x1 = (told["boxes"][0] * 8).round().astype(int)
    side = min(y1 - y0, x1 - x0)
    top, left = y0 + (y1 - y0 - side) // 2, x0 + (x1 - x0 - side) // 2
    image = images[told["images"][0], 0]
    seen = image[top : top + side, left : left + side].mean() * 255
    assert abs(strip[:, :72].mean() - float(seen)) < 12


def test_the_strongest_channels_of_a_cell_are_those_of_its_mean(viewer, atlas):
    cells = atlas.cells(4, "conv2")
    told = viewer._behind("conv2", 4, int(cells.numbers[2]))
    assert told["units"][0] == cells.activations[2].argmax()
    assert told["strengths"][0] == pytest.approx(cells.activations[2].max())


def test_without_images_the_patches_of_the_store_stand_in(atlas):
    viewer = cs.AtlasViewer(cs.Atlas.open(atlas.path))
    cells = atlas.cells(4, "conv2")
    number = int(cells.numbers[cells.counts.argmax()])
    told = viewer._behind("conv2", 4, number)
    assert "images are not at hand" in told["why"]
    assert 1 <= len(told["samples"]) <= 5  # its own icon's, and those of the four cells below
    assert told["patches"].width == told["patches"].height * len(told["samples"])
    assert viewer._can == ["look"]
    with pytest.raises(traitlets.TraitError, match="images are not at hand"):
        viewer.image = 0
    for call in (lambda: viewer.locate(Job(), "conv2", 0), lambda: viewer.picture(0)):
        with pytest.raises(ValueError, match="AtlasViewer\\(atlas, images, scope=scope\\)"):
            call()
    with pytest.raises(ValueError, match="AtlasViewer\\(atlas, scope=scope\\)"):
        viewer.locate_dropped(Job(), "conv2", "data:,")


def test_the_samples_of_a_cell_are_found_on_other_layers(viewer, atlas):
    number = int(atlas.cells(4, "conv2").numbers[0])
    found = viewer.elsewhere("conv2", 4, number, ["conv1"])["conv1"]
    samples = atlas.samples(4, number, "conv2").numbers
    expected = atlas.xy("conv1")[samples]
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))


def test_an_image_of_the_atlas_falls_where_its_samples_are(viewer, atlas):
    told = viewer.locate(Job(), "conv2", 7)
    assert (told["rows"], told["columns"]) == (8, 8)
    samples = atlas.sample(np.asarray([14, 15]), "conv2")  # the two draws of image 7
    for (row, column), xy in zip(samples.positions, samples.xy, strict=True):
        np.testing.assert_allclose(told["xy"][row * 8 + column], xy, atol=1e-3)


def test_a_dropped_image_is_found_as_one_of_the_atlas_is(viewer, images):
    data = encode(images[7].expand(3, -1, -1), "png").data
    address = "data:image/png;base64," + base64.b64encode(data).decode()
    told = viewer.locate_dropped(Job(), "conv2", address)
    assert told["name"] == "your image"
    # Eight-bit grey is nearly what the atlas saw.
    expected = viewer.locate(Job(), "conv2", 7)["xy"]
    assert np.median(np.abs(told["xy"] - expected)) < 0.05
    with pytest.raises(ValueError, match="no picture"):
        viewer.locate_dropped(Job(), "conv2", "data:image/png;base64,QUJD")
    alone = cs.AtlasViewer(cs.Atlas.open(viewer._atlas.path), scope=viewer._scope)
    assert alone._can == ["drop", "look"]
    assert (alone.locate_dropped(Job(), "conv2", address)["xy"] == told["xy"]).all()
    alone.close()


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("layer", "conv9", "it is of conv2, conv1"),
        ("beside", ["conv9"], "beside: the atlas has no layer"),
        ("view", "somewhere", "copy one from the viewer"),
        ("view", "at=0.5,0.5&zoom=0.2", "zoom from 1"),
        ("view", "at=0.5,0.5&zoom=inf", "zoom from 1"),
        ("target", "eleven", "target"),
        ("level", 5, r"there are \[4, 8\]"),
        ("cell", [4, 16], "is no cell"),
        ("image", 60, "there is no image 60"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_a_sentence(viewer, trait, value, words):
    before = getattr(viewer, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(viewer, trait, value)
    assert getattr(viewer, trait) == before


def test_a_view_is_text_and_chooses_its_layer(viewer):
    viewer.view = "layer=conv1&at=0.25,0.75&zoom=4"
    assert viewer.layer == "conv1"
    view = AtlasView.parse(viewer.view)
    assert (str(view), view.box()) == (viewer.view, (0.125, 0.625, 0.375, 0.875))
    viewer.view = ""
    assert AtlasView.parse(viewer.view) == AtlasView()


def test_a_layer_is_never_beside_itself(viewer):
    viewer.beside = ["conv1", "conv2", "conv1"]
    assert viewer.beside == ["conv1"]


def test_the_still_picture_follows_the_view_and_the_class(viewer):
    whole = viewer.png(dpi=60)
    viewer.view = "at=0.5,0.5&zoom=3"
    near = viewer.png(dpi=60)
    viewer.target = "7"
    heated = viewer.png(dpi=60)
    viewer.image = 3
    assert len({whole, near, heated, viewer.png(dpi=60)}) == 4


def test_what_is_on_screen_is_told_to_a_build_and_to_nobody_else(viewer, atlas, monkeypatch):
    viewer.look("conv1", [0.5, 0.6, 0.7, 0.8], 7)
    assert atlas.store.home.read("view.json") is None
    running = BuildState("rendering", 1, 2, 3.0, running=True, finished=False)
    monkeypatch.setattr(cs.Atlas, "state", property(lambda _: running))
    viewer.look("conv1", [0.1, 0.2, 0.3, 0.4], 7)
    told = json.loads(atlas.store.home.read("view.json"))
    assert told == {"box": [0.1, 0.2, 0.3, 0.4], "layer": "conv1", "class": 7}


def test_a_linked_browser_follows_layer_channel_and_image(viewer, digits, images):
    browser = cs.LayerBrowser(digits.scope, images)
    followed = cs.link(viewer, browser)
    viewer.layer, viewer.unit, viewer.image = "conv1", 5, 9
    assert (browser.layer, browser.unit, browser.image) == ("conv1", 5, 9)
    viewer.image, viewer.position = 4, [2, 6]  # as a click on a patch does
    assert (browser.image, browser.position) == (4, [2, 6])
    followed.unlink()


def test_it_opens_on_a_build_under_way_and_fills_in(digits, images, tmp_path):
    path, go, begun = tmp_path / "live.atlas", threading.Event(), threading.Event()

    def hold(progress):
        if progress.stage == "collecting" and progress.done:
            begun.set()
            assert go.wait(30)

    options = {"samples_per_image": 2, "levels": LEVELS, "method": "pca", "progress": hold}
    build = threading.Thread(
        target=cs.Atlas.build, args=(digits.scope, images, ["conv2"], path), kwargs=options
    )
    build.start()
    assert begun.wait(30)
    viewer = cs.AtlasViewer(cs.Atlas.open(path))
    try:
        assert viewer._layers[0]["sides"] == []
        assert len(viewer.png(dpi=60)) > 500  # a picture that says that nothing is there yet
        go.set()
        build.join(60)
        end = time.monotonic() + 20
        while viewer._fresh.get("conv2", 0) == 0 and time.monotonic() < end:
            time.sleep(0.05)
        assert viewer._layers[0]["sides"] == list(LEVELS)
        assert viewer._progress == {}
        assert viewer._grid("conv2", 4)["icons"].all()
    finally:
        go.set()
        viewer.close()


def test_icons_that_are_rendered_later_come_in_too(atlas, digits, images, tmp_path, monkeypatch):
    monkeypatch.setattr("convscope.widgets._atlas_live._BEAT", 0.02)
    monkeypatch.setattr("convscope.widgets._atlas_live._REST", 0.02)
    path = shutil.copytree(atlas.path, tmp_path / "copy.atlas")
    viewer = cs.AtlasViewer(cs.Atlas.open(path))
    assert viewer._layers[0]["kinds"] == ["patches"]
    quick = cs.atlas.IconSettings(size=16, steps=1, check=1, tries=1)
    options = {"icon_settings": quick, "inversion_levels": (4,), "progress": False}
    cs.Atlas.open(path).render(digits.scope, images, **options)
    end = time.monotonic() + 20
    while viewer._layers[1]["kinds"] == ["patches"] and time.monotonic() < end:
        time.sleep(0.02)
    assert [layer["kinds"] for layer in viewer._layers] == [["patches", "inversion"]] * 2
    assert (viewer._grid("conv2", 4)["icons"] == 3).all()
    viewer.close()


def test_what_a_build_decided_otherwise_is_told_once_it_is_known(viewer, monkeypatch):
    assert viewer._notice == ""
    monkeypatch.setattr(cs.Atlas, "notes", property(lambda _: ["levels: 40 × 40 left out"]))
    viewer._hear(News({}, ("conv2",), finished=False))
    assert viewer._notice == "levels: 40 × 40 left out"
