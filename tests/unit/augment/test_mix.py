"""Mixtures: pixels and labels in the same shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest
from torch import Tensor

from convscope.augment import Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import Mixing
from convscope.augment.ops.mix import CutMix, MixUp
from convscope.augment.result import Result

MANY = Dice(0, np.arange(4000), "test")
BOTH = [MixUp(alpha=1), CutMix(alpha=1)]


def _levels(n: int, height: int = 20, width: int = 30) -> Tensor:
    """Make images of one value each, so that every pixel tells where it comes from."""
    return (torch.arange(n) / n).reshape(n, 1, 1, 1).expand(n, 3, height, width).contiguous()


def _mixed(operation: Mixing, n: int = 12, seed: int = 0, **given: Any) -> Result:
    """Mix images each of a class of its own, so that labels tell the partner and the share."""
    given = {"labels": list(range(n)), **given}
    return Pipeline([operation], seed=seed, classes=n)(_levels(n), **given)


def _pairs(result: Result) -> list[tuple[int, float]]:
    """Return the partner and the share of each sample, as its labels tell them."""
    found = []
    for i, shares in enumerate(result.labels):
        others = shares.clone()
        others[i] = 0
        found.append((int(others.argmax()), float(shares[i])))
    return found


@pytest.mark.parametrize("operation", BOTH)
def test_labels_sum_to_one_and_have_at_most_two_classes(operation: Mixing) -> None:
    labels = _mixed(operation, 40).labels
    assert labels.shape == (40, 40)
    torch.testing.assert_close(labels.sum(1), torch.ones(40))
    assert ((labels > 0).sum(1) <= 2).all()
    assert ((labels > 0).sum(1) == 2).sum() > 30


@pytest.mark.parametrize("height", [20, 30])
def test_mixup_blends_pixels_in_the_shares_of_the_labels(height: int) -> None:
    images = torch.rand(12, 3, height, 50 - height)
    pipe = Pipeline([MixUp(alpha=1)], seed=0, classes=12)
    result = pipe(images, labels=list(range(12)))
    for i, (partner, share) in enumerate(_pairs(result)):
        expected = share * images[i] + (1 - share) * images[partner]
        torch.testing.assert_close(result.images[i], expected, rtol=0, atol=1e-6)
        assert share == pytest.approx(result.record[i][0].values["ratio"], abs=1e-6)


@pytest.mark.parametrize("size", [(20, 30), (30, 20), (7, 5)])
def test_cutmix_shares_labels_by_the_pixels_counted(size: tuple[int, int]) -> None:
    images = _levels(40, *size)
    result = Pipeline([CutMix()], seed=1, classes=40)(images, labels=list(range(40)))
    for i, (partner, share) in enumerate(_pairs(result)):
        own = (result.images[i] == images[i]).float().mean()
        theirs = (result.images[i] == images[partner]).float().mean()
        assert share == pytest.approx(float(own), abs=1e-6)
        if share < 1:
            assert float(own + theirs) == pytest.approx(1, abs=1e-6)


def test_the_window_of_cutmix_has_the_aspect_of_the_image_and_the_drawn_area() -> None:
    result = _mixed(CutMix(), 60, seed=2)
    whole = 0
    for i, (drawn,) in enumerate(result.record):
        ratio, y, x = (drawn.values[name] for name in ("ratio", "y", "x"))
        tall, wide = round(20 * (1 - ratio) ** 0.5), round(30 * (1 - ratio) ** 0.5)
        top, left = int(y * 20) - tall // 2, int(x * 30) - wide // 2
        expected = np.zeros((20, 30), bool)
        expected[max(0, top) : max(0, top + tall), max(0, left) : max(0, left + wide)] = True
        pasted = (result.images[i] != _levels(60)[i]).all(0).numpy()
        np.testing.assert_array_equal(pasted, expected)
        whole += pasted.sum() == tall * wide
    assert 5 < whole < 60  # and the others are cut off by the border


def test_cutmix_pastes_the_same_window_of_the_mask() -> None:
    masks = torch.arange(12).reshape(12, 1, 1).expand(12, 20, 30)
    result = _mixed(CutMix(), masks=masks)
    assert result.masks.dtype == masks.dtype
    assert torch.equal(result.masks.float(), (result.images[:, 0] * 12).round())
    assert (result.masks != masks).any()


def test_mixup_says_that_it_cannot_blend_masks() -> None:
    with pytest.raises(ValueError, match="MixUp: masks can't be blended, as their values are"):
        _mixed(MixUp(), masks=torch.zeros(12, 20, 30))


@pytest.mark.parametrize("operation", BOTH)
def test_soft_labels_are_mixed_in_the_shares(operation: Mixing) -> None:
    soft = torch.rand(12, 5).softmax(1)
    hard, mixed = _mixed(operation), _mixed(operation, labels=soft)
    torch.testing.assert_close(mixed.labels, hard.labels @ soft)
    assert torch.equal(mixed.images, hard.images)
    as_array = _mixed(operation, labels=soft.numpy())
    assert torch.equal(as_array.labels, mixed.labels)


@pytest.mark.parametrize("operation", BOTH)
def test_names_of_classes_become_shares_in_their_order(operation: Mixing) -> None:
    pipe = Pipeline([operation], seed=0, classes=["cat", "dog", "newt"])
    names = ["dog", "cat", "newt", "cat"]
    result = pipe(_levels(4), labels=names)
    numbers = Pipeline([operation], seed=0, classes=3)(_levels(4), labels=[1, 0, 2, 0])
    assert torch.equal(result.labels, numbers.labels)
    with pytest.raises(ValueError, match="labels: 'cow' is none of the classes of the pipeline"):
        pipe(_levels(2), labels=["cow", "cat"])
    with pytest.raises(ValueError, match="labels: 3 is none of 3 classes, from 0"):
        pipe(_levels(2), labels=[3, 0])


@pytest.mark.parametrize("operation", BOTH)
def test_without_classes_or_with_unequal_sizes_a_sentence_says_what_to_do(
    operation: Mixing,
) -> None:
    name = type(operation).__name__
    pipe = Pipeline([operation], seed=0)
    with pytest.raises(ValueError, match=r"labels: .* pass shares .* or tell the pipeline its cl"):
        pipe(_levels(4), labels=[0, 1, 2, 3])
    several = [np.zeros((20, 30, 3), np.uint8), np.zeros((30, 20, 3), np.uint8)]
    with pytest.raises(ValueError, match=f"{name}: all images must have one size.* put Resize"):
        pipe(several)
    with pytest.raises(ValueError, match=f"{name}: boxes and keypoints can't be mixed; leave"):
        pipe(_levels(2), boxes=[[[0, 0, 5, 5]]] * 2)
    with pytest.raises(ValueError, match=f"{name}: boxes and keypoints can't be mixed; leave"):
        pipe(_levels(2), keypoints=[[[1, 1]]] * 2)


@pytest.mark.parametrize("operation", BOTH)
def test_without_labels_pixels_are_mixed_all_the_same(operation: Mixing) -> None:
    result = _mixed(operation, labels=None)
    assert result.labels is None
    assert torch.equal(result.images, _mixed(operation).images)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("kind", [MixUp, CutMix])
def test_the_share_is_drawn_from_the_beta_distribution(
    kind: type[MixUp] | type[CutMix], alpha: float
) -> None:
    ratio = kind(alpha=alpha).draw(MANY)["ratio"]
    assert kstest(ratio, beta(alpha, alpha).cdf).pvalue > 0.001
    # Neighbours are independent: each has a seed of its own.
    assert abs(np.corrcoef(ratio[1:], ratio[:-1])[0, 1]) < 5 / len(ratio) ** 0.5


@pytest.mark.parametrize("operation", BOTH)
def test_every_other_image_is_as_likely_a_partner_and_the_image_itself_none(
    operation: Mixing,
) -> None:
    partners = np.zeros((5, 5), int)
    for seed in range(300):
        for i, (partner, share) in enumerate(_pairs(_mixed(operation, 5, seed))):
            partners[i, partner] += share < 1
    assert (partners.diagonal() == 0).all()
    counts = partners[~np.eye(5, dtype=bool)]
    assert abs(counts - counts.mean()).max() < 5 * counts.mean() ** 0.5


@pytest.mark.parametrize("operation", BOTH)
def test_a_sample_draws_the_same_share_in_any_order_of_the_batch(operation: Mixing) -> None:
    pipe = Pipeline([operation], seed=0, classes=8)
    images, numbers = _levels(8), np.array([5, 2, 7, 0, 1, 6, 3, 4])
    record = pipe.draw(8)
    again = pipe.draw(8, samples=numbers)
    for name, values in record.columns[0].values.items():
        np.testing.assert_array_equal(again.columns[0].values[name], values[numbers])
    first = pipe.replay(record, images, labels=list(range(8)))
    second = pipe.replay(record, images, labels=list(range(8)))
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)


@pytest.mark.parametrize("operation", BOTH)
def test_mixing_takes_what_came_before_it_and_is_taken_by_what_comes_after(
    operation: Mixing,
) -> None:
    from convscope.augment.ops.colour import Invert

    images = _levels(6)
    plain = Pipeline([operation], seed=0)(1 - images).images
    before = Pipeline([Invert(), operation], seed=0)(images).images
    torch.testing.assert_close(before, plain, rtol=0, atol=1e-6)
    after = Pipeline([operation, Invert()], seed=0)(images).images
    torch.testing.assert_close(after, plain, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", [MixUp, CutMix])
def test_with_a_probability_only_some_are_mixed_and_with_untouched_partners(
    kind: type[MixUp] | type[CutMix],
) -> None:
    images = _levels(40)
    result = _mixed(kind(alpha=1, p=0.5), 40)
    applied = result.record.columns[0].applied
    assert 5 < applied.sum() < 35
    still = torch.from_numpy(~applied)
    assert torch.equal(result.images[still], images[still])
    assert torch.equal(result.labels[still], torch.eye(40)[still])
    own = result.labels.diagonal()
    assert (own[torch.from_numpy(applied)] < 1).sum() > 0.7 * applied.sum()
    expected = (result.labels @ images[:, 0, 0, 0])[:, None, None, None]
    torch.testing.assert_close(result.images.mean((1, 2, 3), keepdim=True), expected)


@pytest.mark.parametrize("operation", BOTH)
def test_an_image_alone_stays_as_it_is(operation: Mixing) -> None:
    images = torch.rand(1, 3, 20, 30)
    result = Pipeline([operation], seed=0, classes=2)(images, labels=[1])
    torch.testing.assert_close(result.images, images)
    torch.testing.assert_close(result.labels, torch.tensor([[0.0, 1.0]]))


def test_bytes_are_mixed_and_rounded() -> None:
    images = torch.randint(0, 256, (4, 3, 20, 30), dtype=torch.uint8)
    before = images.clone()
    result = Pipeline([MixUp(alpha=1)], seed=0, classes=4)(images, labels=[0, 1, 2, 3])
    expected = torch.einsum("ij,jchw->ichw", result.labels, images.float())
    assert result.images.dtype == torch.uint8
    assert (result.images.float() - expected).abs().max() <= 0.501
    assert torch.equal(images, before)


@pytest.mark.parametrize("what", ["boxes", "keypoints"])
def test_what_cannot_be_mixed_is_said_before_anything_is_drawn(what: str) -> None:
    pipe = Pipeline([CutMix(p=0.0)], seed=0)
    with pytest.raises(ValueError, match="CutMix: boxes and keypoints can't be mixed"):
        pipe(torch.zeros(1, 3, 20, 30), **{what: [[]]})
    with pytest.raises(ValueError, match="MixUp: masks can't be blended"):
        Pipeline([MixUp(p=0.0)], seed=0)(torch.zeros(1, 3, 8, 8), masks=torch.zeros(1, 8, 8))
