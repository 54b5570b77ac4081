"""FeatureVis without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import threading
import time
import warnings

import pytest
import torch
import traitlets
from PIL import Image
from torch import nn

import convscope as cs
from convscope.featurevis import Cache, data_maxima, optimize
from convscope.featurevis.objectives import channel, direction
from convscope.widgets._jobs import Job

CLASSES = ["ant", "bee", "cat", "dog"]
IMAGES = torch.rand(5, 3, 20, 24, generator=torch.Generator().manual_seed(3))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.head = nn.Linear(8, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.deep(self.stem(x).relu()).relu().mean((2, 3)))


@pytest.fixture
def scope():
    return cs.Scope(Net(), cs.Preprocess(size=(20, 24)), classes=CLASSES)


@pytest.fixture
def make(scope, tmp_path):
    def made(images=IMAGES, **options):
        options = {"layer": "deep", "unit": 3, "steps": 6, "diverse": 2, **options}
        return cs.FeatureVis(scope, images, cache=Cache(tmp_path), **options)

    return made


@pytest.fixture
def vis(make):
    return make()


def parts(answer):
    return {part["part"]: part for part in answer["parts"]}


def told(kinds):
    """Return a job and the list that what it tells goes into."""
    heard = []

    def send(kind, value):
        if kind in kinds:
            heard.append(value)

    return Job(send), heard


def test_target_layer_and_unit_say_the_same(vis):
    assert (vis.target, vis.size) == ("deep:3", 24)
    vis.unit = 5
    assert vis.target == "deep:5"
    vis.layer = "stem"
    assert (vis.target, vis.unit) == ("stem:5", 5)
    vis.target = "deep:7 - stem:1"
    assert (vis.layer, vis.unit) == ("deep", 7)
    vis.layer = "stem"  # has no unit 7
    assert (vis.target, vis.unit) == ("stem:5", 5)
    vis.target = "class:bee"
    assert (vis.layer, vis.unit) == ("stem", None)


def test_the_target_alone_is_enough(make):
    vis = make(layer="stem", unit=None, target="deep:6 + deep:1")
    assert (vis.layer, vis.unit) == ("deep", 6)
    with pytest.raises(traitlets.TraitError, match="no unit 8 in layer 'deep', which has 8"):
        make(target="deep:8")


def test_what_cannot_be_made_is_said_in_a_sentence(vis):
    for target, words in {
        "deap:3": "no layer 'deap'; did you mean 'deep'",
        "deep:99": "no unit 99 in layer 'deep', which has 8, from 0 to 7",
        "class:eel": "'eel'",
        "deep:image 9@0,0": "no image 9; there are 5",
        "deep:image 1@9,0": "no place 9,0 in layer 'deep', whose maps have 5 rows and 6 columns",
        "deep:1 <-> deep:2 <-> deep:3": "more than two ends",
        "": "is empty",
    }.items():
        with pytest.raises(traitlets.TraitError, match=words):
            vis.target = target
    assert vis.target == "deep:3"
    with pytest.raises(traitlets.TraitError, match="unit: must be a channel of 'deep', 0 to 7"):
        vis.unit = 8
    with pytest.raises(ValueError, match="no unit 99"):
        vis.check("deep:99")


def test_the_picture_is_that_of_the_engine_and_its_versions_come_after_it(vis, scope):
    job, frames = told({"preview"})
    answer = parts(vis.develop(job, "deep:3"))
    assert list(answer) == ["main", "negative", "diverse"]
    run = optimize(scope, ["deep:3"], steps=6)
    list(run)
    (main,) = answer["main"]["pictures"]
    assert main["reached"] == pytest.approx(run.result().quality.activation, rel=1e-4)
    torch.testing.assert_close(main["curve"], run.result().history.float())
    assert (main["steps"], main["title"]) == (6, "deep:3")
    assert len(answer["diverse"]["pictures"]) == 2
    assert answer["negative"]["pictures"][0]["title"] == "-deep:3"
    assert next(frame["part"] for frame in frames) == "main"
    assert frames[0]["curves"].shape == (1, 1)
    assert (frames[0]["step"], frames[0]["steps"]) == (1, 6)
    assert frames[0]["pictures"][0].width == 24


def test_what_is_wanted_less_is_made_less(make):
    vis = make(negative=False, diverse=0)
    assert list(parts(vis.develop(Job(), "deep:3"))) == ["main"]


def test_a_finished_picture_is_at_hand_and_comes_from_the_disk_the_next_time(make, monkeypatch):
    first = make()
    pictures = first.run()
    again = make()
    monkeypatch.setattr("convscope.widgets._feature_vis_easel.Run", None)
    found = parts(again.look(Job(), "deep:3"))
    assert list(found) == ["main", "negative", "diverse"]
    assert found["main"]["pictures"][0]["reached"] == pytest.approx(pictures[0].quality.activation)
    assert parts(again.develop(Job(), "deep:3")).keys() == found.keys()  # nothing to make
    again.seed = 1
    assert parts(again.look(Job(), "deep:3")) == {}


def test_a_stopped_picture_stays_can_go_on_and_is_not_taken_for_a_finished_one(make):
    vis = make(steps=400)
    job = stopping_after(3)
    stopped = parts(vis.develop(job, "deep:3"))
    assert list(stopped) == ["main"]
    (main,) = stopped["main"]["pictures"]
    assert 0 < main["steps"] < 400
    assert stopped["main"]["unfinished"]
    assert parts(make(steps=400).look(Job(), "deep:3")) == {}
    vis.negative, vis.diverse = False, 0
    on = parts(vis.develop(stopping_after(2), "deep:3", "on"))["main"]
    assert on["pictures"][0]["steps"] > main["steps"]
    assert torch.equal(on["pictures"][0]["curve"][: main["steps"]], main["curve"])


def stopping_after(previews):
    heard = []

    def send(kind, value):
        if kind == "preview":
            heard.append(value)
            if len(heard) >= previews:
                job.stop()

    job = Job(send)
    return job


def test_a_finished_one_goes_on_for_as_many_steps_and_starts_again_from_itself(make):
    vis = make(negative=False, diverse=0)
    first = vis.run()[0]
    on = parts(vis.develop(Job(), "deep:3", "on"))["main"]["pictures"][0]
    assert on["steps"] == 12
    assert on["reached"] >= first.quality.activation
    vis.steps, vis.transforms = 8, "none"  # in other settings, from the same picture
    again = parts(vis.develop(Job(), "deep:3", "again"))["main"]["pictures"][0]
    assert again["steps"] == 8
    assert float(again["curve"][0]) > 0.9 * on["reached"]
    fresh = parts(vis.develop(Job(), "deep:4"))["main"]["pictures"][0]
    assert fresh["reached"] != again["reached"]
    assert parts(make(steps=8, transforms="none").look(Job(), "deep:3")) == {}  # not on disk


def test_from_one_unit_to_another(make, scope):
    vis = make(between=3)
    vis.target = "deep:3 <-> deep:4"
    found = parts(vis.develop(Job(), vis.target))
    assert list(found) == ["main"]
    titles = [picture["title"] for picture in found["main"]["pictures"]]
    assert titles == ["deep:3", "0.5*deep:3 + 0.5*deep:4", "deep:4"]
    run = optimize(scope, "deep:4", steps=6, alike=True)
    list(run)
    reached = found["main"]["pictures"][2]["reached"]
    assert reached == pytest.approx(run.result().quality.activation, rel=1e-4)
    rows = vis.examples(Job(), vis.target)["rows"]
    assert [row["title"] for row in rows] == ["deep:3", "deep:4"]
    expected = data_maxima(scope, ["deep:3", "deep:4"], IMAGES)
    assert [row["maximum"] for row in rows] == pytest.approx(expected.tolist())


def test_directions_come_from_places_of_images_and_from_the_person(make, scope):
    vis = make(objectives={"lines": channel("stem", 2) - channel("stem", 4)})
    vis.target = "lines"
    assert vis.unit is None
    assert vis.run()[0].target == "stem:2 - stem:4"
    vis.target = "deep:image 2@1,4"
    maps = scope.activations(IMAGES[2:3], layers=["deep"])["deep"][0]
    expected = direction("deep", maps[:, 1, 4], power=2.0)
    assert vis.run()[0].target == expected.key
    vis.target = "deep:image 2"
    assert vis.run()[0].target == direction("deep", maps.mean((1, 2)), power=2.0).key


def test_real_patches_are_the_strongest_and_the_weakest(vis, scope):
    job, heard = told({"preview"})
    most, least = vis.examples(job, "deep:3")["rows"]
    maps = scope.activations(IMAGES, layers=["deep"])["deep"][:, 3]
    peaks = maps.amax((1, 2))
    assert [item["image"] for item in most["items"]] == peaks.argsort(descending=True).tolist()
    assert [item["value"] for item in least["items"]] == pytest.approx(
        sorted((-maps.amin((1, 2))).tolist(), reverse=True)
    )
    assert most["maximum"] == pytest.approx(float(maps.mean((1, 2)).max()))
    assert least["maximum"] == pytest.approx(float(-maps.mean((1, 2)).min()))
    assert (most["seen"], most["total"]) == (5, 5)
    assert len(heard[0]["rows"]) == 1  # the first row need not wait for the second


def test_another_unit_of_a_searched_layer_needs_no_look_at_the_images(vis, monkeypatch):
    vis.examples(Job(), "deep:3")
    monkeypatch.setattr("convscope.widgets._feature_vis_examples.find_both", None)
    assert len(vis.examples(Job(), "deep:6")["rows"][0]["items"]) == 5


def test_without_images_there_are_no_patches_and_pictures_all_the_same(make):
    vis = make(images=None)
    assert vis.examples(Job(), "deep:3") == {"rows": []}
    assert vis.run()[0].quality.steps == 6
    assert vis.gallery(Job(), "deep")["order"] == list(range(8))
    assert vis.figure().findobj()


def test_the_gallery_shows_patches_at_once_and_pictures_as_they_are_made(vis, scope):
    first = vis.gallery(Job(), "deep", 2, count=5)
    means = scope.activations(IMAGES[2:3], layers=["deep"])["deep"][0].mean((1, 2))
    assert first["order"] == means.argsort(descending=True).tolist()
    assert [tile["unit"] for tile in first["tiles"]] == first["order"][:5]
    assert all("patch" in tile and "picture" not in tile for tile in first["tiles"])

    job, heard = told({"preview"})
    made = vis.gallery(job, "deep", 2, count=7, make=True)
    finished = [t for p in heard for t in p["tiles"] if "picture" in t and not t.get("live")]
    assert sorted(tile["unit"] for tile in finished) == sorted(first["order"][:7])
    assert any(tile.get("live") for part in heard for tile in part["tiles"])
    pictures = [tile for tile in made["tiles"] if "picture" in tile]
    assert len(pictures) == 7


def test_the_gallery_is_kept_and_stops_between_steps(make, monkeypatch):
    vis = make()
    assert not [t for t in vis.gallery(stopped_job(), "deep", make=True)["tiles"] if "reached" in t]
    vis.gallery(Job(), "deep", count=3, make=True)
    monkeypatch.setattr("convscope.widgets._feature_vis_easel.Run", None)
    again = make().gallery(Job(), "deep", count=3, make=True)["tiles"]
    assert len([tile for tile in again if "picture" in tile]) == 3


def stopped_job():
    job = Job()
    job.stop()
    job.check = lambda: None
    return job


def test_the_gallery_waits_for_a_picture_that_is_waited_for(vis):
    vis._bench.busy.set()
    job, heard = told({"preview"})
    thread = threading.Thread(target=vis.gallery, args=(job, "deep"), kwargs={"make": True})
    thread.start()
    time.sleep(0.3)
    assert not [t for p in heard for t in p["tiles"] if "picture" in t]
    vis._bench.busy.clear()
    thread.join(20)
    assert [t for p in heard for t in p["tiles"] if "picture" in t]


def test_jobs_do_not_touch_the_model_that_cells_use(vis, scope):
    """A cell that calls the model meanwhile meets no hook, and may train it."""
    model = scope.model
    met = []

    def send(kind, _value):
        if kind == "preview":
            met.append(sum(len(m._forward_hooks) for m in model.modules()))
            met.append(sum(not p.requires_grad for p in model.parameters()))
            assert model(IMAGES[:1]).shape == (1, 4)

    vis.develop(Job(send), "deep:3")
    vis.gallery(Job(send), "deep", count=2, make=True)
    assert set(met) == {0}


def test_jobs_follow_the_weights_of_the_model(make, scope):
    vis = make(diverse=0, negative=False)
    before = vis.run()[0].quality.activation
    with torch.no_grad():
        scope.model.deep.weight *= 3
    after = make(diverse=0, negative=False).run()[0].quality.activation
    vis.examples(Job(), "deep:3")
    run = optimize(scope, ["deep:3"], steps=6)
    list(run)
    assert after == pytest.approx(run.result().quality.activation, rel=1e-4)
    assert after != pytest.approx(before, rel=1e-2)
    scope.model.deep = nn.Conv2d(6, 8, 3, stride=2, padding=1)  # other memory
    other = make(diverse=0, negative=False).run()[0].quality.activation
    assert other != pytest.approx(after, rel=1e-2)


def test_what_was_made_and_found_with_other_weights_is_forgotten(vis, scope):
    vis.target = "deep:image 2@1,4"
    direction_before = vis.run()[0]
    vis.target = "deep:3"
    vis.run()
    vis.examples(Job(), "deep:3")
    with torch.no_grad():
        scope.model.deep.weight *= 3
    assert vis.pictures == {}
    run = optimize(scope, "deep:3", steps=6)
    list(run)
    expected = run.result().quality.activation
    assert vis.run()[0].quality.activation == pytest.approx(expected, rel=1e-4)
    most = vis.examples(Job(), "deep:3")["rows"][0]["maximum"]
    assert most == pytest.approx(float(data_maxima(scope, ["deep:3"], IMAGES)[0]))
    vis.target = "deep:image 2@1,4"
    assert vis.run()[0].target != direction_before.target


def test_a_picture_of_a_model_that_learns_meanwhile_is_shown_and_not_kept(make, scope):
    vis = make(diverse=0, negative=False)
    job, _ = told(())
    job.preview = lambda _frame: scope.model.deep.weight.data.mul_(1.1)
    answer = parts(vis.develop(job, "deep:3"))
    assert answer["main"]["pictures"][0]["steps"] == 6
    assert parts(vis.look(Job(), "deep:3")) == {}
    assert parts(make().look(Job(), "deep:3")) == {}


def test_a_file_that_cannot_be_read_is_left_out_of_every_search(make, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, image in enumerate(IMAGES):
        pixels = (image.permute(1, 2, 0) * 255).byte().numpy()
        Image.fromarray(pixels).save(folder / f"{index}.png")
    (folder / "2.png").write_bytes(b"broken")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vis = make(folder, errors="skip")
        assert len(vis.examples(Job(), "deep:3 - deep:4")["rows"][0]["items"]) == 4
        assert vis.examples(Job(), "deep:3")["rows"][0]["seen"] == 4
    for search in ("find_both", "find_examples"):
        monkeypatch.setattr(f"convscope.widgets._feature_vis_examples.{search}", None)
    for target in ("deep:6", "deep:3 - deep:4"):  # no look at the images any more
        assert len(vis.examples(Job(), target)["rows"][0]["items"]) == 4


def test_a_model_that_ends_in_softmax_is_compared_before_it(tmp_path):
    model = nn.Sequential(Net(), nn.Softmax(1))
    vis = cs.FeatureVis(
        cs.Scope(model, cs.Preprocess(size=(20, 24)), classes=CLASSES),
        IMAGES,
        target="class:bee",
        steps=3,
        diverse=0,
        cache=Cache(tmp_path),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = parts(vis.develop(Job(), "class:bee"))["main"]["pictures"][0]
    assert any("softmax" in note for note in found["notes"])
    expected = model[0](IMAGES)[:, 1].max().detach()
    assert vis.examples(Job(), "class:bee")["rows"][0]["maximum"] == pytest.approx(float(expected))


def test_a_model_without_a_gradient_says_so(tmp_path):
    class Cut(nn.Module):
        def forward(self, x):
            return x.detach()

    model = nn.Sequential(nn.Conv2d(3, 4, 3), Cut(), nn.Conv2d(4, 5, 3))
    vis = cs.FeatureVis(cs.Scope(model, cs.Preprocess(size=(20, 24))), layer="2", cache=False)
    with pytest.raises(ValueError, match="does not depend on the picture, or the model cuts"):
        vis.develop(Job(), "2:0")


def test_a_picture_that_meets_not_a_number_keeps_its_best_and_says_so():
    class Tired(nn.Module):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return x if self.calls < 30 else x * torch.nan

    model = nn.Sequential(nn.Conv2d(3, 4, 3), Tired())
    scope = cs.Scope(model, cs.Preprocess(size=(20, 24)))
    vis = cs.FeatureVis(scope, layer="1", steps=60, negative=False, diverse=0, cache=False)
    main = parts(vis.develop(Job(), "1:0"))["main"]
    assert not main["unfinished"]  # there is no way on
    (picture,) = main["pictures"]
    assert any("the gradient is not finite; lower rate" in note for note in picture["notes"])
    assert 10 < picture["steps"] < 30
    assert picture["picture"].width == 24


def test_the_figure_and_the_page_hold_what_was_made(vis, tmp_path):
    vis.run()
    words = " ".join(
        text.get_text() for text in vis.figure().findobj(match=lambda a: hasattr(a, "get_text"))
    )
    assert "deep:3" in words
    assert "your images reach" in words
    assert "real patches that excite it most" in words
    asked = [(call.method, call.params.get("target")) for call in vis._export_calls()]
    assert asked[:2] == [("look", "deep:3"), ("examples", "deep:3")]
    vis.unit = 6
    assert ("look", "deep:3") in [
        (call.method, call.params.get("target")) for call in vis._export_calls()
    ]


def test_a_run_in_python_is_told_to_the_page(vis):
    made = vis._made
    assert len(vis.run()) == 1
    assert vis._made == made + 1
    assert list(vis.pictures) == ["main", "negative", "diverse"]


def test_a_channel_chosen_in_a_browser_is_opened(vis, scope):
    browser = cs.LayerBrowser(scope, IMAGES)
    cs.link(browser, vis)
    browser.layer, browser.unit, browser.image = "stem", 4, 2
    assert (vis.target, vis.image) == ("stem:4", 2)
