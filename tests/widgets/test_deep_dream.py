"""DeepDream without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import io
import threading

import pytest
import torch
import traitlets
from fake import Recorder, call, cancel
from PIL import Image
from torch import nn

import convscope as cs
from convscope.featurevis import Cache
from convscope.widgets._jobs import Job

PHOTO = torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(3))
QUICK = {"octaves": 2, "octave_scale": 1.3, "steps": 3, "jitter": 2}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.gate: threading.Semaphore | None = None  # lets so many passes through
        self.passed = threading.Semaphore(0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.gate is not None:
            assert self.gate.acquire(timeout=10)
        self.passed.release()
        return self.deep(self.stem(x).relu())


@pytest.fixture
def net():
    return Net()


@pytest.fixture
def scope(net):
    return cs.Scope(net, cs.Preprocess(size=(32, 48)))


@pytest.fixture
def plain():
    """One that can be copied."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 5, 3, stride=2), nn.ReLU(), nn.Conv2d(5, 6, 3))
    return cs.Scope(model, cs.Preprocess(size=(32, 48)))


@pytest.fixture
def widget(scope):
    return cs.DeepDream(scope, PHOTO, guides=[PHOTO.flip(2), PHOTO], cache=False, **QUICK)


def choices(widget, **change):
    names = [
        "target",
        "octaves",
        "octave_scale",
        "steps",
        "rate",
        "jitter",
        "guide",
        "tile",
        "clip",
        "seed",
    ]
    return {name: getattr(widget, name) for name in names} | change


def test_it_dreams_what_scope_dream_dreams(widget, scope):
    widget.target = "deep:3"
    assert widget.result is None
    found = widget.run()
    torch.testing.assert_close(found.image, scope.dream(PHOTO, "deep:3", **QUICK).image)
    assert widget.result is found
    assert (widget.shown, found.quality.steps) == (0, 6)


