"""Mixtures within a Dataset: each item with another one, which the seed chooses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader
from toys import Pictures, label_of

from convscope.augment import CutMix, Flip, MixUp, Pipeline


@pytest.mark.parametrize("mix", [MixUp(alpha=1.0), CutMix(alpha=1.0)])
def test_items_are_mixed_with_others_of_the_dataset(mix: Any) -> None:
    pipe = Pipeline([mix], seed=2, classes=10)
    base = Pictures(label_of)
    dataset = pipe.dataset(base)
    for i in range(10):
        image, shares = dataset[i]
        assert shares.shape == (10,)
        assert shares.sum().item() == pytest.approx(1)
        assert shares[i] > 0 or shares.max() == 1
        if isinstance(mix, MixUp):
            mixture = (shares[:, None, None, None] * base.images).sum(0)
            assert torch.allclose(image, mixture, atol=1e-5)
    loader = DataLoader(pipe.dataset(base), batch_size=5, num_workers=2)
    again = DataLoader(pipe.dataset(base), batch_size=5)
    for (a, b), (c, d) in zip(loader, again, strict=True):
        assert torch.equal(a, c)
        assert torch.equal(b, d)


def test_only_what_is_mixed_loads_a_partner_and_never_itself() -> None:
    base = Pictures(label_of, count=3)
    asked: list[int] = []
    real = Pictures.__getitem__

    class Counted(Pictures):
        def __getitem__(self, index: int) -> Any:
            asked.append(index)
            return real(self, index)

    counted = Counted(label_of, count=3)
    Pipeline([MixUp(p=0)], seed=2, classes=3).dataset(counted).__getitems__([0, 1, 2])
    assert asked == [0, 1, 2]
    asked.clear()
    dataset = Pipeline([MixUp(alpha=100)], seed=2, classes=3).dataset(counted)
    shares = torch.stack([dataset[i % 3][1] for i in range(30)])
    assert len(asked) == 60
    assert ((shares > 0).sum(1) == 2).all()
    assert torch.equal(dataset.dataset.images, base.images)


def test_a_mixed_batch_pairs_each_item_with_its_own_partner() -> None:
    pipe = Pipeline([Flip(p=0.5), MixUp(alpha=1.0, p=0.6)], seed=4, classes=10)
    batch = pipe.dataset(Pictures(label_of)).__getitems__(list(range(10)))
    alone = pipe.dataset(Pictures(label_of))
    for i, (image, shares) in enumerate(batch):
        mine, own = alone[i]
        assert torch.allclose(image, mine, atol=1e-5)
        assert torch.allclose(shares, own)
    assert {int((shares > 0).sum()) for _, shares in batch} == {1, 2}


def test_mixing_takes_the_classes_of_the_dataset_and_needslabel_ofs() -> None:
    pipe = Pipeline([MixUp()], seed=0)
    base = Pictures(label_of)
    base.classes = [str(i) for i in range(10)]  # type: ignore[attr-defined]
    assert pipe.dataset(base)[3][1].shape == (10,)
    with pytest.raises(ValueError, match="item 0: labels: MixUp and CutMix make shares of classes"):
        pipe.dataset(Pictures(label_of))[0]
    with pytest.raises(ValueError, match="item 0: has no label, of which MixUp and CutMix make"):
        pipe.dataset(Pictures(lambda index: 0.5))[0]
    assert pipe.dataset(Pictures())[0].shape == (3, 20, 30)
