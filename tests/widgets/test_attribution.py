"""Attribution without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import pytest
import torch
import traitlets
from torch import nn

import convscope as cs
from convscope.widgets._jobs import Job, Stopped

CLASSES = ["ant", "bee", "cat", "dog", "elk", "fox"]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.deep = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.aside = nn.Conv2d(6, 2, 1)
        self.head = nn.Linear(8, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.stem(x))
        self.aside(x)  # no score depends on it
        return self.head(self.deep(x).relu().mean((2, 3)))


IMAGES = torch.rand(3, 3, 40, 60, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def scope():
    return cs.Scope(Net(), cs.Preprocess(size=(40, 60)), classes=CLASSES)


@pytest.fixture
def widget(scope):
    return cs.Attribution(scope, IMAGES)


def ask(widget, *triples, image=0):
    return widget.maps(Job(), image, [list(triple) for triple in triples])["items"]


def test_it_begins_with_the_last_layer_and_one_layer_of_each_size(widget):
    assert widget.layer == "deep"
    assert widget.layers == ["aside", "deep"]
    assert widget._flow == ["stem", "act", "aside", "deep"]
    usable = {layer["name"]: layer["capturable"] for layer in widget._layers}
    assert (usable["deep"], usable["head"]) == (True, False)


def test_maps_are_those_of_attribute(widget, scope):
    first, second, fine = ask(
        widget, ("gradcam", 2, "deep"), ("gradcam", "dog", "act"), ("saliency", 2, "input")
    )
    expected = scope.attribute(IMAGES[:1], [[2, "dog"]], layers=["deep", "act"])
    torch.testing.assert_close(first["map"], expected.maps["deep"][0, 0])
    torch.testing.assert_close(second["map"], expected.maps["act"][0, 1])
    assert (first["name"], second["name"], second["index"]) == ("cat", "dog", 3)
    assert first["score"] == pytest.approx(float(expected.scores[0, 0]))
    assert fine["map"].shape == (40, 60)


def test_what_was_computed_is_not_computed_again(widget, monkeypatch):
    ask(widget, ("gradcam", "predicted", "deep"), ("gradcam", "predicted", "act"))
    best = widget._predictions(0)[0]
    forbid(monkeypatch)
    by_index = ask(widget, ("gradcam", best.index, "act"))
    by_name = ask(widget, ("gradcam", best.name, "act"))
    assert torch.equal(by_index[0]["map"], by_name[0]["map"])


def test_preparing_brings_all_layers_and_the_likely_classes(widget, monkeypatch):
    widget.layers = ["act", "deep"]
    widget.prepare(Job(), 1, "gradcam", "predicted", "deep")
    forbid(monkeypatch)
    for guess in widget._predictions(1):
        assert ask(widget, ("gradcam", guess.index, "act"), image=1)[0]["map"].shape == (20, 30)
    assert ask(widget, ("gradcam", "predicted", "stem"), image=1)[0]["map"].shape == (20, 30)


def test_preparing_stops_between_two_passes(widget):
    job = Job()
    job.stop()
    with pytest.raises(Stopped):
        widget.prepare(job, 0, "gradcam", "predicted", "deep")


def forbid(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("computed again")

    monkeypatch.setattr("convscope.widgets._attribution_maps.attribute", refuse)


def test_one_layer_without_a_gradient_leaves_the_others(widget):
    good, bad = ask(widget, ("gradcam", 2, "deep"), ("gradcam", 2, "aside"))
    assert good["map"].shape == (10, 15)
    assert "no gradient reaches 'aside'" in bad["error"]
    with pytest.raises(ValueError, match="no gradient reaches 'aside'"):
        ask(widget, ("gradcam", 2, "aside"))


def test_curves_grow_and_end_as_those_of_deletion_and_insertion(widget, scope):
    seen = []
    answer = widget.faithfulness(Job(lambda *told: seen.append(told)), 0, "gradcam", 2, "deep")
    found = scope.attribute(IMAGES[:1], 2, layers=["deep"])
    curves = cs.attribution.deletion_insertion(scope, IMAGES[:1], found)
    torch.testing.assert_close(answer["deletion"], curves.deletion[0])
    assert answer["insertion_area"] == pytest.approx(float(curves.insertion_area))
    assert {kind for kind, _ in seen} == {"progress", "preview"}
    job = Job()
    job.stop()
    with pytest.raises(Stopped):
        widget.faithfulness(job, 0, "gradcam", 2, "deep")


def test_the_sanity_check_is_that_of_the_back_end_and_leaves_the_model(widget, scope):
    before = {name: value.clone() for name, value in scope.network.state_dict().items()}
    answer = widget.sanity(Job(), 0, "gradcam", "bee", "deep")
    check = cs.attribution.sanity_check(scope, IMAGES[:1], "bee", layers=["deep"])
    torch.testing.assert_close(answer["map"], check.after.maps["deep"].flatten(0, -3)[0])
    assert answer["similarity"] == pytest.approx(float(check.similarity["deep"]))
    after = scope.network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_a_position_is_traced_to_an_earlier_and_to_a_later_layer(widget, scope):
    made = widget.between(Job(), 0, "deep", [4, 7], earlier="act")
    expected = cs.attribution.made_from(scope, IMAGES[:1], "deep", (4, 7), "act")
    torch.testing.assert_close(made["made_from"], expected)
    assert made["feeds"] is None
    fed = widget.between(Job(), 0, "act", [9, 3], earlier="stem", later="deep")
    torch.testing.assert_close(
        fed["feeds"], cs.attribution.feeds(scope, IMAGES[:1], "act", (9, 3), "deep")
    )
    assert fed["made_from"].shape == (20, 30)


def test_the_figure_shows_what_the_widget_shows(widget):
    def words():
        figure = widget.figure()
        texts = [text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))]
        return " ".join(texts)

    best, second = (guess.name for guess in widget._predictions(0)[:2])
    assert f"Grad-CAM · {best}" in words()
    widget.mode, widget.layers = "multiples", ["aside", "act", "deep"]  # "aside" has no gradient
    assert "act" in words()
    widget.along, widget.methods = "methods", ["hirescam", "saliency"]
    assert "2 methods" in words()
    widget.along = "classes"
    assert second in words()
    widget.mode = "difference"
    assert f"{best} − {second}" in words()
    widget.mode, widget.compare = "large", "saliency"
    assert "Saliency" in words()


def test_functions_of_the_output_are_targets_of_models_without_classes():
    class Depth(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.conv = nn.Conv2d(3, 4, 3, stride=4)
            self.last = nn.Conv2d(4, 1, 1)

        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"depth": self.last(self.conv(x).relu())}

    def nearest(output):
        return output["depth"].amax((1, 2, 3))

    scope = cs.Scope(Depth(), cs.Preprocess(size=(40, 60)))
    widget = cs.Attribution(scope, IMAGES, functions={"nearest": nearest})
    assert widget.target == "nearest"
    (found,) = ask(widget, ("gradcam", "nearest", "conv"))
    expected = scope.attribute(IMAGES[:1], nearest, layers=["conv"])
    torch.testing.assert_close(found["map"], expected.maps["conv"][0])
    assert (found["name"], found["index"]) == ("nearest", -1)
    assert widget.png()


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("layer", "deap", "did you mean 'deep'"),
        ("layer", "head", "no map that lies over the image"),
        ("earlier", "nowhere", "no layer 'nowhere'"),
        ("layers", ["deep", "dep"], "did you mean 'deep'"),
        ("target", "eagle", "target: no class 'eagle' among 6"),
        ("target", 6, "target: no class 6; there are 6, from 0"),
        ("compare", "gradcm", "compare: no class 'gradcm'"),
        ("image", 3, "there is no image 3; there are 3, from 0"),
        ("method", "grad", "method"),
        ("mode", "small", "mode"),
        ("opacity", 1.5, "opacity"),
        ("wipe", -0.1, "wipe"),
    ],
)
def test_a_wrong_choice_is_refused_and_nothing_changes(widget, trait, value, words):
    before = getattr(widget, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(widget, trait, value)
    assert getattr(widget, trait) == before


def test_an_unknown_argument_names_the_closest(scope):
    with pytest.raises(TypeError, match="did you mean 'method'"):
        cs.Attribution(scope, IMAGES, metod="gradcam")
    with pytest.raises(TypeError, match=r"wrap the model: cs\.Scope\(model\)"):
        cs.Attribution(Net(), IMAGES)


def test_a_position_that_the_new_layer_lacks_is_let_go(widget):
    widget.layer, widget.position = "act", [12, 20]
    widget.layer = "stem"
    assert widget.position == [12, 20]
    widget.layer = "deep"
    assert widget.position is None


def test_traits_can_be_linked_and_observed(widget, scope):
    other = cs.Attribution(scope, IMAGES)
    traitlets.link((widget, "target"), (other, "target"))
    told = []
    other.observe(lambda change: told.append(change["new"]), names="target")
    widget.target = "elk"
    assert told == ["elk"]


def test_a_page_holds_the_maps_of_layers_methods_and_likely_classes(widget, tmp_path):
    widget.position, widget.trace = [3, 4], True
    calls = list(widget._export_calls())
    methods = [call.method for call in calls]
    assert {"thumbnails", "input", "maps", "faithfulness", "sanity", "between"} == set(methods)
    assert methods.index("maps") < 4  # what is shown comes first
    asked = [call.params["asked"][0] for call in calls if call.method == "maps"]
    assert ["gradcam", "predicted", "stem"] in asked
    assert all([method, "predicted", "input"] in asked for method in ("saliency",))
    path = widget.to_html(tmp_path / "page.html", budget=2_000_000)
    assert path.stat().st_size <= 2_000_000
