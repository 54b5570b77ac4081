"""The digits and the small network that reads them."""

from __future__ import annotations

import pytest
import torch
from sklearn import datasets
from torch import nn

import convscope as cs
from convscope.demo.digits import train_digits


@pytest.fixture(scope="module")
def digits() -> cs.demo.Digits:
    return cs.demo.digits()


def _accuracy(network: nn.Module, images: list[torch.Tensor], labels: torch.Tensor) -> float:
    with torch.inference_mode():
        right = network(torch.stack(images)).argmax(dim=1) == labels
    return float(right.float().mean())


def test_the_digits_are_scikit_learns_split_without_overlap(digits: cs.demo.Digits) -> None:
    bunch = datasets.load_digits()
    assert len(digits.train_images) == 1197
    assert len(digits.images) == 600
    assert digits.labels.tolist() == bunch.target[1197:].tolist()
    assert digits.train_labels.tolist() == bunch.target[:1197].tolist()
    expected = torch.tensor(bunch.images[1200], dtype=torch.float32) / 16
    assert torch.equal(digits.images[3], expected[None])


def test_a_digit_has_its_label_and_says_in_its_name_what_it_is(digits: cs.demo.Digits) -> None:
    assert list(digits.images.labels) == digits.labels.tolist()
    assert digits.images.names[3] == f"{digits.labels[3]} (no. 1200)"


def test_the_shipped_network_reads_digits_it_never_saw(digits: cs.demo.Digits) -> None:
    assert _accuracy(digits.scope.model, list(digits.images), digits.labels) > 0.97
    best = digits.scope.predict(digits.images[:5], top=1)
    assert [answer.name for (answer,) in best] == [str(int(label)) for label in digits.labels[:5]]


def test_training_gives_the_shipped_network_again(digits: cs.demo.Digits) -> None:
    before = torch.get_rng_state()
    network = train_digits()
    assert torch.equal(before, torch.get_rng_state())
    assert not network.training
    assert _accuracy(network, list(digits.images), digits.labels) > 0.97
    images = torch.stack(list(digits.images))
    with torch.inference_mode():
        agree = network(images).argmax(1) == digits.scope.model(images).argmax(1)
    # Not bit by bit: sums are ordered differently from machine to machine.
    assert agree.float().mean() > 0.97


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    first, again, other = (train_digits(seed=seed, epochs=1) for seed in (3, 3, 4))
    for name, weight in first.state_dict().items():
        torch.testing.assert_close(weight, again.state_dict()[name])
    assert not torch.allclose(first.conv1.weight, other.conv1.weight)


def test_no_training_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="epochs: must be at least 1, got 0"):
        train_digits(epochs=0)


def test_opening_the_digits_draws_no_random_number() -> None:
    before = torch.get_rng_state()
    cs.demo.digits()
    assert torch.equal(before, torch.get_rng_state())
