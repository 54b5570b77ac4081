"""The viewer on the atlas of one class, and of what tells two apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import convscope as cs
from convscope.widgets._jobs import Job


def seen(picture):
    """The pixels of a tile."""
    with Image.open(io.BytesIO(picture.data)) as opened:
        return np.asarray(opened.convert("RGB"))


def test_it_shows_the_grids_and_patches_of_a_class(atlas):
    found = atlas.for_class("7", levels=(3, 6), method="pca")
    viewer = cs.AtlasViewer(found)  # it knows its images
    assert viewer._layers == [
        {
            "name": "conv2",
            "detail": f"{len(found)} samples",
            "sides": [3, 6],
            "kinds": ["patches"],
        }
    ]
    assert viewer._can == ["images", "locate", "drop"]
    for side in (3, 6):
        told, cells = viewer._grid("conv2", side), found.cells(side)
        assert told["counts"].sum() == told["total"] == len(found)
        np.testing.assert_allclose(told["cosines"], cells.nearest_cosine)
        np.testing.assert_allclose(told["spreads"], cells.spread)
        assert viewer.tile("conv2", side, "patches", 0, 0) is not None
        assert viewer.tile("conv2", side, "inversion", 0, 0) is None
        heat = viewer.heat("conv2", side, 7)
        np.testing.assert_allclose(
            heat["values"] * heat["scale"], cells.attributions[:, 7], atol=heat["scale"]
        )
    cell = int(told["cells"][told["counts"].argmax()])
    behind = viewer._behind("conv2", 6, cell)
    assert behind["count"] == told["counts"].max()
    row, column = divmod(cell, 6)
    assert (np.floor(behind["xy"] * 6) == [column, row]).all(), "patches stand in their cell"
    assert len(viewer.png(dpi=60)) > 1000


def test_an_image_is_found_on_the_atlas_of_a_class(atlas):
    found = atlas.for_class("7", method="pca")
    viewer = cs.AtlasViewer(found)
    image, (row, column) = int(found.samples.images[0]), found.samples.positions[0]
    told = viewer.locate(Job(), "conv2", image)
    place = told["xy"][row * told["columns"] + column]
    np.testing.assert_allclose(place, found.xy[0], atol=1e-3)
    viewer.image = image
    assert len(viewer.png(dpi=60)) > 1000
    methods = {call.method for call in viewer._export_calls()}
    assert {"level", "tile", "heat", "cell", "locate", "picture"} <= methods


def test_inversions_are_shown_once_they_are_rendered(atlas):
    found = atlas.for_class("7", levels=(2,), method="pca")
    quick = cs.atlas.IconSettings(size=32, steps=1, check=1, tries=1)
    viewer = cs.AtlasViewer(found.render(icon_settings=quick, progress=False))
    assert viewer._layers[0]["kinds"] == ["patches", "inversion"]
    told = viewer._grid("conv2", 2)
    assert (told["icons"] == 3).all()
    assert np.isfinite(told["reached"]).all()
    patches, inversions = (
        seen(viewer.tile("conv2", 2, kind, 0, 0)) for kind in ("patches", "inversion")
    )
    assert patches.shape == inversions.shape == (16 * 32, 16 * 32, 3)
    assert np.abs(patches.astype(float) - inversions).max() > 50


def test_two_classes_stand_at_the_ends(atlas, digits, images):
    reopened = cs.Atlas.open(atlas.path, images, scope=digits.scope)
    viewer = cs.AtlasViewer(reopened.compare("3", "8", levels=4))
    assert viewer._axes == ["more 3", "more 8"]
    assert viewer._title == "Activation atlas of 3 – 8"
    assert len(viewer.png(dpi=60)) > 1000


def test_what_can_not_be_shown_is_refused(atlas, digits):
    with pytest.raises(TypeError, match="must be an Atlas"):
        cs.AtlasViewer(digits.scope)
    with pytest.raises(TypeError, match="icons of a class atlas are cut from them"):
        cs.AtlasViewer(cs.Atlas.open(atlas.path).compare("3", "8", levels=4))