def test_a_page_sees_every_octave_and_gets_the_dream_by_its_number(widget):
    sent = Recorder(widget)
    call(widget, "1", "develop", **choices(widget, target="deep"))
    assert sent.outcome("1")["value"] == {"number": 0}
    total = sent.of("1", "progress")[-1]["value"]
    assert (total["done"], total["total"], total["note"]) == (6, 6, "octave 2 of 2")
    assert total["left"] == 0
    previews = [message["value"] for message in sent.of("1", "preview")]
    assert previews
    first = previews[0]
    assert (first["octave"], first["octaves"], first["steps"]) == (1, 2, 6)
    assert (first["picture"]["width"], first["picture"]["height"]) == (46, 31)
    answer = widget.dreamt(0)
    assert (answer["width"], answer["height"], len(answer["scores"])) == (60, 40, 6)
    assert answer["scores"][-1] > answer["scores"][3] > 0
    with Image.open(io.BytesIO(widget.full_picture(0).data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (60, 40))


def test_a_stopped_dream_keeps_what_it_has_and_goes_on_from_there(net, scope):
    widget = cs.DeepDream(scope, PHOTO, cache=False, target="deep", **QUICK)
    whole = cs.DeepDream(scope, PHOTO, cache=False, target="deep", **QUICK).run()
    sent = Recorder(widget)
    net.gate, net.passed = threading.Semaphore(0), threading.Semaphore(0)
    call(widget, "1", "develop", **choices(widget))
    net.gate.release(4)  # two to find out about sizes, two steps
    for _ in range(4):
        assert net.passed.acquire(timeout=10)
    cancel(widget, "1")
    net.gate.release(1)
    number = sent.outcome("1")["value"]["number"]
    told = widget._dreams[number]
    assert (told["complete"], told["steps"]) == (False, 6)
    assert 1 <= told["step"] <= 3
    assert len(widget.dreamt(number)["scores"]) == told["step"]
    net.gate = None
    call(widget, "2", "develop", **choices(widget))
    assert sent.outcome("2")["value"] == {"number": number}
    assert widget._dreams[number]["complete"]
    assert widget.result.image.equal(whole.image)
    assert len(widget._dreams) == 1


def test_closing_the_widget_ends_the_dream(net, scope):
    widget = cs.DeepDream(scope, PHOTO, cache=False, target="deep", **QUICK)
    net.gate, net.passed = threading.Semaphore(0), threading.Semaphore(0)
    call(widget, "1", "develop", **choices(widget))
    net.gate.release(3)  # two to find out about sizes, one step
    for _ in range(3):
        assert net.passed.acquire(timeout=10)
    widget.close()
    net.gate.release(9)
    widget._dispatcher.jobs.join(10)
    assert 1 <= len(widget.dreamt(0)["scores"]) <= 2


def test_the_same_choices_are_the_same_dream_and_another_seed_is_another(widget):
    widget.target = "deep"
    first = widget.run()
    assert widget.run() is first
    widget.seed = 9
    assert not widget.run().image.equal(first.image)
    assert [each["choices"]["seed"] for each in widget._dreams] == [0, 9]
    assert widget.shown == 1


def test_dreams_of_long_ago_go_first_when_there_are_too_many(widget, monkeypatch):
    monkeypatch.setattr("convscope.widgets._deep_dream_runs._KEPT", 7 * PHOTO.numel() * 4)
    for seed in range(6):
        widget.seed = seed
        widget.run()
    # The newest counts four times while it is under way.
    assert [each["choices"]["seed"] for each in widget._dreams] == [2, 3, 4, 5]
    assert widget.shown == 5
    with pytest.raises(ValueError, match="dream 0 is not kept any more"):
        widget.dreamt(0)


def test_a_model_that_has_learnt_since_dreams_anew(widget, net):
    widget.target = "deep"
    first = widget.run()
    with torch.no_grad():
        net.deep.weight.neg_().add_(0.1)
    assert not widget.run().image.equal(first.image)


def test_dreaming_on_starts_from_the_dream(widget, scope):
    widget.target = "deep"
    first = widget.run()
    number = widget.develop(Job(), **choices(widget), after=0)["number"]
    assert widget._dreams[number]["after"] == 0
    again = scope.dream(first.image, "deep", **QUICK).image
    torch.testing.assert_close(widget.result.image, again)


def test_a_guide_is_dreamt_of(widget, scope):
    widget.target, widget.guide = "deep", 1
    expected = scope.dream(PHOTO, "deep", guide=PHOTO, **QUICK).image
    torch.testing.assert_close(widget.run().image, expected)
    with pytest.raises(ValueError, match="needs a whole layer"):
        widget.develop(Job(), **choices(widget, target="deep:3"))


def test_finished_dreams_are_found_on_the_disk(scope, net, tmp_path):
    options = {"cache": Cache(tmp_path), "target": "deep", **QUICK}
    first = cs.DeepDream(scope, PHOTO, **options).run()
    net.gate = threading.Semaphore(0)  # no pass any more
    again = cs.DeepDream(scope, PHOTO, **options)
    torch.testing.assert_close(again.run().image, first.image)
    assert again._dreams[0]["complete"]
    net.gate = None
    other = cs.DeepDream(scope, PHOTO.flip(1), **options)
    assert not other.run().image.equal(first.image)


def test_a_film_goes_into_the_dream(widget, tmp_path):
    widget.target = "stem"
    widget.run()
    made = widget.make_film(Job(), 0, 2, 0.1, 8.0)
    with Image.open(io.BytesIO(made["file"].tobytes())) as film:
        assert (film.format, film.n_frames, film.size) == ("GIF", 3, (60, 40))
    path = widget.film(tmp_path / "dream.gif", frames=1)
    with Image.open(path) as film:
        assert film.n_frames == 2


def test_a_stopped_film_keeps_its_frames(widget):
    widget.target = "stem"
    widget.run()
    job = Job()
    job.stop()
    made = widget.make_film(job, 0, 50, 0.1, 8.0)
    with Image.open(io.BytesIO(made["file"].tobytes())) as film:
        assert film.n_frames < 3


def test_what_it_does_not_have_is_refused_in_one_sentence(widget, scope):
    with pytest.raises(traitlets.TraitError, match="no layer 'dep'; did you mean 'deep'"):
        widget.target = "dep"
    with pytest.raises(traitlets.TraitError, match="deep"):
        widget.target = "deep:99"
    with pytest.raises(traitlets.TraitError, match="octave_scale: must be above 1"):
        widget.octave_scale = 1.0
    with pytest.raises(traitlets.TraitError, match="there are 2, from 0"):
        widget.guide = 2
    with pytest.raises(traitlets.TraitError, match="guides="):
        cs.DeepDream(scope, PHOTO, guide=0)
    with pytest.raises(traitlets.TraitError, match="dream 7 is not kept"):
        widget.shown = 7
    with pytest.raises(traitlets.TraitError, match="image: there is no image 1; there are 1"):
        widget.image = 1
    with pytest.raises(TypeError, match="wrap the model"):
        cs.DeepDream(Net(), PHOTO)


def test_a_dream_does_not_touch_the_model_that_cells_use(widget, plain):
    """A cell that calls the model meanwhile meets no hook, and may train it."""
    model = plain.model
    dream = cs.DeepDream(plain, PHOTO, cache=False, target="2", **QUICK)
    met = []

    def send(kind, _value):
        if kind == "preview":
            met.append(sum(len(m._forward_hooks) for m in model.modules()))
            met.append(sum(not p.requires_grad for p in model.parameters()))
            met.append(sum(not m.training for m in model.modules()))

    model.train()
    dream.develop(Job(send), **choices(dream))
    dream.make_film(Job(send), 0, 1, 0.1, 8.0)
    assert len(met) >= 6
    assert set(met) == {0}


def test_a_dream_of_a_model_that_learns_meanwhile_is_not_kept(plain, tmp_path):
    options = {"cache": Cache(tmp_path), "target": "2", **QUICK}
    dream = cs.DeepDream(plain, PHOTO, **options)
    job = Job()
    job.preview = lambda _live: plain.model[2].weight.data.mul_(1.1)
    assert dream.develop(job, **choices(dream)) == {"number": 0}
    assert not list(tmp_path.iterdir())
    dream.run()
    assert len(list(tmp_path.iterdir())) == 1


OTHER = torch.rand(3, 50, 30, generator=torch.Generator().manual_seed(5))


def test_one_of_several_images_is_dreamt_about(scope):
    widget = cs.DeepDream(scope, [PHOTO, OTHER], cache=False, target="deep", **QUICK)
    first = widget.run()
    widget.image = 1
    assert (widget._size, widget.shown, widget.result) == ([50, 30], None, None)
    expected = scope.dream(OTHER, "deep", **QUICK).image
    torch.testing.assert_close(widget.run().image, expected)
    assert [each["choices"]["image"] for each in widget._dreams] == [0, 1]
    widget.image = 0  # with the newest dream about it
    assert (widget.shown, widget.result) == (0, first)
    widget.shown = 1  # with the image that it is about
    assert (widget.image, widget._size) == (1, [50, 30])
    answer = widget.original(1)
    assert (answer["image"], answer["width"], answer["height"]) == (1, 30, 50)
    assert [item["index"] for item in widget.thumbnails(0, 9)["items"]] == [0, 1]
    asked = [(each.method, each.params) for each in widget._export_calls()]
    assert ("original", {"image": 0}) in asked
    assert ("thumbnails", {"start": 0, "stop": 2}) in asked


def test_who_looks_at_another_image_meanwhile_goes_on_looking_at_it(scope):
    widget = cs.DeepDream(scope, [PHOTO, OTHER], cache=False, target="deep", **QUICK)
    asked = choices(widget)
    widget.image = 1
    assert widget.develop(Job(), **asked, image=0) == {"number": 0}
    assert (widget.image, widget.shown) == (1, None)
    assert [each["choices"]["image"] for each in widget._dreams] == [0]


def test_a_layer_browser_opens_its_layer_its_channel_and_its_image_here(scope):
    browser = cs.LayerBrowser(scope, [PHOTO, OTHER])
    widget = cs.DeepDream(scope, [PHOTO, OTHER], cache=False)
    assert cs.link(browser, widget).topics == ("image", "layer", "unit")
    browser.layer = "stem"
    assert widget.target == "stem"
    browser.unit = 4
    assert widget.target == "stem:4"
    browser.unit = None
    assert widget.target == "stem"
    browser.image = 1
    assert widget.image == 1


def test_what_is_dreamt_of_is_opened_in_a_layer_browser(widget, scope):
    browser = cs.LayerBrowser(scope, [PHOTO, OTHER])
    assert cs.link(widget, browser).topics == ("target",)  # other images
    widget.target = "stem:2"
    assert (browser.layer, browser.unit) == ("stem", 2)
    widget.target = "deep"
    assert (browser.layer, browser.unit) == ("deep", None)
    widget.target = "stem:1 - stem:2"
    assert (browser.layer, browser.unit) == ("deep", None)
    cs.link(browser, widget)  # both ways come to rest
    widget.target = "stem"
    assert (browser.layer, browser.unit, widget.target) == ("stem", None, "stem")


def test_the_figure_shows_both_pictures_and_the_curve(widget):
    assert len(widget.figure().axes) == 1
    widget.target = "deep"
    widget.run()
    figure = widget.figure()
    assert len(figure.axes) == 3
    assert {"original", "dream"} < {text.get_text() for text in figure.texts}


def test_an_exported_page_holds_every_dream(widget, tmp_path):
    widget.target = "deep"
    widget.run()
    widget.seed = 4
    widget.run()
    asked = [(each.method, each.params.get("number")) for each in widget._export_calls()]
    assert asked[:3] == [("original", None), ("dreamt", 1), ("thumbnail", 1)]
    assert ("dreamt", 0) in asked
