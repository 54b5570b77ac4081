import dataclasses
import itertools

import pytest
import small
import torch
from torch.nn import functional

from convscope.atlas.icons import IconSettings, ScreenOrder, Whitening, render_inversions
from convscope.atlas.icons.frame import frame_of
from convscope.featurevis.ascent import OwnAdam
from convscope.featurevis.transforms import Flip, Gentle, Jitter

QUICK = IconSettings(size=16, steps=24, child_steps=8, tries=1)


@pytest.fixture(scope="module")
def scope():
    return small.scope()


@pytest.fixture(scope="module")
def targets(scope):
    """What one place of each of seven images gives: targets that can be reached."""
    maps = scope.activations(small.images(7), "second")["second"]
    return maps[:, :, 3, 5].contiguous()


def render(scope, targets, settings=QUICK, **options):
    found = list(render_inversions(scope, "second", targets, settings=settings, **options))
    return sorted(found, key=lambda icon: icon.index)


def same(one, other):
    return torch.equal(one.image, other.image) and one.cosine == other.cosine


@pytest.fixture(scope="module")
def icons(scope, targets):
    return render(scope, targets)


def test_every_cell_gets_an_icon_of_the_size_asked_for(icons):
    assert [icon.index for icon in icons] == list(range(7))
    assert all(icon.image.shape == (3, 16, 16) for icon in icons)
    assert all(icon.image.dtype == torch.uint8 for icon in icons)
    assert all(icon.steps <= 24 for icon in icons)


def test_the_cosine_told_is_that_of_the_picture(scope, targets):
    """The picture is put into the network from outside, at the size it was optimised at."""
    frame = frame_of(scope, "second", None)
    side = frame.setup.canvas.size
    whole = IconSettings(size=side[0], side=side[0], steps=24, tries=1)
    for icon in render(scope, targets[:3], whole):
        inputs = scope.preprocess.fitted(side, 3)
        with torch.no_grad():
            maps = scope.network[:4](inputs(icon.image)[None])
        reached = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2]
        cosine = functional.cosine_similarity(reached, targets[icon.index], dim=0)
        assert icon.cosine == pytest.approx(float(cosine), abs=0.02)  # of rounding to bytes


def test_icons_come_near_to_their_targets(icons):
    assert sum(icon.cosine > 0.6 for icon in icons) >= 6


def test_an_icon_does_not_depend_on_its_company(scope, targets, icons):
    few = render(scope, targets[[5, 2]], names=["5", "2"])
    assert same(few[0], icons[5])
    assert same(few[1], icons[2])
    narrow = render(scope, targets, IconSettings(size=16, steps=24, tries=1, batch_size=2))
    assert all(map(same, narrow, icons))


def test_an_icon_does_not_depend_on_the_order(scope, targets, icons):
    backwards = render(
        scope,
        targets,
        IconSettings(size=16, steps=24, tries=1, batch_size=2),
        order=lambda waiting: waiting.double(),
    )
    assert all(map(same, backwards, icons))


def test_another_seed_gives_another_picture(scope, targets, icons):
    other = render(scope, targets[:1], IconSettings(size=16, steps=24, tries=1, seed=1))
    assert not torch.equal(other[0].image, icons[0].image)


def test_what_the_order_ranks_highest_is_finished_first(scope, targets):
    settings = IconSettings(size=16, steps=8, tries=1, batch_size=1)
    wanted = [3, 6, 0, 1, 5, 2, 4]
    ranks = torch.tensor([wanted.index(cell) for cell in range(7)])
    found = render_inversions(
        scope, "second", targets, settings=settings, order=lambda waiting: -ranks[waiting].double()
    )
    assert [icon.index for icon in found] == wanted


def test_the_order_may_change_while_icons_are_made(scope, targets):
    settings = IconSettings(size=16, steps=8, tries=1, batch_size=1)
    places = torch.stack([torch.linspace(0, 1, 7), torch.zeros(7)], 1)
    order = ScreenOrder(places, torch.arange(7, 0, -1))
    found = render_inversions(scope, "second", targets, settings=settings, order=order)
    first = next(found).index
    order.look_at((0.9, -1.0, 1.1, 1.0))
    assert [first, next(found).index] == [0, 6]


