"""After any public call, also one that raises or is interrupted, all is as it was before."""

import base64
import contextlib
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convscope as cs
import zoo
from convscope import featurevis
from convscope.atlas.icons import IconSettings, render_inversions
from convscope.widgets._jobs import Job
from zoo import oracle
from zoo.imprint import changes, imprint


class Bomb:
    """A hook of the user's that raises at the n-th call of a module once it is armed."""

    def __init__(self, error):
        self.error = error
        self.countdown = None

    def arm(self, countdown):
        self.countdown = countdown

    def __call__(self, module, args):
        if self.error is None or self.countdown is None:
            return
        self.countdown -= 1
        if self.countdown == 0:
            raise self.error("set off by the test")


def _predict(scope, inputs, layer, pick):
    scope.predict(inputs, top=2)


def _activations(scope, inputs, layer, pick):
    scope.activations(inputs, layers=[layer], batch_size=pick([1, 2, 4]))


def _all_activations(scope, inputs, layer, pick):
    scope.activations(inputs, layers=scope.layers.names, batch_size=2)


def _unknown_layer(scope, inputs, layer, pick):
    with pytest.raises(ValueError, match="no layer"):
        scope.activations(inputs, layers=[layer, f"{layer}{layer}"])


def _wrong_images(scope, inputs, layer, pick):
    scope.activations(torch.zeros(2, 9, 3, 3), layers=[layer])


def _abandoned_iteration(scope, inputs, layer, pick):
    batches = scope.iter_activations(inputs, layers=[layer], batch_size=1)
    next(batches)
    if pick([False, True]):
        batches.close()


def _gradients(scope, inputs, layer, pick):
    scope.gradients(inputs, pick([0, 1, 4]), layers=[layer])


def _all_gradients(scope, inputs, layer, pick):
    names = [n for n in scope.layers.names if scope.layers[n].dtype.is_floating_point]
    scope.gradients(inputs, 2, layers=names)


def _failing_target(scope, inputs, layer, pick):
    def target(output):
        raise RuntimeError("a target of the user's")

    scope.gradients(inputs, target, layers=[layer])


def _weight_gradients(scope, inputs, layer, pick):
    count = len(inputs[0] if isinstance(inputs, tuple) else inputs)
    scope.weight_gradients(inputs, [1] * count)


def _filters(scope, inputs, layer, pick):
    convolutions = [each.name for each in scope.layers if each.kind.startswith("Conv")]
    scope.filters(pick(convolutions or [layer]))


def _layers(scope, inputs, layer, pick):
    assert repr(scope.layers)
    assert scope.layers._repr_html_()
    assert scope.layers[layer] is scope.layers[scope.layers.find(layer).name]


def _fresh_scope(scope, inputs, layer, pick):
    example = inputs if isinstance(inputs, tuple) else (inputs,)
    assert len(cs.Scope(scope.model, "none", example=example).layers)


def _browser(scope, inputs, layer, pick):
    images = cs.Scope(scope.model, example=inputs)
    browser = cs.LayerBrowser(images, inputs)
    name = browser.layer
    ask = {
        "thumbnails": lambda: browser.thumbnails(0, 2),
        "input": lambda: browser.input(1),
        "summary": lambda: browser.summary(0),
        "maps": lambda: browser.maps(1, name),
        "channel": lambda: browser.channel(0, name, 0),
        "top": lambda: browser.top(Job(), name, 1),
        "figure": lambda: browser.figure(),
    }
    assert ask[pick(sorted(ask))]() is not None


def _attribution(scope, inputs, layer, pick):
    images = cs.Scope(scope.model, example=inputs)
    widget = cs.Attribution(images, inputs, target=1)
    place = (0, "gradcam", 1, widget.layer)
    ask = {
        "maps": lambda: widget.maps(Job(), 1, [["gradcam", 2, widget.layer]]),
        "faithfulness": lambda: widget.faithfulness(Job(), *place),
        "sanity": lambda: widget.sanity(Job(), *place),
        "figure": lambda: widget.figure(),
    }
    assert ask[pick(sorted(ask))]() is not None


