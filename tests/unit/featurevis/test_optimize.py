"""The loop: what a run gives, that it repeats, and how it stops and goes on."""

import warnings

import pytest
import torch
from nets import scope, small
from torch import nn

import convscope as cs
from convscope.featurevis import optimize, visualize
from convscope.featurevis.objectives import (
    alignment,
    as_objective,
    channel,
    distance,
    diversity,
    interpolate,
    norm,
    roughness,
    total_variation,
)
from convscope.featurevis.transforms import Blur, Crop, Flip, Jitter, Noise, Pad, Rotate


def finished(run):
    for _ in run:
        pass
    return run.results()


def test_pictures_of_different_targets_excite_their_own_target_most():
    units = [0, 3, 7, 11]
    found = finished(optimize(scope(), [f"conv2:{unit}" for unit in units], steps=40))
    reached = scope().activations(torch.stack([each.image for each in found]), "conv2")["conv2"]
    means = reached.mean(dim=(2, 3))[:, units]
    assert (means.argmax(0) == torch.arange(4)).all()
    for each, own in zip(found, means.diagonal(), strict=True):
        assert each.quality.activation == pytest.approx(float(own), rel=1e-4)
        assert each.quality.activation > float(each.history[0]) + 0.02


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"param": "pixel"},
        {"param": "maco", "views": 2},
        {"alpha": True},
        {"tries": 2},
        {"transforms": (Pad(2), Jitter(4), Rotate(20), Flip(), Crop(0.9, 0.5), Blur(0.1, 1))},
        {"transforms": (Noise(0.1, 0.05),)},
        {"optimizer": "steepest", "rate": 0.05},
        {"penalty": -0.1 * total_variation() - 0.1 * norm(6) - 0.1 * roughness()},
    ],
    ids=str,
)
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(options):
    first, again, other = (
        finished(optimize(scope(), "conv2:3", steps=6, seed=seed, **options))[0].image
        for seed in (1, 1, 2)
    )
    assert first.equal(again)
    assert not torch.allclose(first, other, atol=1e-3)
    assert first.shape == (3, 20, 30)
    assert 0 <= float(first.min()) < float(first.max()) <= 1


@pytest.mark.parametrize("options", [{}, {"param": "maco", "views": 2}, {"alpha": True}], ids=str)
def test_a_batch_gives_what_each_target_gives_alone(options):
    """In float64, since sums of float32 depend on how many images are summed at once."""
    net = scope(dtype=torch.float64)
    targets = ["conv2:3", "class:bee", "conv1:1@4,9", "conv1:2 - 0.5*conv2:1"]
    together = finished(optimize(net, targets, steps=12, seed=5, **options))
    chunked = finished(optimize(net, targets, steps=12, seed=5, at_once=3, **options))
    for index, target in enumerate(targets):
        (alone,) = finished(optimize(net, target, steps=12, seed=5, **options))
        torch.testing.assert_close(together[index].image, alone.image, atol=1e-6, rtol=0)
        torch.testing.assert_close(chunked[index].image, alone.image, atol=1e-6, rtol=0)


def test_progress_tells_where_the_run_is():
    run = optimize(scope(), ["conv2:3", "conv2:4"], steps=5, check=2)
    seen = list(run)
    assert [each.step for each in seen] == [1, 2, 3, 4, 5]
    assert {each.steps for each in seen} == {5}
    assert seen[0].images.shape == (2, 3, 20, 30)
    assert not seen[0].images.equal(seen[-1].images)
    assert seen[0].activations.isnan().all()
    assert seen[-1].activations.isfinite().all()
    assert seen[-1].seconds_left == 0 < seen[0].seconds_left
    assert seen[-1].scores.equal(-seen[-1].losses)


def test_a_run_that_is_left_keeps_what_it_has_and_goes_on_as_if_it_had_not_been():
    run = optimize(scope(), "conv2:3", steps=30)
    for progress in run:
        if progress.step == 10:
            break
    early = run.result()
    assert early.quality.steps == 10
    assert len(early.history) == 10
    rest = finished(run)[0]
    assert rest.quality.steps == 30
    whole = finished(optimize(scope(), "conv2:3", steps=30))[0]
    torch.testing.assert_close(rest.image, whole.image)
    more = finished(run.extend(10))[0]
    assert more.quality.steps == 40
    assert more.quality.activation >= rest.quality.activation