def test_stop_ends_it_and_leaves_the_model(scope, targets):
    asked = itertools.count()
    found = list(
        render_inversions(scope, "second", targets, settings=QUICK, stop=lambda: next(asked) >= 5)
    )
    assert found == []
    assert next(asked) == 6
    assert not any(module._forward_hooks for module in scope.network.modules())


def test_between_two_icons_the_model_is_the_users(scope, targets):
    scope.network.train()
    try:
        found = render_inversions(scope, "second", targets, settings=QUICK)
        before = torch.get_rng_state()
        next(found)
        assert all(module.training for module in scope.network.modules())
        assert all(weight.requires_grad for weight in scope.network.parameters())
        assert torch.equal(torch.get_rng_state(), before)
    finally:
        scope.network.eval()


@pytest.fixture(scope="module")
def hard():
    """Directions that no image has by chance."""
    return torch.randn(7, 8, generator=torch.Generator().manual_seed(4))


def test_children_go_on_from_their_parents(scope, hard):
    near = hard + 0.02 * hard.flip(0)
    parents = [icon.image for icon in render(scope, hard)]
    once = IconSettings(size=16, child_steps=4, check=4, steps=4, tries=1)
    warm = render(scope, near, once, starts=parents)
    cold = render(scope, near, once)
    assert all(icon.steps == 4 for icon in warm)
    assert all(w.cosine > c.cosine + 0.05 for w, c in zip(warm, cold, strict=True))


def test_a_child_does_not_depend_on_icons_from_noise_beside_it(scope, targets, icons):
    parent = icons[0].image
    mixed = render(scope, targets[:4], starts=[None, parent, None, parent])
    alone = render(scope, targets[[3]], starts=[parent], names=["3"])
    assert same(mixed[3], alone[0])
    assert same(mixed[2], icons[2])


def test_a_child_is_moved_less_than_an_icon_from_noise(scope, targets, icons):
    starts = [icon.image for icon in reversed(icons)]
    still, far = (
        render(scope, targets, dataclasses.replace(QUICK, child_reach=reach), starts=starts)
        for reach in (0.0, 1.0)
    )
    unmoved = dataclasses.replace(QUICK, transforms=())
    for icon, other in zip(still, render(scope, targets, unmoved, starts=starts), strict=True):
        assert icon.cosine == pytest.approx(other.cosine, abs=1e-5)
    assert not any(map(same, still, far))


def test_a_gentle_move_goes_a_share_of_the_way_and_mirrors_whole():
    shares = torch.tensor([1.0, 0.25, 0.0])
    u = torch.tensor([[0.9, 0.2]] * 3)
    whole = Jitter(20).maps(u, (30, 40), 0.0)
    found = Gentle(Jitter(20), shares).maps(u, (30, 40), 0.0)
    torch.testing.assert_close(found[:, :2, 2], shares[:, None] * whole[:, :2, 2])
    assert torch.equal(found[0], whole[0])
    mirrored = Flip().maps(torch.tensor([[0.1]] * 3), (30, 40), 0.0)
    assert torch.equal(Gentle(Flip(), shares).maps(u[:, :1] * 0, (30, 40), 0.0), mirrored)


def test_the_best_of_the_tries_is_kept(scope, targets):
    many = IconSettings(size=16, steps=8, tries=3, enough=1.1)
    single = IconSettings(size=16, steps=8, tries=1)
    best, first = render(scope, targets, many), render(scope, targets, single)
    assert all(icon.tries == 3 and icon.steps == 24 for icon in best)
    assert all(b.cosine >= f.cosine for b, f in zip(best, first, strict=True))
    assert any(b.cosine > f.cosine for b, f in zip(best, first, strict=True))


def test_what_is_good_is_not_tried_again(scope, targets):
    found = render(scope, targets, IconSettings(size=16, steps=8, tries=3, enough=-1.0))
    assert all(icon.tries == 1 for icon in found)


def test_icons_that_no_longer_rise_leave_before_the_limit(scope, targets):
    patient = IconSettings(size=16, steps=64, tries=1, tolerance=-2.0)
    hasty = IconSettings(size=16, steps=64, tries=1, tolerance=2.0)
    assert all(icon.steps == 64 for icon in render(scope, targets[:2], patient))
    assert all(icon.steps == 16 for icon in render(scope, targets[:2], hasty))