def _gallery(scope, inputs, layer, pick):
    gallery = cs.FilterGallery(scope)
    assert gallery.filters(gallery.layer)["shape"]
    assert gallery.kernels(gallery.layer, 0)["weights"].shape


def _feature_vis(scope, inputs, layer, pick):
    images = cs.Scope(scope.model, example=inputs)
    options = {"steps": 2, "size": 8, "diverse": 2, "cache": False}
    vis = cs.FeatureVis(images, inputs, target=f"{layer}:0", **options)
    ask = {
        "develop": lambda: vis.develop(Job(), vis.target),
        "examples": lambda: vis.examples(Job(), vis.target),
        "gallery": lambda: vis.gallery(Job(), vis.layer, count=2, make=True),
        "figure": lambda: vis.figure(),
    }
    assert ask[pick(sorted(ask))]() is not None


def _class_activation_maps(scope, inputs, layer, pick):
    methods = [each.name for each in cs.attribution.METHODS.values() if each.layers]
    scope.attribute(inputs, [[1, 4]], method=pick(methods[::-1]), layers=[layer], batch_size=2)


def _input_attributions(scope, inputs, layer, pick):
    settings = {"occlusion": {"window": 9}, "integrated_gradients": {"steps": 3}}
    settings |= {"feature_ablation": {"segments": 2}, "smoothgrad": {"samples": 2}}
    methods = [each.name for each in cs.attribution.METHODS.values() if not each.layers]
    method = pick(methods)
    scope.attribute(
        inputs, pick([1, f"{layer}:0"][::-1]), method=method, **settings.get(method, {})
    )


def _trust(scope, inputs, layer, pick):
    if pick([False, True]):
        cs.attribution.sanity_check(scope, inputs, 1, layers=layer)
    else:
        found = scope.attribute(inputs, 1, layers=layer)
        cs.attribution.deletion_insertion(scope, inputs, found, steps=3)


def _between(scope, inputs, layer, pick):
    one = inputs[:1] if torch.is_tensor(inputs) else tuple(each[:1] for each in inputs)
    first = scope.layers.names[0]
    call = pick([cs.attribution.feeds, cs.attribution.made_from])
    pair = (first, layer) if call is cs.attribution.feeds else (layer, first)
    call(scope, one, pair[0], (0, 0), pair[1])


def _visualize(scope, inputs, layer, pick):
    targets = [layer, f"{layer}:0", f"{layer}:0@centre"]
    featurevis.visualize(scope, targets, steps=2, cache=False, redirect=pick([0, 2]), chunk=2)


def _abandoned_optimisation(scope, inputs, layer, pick):
    run = featurevis.optimize(scope, f"{layer}:0", steps=3, alpha=pick([False, True]))
    next(run)
    run.results()


def _class_picture(scope, inputs, layer, pick):
    featurevis.visualize(scope, "class:1", steps=2, cache=False)


def _invert(scope, inputs, layer, pick):
    featurevis.invert(scope, inputs, layer, steps=2)


def _icons(scope, inputs, layer, pick):
    shape = scope.layers[layer].shape
    targets = torch.ones(2, shape[0])
    settings = IconSettings(size=8, steps=2, check=1, tries=pick([1, 2]))
    icons = render_inversions(scope, layer, targets, settings=settings)
    next(icons)
    if pick([False, True]):
        icons.close()


def _dream(scope, inputs, layer, pick):
    image = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))
    featurevis.dream(scope, image, layer, octaves=1, steps=1).__next__()


def _dream_widget(scope, inputs, layer, pick):
    image = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))
    choices = {"octaves": 1, "steps": 1, "jitter": 1, "cache": False}
    widget = cs.DeepDream(scope, image, target=layer, **choices)
    widget.run()
    widget.close()


def _embed(scope, inputs, layer, pick):
    pool = pick(["flatten", "random", "center", "max", "mean"])
    scope.embed(inputs, layer, pool, batch_size=pick([1, 2]))


def _project_layers(scope, inputs, layer, pick):
    first = scope.layers.names[0]
    doubled = tuple(torch.cat([each] * 2) for each in inputs) if isinstance(inputs, tuple) else None
    images = torch.cat([inputs] * 2) if doubled is None else doubled
    cs.manifold.project_layers(scope, images, [first, layer], method="pca")


