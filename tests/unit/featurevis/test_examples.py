"""The real images that excite an objective, against what activations say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import convscope as cs
from convscope.featurevis import data_maxima, find_examples
from convscope.featurevis.objectives import (
    as_objective,
    channel,
    direction,
    neuron,
    total_variation,
)
from convscope.strongest import find_both, find_strongest

IMAGES = torch.rand(7, 3, 20, 31, generator=torch.Generator().manual_seed(5))


@pytest.fixture(scope="module")
def scope():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Conv2d(5, 4, 3, stride=2), nn.Flatten(), nn.LazyLinear(3)
    )
    model(IMAGES[:1])
    return cs.Scope(model, cs.Preprocess(size=(20, 31)), classes=["ant", "bee", "cow"])


def last(*arguments, **options):
    *_, found = find_examples(*arguments, **options)
    return found


def test_a_channel_is_excited_where_find_strongest_says(scope):
    found = last(scope, "2:3", IMAGES, k=4, batch_size=3)
    *_, expected = find_strongest(scope, IMAGES, "2", k=4)
    torch.testing.assert_close(found.values, expected.values[:, 3])
    assert found.images.tolist() == expected.images[:, 3].tolist()
    assert found.positions.tolist() == expected.positions[:, 3].tolist()
    assert (found.layer, found.size, found.seen) == ("2", (8, 14), 7)
    assert found.maximum == pytest.approx(float(data_maxima(scope, ["2:3"], IMAGES)))


def test_what_inhibits_a_channel_is_what_its_negative_is_excited_by(scope):
    found = last(scope, "-2:3", IMAGES, k=2)
    *_, (highest, lowest) = find_both(scope, IMAGES, "2", k=2, batch_size=3)
    *_, alone = find_strongest(scope, IMAGES, "2", k=2)
    torch.testing.assert_close(highest.values, alone.values)
    torch.testing.assert_close(-found.values, lowest.values[:, 3])
    assert found.positions.tolist() == lowest.positions[:, 3].tolist()
    assert -found.maximum == pytest.approx(float(lowest.means[0, 3]))


def test_sums_over_layers_are_compared_place_by_place(scope):
    found = last(scope, "0:1 - 0.5*2:3", IMAGES, k=1)
    maps = scope.activations(IMAGES, layers=["0", "2"])
    grown = nn.functional.interpolate(maps["2"][:, 3:4], maps["0"].shape[2:])[:, 0]
    total = maps["0"][:, 1] - 0.5 * grown
    image, row, column = (int(n) for n in torch.unravel_index(total.argmax(), total.shape))
    assert found.layer == "0"
    assert (found.images.tolist(), found.positions.tolist()) == ([image], [[row, column]])
    assert float(found.values) == pytest.approx(float(total.max()))
    means = maps["0"][:, 1].mean((1, 2)) - 0.5 * maps["2"][:, 3].mean((1, 2))
    assert found.maximum == pytest.approx(float(means.max()), rel=1e-5)


def test_directions_layers_neurons_and_classes_have_examples_too(scope):
    maps = scope.activations(IMAGES, layers=["2", "4"])
    vector = torch.tensor([1.0, -2.0, 0.5, 3.0])
    along = (maps["2"] * vector[:, None, None]).sum(1)
    assert float(last(scope, direction("2", vector), IMAGES).values[0]) == pytest.approx(
        float(along.max()), rel=1e-5
    )
    whole = last(scope, "2", IMAGES)
    assert whole.maximum == pytest.approx(float(maps["2"].square().mean((1, 2, 3)).max()))
    at = last(scope, neuron("2", 3, (1, 2)) - total_variation(), IMAGES)
    assert at.maximum == pytest.approx(float(maps["2"][:, 3, 1, 2].max()))
    best = last(scope, "class:bee", IMAGES, k=7)
    assert best.images.tolist() == maps["4"][:, 1].argsort(descending=True).tolist()
    assert best.size == (1, 1)


def test_an_objective_about_no_layer_has_no_examples(scope):
    with pytest.raises(ValueError, match="not about a layer"):
        next(find_examples(scope, total_variation(), IMAGES))
    with pytest.raises(ValueError, match="no unit 9"):
        next(find_examples(scope, channel("2", 9), IMAGES))


def test_logits_are_compared_with_logits_where_the_model_ends_in_softmax(scope):
    bare = scope.model
    ends = cs.Scope(nn.Sequential(bare, nn.Softmax(1)), cs.Preprocess(size=(20, 31)))
    expected = bare(IMAGES)[:, 1].max().detach()
    assert float(data_maxima(ends, ["class:1"], IMAGES)) == pytest.approx(float(expected))
    assert last(ends, "class:1", IMAGES).maximum == pytest.approx(float(expected))


def test_words_of_ones_own_stand_for_objectives_in_text():
    class Finder(dict):
        """Has a word without listing it."""

        def __contains__(self, text):
            return text == "lines"

        def __getitem__(self, text):
            return channel("0", 2) - channel("0", 4)

    assert as_objective("lines - 2*2:3", named=Finder()).key == "0:2 - 0:4 - 2*2:3"
    with pytest.raises(ValueError, match="no layer 'lines'"):
        as_objective("lines").resolved(cs.demo.digits().scope)