@pytest.mark.parametrize("rule", ["paper", "lucid"])
def test_both_rules_raise_the_cosine(scope, hard, rule):
    few = IconSettings(size=16, rule=rule, steps=4, check=4, tries=1)
    more = IconSettings(size=16, rule=rule, steps=48, tries=1, patience=9)
    before, after = (render(scope, hard, each) for each in (few, more))
    assert all(a.cosine > b.cosine + 0.1 for a, b in zip(after, before, strict=True))


def test_grey_networks_get_grey_icons():
    import convscope as cs

    digits = cs.demo.digits()
    maps = digits.scope.activations(digits.images[:3], "conv2")["conv2"]
    settings = IconSettings(size=20, steps=16, tries=1)
    found = list(render_inversions(digits.scope, "conv2", maps[:, :, 2, 1], settings=settings))
    assert all(icon.image.shape == (1, 20, 20) for icon in found)


def test_no_cells_give_no_icons(scope):
    assert list(render_inversions(scope, "second", torch.zeros(0, 8))) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"targets": torch.zeros(8)}, r"targets: must have shape \(M, C\), got \(8,\)"),
        ({"targets": torch.zeros(2, 5)}, "targets: have 5 channels, layer 'second'"),
        ({"targets": torch.full((1, 8), torch.nan)}, "targets: hold values that are not finite"),
        ({"starts": [None]}, "starts: has 1 entries for 7 targets"),
        ({"names": ["a", "b"]}, "names: has 2 entries for 7 targets"),
    ],
)
def test_what_does_not_fit_is_told(scope, targets, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        list(render_inversions(scope, "second", **({"targets": targets} | options)))


def test_a_start_of_other_channels_is_told(scope, targets):
    with pytest.raises(ValueError, match="starts: an icon has 1 channels, the network takes 3"):
        render(scope, targets[:1], starts=[torch.zeros(1, 16, 16, dtype=torch.uint8)])


def test_settings_refuse_what_makes_no_sense():
    with pytest.raises(ValueError, match="rule: must be 'paper' or 'lucid', got 'mine'"):
        IconSettings(rule="mine")
    with pytest.raises(ValueError, match="steps: must be at least 1, got 0"):
        IconSettings(steps=0)


def test_steps_of_each_picture_are_those_of_torch():
    """One enters three steps after another; torch's Adam is the oracle, for each by itself."""
    generator = torch.Generator().manual_seed(0)
    start, grads = torch.randn(2, 5, generator=generator), torch.randn(9, 2, 5, generator=generator)
    ours = OwnAdam(0.1)
    numbers = start[:1].clone()
    ours.enter(numbers)
    for step in range(9):
        if step == 3:
            numbers = torch.cat([numbers, start[1:]])
            ours.enter(start[1:])
        ours.step(numbers, grads[step, : len(numbers)])
    for row, first in ((0, 0), (1, 3)):
        own = start[row].clone().requires_grad_(True)
        oracle = torch.optim.Adam([own], lr=0.1)
        for step in range(first, 9):
            own.grad = grads[step, row]
            oracle.step()
        torch.testing.assert_close(numbers[row], own.detach())


def test_uncentred_whitening_is_lucids_inverse():
    vectors = torch.randn(200, 6, generator=torch.Generator().manual_seed(2)) + 0.5
    moment = vectors.T @ vectors / 200
    found = Whitening.of(moment, vectors.mean(0), ridge=0.0)
    torch.testing.assert_close(found.matrix @ moment, torch.eye(6), atol=1e-4, rtol=0)
    assert found.mean is None


def test_centred_whitening_is_the_inverse_covariance():
    vectors = torch.randn(200, 6, generator=torch.Generator().manual_seed(2)) + 0.5
    moment = vectors.T @ vectors / 200
    found = Whitening.of(moment, vectors.mean(0), centred=True, ridge=0.0)
    covariance = vectors.T.cov(correction=0)
    torch.testing.assert_close(found.matrix @ covariance, torch.eye(6), atol=1e-4, rtol=0)


def test_a_unit_that_is_always_off_does_not_break_whitening():
    vectors = torch.rand(50, 4, generator=torch.Generator().manual_seed(2))
    vectors[:, 2] = 0
    found = Whitening.of(vectors.T @ vectors / 50, vectors.mean(0), ridge=1e-3)
    assert found.matrix.isfinite().all()
