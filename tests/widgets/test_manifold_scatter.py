"""ManifoldScatter without a page: what it takes, tells, lays out and hands on."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from clumps import COUNT, IMAGES, LABELS, scatter, vectors
from fake import Recorder, call, cancel
from PIL import Image
from torch import nn

import convscope as cs
from convscope.manifold import project
from convscope.manifold.alignment import procrustes
from convscope.widgets._jobs import Job
from convscope.widgets._scatter_album import _ranks, first_in_sight


def test_positions_travel_as_they_are(proj):
    widget = scatter(proj)
    sent = widget.positions("", 0)["xy"]
    assert sent.dtype == np.float32
    np.testing.assert_array_equal(sent, proj.xy)
    assert widget._count == COUNT
    assert not widget._images


def test_the_nearest_points_are_those_of_the_layers_space(proj):
    space = vectors() / np.linalg.norm(vectors(), axis=1, keepdims=True)
    order = np.argsort(-(space @ space[7]))
    found = scatter(proj).near_points(7, 5, "")
    assert found["points"].tolist() == [int(i) for i in order if i != 7][:5]


def test_a_selection_comes_in_any_form_and_is_a_list(proj):
    widget = scatter(proj)
    for given in ([3, 1], np.array([3, 1]), torch.tensor([3, 1]), (3, 1, 3)):
        widget.selection = given
        assert widget.selection == [3, 1]
    widget.selection = np.arange(COUNT) == 5
    assert widget.selection == [5]
    for wrong, words in (([COUNT], "there are 90 points"), ([-1], "from 0"), ([0.5], "whole")):
        with pytest.raises(traitlets.TraitError, match=words):
            widget.selection = wrong
    assert widget.selection == [5]


def test_traits_that_can_not_be_are_refused(proj):
    widget = scatter(proj)
    with pytest.raises(traitlets.TraitError, match="point: there are 90 points, from 0; got 90"):
        widget.point = COUNT
    with pytest.raises(traitlets.TraitError, match="layer: there is no map 'deep'"):
        widget.layer = "deep"


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ({}, {}, "there is no map in it"),
        (np.zeros((5, 2)), {}, r"must be a Projection, or a dict of them by layer, got ndarray"),
        (None, {"labels": ["a"] * 7}, "labels: 7 for 90 points"),
        (None, {"labels": 5}, "labels: must be a list"),
        (None, {"images": torch.rand(4, 3, 8, 8)}, "images: 4 for 90 points"),
        (None, {"columns": {"age": [1.5, 2.5]}}, "age: 2 for 90 points"),
        (None, {"columns": 3}, "columns: must be a dict"),
        (None, {"scope": nn.ReLU()}, "scope: must be a Scope"),
        (None, {"colour": "label"}, "did you mean 'color'"),
    ],
)
def test_bad_input_is_named_in_one_sentence(proj, given, options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        scatter(proj if given is None else given, **options)


def test_maps_of_other_points_do_not_go_together(proj):
    with pytest.raises(ValueError, match="all maps must be of the same"):
        scatter({"one": proj, "two": project(vectors(60), method="pca")})


def test_dropped_rows_keep_their_place_in_the_data():
    given = vectors()
    given[2] = np.nan
    with pytest.warns(UserWarning, match="2"):
        some = project(given, method="pca", errors="skip")
    widget = scatter(some, IMAGES, LABELS)
    assert widget.names()["names"][2] == "picture 3"
    assert widget.names()["positions"][:3].tolist() == [0, 1, 3]
    assert widget.column("label")["codes"][2] == 0  # of vector 3


def test_pictures_come_in_sheets_of_at_most_64(proj):
    widget = scatter(proj, IMAGES)
    found = widget.sprites([5, 89, 400])
    assert found["points"].tolist() == [5, 89]
    assert found["sizes"].tolist() == [[30, 20], [30, 20]]
    with Image.open(io.BytesIO(found["picture"].data)) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    cell = found["cell"]
    assert pixels[10, 10].tolist() == [10, 10, 10]
    assert pixels[10, cell + 10].tolist() == [178, 178, 178]
    assert len(widget.sprites(list(range(80)))["points"]) == 64


def test_an_unreadable_image_is_left_out_where_that_is_wanted(proj, tmp_path):
    for i in range(COUNT):
        Image.new("RGB", (9, 7), (i, 0, 0)).save(tmp_path / f"{i:02}.png")
    widget = scatter(proj, tmp_path, errors="skip")
    (tmp_path / "04.png").write_bytes(b"no picture")
    assert widget.sprites([3, 4, 5])["points"].tolist() == [3, 5]


def test_pictures_of_an_export_stand_for_bins_of_the_map_and_for_those_of_the_page():
    xy = np.random.default_rng(0).random((5000, 2)).astype(np.float32)
    chosen = first_in_sight(xy, 100)
    assert len(set(chosen.tolist())) == 100
    # rankOf in js/lib/point_grid.ts, by hand for one number.
    x = 1234567
    for _ in range(2):
        x = ((x >> 16) ^ x) * 0x45D9F3B % 2**32
    assert _ranks(1234568)[1234567] == (x >> 16) ^ x
    # All nine parts of the map have one.
    assert len({tuple(np.floor(3 * p).astype(int)) for p in xy[chosen]}) == 9


def test_duplicates_and_labels_among_others_are_found():
    given = vectors()
    given[50] = given[2]
    labels = [*LABELS]
    labels[10] = "ant"  # among bees
    widget = scatter(project(given, method="pca"), labels=labels)
    found = widget.problems(Job(), "")
    assert found["duplicates"] == [{"points": [2, 50], "size": 2}]
    assert (found["groups"], found["doubted"]) == (1, 1)
    (odd,) = found["suspicious"]
    assert (odd["point"], odd["label"], odd["other"]) == (10, "ant", "bee")
    assert odd["share"] >= 0.7
    without = scatter(project(given, method="pca")).problems(Job(), "")
    assert without["suspicious"] == []
    assert "no labels" in without["note"]


def test_of_many_copies_the_page_is_sent_some_and_their_number():
    given = np.concatenate([np.repeat(vectors(1) + 9, 300, 0), np.repeat(vectors(130), 2, axis=0)])
    odd = ["cow"] * 300 + ["ant", "bee"] * 130
    proj = project(given, method="pca", metric="euclidean")
    found = scatter(proj, labels=odd).problems(Job(), "")
    assert (found["groups"], len(found["duplicates"])) == (131, 100)
    sizes = {len(each["points"]): each["size"] for each in found["duplicates"]}
    assert sizes == {2: 2, 100: 300}
    assert found["doubted"] == len(cs.manifold.suspicious(proj, odd))


def test_a_map_from_another_machine_is_laid_out_by_a_library_that_runs_here(proj):
    elsewhere = project(vectors(), method="tsne", perplexity=8, backend="scikit-learn")
    widget = scatter(replace(elsewhere, backend="cuML"))
    widget.project(perplexity=5)
    assert widget.projection.backend == "openTSNE"
    widget = scatter(elsewhere)
    widget.project(perplexity=5)
    assert widget.projection.backend == "scikit-learn"


def lay_out(widget: cs.ManifoldScatter, **settings: Any) -> None:
    """Deliver the call of "Lay out again" as the page sends it."""
    params = {"method": "tsne", "neighbours": 15, "min_dist": 0.1, "perplexity": 8.0} | settings
    message = {"kind": "call", "id": "a", "method": "lay_out", "params": params}
    widget._handle_custom_msg(message, [])


def test_maps_are_laid_out_anew_with_previews_and_stay_aligned():
    one = project(vectors(), method="pca")
    other = project(vectors() + 0.1, method="pca")
    widget = scatter({"early": one, "late": other})
    recorder = Recorder(widget)
    lay_out(widget)
    assert recorder.outcome("a", 60)["value"] == {"version": 1}
    previews = recorder.of("a", "preview")
    assert previews
    assert previews[-1]["value"]["xy"]["shape"] == [COUNT, 2]
    assert [each["method"] for each in widget._maps] == ["tsne", "tsne"]
    assert widget.projection.parameters.perplexity == 8
    assert one.method == "pca"  # the user's own map stays
    assert not np.array_equal(widget.positions("late", 1)["xy"], other.xy)
    # Laid over one another: the best similarity between both maps is none.
    fit = procrustes(widget.projections["early"].xy, widget.projections["late"].xy)
    np.testing.assert_allclose(fit.matrix, np.eye(2), atol=0.02)
    # New images still find their place: the basis is the same.
    np.testing.assert_allclose(
        widget.projection.transform(vectors()[:5] + 0.1), widget.projection.xy[:5], atol=0.5
    )


def test_a_layout_can_be_stopped_and_the_map_stays(proj, monkeypatch):
    widget = scatter(proj)
    recorder = Recorder(widget)
    original = Job.preview

    def preview(self: Job, value: object) -> None:  # the first layout: somebody presses Stop
        cancel(widget, "a")
        original(self, value)

    monkeypatch.setattr(Job, "preview", preview)
    lay_out(widget)
    outcome = recorder.outcome("a", 60)
    assert outcome["value"]["type"] == "Stopped"
    assert widget._version == 0
    assert widget.projection is proj


def test_what_can_not_be_laid_out_is_said(proj):
    widget = scatter(proj)
    with pytest.raises(ValueError, match="method: must be one of"):
        widget.project(method="som")
    with pytest.raises(ValueError, match="min_dist: must be from 0 to 1"):
        widget.project(method="umap", min_dist=3)


def test_augmented_copies_land_where_the_map_places_them(small_scope):
    images = torch.rand(COUNT, 3, 20, 30, generator=torch.Generator().manual_seed(1))
    proj = project(small_scope.embed(images, "0"), method="pca")
    widget = scatter(proj, images, scope=small_scope, layer="0")
    pipe = cs.augment.Pipeline([cs.augment.Flip(p=1.0)], seed=0)
    before = (random.getstate(), torch.get_rng_state())
    found = widget.augment(pipe, 4, n=3)
    flipped = pipe([images[4]] * 3, first=0).images
    expected = proj.transform(small_scope.embed(list(flipped), "0"))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert widget._landed["point"] == 4
    assert len(widget.landed()["points"]) == 3
    noisy = widget.augment(lambda image: image * torch.rand(()), 4, n=5)
    np.testing.assert_allclose(widget.augment(lambda image: image * torch.rand(()), 4, n=5), noisy)
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_copies_that_can_not_be_placed_say_what_is_missing(proj, small_scope):
    images = torch.rand(COUNT, 3, 20, 30)
    for widget, words in (
        (scatter(proj), "images: copies can't be placed without"),
        (scatter(proj, images), "scope: copies can't be placed without"),
        (scatter(proj, images, scope=small_scope), "layer: which layer the map is of is not known"),
    ):
        with pytest.raises(ValueError, match=words):
            widget.augment(lambda image: image, 0)
    with pytest.raises(TypeError, match="pipe: must be"):
        scatter(proj, images, scope=small_scope, layer="0").augment(3, 0)


def test_a_linked_browser_shows_what_is_chosen_and_a_selection_is_sent_once(proj, small_scope):
    widget = scatter(proj, IMAGES, scope=small_scope)
    browser = cs.LayerBrowser(small_scope, IMAGES)
    linked = cs.link(widget, browser)
    widget.point = 7
    assert browser.image == 7
    linked.unlink()
    widget.point = None
    widget.selection = [12, 13]
    targets = widget.targets()["targets"]
    mine = [each for each in targets if each["id"] == browser.model_id]
    assert mine == [{"id": browser.model_id, "title": "LayerBrowser"}]
    widget.show_in(browser.model_id)
    assert browser.image == 12
    browser.close()
    with pytest.raises(LookupError, match="was closed"):
        widget.show_in(mine[0]["id"])


def test_the_card_of_a_point_tells_what_the_network_takes_it_for(proj, small_scope):
    told = scatter(proj, IMAGES, scope=small_scope).card(5)
    best = small_scope.predict([IMAGES["picture 5"]], top=1)[0][0]
    assert told["name"] == "picture 5"
    assert told["rows"][0][1].startswith(best.name)
    assert scatter(proj).card(5) == {"name": "point 5", "rows": []}


def test_a_million_points_are_taken_and_sent_without_copies_in_json():
    small = project(vectors(), method="pca")
    xy = np.random.default_rng(0).normal(size=(1_000_000, 2)).astype(np.float32)
    many = replace(
        small, xy=xy, vectors=xy, indices=np.arange(len(xy)), given=len(xy), landmarks=None
    )
    widget = scatter(many, labels=np.arange(len(xy)) % 7)
    recorder = Recorder(widget)
    call(widget, "a", "positions", layer="", version=0)
    message, buffers = recorder.messages[-1]
    assert message["value"] == {"xy": {"$buffer": 0, "dtype": "float32", "shape": [1_000_000, 2]}}
    assert len(buffers[0]) == 8_000_000
    widget.selection = np.arange(0, len(xy), 2)
    assert len(widget.selection) == 500_000
