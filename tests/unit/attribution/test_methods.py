"""Methods that explain the input, against captum and what they must sum to."""

import pytest
import torch
from captum import attr
from networks import Reused, images, pooled, seeded, without_bias
from torch import nn
from torch.nn import functional

import convscope as cs
import zoo

FAST = {
    "integrated_gradients": {"steps": 6},
    "smoothgrad": {"samples": 3},
    "occlusion": {"window": 7},
    "feature_ablation": {"segments": 3},
}
INPUT = [m.name for m in cs.attribution.METHODS.values() if not m.layers]


def scope_of(model):
    return cs.Scope(model, "none", example=images())


def found(model, method, target=1, **options):
    options = FAST.get(method, {}) | options
    return scope_of(model).attribute(images(), target, method=method, **options)


def close(one, other):
    torch.testing.assert_close(one, other.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("saliency", lambda m, x: attr.Saliency(m).attribute(x, target=1).amax(1)),
        ("input_x_gradient", lambda m, x: attr.InputXGradient(m).attribute(x, target=1).sum(1)),
        ("guided_backprop", lambda m, x: attr.GuidedBackprop(m).attribute(x, 1).abs().amax(1)),
        ("deconvolution", lambda m, x: attr.Deconvolution(m).attribute(x, 1).abs().amax(1)),
        ("deeplift", lambda m, x: attr.DeepLift(m).attribute(x, target=1).sum(1)),
    ],
)
@pytest.mark.filterwarnings("ignore:Setting:UserWarning", "ignore:Input Tensor:UserWarning")
def test_maps_equal_captums_where_captum_sees_all(ours, theirs):
    close(found(pooled(), ours).maps["input"], theirs(pooled(), images().requires_grad_()))


@pytest.mark.filterwarnings("ignore:Setting backward hooks:UserWarning")
def test_guided_gradcam_equals_captums():
    model = pooled()
    want = attr.GuidedGradCam(model, model[3]).attribute(images().requires_grad_(), 1)
    maps = scope_of(pooled()).attribute(images(), 1, method="guided_gradcam", layers="3").maps
    close(maps["3"], want.abs().amax(1))


def test_occlusion_and_ablation_equal_plain_loops():
    model, batch = pooled(), images()
    with torch.no_grad():
        score = model(batch)[:, 1]
        squares = torch.zeros(3, 20, 28)
        windows = torch.zeros(3, 20, 28)
        counts = torch.zeros(20, 28)
        for y in range(0, 20, 10):
            for x in range(0, 28, 10):
                covered = batch.clone()
                covered[:, :, y : y + 10, x : x + 10] = 0.25
                squares[:, y : y + 10, x : x + 10] = (score - model(covered)[:, 1])[:, None, None]
        for y in (0, 3, 6, 9, 12, 13):
            for x in (0, 3, 6, 9, 12, 15, 18, 21):
                covered = batch.clone()
                covered[:, :, y : y + 7, x : x + 7] = 0.25
                windows[:, y : y + 7, x : x + 7] += (score - model(covered)[:, 1])[:, None, None]
                counts[y : y + 7, x : x + 7] += 1
    options = {"baseline": 0.25, "batch_size": 4}
    close(found(model, "feature_ablation", **options).maps["input"], squares)
    theirs = attr.Occlusion(model).attribute(
        batch, (3, 7, 7), strides=(3, 3, 3), baselines=0.25, target=1
    )
    close(found(model, "occlusion", **options).maps["input"], theirs.mean(1))


def test_integrated_gradients_sum_to_the_change_of_the_score():
    model = pooled()
    result = found(model, "integrated_gradients", target=[[1, 4]], steps=200)
    change = model(images())[:, [1, 4]] - model(torch.zeros_like(images()))[:, [1, 4]]
    sums = result.maps["input"].sum((2, 3))
    torch.testing.assert_close(sums, change.detach(), rtol=0.02, atol=2e-3)
    torch.testing.assert_close(result.completeness, (sums - change).detach(), rtol=0, atol=1e-5)


def test_input_times_gradient_sums_to_the_score_without_biases():
    result = found(without_bias(), "input_x_gradient")
    close(result.maps["input"].sum((1, 2)), result.scores[:, 0])
    close(result.scores[:, 0], without_bias()(images())[:, 1])


