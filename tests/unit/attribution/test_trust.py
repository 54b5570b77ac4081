"""Curves of deletion and insertion, and maps of a network that has learnt nothing."""

import pytest
import torch
from networks import images, pooled
from scipy.stats import spearmanr
from torch import nn

import convscope as cs
from convscope.attribution.sanity import rank_correlation
from zoo.imprint import changes, imprint


class Corner(nn.Module):
    """Its first class is the brightness of the upper left 5 × 7 pixels and nothing else."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        corner = x[:, :, :5, :7].mean((1, 2, 3)) * 6
        return torch.stack([corner, 0 * self.conv(x).mean((1, 2, 3)) + 1], 1)


@pytest.fixture
def bright():
    """Images that are dark but for a bright upper left corner."""
    batch = 0.1 * torch.rand(2, 3, 20, 28, generator=torch.Generator().manual_seed(0))
    batch[:, :, :5, :7] += 0.8
    return batch


def test_a_map_of_what_counts_deletes_early_and_inserts_early(bright):
    scope = cs.Scope(Corner().eval(), "none", example=bright)
    found = scope.attribute(bright, 0, method="input_x_gradient")
    curves = cs.attribution.deletion_insertion(scope, bright, found, steps=16)
    assert curves.kind == "probability"
    assert curves.names == ["class 0", "class 0"]
    full = scope.network(bright).softmax(1)[:, 0].detach()
    torch.testing.assert_close(curves.deletion[:, 0], full)
    torch.testing.assert_close(curves.insertion[:, -1], full)
    # 35 of 560 pixels count: one step takes or brings them all.
    torch.testing.assert_close(curves.insertion[:, 1:], full[:, None].expand(-1, 16))
    torch.testing.assert_close(curves.deletion[:, 1:], curves.deletion[:, -1:].expand(-1, 16))
    assert (curves.deletion[:, 1] < full - 0.2).all()
    assert (curves.insertion_area > curves.deletion_area + 0.1).all()


def test_a_map_of_the_wrong_place_is_told_from_the_right_one(bright):
    scope = cs.Scope(Corner().eval(), "none", example=bright)
    right = scope.attribute(bright, 0, method="input_x_gradient")
    wrong = scope.attribute(bright.flip(3), 0, method="saliency")
    wrong.maps["input"].copy_(right.maps["input"].flip(2))
    one, other = (
        cs.attribution.deletion_insertion(scope, bright, each, steps=8) for each in (right, wrong)
    )
    assert (one.deletion_area < other.deletion_area).all()
    assert (one.insertion_area > other.insertion_area).all()


def test_scores_of_functions_fall_and_rise_as_they_are(bright):
    scope = cs.Scope(Corner().eval(), "none", example=bright)
    found = scope.attribute(bright, lambda output: output[:, 0], method="saliency")
    curves = cs.attribution.deletion_insertion(scope, bright, found, steps=4, batch_size=2)
    assert curves.kind == "score"
    torch.testing.assert_close(curves.deletion[:, 0], scope.network(bright)[:, 0].detach())


def test_maps_of_layers_are_judged_too():
    scope = cs.Scope(pooled(), "none", example=images())
    found = scope.attribute(images(), [[0, 3]], layers=["0", "3"])
    curves = cs.attribution.deletion_insertion(scope, images(), found, layer="3", target=1)
    assert curves.deletion.shape == curves.insertion.shape == (3, 21)
    torch.testing.assert_close(curves.insertion_area, torch.trapezoid(curves.insertion, dx=0.05))


def test_other_images_than_those_explained_are_refused():
    scope = cs.Scope(pooled(), "none", example=images())
    found = scope.attribute(images(), 0)
    with pytest.raises(ValueError, match="got 2, but the maps explain 3"):
        cs.attribution.deletion_insertion(scope, images()[:2], found)
    unit = scope.attribute(images(), "3:0")
    with pytest.raises(ValueError, match="explain a class"):
        cs.attribution.deletion_insertion(scope, images(), unit)


def test_a_shuffled_copy_gives_other_maps_and_the_model_stays_as_it_was():
    model, batch = pooled(), images()
    scope = cs.Scope(model, "none", example=images())
    before = imprint(model, (batch,))
    check = cs.attribution.sanity_check(scope, batch, layers=["0", "3"], method="hirescam")
    assert changes(before, imprint(model, (batch,))) == []
    assert check.before.classes.tolist() == check.after.classes.tolist()
    for layer in ("0", "3"):
        assert not torch.allclose(check.before.maps[layer], check.after.maps[layer])
        assert check.similarity[layer].shape == (3, 1)
    again = cs.attribution.sanity_check(scope, images(), layers=["0", "3"], method="hirescam")
    assert torch.equal(again.after.maps["3"], check.after.maps["3"])


def test_a_map_that_ignores_the_network_does_not_pass():
    """Input × gradient of a model whose weights are all alike can't change."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.25)
    scope = cs.Scope(model, "none", example=images())
    check = cs.attribution.sanity_check(scope, images(), 0, method="input_x_gradient")
    torch.testing.assert_close(check.similarity["input"], torch.ones(3, 1))


def test_shuffling_keeps_the_values_of_each_tensor():
    model = pooled()
    twin = cs.attribution.shuffled(model, seed=5)
    for (name, old), new in zip(model.named_parameters(), twin.parameters(), strict=True):
        assert torch.equal(old.flatten().sort().values, new.flatten().sort().values)
        assert old.numel() < 6 or not torch.equal(old, new), name
        assert old.data_ptr() != new.data_ptr()


def test_units_and_functions_are_checked_too():
    scope = cs.Scope(pooled(), "none", example=images())
    for target in ("3:2", lambda output: output[:, 1]):
        check = cs.attribution.sanity_check(scope, images(), target, layers="0")
        assert check.after.targets == check.before.targets


def test_rank_correlation_equals_spearmans():
    generator = torch.Generator().manual_seed(2)
    one = torch.randint(6, (4, 30), generator=generator).float()
    other = one + torch.randint(5, (4, 30), generator=generator)
    want = [spearmanr(a, b).statistic for a, b in zip(one, other, strict=True)]
    torch.testing.assert_close(rank_correlation(one, other), torch.tensor(want).float())
    assert rank_correlation(torch.zeros(1, 5), torch.rand(1, 5)).item() == 0


def test_curves_that_grow_end_as_the_whole_curves_of_deletion_and_insertion(bright):
    scope = cs.Scope(Corner().eval(), "none", example=bright)
    found = scope.attribute(bright[:1], 0, method="saliency")
    whole = cs.attribution.deletion_insertion(scope, bright[:1], found, steps=6)
    growing = list(cs.attribution.growing_curves(scope, bright[:1], found, steps=6, batch_size=3))
    missing = [int(each.deletion.isnan().sum() + each.insertion.isnan().sum()) for each in growing]
    assert missing == [11, 8, 7, 4, 1, 0]
    torch.testing.assert_close(growing[-1].deletion, whole.deletion)
    torch.testing.assert_close(growing[-1].insertion, whole.insertion)