def _scatter(scope, inputs, layer, pick):
    draw = np.random.default_rng(0)
    proj = cs.manifold.project(draw.normal(size=(6, 5)).astype(np.float32), method="pca")
    images = torch.rand(6, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    named = cs.Scope(scope.model, cs.Preprocess(size=(20, 30)), classes=[*"abcde"])
    widget = cs.ManifoldScatter(proj, images, scope=named, layer=layer)
    ask = {
        "prediction": lambda: widget.compute(Job(), "prediction"),
        "card": lambda: widget.card(1),
        "figure": lambda: widget.figure(),
    }
    assert ask[pick(sorted(ask))]() is not None


def _atlas(scope, inputs, layer, pick):
    choices = {"method": "pca", "levels": (2,), "icons": "none", "samples_per_image": 3}
    rule = pick(["none", "smoothed", "linear"])
    with tempfile.TemporaryDirectory() as folder:
        build = {"attribution": rule, "progress": False, **choices}
        atlas = cs.Atlas.build(scope, inputs, [layer], f"{folder}/a", **build)
        one = inputs[:1] if torch.is_tensor(inputs) else tuple(each[:1] for each in inputs)
        atlas.locate(scope, one)


def _atlas_viewer(scope, inputs, layer, pick):
    images = cs.Scope(scope.model, example=inputs)
    choices = {"method": "pca", "levels": (2,), "icons": "none", "samples_per_image": 3}
    picture = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))
    address = base64.b64encode(cs.images.encode(picture, "png").data).decode()
    with tempfile.TemporaryDirectory() as folder:
        atlas = cs.Atlas.build(images, inputs, [layer], f"{folder}/a", progress=False, **choices)
        viewer, browser = cs.AtlasViewer(atlas), cs.LayerBrowser(images, inputs)
        followed = cs.link(viewer, browser)
        ask = {
            "locate": lambda: viewer.locate(Job(), layer, 1),
            "dropped": lambda: viewer.locate_dropped(Job(), layer, f"data:,{address}"),
            "picture": lambda: viewer.picture(1),
            "of a class": lambda: cs.AtlasViewer(atlas.for_class(1, method="pca", levels=2)),
            "linked": lambda: _look_where(viewer, browser),
        }
        found = ask[pick(sorted(ask))]()
        followed.unlink()
        viewer.close()
        assert found is not None


def _look_where(viewer, browser):
    viewer.image, viewer.position = 1, [0, 0]
    assert (browser.image, browser.position) == (1, [0, 0])
    assert viewer.figure()
    return browser.figure()


CALLS = [
    _atlas,
    _atlas_viewer,
    _embed,
    _scatter,
    _project_layers,
    _dream_widget,
    _visualize,
    _abandoned_optimisation,
    _class_picture,
    _invert,
    _icons,
    _dream,
    _trust,
    _between,
    _class_activation_maps,
    _input_attributions,
    _predict,
    _activations,
    _all_activations,
    _unknown_layer,
    _wrong_images,
    _abandoned_iteration,
    _gradients,
    _all_gradients,
    _failing_target,
    _weight_gradients,
    _filters,
    _layers,
    _fresh_scope,
    _browser,
    _attribution,
    _gallery,
    _feature_vis,
]


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    name=st.sampled_from(sorted(zoo.BUILDERS)),
    call=st.sampled_from(CALLS),
    error=st.sampled_from([None, None, RuntimeError, KeyboardInterrupt]),
    grad_mode=st.booleans(),
    data=st.data(),
)
def test_every_call_leaves_model_inputs_and_torch_as_they_were(name, call, error, grad_mode, data):
    specimen = zoo.specimen(name)
    bomb = Bomb(error)
    network = oracle.network(specimen.model)
    for module in network.modules():
        module.register_forward_pre_hook(bomb)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    layer = data.draw(st.sampled_from(scope.layers.names))

    with torch.set_grad_enabled(grad_mode):
        before = imprint(specimen.model, specimen.example)
        bomb.arm(data.draw(st.integers(1, len(list(network.modules())))))
        with warnings.catch_warnings(), contextlib.suppress(Exception, KeyboardInterrupt):
            warnings.simplefilter("ignore")
            call(scope, specimen.inputs, layer, lambda options: data.draw(st.sampled_from(options)))
        after = imprint(specimen.model, specimen.example)

    assert changes(before, after) == []