def test_a_run_can_start_from_a_picture():
    first = finished(optimize(scope(), "conv2:3", steps=30))[0]
    again = optimize(scope(), "conv2:3", steps=1, start=first)
    torch.testing.assert_close(next(again).images[0], first.image, atol=0.03, rtol=0)
    photo = torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(0))
    shown = next(optimize(scope(), "conv2:3", steps=1, start=photo, param="pixel")).images[0]
    small_photo = nn.functional.interpolate(photo[None], (20, 30), mode="bilinear", antialias=True)
    torch.testing.assert_close(shown, small_photo[0].clamp(0.02, 0.98), atol=1e-3, rtol=0)


def test_a_picture_whose_gradient_is_not_finite_stops_and_keeps_its_best():
    class Explodes(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.passes = 0

        def forward(self, x):
            maps = self.conv(x)
            if torch.is_grad_enabled():
                self.passes += 1
            if self.passes > 8 and len(x) > 1:
                maps = maps * torch.tensor([1.0, float("nan")]).view(2, 1, 1, 1)
            return maps

    net = scope(net=Explodes().eval())
    run = optimize(net, ["conv:1", "output:2"], steps=12, check=2)
    seen = list(run)
    assert seen[-1].running.tolist() == [True, False]
    good, stopped = run.results()
    assert good.quality.steps == 12
    assert stopped.quality.steps < 12
    assert stopped.image.isfinite().all()
    assert torch.tensor(stopped.quality.activation).isfinite()
    assert "not finite" in stopped.notes[0]
    assert not good.notes


def test_out_of_memory_halves_what_runs_at_once(monkeypatch):
    sizes = []
    conv = small().conv1

    def forward(x):
        sizes.append(len(x))
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return nn.Conv2d.forward(conv, x)

    net = small()
    net.conv1 = conv
    watched = scope(net=net)
    targets = [f"conv2:{unit}" for unit in range(7)]
    run = optimize(watched, targets, steps=2, at_once=7)
    monkeypatch.setattr(conv, "forward", forward, raising=False)
    found = finished(run)
    assert len(found) == 7
    assert max(sizes) == 7
    assert sizes[-1] <= 3


def test_pictures_that_no_longer_rise_leave_the_batch():
    run = optimize(scope(), ["conv2:3", "conv2:4"], steps=400, check=5, patience=2, rate=1e-6)
    seen = list(run)
    assert len(seen) < 400
    assert not seen[-1].running.any()
    assert run.ended
    assert len(run.results()) == 2


def test_who_asks_for_results_at_every_step_does_not_end_a_picture():
    options = {"steps": 60, "check": 10, "patience": 3, "rate": 1e-6}
    alone = len(list(optimize(scope(), "conv2:3", **options)))
    asked = optimize(scope(), "conv2:3", **options)
    steps = [run.results()[0].quality.steps for run in (asked for _ in asked)]
    assert len(steps) == alone == 40


def test_a_unit_that_stays_off_is_given_up_when_patience_ends():
    net = small()
    net.conv2.bias.data[3] = -1e4  # act2:3 is 0 whatever the picture
    run = optimize(scope(net=net), "act2:3", steps=60, check=10, patience=2, redirect=0)
    assert len(list(run)) == 30


def test_softmax_is_left_out_and_it_is_said():
    plain = small()
    ends_in_softmax = nn.Sequential(*plain, nn.Softmax(dim=1))
    with pytest.warns(UserWarning, match="ends in softmax"):
        run = optimize(scope(net=ends_in_softmax), "class:cow", steps=8)
    with pytest.warns(UserWarning, match="ends in softmax") as told:
        scope(net=ends_in_softmax).visualize("class:cow", steps=1, cache=False)
    assert told[0].filename == __file__
    found = finished(run)[0]
    assert "logit" in found.notes[0]
    expected = finished(optimize(scope(net=plain), "class:cow", steps=8))[0]
    torch.testing.assert_close(found.image, expected.image)
    with torch.no_grad():
        logit = plain((found.image[None] - 0.5) / 0.25)[0, 2]
    assert found.quality.activation == pytest.approx(float(logit), rel=1e-4)


@pytest.mark.parametrize("channels", [1, 2, 7])
def test_any_number_of_channels_can_be_optimised(channels):
    found = finished(optimize(scope(channels, size=(32, 24)), "conv2:3", steps=30))[0]
    assert found.image.shape == (channels, 32, 24)
    assert float(found.image.std()) > 0.1
    assert found.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(("channels", "size"), [(1, (28, 28)), (7, (40, 30)), (3, (32, 32))])
def test_small_grey_and_multispectral_models_are_excited_more_than_by_any_image(channels, size):
    """With all defaults; the images are noise and soft fields at full contrast."""
    random = torch.Generator().manual_seed(0)
    fine = torch.rand(40, channels, *size, generator=random)
    coarse = torch.rand(40, channels, 5, 4, generator=random)
    soft = nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    found = visualize(
        scope(channels, size=size),
        [f"act2:{unit}" for unit in range(6)],
        images=torch.cat([fine, soft]),
        cache=False,
    )
    better = [each for each in found if each.quality.exceeds_data]
    assert len(better) >= 5  # a ReLU may stay blocked
    assert all(float(each.image.std()) > 0.15 for each in better)


def test_copies_with_diversity_differ_more_in_their_gram_matrices():
    def likeness(target):
        found = finished(optimize(scope(), target, steps=40, copies=3))
        maps = scope().activations(torch.stack([each.image for each in found]), "act1")["act1"]
        grams = nn.functional.normalize((maps.flatten(2) @ maps.flatten(2).mT).flatten(1), dim=1)
        return float((grams @ grams.T)[[0, 0, 1], [1, 2, 2]].mean())

    assert likeness(channel("conv2", 3) + 5 * diversity("act1")) < likeness("conv2:3") - 0.01


def test_aligned_interpolation_brings_neighbours_together():
    def steps_apart(align):
        targets = interpolate("conv2:3", "conv2:4", 4, align=align)
        found = finished(optimize(scope(), targets, steps=30, together=True, transforms="none"))
        images = torch.stack([each.image for each in found])
        return float((images[1:] - images[:-1]).square().mean())

    assert steps_apart(20.0) < 0.8 * steps_apart(0.0)
    assert alignment().key == "alignment image 2"


def test_pictures_from_one_unit_to_another_that_begin_alike_stay_alike():
    def steps_apart(**options):
        found = finished(
            optimize(scope(), interpolate("conv2:3", "conv2:4", 5), steps=40, **options)
        )
        images = torch.stack([each.image for each in found])
        return float((images[1:] - images[:-1]).square().mean())

    assert steps_apart(alike=True) < 0.8 * steps_apart()


def test_distance_keeps_a_picture_near_another():
    target = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(1))
    near = finished(
        optimize(scope(), channel("conv2", 3) - 100 * distance(target), steps=60, rate=0.1)
    )[0]
    far = finished(optimize(scope(), "conv2:3", steps=60, rate=0.1))[0]
    assert float((near.image - target).square().mean()) < 0.5 * float(
        (far.image - target).square().mean()
    )


