"""What positions were made from and what they feed."""

import pytest
import torch
from networks import images, pooled, without_bias
from torch import nn

import convscope as cs


@pytest.fixture
def scope():
    return cs.Scope(without_bias(), "none", example=images())


@pytest.fixture
def image():
    return images(1)


def by_jacobian(scope, image, earlier, later):
    """The definition itself: a · J a for every pair of positions, by torch.autograd's Jacobian."""
    before = scope.network[: earlier + 1](image).detach()
    rest = scope.network[earlier + 1 : later + 1]
    after = rest(before).detach()
    jacobian = torch.autograd.functional.jacobian(rest, before)[0, :, :, :, 0]
    return torch.einsum("cyx,cyxdhw,dhw->yxhw", after[0], jacobian, before[0])


@pytest.mark.parametrize(("earlier", "later"), [(0, 2), (1, 3), (1, 4)])
def test_contributions_are_activation_times_jacobian_times_activation(scope, image, earlier, later):
    found = cs.attribution.contributions(scope, image, str(earlier), str(later))
    torch.testing.assert_close(found.contributions, by_jacobian(scope, image, earlier, later))


def test_one_position_at_a_time_gives_rows_and_columns_of_all(scope, image):
    whole = cs.attribution.contributions(scope, image, "1", "3")
    made = cs.attribution.made_from(scope, image, "3", (2, 5), "1")
    torch.testing.assert_close(made, whole.made_from(2, 5))
    fed = cs.attribution.feeds(scope, image, "1", (6, 11), "3")
    torch.testing.assert_close(fed, whole.feeds(6, 11))
    assert made.any()
    assert fed.any()


def test_without_biases_sources_sum_to_the_squared_length(scope, image):
    later = scope.activations(image, "3")["3"][0]
    found = cs.attribution.contributions(scope, image, "0", "3").contributions
    torch.testing.assert_close(found.sum((2, 3)), later.square().sum(0))


def test_only_the_receptive_field_contributes(scope, image):
    made = cs.attribution.made_from(scope, image, "2", (2, 5), "0")
    rows, columns = made.nonzero().T
    assert (rows.min(), rows.max()) == (4, 6)
    assert (columns.min(), columns.max()) == (10, 12)


def test_nothing_runs_after_the_later_layer():
    model = nn.Sequential(*pooled(), nn.Identity())
    scope = cs.Scope(model, "none", example=images())
    assert scope.layers
    ran = []
    model[5].register_forward_hook(lambda *_: ran.append(1))
    cs.attribution.made_from(scope, images(1), "3", (0, 0), "1")
    assert not ran


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("3", (0, 0), "4"), "'4' does not come before '3'"),
        (("3", (9, 0), "1"), "position: '3' has 9 × 13"),
        (("6", (0, 0), "1"), "'6' gives no maps"),
        (("3", (0, 0), "11"), "no layer '11'"),
    ],
)
def test_wrong_layers_and_positions_are_named(scope, image, call, words):
    layer, position, earlier = call
    with pytest.raises(ValueError, match=words):
        cs.attribution.made_from(scope, image, layer, position, earlier)


def test_one_image_is_expected(scope):
    with pytest.raises(ValueError, match="expected one, got 3"):
        cs.attribution.contributions(scope, images(), "1", "3")