def test_deeplift_is_complete_for_nonlinearities_that_captum_does_not_list():
    model = seeded(
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.ReLU6(inplace=True), nn.Conv2d(4, 4, 3), nn.SiLU(inplace=True),
            nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
    )  # fmt: skip
    result = found(model, "deeplift", baseline=0.3)
    assert result.completeness.abs().max() < 1e-5
    assert result.maps["input"].abs().sum() > 1e-3


@pytest.mark.parametrize("method", ["guided_backprop", "deconvolution", "deeplift"])
def test_one_relu_in_place_and_reused_counts_as_if_there_were_several(method):
    plain, odd = seeded(lambda: Reused(distinct=True)), seeded(Reused)
    close(found(odd, method).maps["input"], found(plain, method).maps["input"])


@pytest.mark.parametrize("method", ["guided_backprop", "deconvolution"])
def test_relu_as_a_function_counts_too(method):
    plain, odd = seeded(lambda: Reused(distinct=True)), seeded(lambda: Reused(functional=True))
    close(found(odd, method).maps["input"], found(plain, method).maps["input"])


def test_deeplift_refuses_functions_that_it_would_not_see():
    with pytest.raises(ValueError, match=r"calls 3 as functions \(relu.*integrated_gradients"):
        found(seeded(lambda: Reused(functional=True)), "deeplift")


def test_guided_backprop_needs_something_to_guide():
    model = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ValueError, match="this model calls none; use 'saliency'"):
        found(model.eval(), "guided_backprop")


@pytest.mark.parametrize("method", INPUT)
def test_a_batch_gives_what_single_images_and_single_targets_give(method):
    scope, options = scope_of(pooled()), FAST.get(method, {}) | {"method": method}
    together = scope.attribute(images(), [[4, 0], [1, 2], [3, 3]], batch_size=2, **options)
    assert together.maps["input"].shape == (3, 2, 20, 28)
    for i, target in ((0, 4), (1, 1), (2, 3)):
        alone = scope.attribute(images()[i : i + 1], target, **options)
        close(together.map(i), alone.map())


@pytest.mark.parametrize("method", INPUT)
def test_units_and_functions_can_be_explained(method):
    scope, options = scope_of(pooled()), FAST.get(method, {}) | {"method": method}
    unit = scope.attribute(images(), "3:2", **options)
    assert unit.maps["input"].abs().max() > 0
    by_function = scope.attribute(images(), lambda output: output[:, 3], **options)
    close(by_function.maps["input"], scope.attribute(images(), 3, **options).maps["input"])


def test_no_more_images_run_at_once_than_asked_for():
    model, sizes = pooled(), []
    scope = scope_of(model)
    model[0].register_forward_pre_hook(lambda _m, inputs: sizes.append(len(inputs[0])))
    for method in ("integrated_gradients", "smoothgrad", "occlusion", "feature_ablation"):
        scope.attribute(images(), 1, method=method, batch_size=4, **FAST[method])
    assert max(sizes) <= 4


def test_noise_depends_on_the_seed_only():
    one = found(pooled(), "smoothgrad", seed=3).maps["input"]
    torch.rand(5)
    assert torch.equal(one, found(pooled(), "smoothgrad", seed=3).maps["input"])
    assert not torch.equal(one, found(pooled(), "smoothgrad", seed=4).maps["input"])


def test_tokens_as_input_are_refused_in_words():
    scope = cs.Scope(nn.Sequential(nn.Linear(6, 5)).eval(), "none", example=torch.rand(2, 6))
    with pytest.raises(ValueError, match="explains pictures"):
        scope.attribute(torch.rand(2, 6), 1, method="saliency")
    with pytest.raises(ValueError, match="no layer of this model gives maps"):
        scope.attribute(torch.rand(2, 6), 1)


def test_segments_can_be_given():
    parts = (functional.pad(torch.ones(20, 13), (0, 15)) * 7).long()
    maps = found(pooled(), "feature_ablation", segments=parts).maps["input"]
    assert all(len(each.unique()) == 2 for each in maps)


@pytest.mark.parametrize("name", ["several_inputs", "overwrites_input", "inplace_chain"])
def test_models_with_habits_work(name):
    specimen = zoo.specimen(name)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    for method in ("saliency", "integrated_gradients", "occlusion"):
        options = FAST.get(method, {})
        assert scope.attribute(specimen.inputs, 1, method=method, **options).maps["input"].any()
