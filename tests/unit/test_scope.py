"""Scope: predictions, inputs of every kind, and one clear sentence for what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from convscope import Preprocess, Scope, load_activations, save_activations


def small(classes: int = 5, channels: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(channels, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, classes),
    ).eval()


IMAGES = torch.rand(7, 3, 20, 30, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def scope():
    return Scope(small(), Preprocess(size=(20, 30)), classes=list("abcde"))


def test_predictions_are_the_softmax_of_the_logits_with_names(scope):
    with torch.no_grad():
        expected = scope.model(IMAGES).softmax(1)
    best = scope.predict(IMAGES, top=2)
    assert len(best) == 7
    assert best[3][0].name == "abcde"[int(expected[3].argmax())]
    assert best[3][0].score == pytest.approx(float(expected[3].max()), abs=1e-6)
    assert best[3][0].score >= best[3][1].score


def test_a_model_that_ends_in_softmax_is_not_squashed_twice():
    model = nn.Sequential(small(), nn.Softmax(1))
    first = Scope(model, Preprocess(size=(20, 30))).predict(IMAGES[:1], top=5)[0]
    assert sum(p.score for p in first) == pytest.approx(1)
    with torch.no_grad():
        assert first[0].score == pytest.approx(float(model(IMAGES[:1]).max()), abs=1e-6)


def test_one_output_is_a_score_and_classes_without_names_are_numbered():
    one = Scope(small(classes=1), Preprocess(size=(20, 30))).predict(IMAGES[:1])[0]
    assert [(p.name, p.kind) for p in one] == [("class 0", "score")]


def test_streaming_gives_what_the_whole_gives(scope):
    whole = scope.activations(IMAGES, ["0", "4"], batch_size=7)
    parts = list(scope.iter_activations(IMAGES, ["0", "4"], batch_size=3))
    assert [part.indices for part in parts] == [[0, 1, 2], [3, 4, 5], [6]]
    for name, tensor in whole.items():
        torch.testing.assert_close(torch.cat([p.activations[name] for p in parts]), tensor)


def test_gradients_are_those_of_the_asked_class(scope):
    maps = scope.activations(IMAGES, "2")["2"].requires_grad_()
    logits = scope.model[4](maps.flatten(1))
    (expected,) = torch.autograd.grad(logits[:, 2].sum(), maps)
    for target in (2, "c", [2] * 7, torch.full((7,), 2), lambda out: out[:, 2]):
        found = scope.gradients(IMAGES, target, ["2"], batch_size=4)["2"]
        torch.testing.assert_close(found, expected)


def test_a_layer_that_the_score_does_not_depend_on_has_zeros_and_a_warning():
    class Aside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main, self.aside = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 2, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.aside(x)
            return self.main(x).mean((2, 3))

    scope = Scope(Aside(), Preprocess(size=(20, 30)))
    with pytest.warns(UserWarning, match="does not depend on 'aside'"):
        found = scope.gradients(IMAGES[:2], 1, ["aside"])
    assert not found["aside"].any()


def test_weight_gradients_are_averaged_over_batches_and_leave_no_grad(scope):
    labels = ["a", "b", "c", "d", "e", "a", "b"]
    found = scope.weight_gradients(IMAGES, labels, batch_size=3)
    clone = small()
    loss = nn.functional.cross_entropy(clone(IMAGES), torch.tensor([0, 1, 2, 3, 4, 0, 1]))
    loss.backward()
    for name, parameter in clone.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, atol=1e-5, rtol=1e-4)
    assert all(p.grad is None for p in scope.model.parameters())


def test_activations_survive_a_round_trip_to_disk(scope, tmp_path):
    maps = scope.activations(IMAGES, ["0", "output"])
    path = save_activations(tmp_path / "maps.safetensors", maps)
    back = load_activations(path)
    assert back.keys() == maps.keys()
    for name in maps:
        torch.testing.assert_close(back[name], maps[name], rtol=0, atol=0)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_save_leaves_the_old_file(scope, tmp_path):
    path = save_activations(tmp_path / "maps.safetensors", {"a": torch.ones(2, 3)})
    with pytest.raises(TypeError, match="'b' is a list"):
        save_activations(path, {"a": torch.zeros(2), "b": [1]})
    torch.testing.assert_close(load_activations(path)["a"], torch.ones(2, 3))
    (tmp_path / "x").write_text("{}")
    with pytest.raises(ValueError, match="no safetensors file"):
        load_activations(tmp_path / "x")


def test_filters_are_the_weights_and_their_zero_is_mid_grey(scope):
    found = scope.filters("0")
    torch.testing.assert_close(found.weight, scope.model[0].weight.detach())
    assert found.is_colour
    shown = found.shown()
    assert float((shown - 0.5).abs().max()) == pytest.approx(0.5)
    assert found.norms.shape == (6, 3)
    found.weight.zero_()
    assert scope.model[0].weight.abs().sum() > 0


def test_transposed_and_grouped_filters_have_outputs_first():
    net = nn.Sequential(nn.ConvTranspose2d(4, 6, 3, groups=2), nn.Conv2d(6, 6, 3, groups=6))
    scope = Scope(net, example=torch.rand(1, 4, 9, 9))
    weight = scope.filters("0").weight
    assert weight.shape == (6, 2, 3, 3)
    x = torch.zeros(1, 4, 1, 1)
    x[0, 3] = 1  # second input of the second group
    with torch.no_grad():
        response = net[0](x) - net[0](torch.zeros_like(x))
    torch.testing.assert_close(response[0, 3:, :, :], weight[3:, 1], atol=1e-6, rtol=1e-5)
    assert scope.filters("1").weight.shape == (6, 1, 3, 3)


def test_several_inputs_are_given_as_a_tuple():
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 4, 3), nn.Linear(5, 4)

        def forward(self, image: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
            return self.left(image).mean((2, 3)) + self.right(vector)

    model = Two()
    scope = Scope(model, example=(torch.rand(1, 3, 8, 9), torch.rand(1, 5)))
    inputs = (torch.rand(4, 3, 8, 9), torch.rand(4, 5))
    found = scope.activations(inputs, ["right", "output"], batch_size=3)
    with torch.no_grad():
        torch.testing.assert_close(found["output"], model(*inputs))
    with pytest.raises(ValueError, match="takes 2 input"):
        scope.activations(inputs[0], ["right"])
    with pytest.raises(ValueError, match="takes 2 input"):
        scope.activations((inputs[0], inputs[1][:2]), ["right"])


def test_prepared_tensors_pass_as_they_are():
    scope = Scope(small(), "none", example=torch.randn(1, 3, 20, 30))
    x = torch.randn(2, 3, 20, 30) * 3
    with torch.no_grad():
        torch.testing.assert_close(scope.activations(x, "output")["output"], scope.model(x))


def test_what_was_assumed_about_the_inputs_is_said():
    assert "No preprocessing found" in Scope(small()).notice
    assert Scope(small(), Preprocess(size=32)).notice == ""


def test_the_size_is_found_by_trying_where_the_network_takes_only_one():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))
    scope = Scope(net)
    assert scope.preprocess.size == (28, 28)
    assert scope.preprocess.channels == 1
    assert len(scope.predict(np.zeros((40, 50, 3), np.uint8))) == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Scope("resnet18"), "model: must be a torch.nn.Module, got str"),
        (lambda: Scope(small(), device="meta"), r"the model is on cpu, not on meta"),
        (lambda: Scope(small().to("meta")), "meta device and hold no values"),
        (lambda: Scope(nn.Sequential(nn.LazyConv2d(3, 3))), "lazy module without weights"),
        (lambda: Scope(small(), 224), "preprocess: must be a cs.Preprocess"),
        (lambda: Scope(small(), classes="cat"), "classes: must be a list"),
        (lambda: Scope(small(), example=[]), "example: must be a tensor"),
        (lambda: Scope(small(), example=torch.rand(1, 3, 1)).layers, "raised RuntimeError"),
    ],
)
def test_a_scope_says_what_is_wrong_with_what_it_was_given(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        assert make().layers is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.activations(IMAGES, []), "layers: got none"),
        (lambda s: s.activations(IMAGES, ["conv1"]), "no layer 'conv1'"),
        (lambda s: s.activations(IMAGES, ["0"], batch_size=0), "batch_size: must be at least 1"),
        (lambda s: s.activations([], ["0"]), "images"),
        (lambda s: s.activations(torch.rand(2, 4, 8, 8), ["0"]), "takes 3 channels"),
        (lambda s: s.activations(IMAGES * float("nan"), ["0"]), "image 0: .* NaN"),
        (lambda s: s.predict(IMAGES, top=0), "top: must be at least 1"),
        (lambda s: s.gradients(IMAGES, 5, ["0"]), "no class 5; the model has 5"),
        (lambda s: s.gradients(IMAGES, "cat", ["0"]), "no class 'cat'"),
        (lambda s: s.gradients(IMAGES, [1, 2], ["0"]), "targets: 2 for 7 images"),
        (lambda s: s.weight_gradients(IMAGES, [1, 2]), "labels: 2 for 7 images"),
        (lambda s: s.weight_gradients(IMAGES, [0] * 7, loss="mse"), "loss: must be"),
        (lambda s: s.filters("1"), "'1' is a ReLU and has no filters; its convolutions are 0"),
    ],
)
def test_a_wrong_question_gets_one_sentence(scope, call, words):
    with pytest.raises(ValueError, match=words) as error:
        call(scope)
    assert "\n" not in str(error.value)


def test_a_model_that_raises_says_so_and_keeps_the_cause():
    class Broken(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyError("no such thing")

    with pytest.raises(ValueError, match="model: raised KeyError") as error:
        assert Scope(Broken()).layers
    assert isinstance(error.value.__cause__, KeyError)


def test_integer_layers_have_activations_but_no_gradients():
    class Hashed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cells = nn.Module()
            self.round = Rounding()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.round(x).float().mean((2, 3))

    class Rounding(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x * 10).long()

    scope = Scope(Hashed(), Preprocess(size=(20, 30), channels=3))
    assert scope.activations(IMAGES, "round")["round"].dtype == torch.int64
    with pytest.raises(ValueError, match="has no gradient"):
        scope.gradients(IMAGES, 0, "round")
