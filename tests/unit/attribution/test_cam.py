"""Class activation maps against captum, torchcam and pytorch-grad-cam, and by hand."""

import peers  # noqa: F401 - makes torchvision importable, for what follows

# isort: split
import pytest
import pytorch_grad_cam
import torch
import torchcam.methods
from captum.attr import LayerGradCam
from captum.testing.helpers.basic_models import BasicModel_ConvNet_One_Conv
from networks import images, pooled
from torch import nn

import convscope as cs
import zoo
from convscope import attribution

CAMS = ["gradcam", "gradcam++", "layercam", "hirescam", "xgradcam", "activation_x_gradient"]


def close(one, other, tolerance=1e-5):
    torch.testing.assert_close(one, other, rtol=tolerance, atol=1e-6)


@pytest.fixture
def scope():
    return cs.Scope(pooled(), "none", example=images())


def test_the_published_numbers_of_captums_example_come_out():
    scope = cs.Scope(BasicModel_ConvNet_One_Conv().eval(), "none", example=torch.zeros(1, 1, 4, 4))
    image = torch.arange(16.0).view(1, 1, 4, 4)
    maps = scope.attribute(image, 0, layers=["conv1", "relu1"]).maps
    close(maps["conv1"], torch.tensor([[[11.25, 13.5], [20.25, 22.5]]]))
    close(maps["relu1"], torch.tensor([[[0.0, 4.0], [28.0, 32.5]]]))


def test_before_pooling_and_a_linear_head_gradcam_is_zhous_cam_over_the_area(scope):
    network = scope.network
    activations = network[:5](images())
    cam = torch.einsum("nchw,c->nhw", activations, network[7].weight[2])
    found = scope.attribute(images(), 2, layers=["4"]).maps["4"]
    close(found, cam.relu().detach() / (10 * 14))
    for method in ("hirescam", "layercam"):  # equal where the gradient is the same everywhere
        signed = scope.attribute(images(), 2, layers=["4"], method=method, signed=True).maps["4"]
        weights = network[7].weight[2].clamp_min(0) if method == "layercam" else None
        want = cam if weights is None else torch.einsum("nchw,c->nhw", activations, weights)
        close(signed, want.detach() / (10 * 14))


@pytest.mark.parametrize("name", ["residual", "inception", "dense", "depthwise", "convnext"])
def test_all_layers_and_classes_at_once_equal_captum_for_each(name):
    specimen = zoo.specimen(name)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    layers = [e.name for e in scope.layers if e.capturable and len(e.shape) == 3 and not e.grid]
    layers = [n for n in layers if not n.startswith("output") and "@" not in n][::3]
    found = scope.attribute(specimen.inputs, [[3, 0]], layers=layers, batch_size=2)
    modules = dict(specimen.model.named_modules())
    for layer in layers:
        for place, target in enumerate((3, 0)):
            captum = LayerGradCam(specimen.model, modules[layer])
            want = captum.attribute(specimen.inputs, target=target, relu_attributions=True)
            # captum takes what an in-place operation made of the others' outputs
            if type(modules[layer]).__name__ in ("Conv2d", "Sequential", "_Residual"):
                close(found.maps[layer][:, place], want[:, 0].detach())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("gradcam", "GradCAM"), ("layercam", "LayerCAM"), ("xgradcam", "XGradCAM")],
)
def test_maps_equal_torchcams_without_its_normalisation(scope, ours, theirs):
    image = images(1)
    cam = getattr(torchcam.methods, theirs)(scope.network, "3")
    with cam:
        output = scope.network(image)
        want = cam(1, output, normalized=False)[0]
    close(scope.attribute(image, 1, layers="3", method=ours).maps["3"], want)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("gradcam", "GradCAM"),
        ("gradcam++", "GradCAMPlusPlus"),
        ("layercam", "LayerCAM"),
        ("hirescam", "HiResCAM"),
        ("xgradcam", "XGradCAM"),
    ],
)
def test_formulas_equal_those_of_pytorch_grad_cam(ours, theirs):
    generator = torch.Generator().manual_seed(3)
    activations = torch.rand(2, 5, 4, 7, generator=generator, dtype=torch.float64) + 0.1
    gradients = torch.randn(2, 5, 4, 7, generator=generator, dtype=torch.float64) * 9
    kind = getattr(pytorch_grad_cam, theirs)
    with kind(pooled(), []) as cam:
        want = cam.get_cam_image(
            None, None, None, activations.numpy(), gradients.numpy(), eigen_smooth=False
        )
    found = attribution.cam(ours, activations, gradients, signed=True)
    close(found, torch.from_numpy(want), tolerance=1e-4)


@pytest.mark.parametrize("method", CAMS)
def test_a_batch_gives_what_single_images_give(method):
    specimen = zoo.specimen("residual")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    layers = ["0", "1.conv2", "2"]
    options = {"method": method, "layers": layers}
    together = scope.attribute(specimen.inputs, [4, 0, 1], **options)
    for i, (image, target) in enumerate(zip(specimen.inputs, (4, 0, 1), strict=True)):
        alone = scope.attribute(image[None], target, **options)
        for layer in layers:
            close(together.map(i, layer=layer), alone.map(layer=layer))


@pytest.mark.parametrize("name", ["vit", "swin"])
def test_tokens_give_maps_by_their_grid(name):
    specimen = zoo.specimen(name)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    grids = [e.name for e in scope.layers if e.capturable and "tokens" in e.grid]
    reached = scope.gradients(specimen.inputs, 1, grids)
    layers = [n for n in grids if reached[n].abs().max() > 0][:4]
    found = scope.attribute(specimen.inputs, 1, layers=layers, method="activation_x_gradient")
    activations = scope.activations(specimen.inputs, layers)
    for layer in layers:
        close(found.maps[layer], (activations[layer] * reached[layer]).sum(1))


def test_no_weight_gets_a_gradient_and_no_hook_stays(scope):
    model = scope.network.requires_grad_().train()
    scope.attribute(images(), [[0, 1]], layers=["0", "3"])
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert model.training
    assert not any(m._forward_hooks for m in model.modules())


def test_what_comes_before_the_first_layer_keeps_no_graph(scope):
    seen = []
    scope.network[1].register_forward_hook(lambda _m, _i, output: seen.append(output.requires_grad))
    scope.attribute(images(), 0, layers=["3", "4"])
    assert seen[-1] is False


def test_a_unit_is_asked_without_running_what_follows():
    model = nn.Sequential(*pooled(), nn.Identity())
    scope = cs.Scope(model, "none", example=images())
    assert scope.layers
    ran = []
    model[8].register_forward_hook(lambda *_: ran.append(1))
    found = scope.attribute(images(), "3:6", layers="0", method="hirescam")
    assert not ran
    activations = scope.activations(images(), ["3", "0"])
    torch.testing.assert_close(found.scores[:, 0], activations["3"][:, 6].mean((1, 2)))
    assert found.targets == [("3:6",)] * 3


def test_half_precision_gives_maps_in_single_precision():
    model = pooled().to(torch.bfloat16)
    scope = cs.Scope(model, "none", example=images())
    maps = scope.attribute(images(), 1, layers="3").maps["3"]
    assert maps.dtype == torch.float32
    assert maps.isfinite().all()