def test_gradient_modifiers_change_the_gradient_of_the_picture():
    up, down = (
        finished(optimize(scope(), "conv2:3", steps=20, gradient=name))[0].history
        for name in (None, "negate")
    )
    assert float(up[-1]) > float(up[0])
    assert float(down[-1]) < float(down[0])


def test_raw_tensors_are_scaled_to_the_range_that_is_asked_for():
    seen = []
    net = small()
    net.conv1.register_forward_pre_hook(lambda _m, args: seen.append(args[0].detach()))
    example = torch.zeros(1, 3, 20, 30)
    raw = cs.Scope(net, "none", example=example)
    finished(optimize(raw, "conv2:3", steps=30, rate=0.5, input_range=(-3, 5)))
    assert -3 <= float(seen[-1].min()) < -2
    assert 4 < float(seen[-1].max()) <= 5


def test_a_smaller_size_is_shown_to_the_network_as_it_is_where_it_takes_it():
    shapes = []
    net = small()
    net.conv1.register_forward_pre_hook(lambda _m, args: shapes.append(args[0].shape[2:]))
    finished(optimize(scope(net=net), "conv2:3", steps=1, size=(12, 16)))
    assert shapes[-1] == (12, 16)
    shapes.clear()
    fixed = nn.Sequential(net.conv1, nn.Flatten(), nn.Linear(8 * 20 * 30, 4))
    found = finished(optimize(scope(net=fixed), "2:1", steps=1, size=(12, 16)))[0]
    assert shapes[-1] == (20, 30)
    assert found.image.shape == (3, 12, 16)


