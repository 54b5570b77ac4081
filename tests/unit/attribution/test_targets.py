"""What can be asked about, and what a wrong question is answered with."""

import pytest
import torch
from networks import images, pooled
from torch import nn

import convscope as cs
import zoo

NAMES = ["lynx", "tabby", "tiger cat", "otter", "mink"]


@pytest.fixture
def scope():
    return cs.Scope(pooled(), "none", classes=NAMES, example=images())


def test_names_indices_and_predictions_mean_the_same(scope):
    best = [each[0] for each in scope.predict(images(), top=1)]
    predicted = scope.attribute(images())
    assert predicted.targets == [(each.name,) for each in best]
    by_index = scope.attribute(images(), [each.index for each in best])
    by_name = scope.attribute(images(), [each.name for each in best])
    several = scope.attribute(images(), torch.tensor([[each.index] for each in best]))
    for other in (by_index, by_name):
        torch.testing.assert_close(other.maps, predicted.maps)
        assert other.classes.tolist() == predicted.classes.tolist()
    assert several.maps["4"].shape == (3, 1, 10, 14)


def test_scores_are_the_raw_output(scope):
    found = scope.attribute(images(), [["otter", 0], ["mink", -1], ["lynx", None]])
    output = scope.network(images())
    want = output.gather(1, found.classes)
    torch.testing.assert_close(found.scores, want.detach())
    assert found.classes[:2].tolist() == [[3, 0], [4, 4]]


def test_a_difference_of_two_classes_is_signed(scope):
    found = scope.attribute(images(), [["tabby", "otter"]], signed=True)
    difference = found.difference(0, 1)
    torch.testing.assert_close(difference.map(2), found.map(2, target=0) - found.map(2, target=1))
    assert difference.targets[0] == ("tabby − otter",)
    with pytest.raises(ValueError, match="several"):
        difference.difference(0, 0)


def test_regression_increases_decreases_or_stays():
    model = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False), nn.Flatten(2))
    scope = cs.Scope(model.eval(), "none", example=images())

    def angle(output):
        return output[:, 0, 5] - 2 * output[:, 0, 7]

    def saliency(aim):
        return scope.attribute(images(), angle, method="saliency", aim=aim).maps["input"].flatten(1)

    weight = model[0].weight[0, :, 0, 0]
    more, less = weight.clamp_min(0).max().detach(), weight.clamp_max(0).min().abs().detach()
    up, down, either, same = map(saliency, ("increase", "decrease", None, "maintain"))
    torch.testing.assert_close(up[:, [5, 7]], torch.stack([more, 2 * less]).expand(3, -1))
    torch.testing.assert_close(down[:, [5, 7]], torch.stack([less, 2 * more]).expand(3, -1))
    assert (either == torch.maximum(up, down)).all()
    assert (same[:, 6] > same[:, 5]).all()
    assert (same[:, 5] > same[:, 7]).all()
    cam = {aim: scope.attribute(images(), angle, layers="0", aim=aim) for aim in (None, "decrease")}
    assert cam[None].targets[0] == ("angle",)
    assert not torch.equal(cam[None].maps["0"], cam["decrease"].maps["0"])


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (5, "no class 5; the model has 5"),
        ([0, 1, -6], "no class -6"),
        ("tiger", "did you mean 'tiger cat'"),
        ("4:8", "'4' has units 0 to 7, got 8"),
        ("44:1", "no layer '44'"),
        ([0, 1], "2 for 3 images; give one for each image, one for all, or"),
        ([[0, 1], [1], [2, 3]], "equally many"),
        ([], "0 for 3 images"),
        (lambda output: output, "one number per image"),
        (2.5, "must be a class"),
    ],
)
def test_a_wrong_target_is_named(scope, targets, words):
    with pytest.raises((TypeError, ValueError), match=words):
        scope.attribute(images(), targets)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "grad-cam"}, "did you mean 'gradcam'"),
        ({"method": "saliency", "layers": "3"}, "explains the input, so it takes none"),
        ({"layers": "7"}, r"'7' gives \(5,\) for an image, no maps"),
        ({"layers": "conv"}, "no layer 'conv'"),
        ({"layers": []}, "got none"),
        ({"steps": 4}, "steps: 'gradcam' takes signed"),
        ({"aim": "keep"}, "must be 'increase', 'decrease', 'maintain' or None, got 'keep'"),
        ({"aim": "maintain", "method": "occlusion"}, "does not show"),
        ({"batch_size": 0}, "at least 1"),
        ({"method": "integrated_gradients", "steps": 0}, "steps: must be at least 1"),
        ({"method": "smoothgrad", "noise": 0.0}, "noise: must be above 0"),
        ({"method": "occlusion", "baseline": torch.zeros(3, 2, 2)}, "baseline: must be a number"),
        ({"method": "feature_ablation", "segments": torch.zeros(2, 2)}, "segments: must be"),
    ],
)
def test_a_wrong_option_is_named(scope, options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        scope.attribute(images(), 0, **options)


def test_a_model_without_a_class_axis_asks_for_a_function():
    specimen = zoo.specimen("unet")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    with pytest.raises(ValueError, match=r"no class scores \(N, K\).*targets="):
        scope.attribute(specimen.inputs, 1)
    found = scope.attribute(specimen.inputs, lambda scores: scores[:, 1].mean((1, 2)))
    assert found.maps["out"].shape == (3, 20, 28)


def test_a_layer_that_no_gradient_reaches_is_named():
    class Detached(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.head = nn.Linear(4, 5)

        def forward(self, x):
            return self.head(self.conv(x).detach().mean((2, 3)))

    scope = cs.Scope(Detached().eval(), "none", example=images())
    with pytest.raises(ValueError, match="no gradient reaches 'conv'"):
        scope.attribute(images(), 0, layers="conv")


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "smoothgrad", "deeplift"])
def test_an_input_that_no_gradient_reaches_is_named(method):
    specimen = zoo.specimen("no_grad_trunk")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    with pytest.raises(ValueError, match="no gradient reaches 'input'"):
        scope.attribute(specimen.inputs, 1, method=method)


def test_a_detector_asks_for_a_function():
    specimen = zoo.specimen("detection")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    with pytest.raises(ValueError, match=r"rows of class scores for .* targets="):
        scope.attribute(specimen.inputs, 1)


def test_a_class_may_be_called_predicted_or_like_a_unit():
    classes = ["a", "predicted", "4:1", "d", "e"]
    scope = cs.Scope(pooled(), "none", classes=classes, example=images())
    found = scope.attribute(images(), [["predicted", "4:1"]])
    assert found.classes.tolist() == [[1, 2]] * 3


def test_a_single_map_is_asked_for_in_range(scope):
    found = scope.attribute(images(), 0)
    for wrong, words in (({"image": 3}, "3, from 0"), ({"target": 1}, "1, from 0")):
        with pytest.raises(ValueError, match=words):
            found.map(**wrong)
    with pytest.raises(ValueError, match="no map of '3'"):
        found.map(layer="3")
    assert repr(found) == "Attributions(Grad-CAM of lynx: 4 (3, 10, 14))"