def test_a_model_made_in_inference_mode_is_left_as_it_was():
    """Torch lets nobody write to its weights and buffers outside that mode."""
    with torch.inference_mode():
        specimen = zoo.specimen("plain")
    before = {name: tensor.tolist() for name, tensor in specimen.model.state_dict().items()}
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    assert len(scope.activations(specimen.inputs, layers=["norm"])["norm"]) == 3
    assert {name: t.tolist() for name, t in specimen.model.state_dict().items()} == before


def test_an_example_of_a_network_that_writes_to_its_input_is_left_as_it_was():
    specimen = zoo.specimen("overwrites_input")
    before = imprint(specimen.model, specimen.example)
    (found,) = cs.Scope(specimen.model, example=specimen.example[0]).example
    assert found.shape == specimen.example[0].shape
    assert changes(before, imprint(specimen.model, specimen.example)) == []


@pytest.mark.parametrize("call", CALLS)
def test_the_calls_that_are_checked_work_when_nothing_interrupts_them(call):
    """Else the property above would hold for calls that fail at once."""
    specimen = zoo.specimen("plain")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    fails = call in (_wrong_images, _failing_target)
    with pytest.raises(Exception, match=r".+") if fails else contextlib.nullcontext():
        call(scope, specimen.inputs, "conv2", lambda options: options[-1])


@pytest.mark.parametrize("name", ["residual", "training_mode", "drifting_buffers", "user_hooks"])
def test_the_model_is_as_it_was_between_two_batches_too(name):
    specimen = zoo.specimen(name)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    names = scope.layers.names
    before = imprint(specimen.model, specimen.example)
    for _ in scope.iter_activations(specimen.inputs, layers=names, batch_size=1):
        assert changes(before, imprint(specimen.model, specimen.example)) == []


def test_threads_that_look_at_one_model_do_not_disturb_each_other():
    specimen = zoo.specimen("training_mode")
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    layers = ["0", "1", "3", "4.2"]
    alone = scope.activations(specimen.inputs, layers=layers)
    before = imprint(specimen.model, specimen.example)

    def look(turn):
        if turn % 3 == 0:
            return scope.gradients(specimen.inputs, 1, layers=["1"]) and None
        return scope.activations(specimen.inputs, layers=[layers[turn % 4]], batch_size=2)

    with ThreadPoolExecutor(4) as pool:
        found = [result for result in pool.map(look, range(48)) if result]

    assert len(found) == 32
    for result in found:
        for name, tensor in result.items():
            torch.testing.assert_close(tensor, alone[name])
    assert changes(before, imprint(specimen.model, specimen.example)) == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_users_error_reaches_the_user(error):
    specimen = zoo.specimen("residual")
    bomb = Bomb(error)
    specimen.model[1].register_forward_pre_hook(bomb)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    assert scope.layers
    bomb.arm(1)
    with pytest.raises(error, match="set off"):
        scope.activations(specimen.inputs, layers=["3"])


def test_an_imprint_sees_what_it_is_meant_to_see():
    specimen = zoo.specimen("with_grad")
    model = specimen.model

    def after(change):
        before = imprint(model, specimen.example)
        change()
        return changes(before, imprint(model, specimen.example))

    assert after(lambda: None) == []
    assert after(lambda: model[0].train()) == ["0: training"]
    assert after(lambda: model[0].register_forward_hook(lambda *_: None)) == ["0: _forward_hooks"]
    assert after(lambda: model[0].weight.grad.zero_()) == ["0.weight: values of grad"]
    assert after(lambda: model[2].bias.requires_grad_(requires_grad=False)) == [
        "2.bias: requires_grad"
    ]
    assert "0.weight: values" in after(lambda: model[0].weight.data.mul_(2))
    assert "input 0: values" in after(lambda: specimen.example[0].add_(1))
    assert after(lambda: torch.rand(1)) == ["torch RNG"]
    assert after(lambda: np.random.rand()) == ["numpy RNG"]
    assert "0.weight: strides" in after(lambda: model[0].to(memory_format=torch.channels_last))
