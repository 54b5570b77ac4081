"""Products of objectives: computed, written, resolved, and found in real images."""

import pytest
import torch
from nets import scope, small

from convscope.featurevis import find_examples, optimize, visualize
from convscope.featurevis.objectives import (
    Plan,
    Seen,
    as_objective,
    channel,
    class_logit,
    neuron,
    total_variation,
)

IMAGES = torch.rand(6, 3, 20, 30, generator=torch.Generator().manual_seed(0))


def test_a_product_is_the_product_of_its_factors_for_each_view_of_a_mixed_batch():
    net = small()
    with torch.no_grad():
        first = net.act1(net.conv1((IMAGES - 0.5) / 0.25))
        second = net.act2(net.norm(net.conv2(first)))
    seen = Seen({"act1": first, "act2": second}, IMAGES, torch.arange(6))
    objectives = [
        channel("act1", 2) * channel("act2", 5),
        channel("act2", 1),
        2 * channel("act1", 3) * (channel("act2", 4) - 0.5 * channel("act2", 6)),
        channel("act1", 1) * channel("act1", 0) * neuron("act2", 7, (2, 3)),
        channel("act1", 2) * channel("act2", 5) - channel("act2", 0),
        channel("act2", 2) * channel("act2", 2),
    ]
    a, b = first.mean((2, 3)), second.mean((2, 3))
    expected = torch.stack(
        [
            a[0, 2] * b[0, 5],
            b[1, 1],
            2 * a[2, 3] * (b[2, 4] - 0.5 * b[2, 6]),
            a[3, 1] * a[3, 0] * second[3, 7, 2, 3],
            a[4, 2] * b[4, 5] - b[4, 0],
            b[5, 2].square(),
        ]
    )
    torch.testing.assert_close(Plan(objectives).scores(seen), expected)


@pytest.mark.parametrize(
    "text",
    [
        "a:1 * b:2",
        "0.5*a:1 * b:2 * class:tabby",
        "a:1 * (b:2 - 0.5*b:3) + c",
        "-a:1 * b:2",
        "(a:1 + b:2) * (a:3 - b:4)",
        "class:crane (bird) * a:1",
    ],
)
def test_products_read_as_they_are_written(text):
    assert as_objective(text).key == text


def test_brackets_around_a_sum_change_nothing_but_the_order():
    assert as_objective("a:1 - (b:2 - c:3)").key == "a:1 - b:2 + c:3"
    assert as_objective("2 * (a:1 + b:2)").key == "2*a:1 + 2*b:2"
    assert (channel("a", 1) * (2 * channel("b", 2))).key == "2*a:1 * b:2"


def test_what_can_not_be_read_is_said():
    with pytest.raises(ValueError, match="can't read 'a:1 \\* '"):
        as_objective("a:1 * ")
    with pytest.raises(ValueError, match="no unit 99"):
        optimize(scope(), "conv1:1 * conv2:99", steps=1)


def test_a_picture_of_a_product_excites_both():
    found = visualize(scope(), "act1:2 * act2:5", steps=60, cache=False)
    maps = scope().activations(found.image[None], ["act1", "act2"])
    both = [float(maps["act1"][0, 2].mean()), float(maps["act2"][0, 5].mean())]
    assert found.quality.activation == pytest.approx(both[0] * both[1], rel=1e-4)
    real = scope().activations(IMAGES, ["act1", "act2"])
    assert found.quality.activation > float(
        (real["act1"][:, 2].mean((1, 2)) * real["act2"][:, 5].mean((1, 2))).max()
    )


def test_penalties_beside_a_product_are_no_part_of_its_activation():
    whole = channel("act1", 2) * class_logit("bee") - 0.5 * total_variation()
    assert whole.activation.key == "act1:2 * class:bee"


def test_the_real_places_of_a_product_are_those_where_both_are():
    *_, found = find_examples(scope(), "act1:2 * act1:5", IMAGES, k=3)
    maps = scope().activations(IMAGES, "act1")["act1"]
    expected = (maps[:, 2] * maps[:, 5]).flatten(1).amax(1).topk(3)
    torch.testing.assert_close(found.values, expected.values)
    assert found.images.tolist() == expected.indices.tolist()
