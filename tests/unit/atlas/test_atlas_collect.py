"""What is collected: the right activations at the right places, and what they add to classes."""

import numpy as np
import pytest
import small
import torch
from torch import nn

import convscope as cs
import zoo
from convscope.atlas.attribute import attributed, scores_layer
from convscope.atlas.plan import Plan


def test_a_sample_is_the_activation_at_its_place(whole):
    atlas, own = cs.Atlas.open(whole), small.scope()
    numbers = np.asarray([0, 7, 130, 299])
    for layer in atlas.layers:
        maps = own.activations(small.images(), layer)[layer]
        found = atlas.sample(numbers, layer)
        rows, columns = found.positions.T
        wanted = maps[found.images, :, rows, columns]
        np.testing.assert_allclose(atlas.activations(numbers, layer), wanted, atol=1e-5)


def test_all_layers_are_looked_at_in_the_same_place_of_an_image(whole):
    atlas = cs.Atlas.open(whole)
    fine, coarse = (atlas.sample(np.arange(300), layer) for layer in atlas.layers)
    assert (fine.images == coarse.images).all()
    assert (fine.positions // 2 == coarse.positions).all()
    inside = (coarse.boxes[:, 0] <= fine.boxes[:, 0]) & (coarse.boxes[:, 3] >= fine.boxes[:, 3])
    assert inside.all(), "what a deep position sees holds what the shallow one sees"


def test_places_lie_at_no_border_and_everywhere_else():
    plan = Plan.of(4000, 1, 0, [(7, 9), (14, 18)])
    positions = plan.positions(np.arange(4000), (7, 9))
    assert positions.min(axis=0).tolist() == [1, 1]
    assert positions.max(axis=0).tolist() == [5, 7]
    counts = np.histogram2d(*positions.T, bins=(5, 7))[0]
    assert counts.min() > 60, "4000 draws over 35 places are about 114 each"


def test_a_place_depends_on_seed_and_sample_alone():
    plan = Plan.of(100, 3, 5, [(8, 6)])
    whole = plan.places(np.arange(300))
    assert (plan.places(np.asarray([299, 4])) == whole[[299, 4]]).all()
    assert (Plan.of(100, 3, 6, [(8, 6)]).places(np.arange(300)) != whole).all()
    more = Plan.of(400, 3, 5, [(8, 6)])
    assert (more.places(np.arange(300)) == whole).all()


def autograd_attribution(network, layer, inputs, positions):
    """h · ∇ score by one backward pass a class: the oracle."""
    taken = {}

    def keep(_module, _inputs, output):
        taken["maps"] = output
        return output.clone()

    handle = dict(network.named_modules())[layer].register_forward_hook(keep)
    scores = network(inputs)
    handle.remove()
    found = []
    for index in range(scores.shape[1]):
        (slope,) = torch.autograd.grad(scores[:, index].sum(), taken["maps"], retain_graph=True)
        product = (slope * taken["maps"]).sum(1)
        found.append(product[torch.arange(len(inputs)), positions[:, 0], positions[:, 1]])
    return torch.stack(found, 1).detach()


@pytest.mark.parametrize("layer", ["first", "relu", "second", "act"])
def test_attribution_by_forward_mode_is_that_of_a_backward_pass_for_each_class(layer):
    own = small.scope()
    _, inputs = next(iter(own.inputs.batches(small.images(6), 6)))
    height, width = own.layers.find(layer).shape[1:]
    places = torch.stack([torch.arange(6) % height, torch.arange(6) * 2 % width], 1)
    values, effects = attributed(own, layer, "output", inputs, places[:, None], "linear")
    wanted = autograd_attribution(small.network(), layer, inputs[0], places)
    torch.testing.assert_close(effects[:, 0], wanted, atol=1e-5, rtol=1e-4)
    assert wanted.abs().max() > 1e-2
    maps = own.activations(small.images(6), layer)[layer]
    torch.testing.assert_close(values[:, 0], maps[torch.arange(6), :, places[:, 0], places[:, 1]])


class SmoothPool(nn.Module):
    """A max-pool whose gradient is that of Σx² / Σx, written as Lucid writes it."""

    def forward(self, x):
        mean = nn.functional.avg_pool2d
        smooth = mean(x * x, 2) / (mean(x, 2) + 1e-2)
        return smooth + (nn.functional.max_pool2d(x, 2) - smooth).detach()


def test_smoothed_attribution_has_the_gradient_of_a_smooth_pool():
    own, oracle = small.scope(), small.network()
    oracle.pool = SmoothPool()
    _, inputs = next(iter(own.inputs.batches(small.images(5), 5)))
    places = torch.stack([torch.arange(5) + 3, torch.arange(5) + 7], 1)
    smoothed = attributed(own, "relu", "output", inputs, places[:, None], "smoothed")[1][:, 0]
    wanted = autograd_attribution(oracle, "relu", inputs[0], places)
    torch.testing.assert_close(smoothed, wanted, atol=1e-5, rtol=1e-4)
    linear = attributed(own, "relu", "output", inputs, places[:, None], "linear")[1][:, 0]
    assert not torch.allclose(smoothed, linear, atol=1e-4)


def test_stored_attributions_keep_their_precision_at_any_scale(tmp_path, begun):
    loud = small.network()
    with torch.no_grad():
        loud.head.weight.mul_(1e7)  # beyond what half precision holds
    own = cs.Scope(loud, small.scope().preprocess, classes=small.CLASSES)
    quiet = cs.Atlas.open(begun)
    atlas = small.build(tmp_path / "loud", own=own, icons="none")
    for each, factor in ((atlas, 1e7), (quiet, 1.0)):
        values = each.attributions(np.arange(300)) / factor
        assert np.isfinite(values).all()
        if factor > 1:
            loudest = values
    largest = np.abs(values).max(axis=1, keepdims=True)
    assert (np.abs(loudest - values) <= 1e-3 * largest + 1e-7).all()


def test_without_attribution_the_pass_stops_after_the_last_layer(tmp_path, monkeypatch):
    own = small.scope()
    ran = []
    monkeypatch.setattr(nn.Linear, "forward", lambda _self, x: ran.append(len(x)) or x[:, :5])
    own.layers  # noqa: B018 - the dry run goes through to the output
    before = len(ran)
    atlas = small.build(tmp_path / "a", own=own, attribution="none", icons="none")
    assert len(ran) - before <= 1, "the example ran to the end, and no image did"
    assert atlas.cells(4).attributions is None
    with pytest.raises(cs.atlas.AtlasError, match="built without"):
        atlas.heat(0, 4)


def test_several_places_of_an_image_are_several_samples(tmp_path):
    atlas = small.build(tmp_path / "a", given=small.images(40), samples_per_image=5, levels=(4,))
    assert atlas.about.samples == 200
    found = atlas.sample(np.arange(200), "relu")
    assert (found.images == np.repeat(np.arange(40), 5)).all()
    assert len(np.unique(found.positions[:5], axis=0)) > 1
    maps = small.scope().activations(small.images(40), "relu")["relu"]
    wanted = maps[found.images, :, found.positions[:, 0], found.positions[:, 1]]
    np.testing.assert_allclose(atlas.activations(np.arange(200), "relu"), wanted, atol=1e-5)
    values, effects = attributed(
        small.scope(),
        "relu",
        "output",
        (next(iter(small.scope().inputs.batches(small.images(3), 3)))[1][0],),
        torch.from_numpy(found.positions[:15].reshape(3, 5, 2)),
        "linear",
    )
    np.testing.assert_allclose(
        atlas.attributions(np.arange(15), "relu"), effects.reshape(15, -1), atol=2e-3
    )
    assert values.shape == (3, 5, 6)


def test_many_attributions_are_let_go_of_but_for_the_strongest_and_the_means(
    tmp_path, whole, monkeypatch
):
    whole = cs.Atlas.open(whole)
    monkeypatch.setattr("convscope.atlas.build.KEPT_ATTRIBUTIONS", 1000)
    monkeypatch.setattr("convscope.atlas.schema.TOP", 2)
    monkeypatch.setattr("convscope.atlas.collect.TOP", 2)
    atlas = small.build(tmp_path / "few")
    assert not (tmp_path / "few/layers/0/attribution/c").exists()
    assert (atlas.cells(8).attributions == whole.cells(8).attributions).all()
    best = whole.attributions(np.arange(300)).argmax(axis=1)
    kept = atlas.attributions(np.arange(300))
    assert (kept.argmax(axis=1) == best).all()
    assert (np.count_nonzero(kept, axis=1) <= 2).all()
    assert small.build(tmp_path / "few").state.finished
    with pytest.raises(cs.atlas.AtlasError, match="redo='collect'"):
        small.build(tmp_path / "few", redo="grid")
    assert small.build(tmp_path / "few", redo="collect").state.finished


@pytest.mark.parametrize(
    ("name", "layer"),
    [("vit", "patch"), ("swin", "stage1"), ("channels_last", None), ("squeeze_excite", None)],
)
def test_attribution_of_tokens_and_other_layouts_is_activation_times_gradient(name, layer):
    specimen = zoo.specimen(name)
    own = cs.Scope(specimen.model, "none", example=specimen.example)
    layer = layer or next(n for n in own.layers.names if len(own.layers.find(n).shape) == 3)
    (inputs,) = own.example
    height, width = own.layers.find(layer).shape[1:]
    places = torch.tensor([[i * 3 % height, (i * 5 + 1) % width] for i in range(len(inputs))])
    _, effects = attributed(
        own, layer, scores_layer(own).name, (inputs,), places[:, None], "linear"
    )
    product = own.gradients(inputs, 1, [layer])[layer] * own.activations(inputs, [layer])[layer]
    wanted = product.sum(1)[torch.arange(len(inputs)), places[:, 0], places[:, 1]]
    torch.testing.assert_close(effects[:, 0, 1], wanted, rtol=1e-3, atol=1e-8)
    assert wanted.abs().max() > 1e-5