class Rounds(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(x).detach().round()


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bias = nn.Linear(2, 5)

    def forward(self, x):
        return (
            self.conv(x).mean()
            + self.bias(torch.ones(len(x), 2)) * 0
            + self.bias(torch.ones(len(x), 2))
        )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimize(scope(), "conv2:12"), "no unit 12 in layer 'conv2', which has 12"),
        (lambda: optimize(scope(), "conv3:1"), "no layer 'conv3'; did you mean"),
        (lambda: optimize(scope(), "conv2:1@10,3"), "no place 10,3 .* 10 rows and 15 columns"),
        (lambda: optimize(scope(), "class:bea"), "no class 'bea'.*'bee'"),
        (lambda: optimize(scope(), "class:7"), "no class 7"),
        (lambda: optimize(scope(), []), "there is none"),
        (lambda: optimize(scope(), " "), "is empty"),
        (lambda: optimize(scope(), 3), "must be text"),
        (lambda: optimize(scope(), "conv2:1", size=2), "at least 4"),
        (lambda: optimize(scope(), "conv2:1", step=2), "did you mean 'steps'"),
        (lambda: optimize(scope(), "conv2:1", steps=0), "at least 1"),
        (lambda: optimize(scope(), "conv2:1", param="fourrier"), "must be one of"),
        (lambda: optimize(scope(), "conv2:1", transforms=[3]), "transforms: 3 is none"),
        (lambda: optimize(scope(), "conv2:1", matrix=torch.eye(2)), r"must be \(3, 3\)"),
        (lambda: optimize(scope(), "conv2:1", input_range=(0, 1)), "only for scopes"),
        (lambda: optimize(scope(), "conv2:1", start=torch.rand(2, 3, 9, 9)), "2 images for 1"),
        (lambda: optimize(scope(net=Rounds().eval()), "output:1"), "cuts the gradient"),
        (lambda: optimize(scope(net=Constant().eval()), "bias:1"), "does not depend"),
        (lambda: optimize(scope(net=Constant().eval()), ["conv:1", "bias:1"]), "'bias:1' does not"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_model_that_views_its_tensors_channels_first_is_run_so():
    class Views(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            x = self.conv(x)
            return x.view(len(x), -1)[:, :6]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = finished(optimize(scope(net=Views().eval()), "output:1", steps=3))
    assert found[0].image.isfinite().all()


def test_objectives_read_as_they_are_written():
    for text in (
        "layer3:12",
        "-layer3:12",
        "layer3:12 - 0.5*layer3:40",
        "conv@1:3@5,7",
        "layer3:12@centre",
        "class:tabby",
        "class:black-and-tan coonhound + 2*a.b[0]:3",
        "layer3",
        "1e+06*layer3:12 - 1e-05*layer3:40",
    ):
        assert as_objective(text).key == text
    assert sum([channel("a", 1), channel("b", 2)]).key == "a:1 + b:2"
    assert (channel("a", 1) / 2).key == "0.5*a:1"
    assert as_objective(("a", 1)).key == "a:1"
